"""`Racer`: the account of one of several attempts of a call that are under way at once.

Rules of this file: a call has one count of its attempts and one list of the credentials that it has
shown, whichever attempt adds to them. Its token is each attempt's own, until one has won.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from offwire.context import Context
from offwire.secret import Secret

_SHARED: Final = frozenset({"attempts", "secrets"})
_FACTS: Final = tuple(name for name in Context.__slots__ if name not in _SHARED)


class Racer(Context):
    """The context of one attempt, beside others."""

    __slots__ = ("_outer", "_when_sent", "is_answered")
    is_answered: bool
    """Whether its answer has come, whatever there is to do before the call goes on with it."""

    def __init__(self, outer: Context, when_sent: Callable[[], object]) -> None:
        """An attempt of the call in `outer`; `when_sent` is called in the step that sends it."""
        # Not a call of its own, so nothing is counted anew.
        self._outer = outer
        self._when_sent = when_sent
        self.is_answered = False
        for name in _FACTS:
            setattr(self, name, getattr(outer, name))

    @property
    def attempts(self) -> int:
        """Requests of the call, by whichever attempt."""
        return self._outer.attempts

    @attempts.setter
    def attempts(self, count: int) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._outer.attempts = count
        self._when_sent()

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The credentials of the call, by whichever attempt they were sent."""
        return self._outer.secrets

    @secrets.setter
    def secrets(  # pyright: ignore[reportIncompatibleVariableOverride]
        self, secrets: tuple[Secret, ...]
    ) -> None:
        self._outer.secrets = secrets

    def answered(self) -> None:
        """Its answer has come."""
        self.is_answered = True

    def win(self) -> None:
        """What this attempt ended with is what the call goes on from."""
        self._outer.generation = self.generation
