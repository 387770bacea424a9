"""The events of a report, page by page: none lost, and none twice.

Rules of this file: the server's `nextPageTimestamp` is where the next page begins, and that page
may repeat what this one has of the same millisecond; `EventsCursor` knows what that is. Events
that are equal within one page are all given. A page that leads no further is asked for again with
the largest limit, and if even that holds one millisecond only, there is an error, and no loop.
All of that holds for pages of objects and of columns alike, and the cursor of one serves the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

from attrs import field, frozen

from offwire.apis.esologs.errors import EventsTooDense
from offwire.apis.esologs.events import Event
from offwire.apis.esologs.events_columns import events_at, timestamps_of, without_given
from offwire.apis.esologs.events_cursor import EventsCursor
from offwire.errors import PagingLoop
from offwire.formats.columns import Columns, columns_of
from offwire.formats.naming import camel_case, wire_names
from offwire.message.response import Response
from offwire.operations.call import Call
from offwire.operations.paging import Pages, paged

B = TypeVar("B")
P = TypeVar("P", bound="EventPage | EventColumns")

LARGEST_LIMIT: Final = 10_000
"""The most events that a page may be asked to hold."""


@wire_names(camel_case)
@frozen(kw_only=True)
class EventBatch:
    """What the server answers."""

    data: list[Event] | None = None
    next_page_timestamp: float | None = None


@wire_names(camel_case)
@frozen(kw_only=True)
class ColumnBatch:
    """The same, read by column."""

    data: Columns[Event] | None = None
    next_page_timestamp: float | None = None


@frozen(kw_only=True)
class EventPage:
    """A page of events, and how to go on behind it."""

    events: list[Event]
    """Those that no earlier page has given."""
    cursor: EventsCursor
    """Give it as `after=`, today or tomorrow, for what comes behind this page."""
    is_last: bool
    """Whether the server has no more for now; a report that is still being uploaded grows."""


@frozen(kw_only=True)
class EventColumns:
    """A page of events by column, and how to go on behind it."""

    columns: Columns[Event]
    """Those that no earlier page has given."""
    cursor: EventsCursor
    """Give it as `after=`, today or tomorrow, for what comes behind this page."""
    is_last: bool
    """Whether the server has no more for now; a report that is still being uploaded grows."""


class Ask(Protocol):
    """Makes the call for a batch."""

    def __call__(self, start: float | None, limit: int | None, returns: type[B], /) -> Call[B]:
        """The call for the events from a timestamp on; what is None is left to the server."""
        ...


@frozen
class EventScan:
    """All pages of events from a place on."""

    ask: Ask = field(repr=False)
    after: EventsCursor | None = None
    """Where an earlier scan has ended."""
    start_time: float | None = None
    """Where to begin, if `after` does not say."""
    limit: int | None = None

    def page(self) -> Call[EventPage]:
        """The first page alone."""
        return self._first(_event_page).mapped(lambda step, _: step.page)

    def pages(self) -> Pages[EventPage]:
        """All pages."""
        return self._paged(_event_page)

    def columns(self) -> Pages[EventColumns]:
        """All pages, by column."""
        return self._paged(_event_columns)

    def events(self) -> Pages[Event]:
        """All events."""
        first = self._first(_event_page)
        return paged(first, items=lambda step: step.page.events, following=self._following)

    def _paged(self, read: _Read[P]) -> Pages[P]:
        def page(step: _Step[P]) -> list[P]:
            return [step.page]

        return paged(self._first(read), items=page, following=self._following)

    def _first(self, read: _Read[P]) -> Call[_Step[P]]:
        start = self.start_time if self.after is None else self.after.timestamp
        return self._call(read, start, self.after or EventsCursor(timestamp=start or 0.0), self.limit)

    def _call(
        self, read: _Read[P], start: float | None, cursor: EventsCursor, limit: int | None
    ) -> Call[_Step[P]]:
        def step(page: P, _response: Response) -> _Step[P]:
            return _Step(page, read, start, limit)

        return read(self.ask, start, cursor, limit).mapped(step)

    def _following(self, _call: Call[_Step[P]], step: _Step[P], _response: Response) -> Call[_Step[P]] | None:
        if step.page.is_last:
            return None
        cursor, limit = step.page.cursor, self.limit
        if step.start is not None and cursor.timestamp <= step.start:
            if cursor.timestamp < step.start:
                raise PagingLoop(message="the server points back to events before those of this page")
            if step.limit == LARGEST_LIMIT:
                raise EventsTooDense(
                    message=f"the millisecond {cursor.timestamp:.0f} of the report holds more events "
                    f"than a page, even with a limit of {LARGEST_LIMIT}"
                )
            limit = LARGEST_LIMIT
        return self._call(step.read, cursor.timestamp, cursor, limit)


_Read: TypeAlias = Callable[[Ask, float | None, EventsCursor, int | None], Call[P]]
"""Makes the call for the page behind a cursor, of one kind or the other."""


@frozen
class _Step(Generic[P]):
    """A page, and what it was asked with."""

    page: P
    read: _Read[P]
    start: float | None
    limit: int | None


def _event_page(ask: Ask, start: float | None, cursor: EventsCursor, limit: int | None) -> Call[EventPage]:
    def page(batch: EventBatch, _response: Response) -> EventPage:
        events = batch.data or []
        following = batch.next_page_timestamp
        at = _end((each.timestamp for each in events), cursor) if following is None else following
        return EventPage(
            events=cursor.without_given(events), cursor=cursor.moved(at, events), is_last=following is None
        )

    return ask(start, limit, EventBatch).mapped(page)


def _event_columns(
    ask: Ask, start: float | None, cursor: EventsCursor, limit: int | None
) -> Call[EventColumns]:
    def page(batch: ColumnBatch, _response: Response) -> EventColumns:
        columns = columns_of(Event, []) if batch.data is None else batch.data
        following = batch.next_page_timestamp
        at = _end(timestamps_of(columns), cursor) if following is None else following
        return EventColumns(
            columns=without_given(columns, cursor),
            cursor=cursor.moved(at, events_at(columns, at)),
            is_last=following is None,
        )

    return ask(start, limit, ColumnBatch).mapped(page)


def _end(timestamps: Iterable[float], cursor: EventsCursor) -> float:
    """Where to go on behind the last page."""
    return max(timestamps, default=cursor.timestamp)
