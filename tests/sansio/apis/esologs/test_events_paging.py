"""Events by pages, against a server that pages as ESO Logs does: none lost, none twice, no loop."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire import Api, Call, Group, M, Pages, Request, Response, Sync, operation, pages
from offwire.apis.esologs.errors import EventsTooDense
from offwire.apis.esologs.events import Event
from offwire.apis.esologs.events_cursor import EventsCursor
from offwire.apis.esologs.events_paging import LARGEST_LIMIT, EventColumns, EventPage, EventScan
from offwire.errors import PagingLoop
from offwire.formats.columns import columns_of, concatenated
from offwire.testing import Answer, Client, Script, json_answer
from offwire.time import Now

B = TypeVar("B")

LIMIT = 5


class Log:
    """A report's events. A page begins at a timestamp; the next one begins where it ends."""

    def __init__(self, *events: tuple[int, str]) -> None:
        self.events = [{"timestamp": at, "type": kind} for at, kind in sorted(events)]
        self.limits: list[int] = []

    def __call__(self, request: Request, _now: Now) -> Answer:
        assert request.body is not None
        asked = json.loads(request.body.content)
        limit = asked["limit"] or LIMIT
        self.limits.append(limit)
        found = [each for each in self.events if each["timestamp"] >= (asked["start"] or 0)]  # type: ignore[operator]
        more = found[limit]["timestamp"] if len(found) > limit else None
        return json_answer({"data": found[:limit], "nextPageTimestamp": more})


def ask(start: float | None, limit: int | None, returns: type[B], /) -> Call[B]:
    return Call.post("", json={"start": start, "limit": limit}, returns=returns)


class Report(Group[M]):
    @pages
    def events(self, after: EventsCursor | None = None, start_time: float | None = None) -> Pages[Event]:
        return EventScan(ask, after=after, start_time=start_time).events()

    @pages
    def columns(
        self, after: EventsCursor | None = None, start_time: float | None = None
    ) -> Pages[EventColumns]:
        return EventScan(ask, after=after, start_time=start_time).columns()

    @pages
    def pages(self, after: EventsCursor | None = None) -> Pages[EventPage]:
        return EventScan(ask, after=after).pages()

    @operation
    def page(self, after: EventsCursor | None = None) -> Call[EventPage]:
        return EventScan(ask, after=after).page()


class Site(Api[M]):
    base_url = "https://logs.test/api"
    report: Report[M]


def shown(events: Iterator[Event]) -> list[tuple[int, str]]:
    return [(int(each.timestamp), each.type) for each in events]


def rows(pages: Iterable[EventColumns]) -> list[tuple[int, str]]:
    data = concatenated(Event, (each.columns for each in pages)).data
    moments: list[int] = [int(str(each).removesuffix(".0")) for each in data["timestamp"]]
    return list(zip(moments, map(str, data["type"]), strict=True))


def test_one_page_is_all() -> None:
    log = Log((1, "a"), (2, "b"))
    assert shown(Site(Client(log)).report.events()) == [(1, "a"), (2, "b")]
    assert len(log.limits) == 1


def test_nothing_is_a_page_too() -> None:
    report = Site(Client(Log())).report
    assert list(report.events()) == []
    start = EventsCursor(timestamp=0.0)
    assert list(report.pages()) == [EventPage(events=[], cursor=start, is_last=True)]
    empty = columns_of(Event, [])
    assert list(report.columns()) == [EventColumns(columns=empty, cursor=start, is_last=True)]


def test_null_is_nothing() -> None:
    answer = json_answer({"data": None, "nextPageTimestamp": None})
    assert list(Site(Client(Script(answer))).report.events()) == []
    assert rows(Site(Client(Script(answer))).report.columns()) == []


def test_an_empty_page_is_not_the_end() -> None:
    server = Script(
        json_answer({"data": [], "nextPageTimestamp": 1000}),
        json_answer({"data": [{"timestamp": 1200, "type": "cast"}]}),
    )
    assert shown(Site(Client(server)).report.events()) == [(1200, "cast")]


def test_the_milliseconds_at_a_boundary_are_given_once() -> None:
    log = Log(*[(1, "a")] * 3, *[(2, "b")] * 4, (3, "c"))
    assert shown(Site(Client(log)).report.events()) == [*[(1, "a")] * 3, *[(2, "b")] * 4, (3, "c")]


def test_a_server_that_does_not_repeat_loses_nothing() -> None:
    server = Script(
        json_answer({"data": [{"timestamp": 1, "type": "a"}], "nextPageTimestamp": 2}),
        json_answer({"data": [{"timestamp": 2, "type": "a"}, {"timestamp": 2, "type": "a"}]}),
    )
    assert shown(Site(Client(server)).report.events()) == [(1, "a"), (2, "a"), (2, "a")]


def test_a_millisecond_that_fills_a_page_is_asked_for_at_once() -> None:
    events = [(1, "a"), *[(2, f"b{number:02}") for number in range(12)], (3, "c")]
    log = Log(*events)
    assert shown(Site(Client(log)).report.events()) == events
    assert log.limits == [LIMIT, LIMIT, LARGEST_LIMIT]
    log.limits.clear()
    assert rows(Site(Client(log)).report.columns()) == events
    assert log.limits == [LIMIT, LIMIT, LARGEST_LIMIT]


def test_behind_a_dense_millisecond_pages_are_small_again() -> None:
    dense = [(2, f"b{number:05}") for number in range(LARGEST_LIMIT - 1)]
    events = [*dense, (3, "c"), (4, "d")]
    log = Log(*events)
    assert shown(Site(Client(log)).report.events(start_time=2.0)) == events
    assert log.limits == [LIMIT, LARGEST_LIMIT, LIMIT]


def test_more_than_the_largest_page_in_a_millisecond_is_an_error() -> None:
    log = Log(*[(2, f"b{number:05}") for number in range(LARGEST_LIMIT + 1)])
    given: list[Event] = []
    with pytest.raises(EventsTooDense, match=r"millisecond 2 .* Narrow the filters"):
        given.extend(Site(Client(log)).report.events(start_time=2.0))
    assert len(given) == LARGEST_LIMIT
    pages: list[EventColumns] = []
    with pytest.raises(EventsTooDense, match="millisecond 2 "):
        pages.extend(Site(Client(log)).report.columns(start_time=2.0))
    assert sum(each.columns.rows for each in pages) == LARGEST_LIMIT


def test_a_server_that_points_back_is_not_followed() -> None:
    def report() -> Report[Sync]:
        server = Script(
            json_answer({"data": [{"timestamp": 9, "type": "a"}], "nextPageTimestamp": 9}),
            json_answer({"data": [{"timestamp": 9, "type": "b"}], "nextPageTimestamp": 3}),
        )
        return Site(Client(server)).report

    with pytest.raises(PagingLoop, match="points back"):
        list(report().events())
    with pytest.raises(PagingLoop, match="points back"):
        list(report().columns())


def test_goes_on_from_a_saved_cursor() -> None:
    events = [(1, "a"), *[(2, f"b{number}") for number in range(6)], (3, "c"), (4, "d")]
    report = Site(Client(Log(*events))).report
    first = next(iter(report.pages()))
    saved = EventsCursor.from_json(json.loads(json.dumps(first.cursor.to_json())))
    assert shown(iter([*first.events, *report.events(after=saved)])) == events


def test_a_growing_report_is_read_on_from_its_end() -> None:
    log = Log((1, "a"), (2, "b"))
    report = Site(Client(log)).report
    *_, last = report.pages()
    assert last.is_last
    assert list(report.events(after=last.cursor)) == []
    log.events += [{"timestamp": 2, "type": "b"}, {"timestamp": 3, "type": "c"}]
    assert shown(report.events(after=last.cursor)) == [(2, "b"), (3, "c")]


def test_the_first_page_alone() -> None:
    log = Log((1, "a"), (2, "b"))
    page = Site(Client(log)).report.page()
    assert page.events == [Event(timestamp=1.0, type="a"), Event(timestamp=2.0, type="b")]
    assert Site(Client(log)).report.page(after=page.cursor).events == []


def test_calls_can_be_looked_at() -> None:
    call = EventScan(ask, limit=300).page()
    batch = Response(200, json={"data": [{"timestamp": 1, "type": "a"}], "nextPageTimestamp": 7})
    page = call.parse(batch)
    assert (page.cursor.timestamp, page.is_last) == (7.0, False)
    assert "ask" not in repr(EventScan(ask))


MOMENTS = st.lists(st.tuples(st.integers(0, 6), st.sampled_from("ab")), max_size=40)


@given(MOMENTS)
def test_every_log_is_given_as_it_is(events: list[tuple[int, str]]) -> None:
    assert Counter(shown(Site(Client(Log(*events))).report.events())) == Counter(events)


@given(MOMENTS, st.integers(0, 8))
def test_any_break_loses_nothing_and_repeats_nothing(events: list[tuple[int, str]], stop: int) -> None:
    report = Site(Client(Log(*events))).report
    given: list[Event] = []
    cursor: EventsCursor | None = None
    for page, _ in zip(report.pages(), range(stop), strict=False):
        given += page.events
        cursor = page.cursor
    given += report.events(after=cursor)
    assert Counter(shown(iter(given))) == Counter(events)


@given(MOMENTS)
def test_pages_by_column_are_those_of_objects(events: list[tuple[int, str]]) -> None:
    report = Site(Client(Log(*events))).report
    assert [(each.columns, each.cursor, each.is_last) for each in report.columns()] == [
        (columns_of(Event, each.events), each.cursor, each.is_last) for each in report.pages()
    ]


@given(MOMENTS, st.lists(st.tuples(st.booleans(), st.integers(1, 3)), max_size=6))
def test_a_cursor_of_columns_serves_objects_and_the_other_way_round(
    events: list[tuple[int, str]], breaks: list[tuple[bool, int]]
) -> None:
    report = Site(Client(Log(*events))).report
    given: list[tuple[int, str]] = []
    cursor: EventsCursor | None = None
    for by_column, stop in breaks:
        if by_column:
            for part, _ in zip(report.columns(after=cursor), range(stop), strict=False):
                given += rows([part])
                cursor = part.cursor
        else:
            for page, _ in zip(report.pages(after=cursor), range(stop), strict=False):
                given += shown(iter(page.events))
                cursor = page.cursor
    given += rows(report.columns(after=cursor))
    assert Counter(given) == Counter(events)
