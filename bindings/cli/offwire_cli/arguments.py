"""`argument_errors`: what the client finds wrong with arguments is told in the words of a shell.

Rules of this file: an option whose value goes to the client bears the name of the client's argument
as its own, so that one can be told for the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

_NAMES: Final = re.compile(r"^[a-z]+\b|\b[a-z]+(?:_[a-z]+)+\b")
"""Where an error names an argument: as its first word, and wherever a word is none of English."""


@contextmanager
def argument_errors() -> Iterator[None]:
    """What the client finds wrong with arguments is the user's to mend.

    Raises:
        UsageError: it found something; the options of the command that runs stand for the arguments.
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        raise click.UsageError(in_options(str(error), click.get_current_context().command)) from None


def in_options(text: str, command: click.Command) -> str:
    """A text that names arguments, with the options of the command in their place."""
    options = {
        each.name: each.opts[0] if isinstance(each, click.Option) else each.human_readable_name
        for each in command.params
    }
    return _NAMES.sub(lambda found: options.get(found[0], found[0]), text)
