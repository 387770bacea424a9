"""What is wrong with the input of a generator: where it is, what it is, and what to do.

Rules of this file: one run tells of all that it found, in the order of the files and lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from offwire.errors import OffwireError


@frozen(order=True)
class Problem:
    """One thing that has to be changed."""

    file: str
    """The name that the text was given under; `settings` for those."""
    line: int
    """From 1; 0 where the problem has no place in a text."""
    column: int
    message: str
    fix: str = ""
    """What to do about it."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.message}" + (f" ({self.fix})" if self.fix else "")


class GenerationError(OffwireError):
    """Nothing was generated, because of `problems`."""

    hint = "Mend the schema, the documents or the settings where the problems say, and generate again."

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        """Tell of `problems` below `message`."""
        super().__init__(message, problems)
        self.problems: Final = problems

    def __str__(self) -> str:
        return "\n".join([self.args[0], *(f"  {each}" for each in self.problems)])


def failed(problems: Iterable[Problem]) -> GenerationError:
    """The error that tells of all of these, each once."""
    every = tuple(sorted(set(problems)))
    count = "one problem" if len(every) == 1 else f"{len(every)} problems"
    return GenerationError(f"nothing was generated: {count}", every)
