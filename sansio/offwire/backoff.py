"""`Backoff`: how long to wait before an attempt is repeated, where the server does not say.

Rules of this file: a delay is finite, never negative, and never above the cap, for any attempt.
The cap comes before the jitter, so that capped delays are spread as well. Chance is handed in.

The kinds of jitter are those of the AWS Architecture Blog, "Exponential Backoff and Jitter".
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Protocol, assert_never

from attrs import field, frozen

from offwire.bounds import above, at_least

if TYPE_CHECKING:
    from random import Random


class Backoff(Protocol):
    """A strategy: any object with this method will do."""

    def delay(self, attempt: int, previous: float, random: Random) -> float:
        """Seconds to wait after a failure.

        `attempt` is the number of the attempt that has just failed, from 1. `previous` is the
        wait before that attempt, in seconds: 0 where there was none.
        """
        ...


@enum.unique
class Jitter(enum.Enum):
    """How a delay d is spread, so that clients that failed together do not come back together."""

    FULL = "full"
    """Anywhere from 0 to d: the least load on a server that recovers."""
    EQUAL = "equal"
    """From d/2 to d: never at once."""
    NONE = "none"
    """Just d."""

    def spread(self, delay: float, random: Random) -> float:
        """Draw a delay."""
        match self:
            case Jitter.FULL:
                return delay * random.random()
            case Jitter.EQUAL:
                half = delay / 2
                return half + half * random.random()
            case Jitter.NONE:
                return delay
            case _:
                assert_never(self)


@frozen(kw_only=True)
class Exponential:
    """min(cap, base * factor ** (attempt - 1)), spread by the jitter."""

    base: float = field(default=0.5, validator=above(0))
    """Seconds after the first failure."""
    factor: float = field(default=2.0, validator=at_least(1))
    cap: float = field(default=20.0, validator=above(0))
    """Seconds."""
    jitter: Jitter = Jitter.FULL

    def delay(self, attempt: int, previous: float, random: Random) -> float:
        """See `Backoff.delay`."""
        try:
            delay = min(self.cap, self.base * self.factor ** (attempt - 1))
        except OverflowError:
            delay = self.cap
        return self.jitter.spread(delay, random)


@frozen(kw_only=True)
class Linear:
    """min(cap, step * attempt), spread by the jitter."""

    step: float = field(default=1.0, validator=above(0))
    """Seconds."""
    cap: float = field(default=20.0, validator=above(0))
    """Seconds."""
    jitter: Jitter = Jitter.FULL

    def delay(self, attempt: int, previous: float, random: Random) -> float:
        """See `Backoff.delay`."""
        return self.jitter.spread(min(self.cap, self.step * attempt), random)


@frozen
class Constant:
    """The same after each failure, spread by the jitter."""

    seconds: float = field(validator=at_least(0))
    jitter: Jitter = field(default=Jitter.FULL, kw_only=True)

    def delay(self, attempt: int, previous: float, random: Random) -> float:
        """See `Backoff.delay`."""
        return self.jitter.spread(self.seconds, random)


@frozen(kw_only=True)
class Decorrelated:
    """min(cap, anywhere from base to three times the wait before)."""

    base: float = field(default=0.5, validator=above(0))
    """Seconds; also what the first delay is at least."""
    cap: float = field(default=20.0, validator=above(0))
    """Seconds."""

    def delay(self, attempt: int, previous: float, random: Random) -> float:
        """See `Backoff.delay`."""
        base = self.base
        return min(self.cap, base + (3 * max(previous, base) - base) * random.random())
