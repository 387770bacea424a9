"""`FakeQuota`: so many requests in any stretch of time, counted exactly, by the server's own clock.

Rules of this file: for every t, at most `limit` requests are admitted in [t, t + per). A request
that is refused uses nothing up.
"""

from __future__ import annotations

from collections import deque
from math import ceil

from attrs import field, frozen

from offwire.bounds import above, count


@frozen(kw_only=True)
class FakeQuota:
    """At most `limit` requests in any `per` seconds."""

    limit: int = field(default=200, validator=count(1))
    per: float = field(default=1.0, validator=above(0))


@frozen(kw_only=True)
class QuotaReading:
    """What the server says of its quota with one answer."""

    admitted: bool
    limit: int
    remaining: int
    """How many more would be admitted at this instant."""
    reset: float
    """Seconds until the oldest request that counts no longer does; until then no more than
    `remaining` are admitted."""

    def fields(self) -> dict[str, str]:
        """The header fields that say so: seconds to the millisecond, Retry-After in whole ones, rounded up.

        Were the reset in whole seconds too, a client that believes it could use half of a quota
        whose window is one second.
        """
        said = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": f"{ceil(self.reset * 1000) / 1000:g}",
        }
        if not self.admitted:
            said["Retry-After"] = str(ceil(self.reset))
        return said


class QuotaWindow:
    """The requests that a quota has admitted lately."""

    __slots__ = ("_admitted", "_quota", "allowed", "refused")
    allowed: int
    """How many requests were admitted so far."""
    refused: int
    """How many were not."""

    def __init__(self, quota: FakeQuota) -> None:
        self._quota = quota
        self._admitted: deque[float] = deque()
        self.allowed = 0
        self.refused = 0

    def admit(self, now: float) -> QuotaReading:
        """Count a request that arrives `now`, in monotonic seconds, if there is room for it."""
        quota, admitted = self._quota, self._admitted
        while admitted and admitted[0] + quota.per <= now:
            admitted.popleft()
        has_room = len(admitted) < quota.limit
        if has_room:
            admitted.append(now)
            self.allowed += 1
        else:
            self.refused += 1
        return QuotaReading(
            admitted=has_room,
            limit=quota.limit,
            remaining=quota.limit - len(admitted),
            # Without the bound a rounding could make it a little more, and the header a second more.
            reset=min(quota.per, admitted[0] + quota.per - now),
        )
