"""What a quota's store is asked: programs that share one limit lease parts of it.

Rules of this file: only the store's clock counts, and no time of day goes either way, only
durations: two machines' clocks never meet. What a holder reports is all it holds, not what changed,
so that an answer that was lost costs nobody more than the wait for it. What ends in doubt is counted
as taken for longer, never for shorter: a holder that died leaves a lease that runs out, and after it
the time that its requests may still be under way. The arithmetic of a store is
`offwire.state.ledger`.
"""

from __future__ import annotations

from typing import TypeAlias

from attrs import field, frozen

from offwire.bounds import above, at_least, count
from offwire.flow import Store
from offwire.state.limits import BucketLimit, ConcurrencyLimit, WindowLimit

SharedBy: TypeAlias = WindowLimit | BucketLimit | ConcurrencyLimit
"""The limits that programs can share."""


@frozen(kw_only=True)
class Exchange:
    """One holder's account, and what it wants. A `Lease`.

    Whoever asks gives back all units that it has not used; `flying` is all that it goes on holding.

    Raises at birth:
        ValueError: a number is out of its range, or `least` is above `want`.
    """

    key: str
    """Names the quota; all who share it agree on the limit as well."""
    limit: SharedBy
    holder: str
    """Names one engine of one process, as long as that lives; nobody else has the same."""
    number: int = field(validator=count(1))
    """Grows with each exchange of the holder: one that comes late or twice changes nothing."""
    flying: float = field(default=0.0, validator=at_least(0))
    """Units of requests that are under way."""
    finished: float = field(default=0.0, validator=at_least(0))
    """Units that were answered since the last exchange that was."""
    strayed: float = field(default=0.0, validator=at_least(0))
    """Units that were given up since then: their requests may still arrive."""
    least: float = field(default=0.0, validator=at_least(0))
    """Units without which nobody here can start; with less, there is no lease. 0 wants none."""
    want: float = field(default=0.0, validator=at_least(0))
    """Units that would be used soon, if they could be had."""
    lasts: float = field(default=10.0, validator=above(0))
    """Seconds after which a lease runs out that its holder has not renewed by another exchange."""
    stray: float = field(default=60.0, validator=at_least(0))
    """Seconds that a request may be under way after its sender has died or has given it up."""
    blocked: float = field(default=0.0, validator=at_least(0))
    """Seconds for which the server wants to see nobody; 0 where it has said nothing."""

    def __attrs_post_init__(self) -> None:
        if self.least > self.want:
            raise ValueError(f"Exchange.least is at most want ({self.want:g}), not {self.least:g}")


@frozen(kw_only=True)
class Lease:
    """What the store grants, by its own clock from the moment in which it decided."""

    granted: float
    """Units: 0, or between `least` and `want`. They end with the lease: `lasts` seconds, which the
    holder counts from before it asked."""
    again_after: float = 0.0
    """Where nothing was granted: seconds after which to ask again."""
    holders: int = 1
    """How many hold a lease now, the asker included."""
    blocked: float = 0.0
    """Seconds for which the server wants to see nobody, as any holder has heard."""


QuotaQuestion: TypeAlias = Exchange
"""All that a quota's store is asked. A store raises `StoreFailed` where it cannot answer."""

QuotaStore: TypeAlias = Store[QuotaQuestion]
"""Keeps the leases of a fleet: `offwire_store.RedisStore`, `SqliteStore`, or `InProcessStore`."""
