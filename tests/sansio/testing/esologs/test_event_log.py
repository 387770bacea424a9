"""Events come in order, pages hold them all, and filters really filter."""

from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.testing.esologs.event_log import Event, EventLog, EventPage
from offwire.testing.esologs.filters import event_filter
from tests.sansio.testing.esologs.asking import small

FACTS = small()
REPORT = FACTS.report(1)
Boundary = Literal["whole", "repeats"]


def log(boundary: Boundary = "whole", burst: int = 60, **sizes: int) -> EventLog:
    return EventLog(small(**sizes), boundary=boundary, burst=burst)


LOGS: dict[str, EventLog] = {"whole": log("whole"), "repeats": log("repeats")}
LEAST = {"whole": 1, "repeats": 70}
"""The least limit that leads to the end: one millisecond may hold so many."""


def events(**asked: Any) -> list[Event]:
    return LOGS["whole"].events(REPORT, event_filter(REPORT, asked))


def pages(which: EventLog, limit: int, **asked: Any) -> list[EventPage]:
    found = [which.page(REPORT, event_filter(REPORT, asked), limit)]
    while (start := found[-1].next_start) is not None:
        assert start > asked.get("startTime", -1)
        asked["startTime"] = start
        found.append(which.page(REPORT, event_filter(REPORT, asked), limit))
    return found


def test_the_log_is_made_of_whole_numbers_in_range() -> None:
    for boundary, burst in (("halves", 60), ("whole", 0)):
        with pytest.raises(ValueError, match="boundary is 'whole' or 'repeats'"):
            EventLog(FACTS, boundary=boundary, burst=burst)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_events_are_in_order_and_in_their_fights() -> None:
    every = events()
    assert len(every) == 900
    times: list[Any] = [each["timestamp"] for each in every]
    assert times == sorted(times)
    fights = {fight.number: fight for fight in REPORT.fights}
    for each in every:
        fight: Any = fights[each["fight"]]  # type: ignore[index]  # pyright: ignore[reportArgumentType]
        assert fight.start <= each["timestamp"] <= fight.end


def test_no_event_can_be_taken_for_another() -> None:
    assert [each["castTrackID"] for each in events()] == list(range(1, 901))


def test_the_same_seed_makes_the_same_events() -> None:
    assert log().events(REPORT, event_filter(REPORT, {})) == events()


def test_events_of_one_millisecond_are_no_exception() -> None:
    sizes = Counter(each["timestamp"] for each in log(events=20_000).events(*_large({}))).values()
    assert sum(1 for size in sizes if size > 1) > 1000
    assert max(sizes) > 40


def _large(asked: dict[str, Any]) -> Any:
    report = small(events=20_000).report(1)
    return report, event_filter(report, asked)


def test_every_form_of_event_is_told() -> None:
    by_type = {str(each["type"]): each for each in log(events=20_000).events(*_large({}))}
    assert by_type["damage"].keys() >= {"amount", "hitType", "abilityGameID", "targetID"}
    assert by_type["resourcechange"].keys() >= {"resourceChange", "resourceChangeType", "waste"}
    assert by_type["combatantinfo"].keys() >= {"gear"}
    assert "targetID" not in by_type["combatantinfo"]
    assert len(by_type) == 14


def test_a_fight_begins_with_what_its_players_wear() -> None:
    for fight in REPORT.fights:
        first = events(fightIDs=[fight.number])[:12]
        assert [each["type"] for each in first] == ["combatantinfo"] * len(first)
        assert all(each["timestamp"] == fight.start for each in first)
        assert [each["sourceID"] for each in first] == list(range(1, len(first) + 1))


def test_events_can_tell_names() -> None:
    assert "ability" in events(useAbilityIDs=False)[50]


START, END = (REPORT.fights[1].start + 500, REPORT.fights[2].start)
FILTERS: list[tuple[dict[str, Any], Any]] = [
    ({"fightIDs": [2]}, lambda each: each["fight"] == 2),
    ({"sourceID": 3}, lambda each: each["sourceID"] == 3),
    ({"targetID": 15}, lambda each: each.get("targetID") == 15),
    ({"dataType": "Casts"}, lambda each: each["type"] in ("cast", "begincast") and each["sourceIsFriendly"]),
    ({"dataType": "CombatantInfo"}, lambda each: each["type"] == "combatantinfo"),
    ({"hostilityType": "Enemies"}, lambda each: not each["sourceIsFriendly"]),
    ({"startTime": START + 0.5, "endTime": END}, lambda each: START < each["timestamp"] <= END),
    (
        {"abilityID": float(REPORT.abilities[0])},
        lambda each: each.get("abilityGameID") == REPORT.abilities[0],
    ),
]


@pytest.mark.parametrize(("asked", "passes"), FILTERS, ids=[" ".join(asked) for asked, _ in FILTERS])
@pytest.mark.parametrize("boundary", ["whole", "repeats"])
def test_filters_really_filter(boundary: str, asked: dict[str, Any], passes: Any) -> None:
    expected = [each for each in events() if passes(each)]
    assert 0 < len(expected) < 900
    assert events(**asked) == expected
    found = [each for page in pages(LOGS[boundary], LEAST[boundary], **asked) for each in page.events]
    assert [each for each, _ in groupby(sorted(found, key=_position))] == expected


def _position(event: Event) -> int:
    position = event["castTrackID"]
    assert isinstance(position, int)
    return position


def test_a_whole_page_ends_where_a_millisecond_ends() -> None:
    found = pages(LOGS["whole"], 100)
    assert [each for page in found for each in page.events] == events()
    assert [each for page in found for each in page.positions] == list(range(900))
    assert any(len(page.events) < 100 for page in found[:-1])


def test_a_repeating_page_ends_anywhere() -> None:
    found = pages(LOGS["repeats"], 100)
    assert all(len(page.events) == 100 for page in found[:-1])
    served = Counter(each for page in found for each in page.positions)
    assert served.keys() == set(range(900))
    assert set(served.values()) == {1, 2}
    for before, after in pairwise(found):
        assert after.events[0]["timestamp"] == before.next_start
        held = [each for each in before.events if each["timestamp"] == before.next_start]
        assert after.events[: len(held)] == held


@pytest.mark.parametrize("boundary", ["whole", "repeats"])
@given(limit=st.integers(1, 950), start=st.integers(0, 300_000), source=st.sampled_from([None, 1, 15]))
def test_who_follows_the_pages_gets_everything(
    boundary: str, limit: int, start: int, source: int | None
) -> None:
    asked: dict[str, Any] = {"startTime": start, "sourceID": source}
    expected = [each["castTrackID"] for each in events(**asked)]
    limit = max(limit, LEAST[boundary])
    found = [each["castTrackID"] for page in pages(LOGS[boundary], limit, **asked) for each in page.events]
    assert sorted(set(map(str, found))) == sorted(map(str, expected))
    if boundary == "whole":
        assert found == expected


def test_a_millisecond_with_more_than_a_page_is_given_whole() -> None:
    found = pages(log("whole", burst=500), 5)
    assert len(found[0].events) == 12
    assert [each for page in found for each in page.positions] == list(range(900))


def test_a_repeating_page_can_lead_nowhere() -> None:
    stuck = LOGS["repeats"].page(REPORT, event_filter(REPORT, {}), 5)
    assert (len(stuck.events), stuck.next_start) == (5, 0)
    assert LOGS["repeats"].page(REPORT, event_filter(REPORT, {}), 50).next_start != 0


def test_a_crowded_millisecond_can_be_the_last() -> None:
    tiny = EventLog(small(events=5), boundary="whole", burst=1)
    report = small(events=5).report(1)
    fights = [fight for fight in report.fights if fight.events]
    page = tiny.page(report, event_filter(report, {"fightIDs": [fights[-1].number]}), 1)
    assert (len(page.events), page.next_start) == (fights[-1].events, None)


def test_a_report_may_have_no_events() -> None:
    report = small(events=0).report(1)
    page = log(events=0).page(report, event_filter(report, {}), 100)
    assert (page.events, page.positions, page.next_start) == ([], [], None)
