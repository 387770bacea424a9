"""The demonstration is complete, in a small edition."""

from __future__ import annotations

from io import StringIO

import pytest
from attrs import evolve
from rich.console import Console

from examples import demo_directory, demo_esologs
from examples.demo import main
from examples.demo_plot import bar, by_time, columns, longest_fight, plot
from offwire.apis.esologs import Event
from offwire.testing.esologs import FakeEsoLogs

USERS = demo_directory.Settings(users=60, per_second=500, faults=0.1, seed=3, concurrency=10)
REPORT = demo_esologs.Settings(events=1500, members=14, faults=0.1, seed=3, page_size=300)


def test_the_demonstration_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--users", "60", "--per-second", "500", "--events", "1500", "--members", "14"]) == 0
    shown = capsys.readouterr().out
    for word in (
        "sync", "asyncio", "trio", "quota used", "points", "none, none", "Damage per second", "█",
        "Who did it", "Nothing lost, nothing twice",
    ):  # fmt: skip
        assert word in shown


def test_what_goes_wrong_with_users_is_told() -> None:
    good = demo_directory.run("sync", USERS, lambda: None)
    assert demo_directory.complaints(good, USERS) == []
    broken = evolve(good, found=(1, 1, 2))
    assert demo_directory.complaints(broken, USERS) == [
        "sync: 58 users are missing",
        "sync: 1 users came twice",
    ]


@pytest.mark.parametrize("world", list(demo_esologs.WORLDS))
def test_a_report_and_a_guild_are_harvested_in_each_world(world: str) -> None:
    ticks: list[int] = []
    outcome = demo_esologs.run(world, REPORT, ticks.append)
    assert outcome.complaints == ()
    assert sum(ticks) == REPORT.events + REPORT.members
    assert outcome.server.token_requests == 1
    assert sum(outcome.server.faults.values()) > 0
    assert set(outcome.harvest.actors) >= {each.source_id for each in outcome.harvest.events} - {None}


def test_what_goes_wrong_with_events_is_told() -> None:
    server = FakeEsoLogs(events=REPORT.events, members=REPORT.members, seed=REPORT.seed)
    good = demo_esologs.run("sync", REPORT, lambda _: None).harvest
    events = list(good.events)
    for broken, complaint in (
        (evolve(good, events=events[1:]), "1 events are missing"),
        (evolve(good, events=[*events, events[0]]), "1 events came twice"),
        (evolve(good, events=[events[1], events[0], *events[2:]]), "the events are out of order"),
        (evolve(good, characters=good.characters[1:]), "the characters are not those of the guild"),
    ):
        assert demo_esologs.complaints("sync", broken, server, REPORT) == [f"sync: {complaint}"]


def test_the_tables_have_a_row_for_each_world() -> None:
    shown = StringIO()
    console = Console(width=120, file=shown)
    console.print(demo_directory.report([demo_directory.run("sync", USERS, lambda: None)], USERS))
    outcome = demo_esologs.run("trio", REPORT, lambda _: None)
    console.print(demo_esologs.report([outcome, evolve(outcome, complaints=("one",))], REPORT))
    for word in ("sync", "trio", "none, none", "see below"):
        assert word in shown.getvalue()


def hit(timestamp: float, amount: int, fight: int = 1) -> Event:
    return Event(
        timestamp=timestamp, type="damage", fight=fight, source_id=1, source_is_friendly=True, amount=amount
    )


def test_the_picture_shows_the_longest_fight() -> None:
    events = [hit(0, 5), hit(1000, 10, 2), hit(3000, 30, 2), Event(timestamp=4000, type="heal")]
    assert longest_fight(events) == events[1:3]
    assert by_time(events[1:3], 2) == [10, 30]
    assert by_time([], 2) == [0, 0]
    assert columns([0, 1, 2, 4], 2) == ["   █", " ▄██"]
    assert columns([], 2) == ["", ""]
    assert (bar(0.5, 4), bar(0.28125, 4), bar(0, 4)) == ("██", "█▏", "")
    shown = plot(events, {1: "Ada"}).plain
    assert "fight 2" in shown
    assert "Ada" in shown
    assert plot([], {}).plain == "No damage was done."
