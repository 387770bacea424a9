"""`LazyGroup` and `RootGroup`: commands that are loaded when they are run, and what they end with.

Rules of this file: a list of commands is shown without loading any. Whatever ends a command, the
root group tells of it in one line on stderr, and ends with the code that `codes` has for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import IO, cast

import click

from offwire_cli.codes import FAILED, INTERRUPTED, PIPE_CLOSED


class LazyGroup(click.Group):
    """A group of commands, each in a module of its own: `{"events": "offwire_cli.events:events"}`."""

    def __init__(
        self,
        name: str,
        *,
        help: str,
        lazy: Mapping[str, tuple[str, str]],
        epilog: str | None = None,
        context_settings: dict[str, object] | None = None,
    ) -> None:
        """Take the place and the line of help of each command, by its name."""
        super().__init__(name, help=help, epilog=epilog, context_settings=context_settings)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which they were given."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name not in self._lazy:
            return None
        module, _, name = self._lazy[cmd_name][0].partition(":")
        return cast("click.Command", getattr(import_module(module), name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, each[1]) for name, each in self._lazy.items()])


class Failure(click.ClickException):
    """What ends the command: a line for stderr, and a code."""

    def __init__(self, message: str, code: int) -> None:
        """End with `code`."""
        super().__init__(message)
        self.exit_code = code  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue] - as click does

    def show(self, file: IO[str] | None = None) -> None:
        """Tell of it on stderr."""
        click.echo(f"offwire: {self.message}", err=True)


def unreadable(error: OSError) -> str:
    """What to tell where a file could not be read. Of any other file it is told that it cannot be written."""
    return f"{error.filename} cannot be read: {error.strerror}"


class RootGroup(LazyGroup):
    """The whole command."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what it raises becomes a `Failure`."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Failure("interrupted", INTERRUPTED) from None
        except BrokenPipeError:
            # Or Python would complain at its end, when it flushes.
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(PIPE_CLOSED)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from offwire.errors import OffwireError  # noqa: PLC0415 - help does not need it
            from offwire_cli.failures import exit_code, told  # noqa: PLC0415 - as above

            if isinstance(error, OffwireError | OSError):
                raise Failure(told(error), exit_code(error)) from None
            if isinstance(error, ModuleNotFoundError) and "pip install" in str(error):
                raise Failure(str(error), FAILED) from None
            raise
