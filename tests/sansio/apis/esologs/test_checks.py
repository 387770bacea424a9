"""Checks: what passes, what is refused, and that the words name the argument and the fix."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.apis.esologs import checks
from offwire.apis.esologs.checks import Check
from offwire.apis.esologs.generated.enums import EventDataType
from offwire.unset import UNSET

ALL: list[Check] = [
    checks.anything_whole,
    checks.an_id,
    checks.page_limit,
    checks.number,
    checks.offset,
    checks.instant,
    checks.code,
    checks.title,
    checks.slug,
    checks.text,
    checks.ids,
]


@pytest.mark.parametrize("check", [*ALL, checks.flag])
@pytest.mark.parametrize("value", [None, UNSET])
def test_what_is_not_given_passes(check: Check, value: object) -> None:
    assert check("x", value) is value


@pytest.mark.parametrize("check", ALL)
@pytest.mark.parametrize("value", [True, object()])
def test_of_the_wrong_type(check: Check, value: object) -> None:
    with pytest.raises(TypeError, match=r"^x "):
        check("x", value)


@pytest.mark.parametrize(
    ("check", "value", "wire"),
    [
        pytest.param(checks.anything_whole, -1, -1, id="any whole number"),
        pytest.param(checks.an_id, 1, 1, id="an id"),
        pytest.param(checks.page_limit, 100, 100, id="a limit"),
        pytest.param(checks.attendance_limit, 25, 25, id="a limit of attendance"),
        pytest.param(checks.events_limit, 10_000, 10_000, id="a limit of events"),
        pytest.param(checks.number, 0, 0, id="a number"),
        pytest.param(checks.offset, 1.5, 1.5, id="an offset"),
        pytest.param(checks.instant, 0, 0, id="the first instant"),
        pytest.param(checks.instant, 1.7e12, 1.7e12, id="milliseconds"),
        pytest.param(checks.instant, 1e11, 1e11, id="the first that cannot be seconds"),
        pytest.param(checks.instant, datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC), 1e12, id="a datetime"),
        pytest.param(
            checks.instant,
            datetime(2001, 9, 9, 3, 46, 40, tzinfo=timezone(timedelta(hours=2))),
            1e12,
            id="a datetime of elsewhere",
        ),
        pytest.param(checks.code, "VfxqaX47HGC98rAp", "VfxqaX47HGC98rAp", id="a code"),
        pytest.param(checks.code, "a:VfxqaX47HGC98rAp", "a:VfxqaX47HGC98rAp", id="an anonymous code"),
        pytest.param(checks.title, "The Dragon's Way", "The Dragon's Way", id="a name"),
        pytest.param(checks.slug, "na-megaserver", "na-megaserver", id="a slug"),
        pytest.param(checks.anything_whole, -(2**31) + 1, -(2**31) + 1, id="the least number"),
        pytest.param(checks.text, "DamageDone", "DamageDone", id="a text"),
        pytest.param(checks.text, EventDataType.HEALING, EventDataType.HEALING, id="a member"),
        pytest.param(checks.flag, False, False, id="a truth value"),
        pytest.param(checks.ids, (1, 2), [1, 2], id="ids"),
    ],
)
def test_what_passes(check: Check, value: object, wire: object) -> None:
    assert check("x", value) == wire


@pytest.mark.parametrize(
    ("check", "value", "words"),
    [
        pytest.param(checks.an_id, 0, "from 1 on", id="no id"),
        pytest.param(checks.page_limit, 0, "from 1 to 100", id="no items"),
        pytest.param(checks.page_limit, 101, "from 1 to 100", id="too many items"),
        pytest.param(checks.attendance_limit, 26, "from 1 to 25", id="too much attendance"),
        pytest.param(checks.events_limit, 99, "from 100 to 10000", id="too few events"),
        pytest.param(checks.an_id, 2**31, "up to 2147483647", id="more than 32 bits"),
        pytest.param(checks.number, -1, "from 0 on", id="negative"),
        pytest.param(checks.number, float("nan"), "from 0 on", id="no number"),
        pytest.param(checks.offset, float("inf"), "from 0 on", id="infinite"),
        pytest.param(checks.instant, 1_767_225_600, "milliseconds since 1970, not seconds", id="seconds"),
        pytest.param(
            checks.instant, datetime(1970, 1, 2, tzinfo=UTC), "would be in 1973 or before", id="too early"
        ),
        pytest.param(checks.ids, [], "at least one id, or is left out", id="no ids"),
        pytest.param(checks.instant, 1e15, "milliseconds since 1970", id="microseconds"),
        pytest.param(checks.instant, datetime(2024, 1, 1), "tzinfo=UTC", id="naive"),
        pytest.param(checks.code, "", "/reports/", id="no code"),
        pytest.param(checks.code, "ab", "/reports/", id="too short a code"),
        pytest.param(checks.code, "https://www.esologs.com/reports/abc", "/reports/", id="an address"),
        pytest.param(checks.title, " ", "up to 100 characters", id="no name"),
        pytest.param(checks.title, "x" * 101, "up to 100 characters", id="too long a name"),
        pytest.param(checks.slug, "NA Megaserver", "without spaces", id="a server's name"),
        pytest.param(checks.slug, "", "without spaces", id="no slug"),
        pytest.param(checks.slug, "x" * 51, "without spaces", id="too long a slug"),
    ],
)
def test_of_the_wrong_value(check: Check, value: object, words: str) -> None:
    with pytest.raises(ValueError, match=rf"^x .*{words}"):
        check("x", value)


@pytest.mark.parametrize("value", [0, 1, "yes", object()])
def test_a_truth_value_is_nothing_else(value: object) -> None:
    with pytest.raises(TypeError, match=r"^translate is True or False, not "):
        checks.flag("translate", value)


@pytest.mark.parametrize("value", [["1"], [1, None], [1, UNSET], [True], "12", 7])
def test_lists_hold_whole_numbers(value: object) -> None:
    with pytest.raises(TypeError, match="fight_ids"):
        checks.ids("fight_ids", value)


@pytest.mark.parametrize("value", [[0], [1, -1]])
def test_lists_of_ids_begin_at_one(value: object) -> None:
    with pytest.raises(ValueError, match="each of fight_ids is a whole number from 1 on, not "):
        checks.ids("fight_ids", value)


def test_an_offset_is_no_datetime() -> None:
    with pytest.raises(TypeError, match="start of the report"):
        checks.offset("start_time", datetime(2024, 1, 1, tzinfo=UTC))


@given(st.datetimes(datetime(1974, 1, 1), datetime(2099, 12, 30), timezones=st.timezones()))
def test_instants_are_exact_to_the_millisecond(moment: datetime) -> None:
    wire = checks.instant("x", moment)
    assert isinstance(wire, float)
    assert wire.is_integer()
    assert abs(wire - moment.timestamp() * 1000) <= 0.5


@pytest.mark.parametrize(("start", "end"), [(1, 1), (2, 1), (2.0, 1)])
def test_times_are_in_order(start: object, end: object) -> None:
    with pytest.raises(ValueError, match="start_time has to be before end_time; they are "):
        checks.in_order(start, end)


@pytest.mark.parametrize(("start", "end"), [(1, 2), (None, 1), (1, UNSET), (None, None)])
def test_times_that_are_in_order_or_open(start: object, end: object) -> None:
    checks.in_order(start, end)


def test_what_means_nothing_alone() -> None:
    needs = {"name": ("server_slug", "server_region"), "server_slug": ("server_region",)}
    for arguments in ({}, {"server_region": "z"}, {"name": None, "server_slug": UNSET}):
        checks.complete(arguments, needs)
    checks.complete({"name": "x", "server_slug": "y", "server_region": "z"}, needs)
    with pytest.raises(TypeError, match="name means nothing without server_slug and server_region"):
        checks.complete({"name": "x", "server_slug": None}, needs)
    with pytest.raises(TypeError, match="server_slug means nothing without server_region"):
        checks.complete({"server_slug": "x"}, needs)


def test_an_id_or_a_name() -> None:
    assert checks.id_or_name(7, None, None, None) == 7
    assert checks.id_or_name(None, "x", "y", "z") == ("x", "y", "z")
    for arguments in [(7, "x", None, None), (None, "x", "y", None), (None, None, None, None)]:
        with pytest.raises(TypeError, match="either id, or name, server_slug and server_region"):
            checks.id_or_name(*arguments)
