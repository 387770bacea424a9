"""What a program does with a shared limit while the limit's store does not answer.

Rules of this file: each way is a value, and gives a limit that is kept here, by this program alone, or
none at all.
"""

from __future__ import annotations

from math import floor
from typing import TypeAlias, assert_never

from attrs import field, frozen

from offwire.bounds import share
from offwire.quota_store import SharedBy
from offwire.state.limits import CLOCK_DRIFT, BucketLimit, ConcurrencyLimit, WindowLimit


@frozen
class FailClosed:
    """Nobody starts until the store answers again. Calls wait, up to their deadlines."""

    def limit(self, whole: SharedBy) -> SharedBy | None:
        """None."""
        return None


@frozen
class FailOpen:
    """Each program keeps to the whole limit by itself, so several of them may break it together."""

    def limit(self, whole: SharedBy) -> SharedBy | None:
        """The whole of it."""
        return whole


@frozen
class LocalShare:
    """Each program keeps to a share of the limit by itself.

    Where the programs are not more than 1 / `share`, they keep to the limit together: with an eighth
    each, up to eight. A quarter of a window's share may go at once, and the rest is spread over the window.
    A share of less than one unit is one call in as much more time.
    """

    share: float = field(default=1 / 8, validator=share)
    """Of the limit: above 0, up to 1."""

    def limit(self, whole: SharedBy) -> SharedBy | None:
        """The limit for this program alone.

        No stretch of a window's period holds more than the share of its calls, since a bucket lets
        through what it holds at once and what flows into it meanwhile.
        """
        match whole:
            case WindowLimit(calls, period):
                units = calls * self.share
                if units < 2:
                    return WindowLimit(1, period / min(1.0, units))
                at_once = max(1.0, units / 4)
                rest = units - at_once
                return BucketLimit(capacity=at_once, per_second=rest / (period * (1 + CLOCK_DRIFT)))
            case BucketLimit(capacity=capacity, per_second=per_second):
                least = min(1.0, capacity)
                return BucketLimit(
                    capacity=max(least, capacity * self.share), per_second=per_second * self.share
                )
            case ConcurrencyLimit(calls):
                return ConcurrencyLimit(max(1, floor(calls * self.share)))
            case _:
                assert_never(whole)


WhenAway: TypeAlias = FailClosed | FailOpen | LocalShare
"""The ways that there are."""
