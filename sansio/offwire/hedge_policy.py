"""`HedgePolicy`: when a request that is slow to be answered is sent a second time.

Rules of this file: a policy is numbers. What they do is in `offwire.layers.hedging`.
"""

from __future__ import annotations

from attrs import field, frozen

from offwire.bounds import above, count, none_or, share


@frozen(kw_only=True)
class HedgePolicy:
    """A second request beside a slow one, for calls that may be repeated (Dean and Barroso, "The Tail at
    Scale", 2013; gRFC A6).

    Each one is paid for out of the retry budget, takes a permit of the quota, and counts as one of
    `RetryPolicy.max_attempts`.

    Raises:
        ValueError: a number is out of its range; the message names the field.
    """

    after: float | None = field(default=None, validator=none_or(above(0)))
    """Seconds that a request may take before another one is sent. None learns it, for each operation."""
    quantile: float = field(default=0.95, validator=share)
    """What is learned: the time within which this share of the recent requests was answered. So no more
    than the rest of them is sent twice, unless the server slows down."""
    learn_from: int = field(default=100, validator=count(1))
    """How many answers it takes before anything has been learned; until then nothing is sent twice."""
    most: int = field(default=1, validator=count(1))
    """How many more requests there may be beside the first."""
