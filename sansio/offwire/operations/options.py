"""`Options`: what one call, or a view of an API, wants otherwise than the API's policies say."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final

from attrs import evolve, field, frozen

from offwire.message.headers import NO_HEADERS, Headers, HeadersInput
from offwire.timeouts import Timeouts

if TYPE_CHECKING:
    from attrs import Attribute


def _seconds(_instance: object, _attribute: Attribute[float | None], value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not (value > 0 and isfinite(value)):
        raise ValueError(f"deadline is a positive number of seconds for the whole call, not {value!r}")


def _timeouts(_instance: object, _attribute: Attribute[Timeouts | None], value: Timeouts | None) -> None:
    if value is not None and not isinstance(value, Timeouts):
        raise TypeError(f"timeouts is a Timeouts, such as Timeouts(read=60.0), not {value!r}")


def _headers(value: HeadersInput) -> Headers:
    headers = value if isinstance(value, Headers) else Headers(value)
    if len(headers.values("content-type")) > 1:
        raise ValueError("a request has one Content-Type: give it once")
    return headers


def _key(_instance: object, _attribute: Attribute[str | None], value: str | None) -> None:
    if value is not None:
        Headers({"Idempotency-Key": value})
        if not value:
            raise ValueError("idempotency_key may not be empty")


def _priority(_instance: object, _attribute: Attribute[int | None], value: object) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise TypeError(f"priority is a whole number, such as 1 for what is urgent, not {value!r}")


def _flow(_instance: object, _attribute: Attribute[str | None], value: object) -> None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"flow is a str that names whose call it is, such as a tenant, not {value!r}")


@frozen(kw_only=True)
class Options:
    """Overrides for single calls. What is None stays as the API has it.

    Raises at birth:
        TypeError: a part is of the wrong type.
        ValueError: the deadline is no positive number, or a field cannot go onto the wire.
    """

    deadline: float | None = field(default=None, validator=_seconds)
    """Seconds for the whole call: waiting, signing in and retrying included."""
    timeouts: Timeouts | None = field(default=None, validator=_timeouts)
    headers: Headers = field(default=NO_HEADERS, converter=_headers)
    """Header fields that take the place of the API's own of the same name."""
    idempotency_key: str | None = field(default=None, validator=_key)
    """One for all attempts; makes a call repeatable whose server knows such keys."""
    priority: int | None = field(default=None, validator=_priority)
    """While calls wait for the quota, the higher one goes first, within the bounds of
    `FairnessPolicy.aging`; 0 where nothing is said. Each attempt of a call has it."""
    flow: str | None = field(default=None, validator=_flow)
    """Whose call it is: a tenant, a user, a harvest. Flows of one priority share the quota by their weights,
    however many calls each has waiting; those that say nothing are one flow too."""

    def over(self, base: Options) -> Options:
        """These options, with those of `base` where nothing is said here."""
        return evolve(
            base,
            deadline=base.deadline if self.deadline is None else self.deadline,
            timeouts=base.timeouts if self.timeouts is None else self.timeouts,
            headers=base.headers.replacing(self.headers),
            idempotency_key=self.idempotency_key or base.idempotency_key,
            priority=base.priority if self.priority is None else self.priority,
            flow=base.flow if self.flow is None else self.flow,
        )


NO_OPTIONS: Final = Options()
"""Everything as the API has it."""
