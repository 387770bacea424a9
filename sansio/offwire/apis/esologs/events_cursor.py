"""`EventsCursor`: how far the events of a report have been read, to go on from there later.

    saved = json.dumps(page.cursor.to_json())
    pages = eso.reports.event_pages(code, after=EventsCursor.from_json(json.loads(saved)))

Rules of this file: the server pages by timestamp, and several events may bear the same one. So a
cursor is the timestamp, and what was already given of that millisecond, counted by a digest of
each event. It is good for the same report and the same filters.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from math import isfinite
from types import MappingProxyType
from typing import Any, Final

from attrs import asdict, field, frozen

from offwire.apis.esologs.events import Event
from offwire.json_value import Json

_DIGEST_BYTES: Final = 12
_FIX: Final = "give what EventsCursor.to_json() returned"


def _timestamp(_instance: object, _attribute: object, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"EventsCursor.timestamp is a number of milliseconds, not {value!r}: {_FIX}")
    if not (isfinite(value) and value >= 0):
        raise ValueError(f"EventsCursor.timestamp is a number from 0 on, not {value!r}: {_FIX}")


def _counts(value: Mapping[str, int]) -> Mapping[str, int]:
    if not isinstance(value, Mapping):
        raise TypeError(f"EventsCursor.given is a mapping, not {type(value).__name__}: {_FIX}")
    for name, number in value.items():
        if {type(name), type(number)} != {str, int} or number < 1:
            raise ValueError(f"EventsCursor.given counts events by their digest: {_FIX}")
    return MappingProxyType(dict(value))


@frozen(kw_only=True)
class EventsCursor:
    """A place among the events of a report.

    Raises at birth:
        TypeError, ValueError: a part is not what `to_json` gives.
    """

    timestamp: float = field(validator=_timestamp)
    """Milliseconds since the start of the report: where to go on."""
    given: Mapping[str, int] = field(factory=dict, converter=_counts, hash=False)
    """How often each event of just that millisecond has been given, by its digest."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (EventsCursor.from_json, (self.to_json(),))

    def to_json(self) -> dict[str, Json]:
        """This cursor as plain data, for `json.dumps`."""
        return {"timestamp": self.timestamp, "given": dict(self.given)}

    @classmethod
    def from_json(cls, data: Json) -> EventsCursor:
        """The cursor that `to_json` has made plain data of.

        Raises:
            TypeError, ValueError: `data` is nothing of the kind.
        """
        if not isinstance(data, dict) or data.keys() != {"timestamp", "given"}:
            raise ValueError(f"a saved cursor holds 'timestamp' and 'given': {_FIX}")
        parts: dict[str, Any] = dict(data)
        return cls(**parts)

    def without_given(self, events: list[Event]) -> list[Event]:
        """The events that are new: those of this millisecond are left out as often as they were given."""
        if not self.given:
            return events
        was_given = self.which_given(events)
        return [each for each, known in zip(events, was_given, strict=True) if not known]

    def which_given(self, events: Iterable[Event]) -> list[bool]:
        """For each of the events whether it was given: of equal ones, as many as were."""
        left = dict(self.given)
        return [each.timestamp == self.timestamp and _taken(each, left) for each in events]

    def moved(self, timestamp: float, events: Iterable[Event]) -> EventsCursor:
        """The cursor at `timestamp` after a page of `events`, in which nothing is left out yet."""
        given = Counter(digest(each) for each in events if each.timestamp == timestamp)
        if timestamp == self.timestamp:
            given |= Counter(self.given)  # the larger count: the page repeats what was given
        return EventsCursor(timestamp=timestamp, given=given)


def digest(event: Event) -> str:
    """What stands for an event in a cursor. The timestamp is not in it, which the cursor has."""
    known = asdict(event, filter=lambda _, value: value is not None)
    del known["timestamp"]
    text = json.dumps(known, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def _taken(event: Event, left: dict[str, int]) -> bool:
    name = digest(event)
    count = left.get(name, 0)
    left[name] = count - 1
    return count > 0
