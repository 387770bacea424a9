"""`Timeouts`: how long the phases of one attempt may take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

if TYPE_CHECKING:
    from attrs import Attribute


def _positive(instance: object, attribute: Attribute[Any], value: float | None) -> None:
    if value is not None and not value > 0:
        raise ValueError(
            f"{type(instance).__name__}.{attribute.name} is a positive number of seconds, "
            f"or None for no limit, not {value!r}"
        )


@frozen(kw_only=True)
class Timeouts:
    """Limits on one attempt's phases, in seconds; None sets no limit.

    They bound silence: `read` is the longest time between two pieces of an answer. The total is
    bounded by the call's deadline, which cuts each of these short.
    """

    connect: float | None = field(default=10.0, validator=_positive)
    """To open a connection, name look-up and TLS included."""
    read: float | None = field(default=30.0, validator=_positive)
    """From one piece of the answer to the next."""
    write: float | None = field(default=30.0, validator=_positive)
    """From one piece of the request to the next."""
