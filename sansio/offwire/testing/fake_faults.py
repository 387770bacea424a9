"""`Faults`: what goes wrong with a fake server, and how often."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from offwire.bounds import at_least, count

if TYPE_CHECKING:
    from random import Random


@enum.unique
class Fault(enum.Enum):
    """One way for a request to go wrong."""

    SERVER_ERROR = "server_error"
    """500; nothing was done."""
    UNAVAILABLE = "unavailable"
    """503 with Retry-After; nothing was done."""
    SLOW = "slow"
    """Done, and answered late."""
    TRUNCATED = "truncated"
    """Done, but the answer breaks off."""
    DROPPED = "dropped"
    """Done, but the connection breaks before the answer."""


def _rate(_instance: object, attribute: Any, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"Faults.{attribute.name} is a share of requests from 0 to 1, not {value!r}")


@frozen(kw_only=True)
class Faults:
    """The shares of requests that go wrong; each request has one fault at most.

    Raises at birth:
        ValueError: a share is not in 0…1, or they are more than 1 in all.
    """

    server_error: float = field(default=0.0, validator=_rate)
    unavailable: float = field(default=0.0, validator=_rate)
    slow: float = field(default=0.0, validator=_rate)
    truncated: float = field(default=0.0, validator=_rate)
    dropped: float = field(default=0.0, validator=_rate)
    slow_by: float = field(default=1.0, validator=at_least(0))
    """Seconds that a slow answer takes."""
    retry_after: int = field(default=1, validator=count(0))
    """Seconds that a 503 asks its clients to stay away."""
    on_tokens: bool = False
    """Whether requests for tokens go wrong too."""

    def __attrs_post_init__(self) -> None:
        # A sum of shares may be off by a rounding, as that of five fifths is.
        if sum(share for share, _ in self._shares()) > 1 + 1e-9:
            raise ValueError("the shares of Faults are more than 1 in all")

    @classmethod
    def evenly(cls, rate: float) -> Faults:
        """Every kind of fault equally often, `rate` in all."""
        share = rate / len(Fault)
        return cls(server_error=share, unavailable=share, slow=share, truncated=share, dropped=share)

    def draw(self, chance: Random) -> Fault | None:
        """What goes wrong with one request; None where nothing does. Uses one draw up."""
        drawn = chance.random()
        for share, fault in self._shares():
            if drawn < share:
                return fault
            drawn -= share
        return None

    def _shares(self) -> tuple[tuple[float, Fault], ...]:
        return (
            (self.server_error, Fault.SERVER_ERROR),
            (self.unavailable, Fault.UNAVAILABLE),
            (self.slow, Fault.SLOW),
            (self.truncated, Fault.TRUNCATED),
            (self.dropped, Fault.DROPPED),
        )


NO_FAULTS = Faults()
"""Nothing goes wrong."""
