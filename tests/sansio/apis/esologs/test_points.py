"""What an answer says of the points, found without decoding it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire import Response
from offwire.apis.esologs import EsoLogs
from offwire.apis.esologs.points import HINTS, POINTS, read_points
from offwire.operations.descriptors import operation, pages
from offwire.operations.group import Group
from offwire.operations.wiring import groups_of
from offwire.state.points import PointsReport

SAID = {"limitPerHour": 18000, "pointsSpentThisHour": 12.5, "pointsResetIn": 1234}
REPORT = PointsReport(limit=18000.0, spent=12.5, reset_after=1234.0)


def answer(said: object, **others: object) -> Response:
    return Response(200, json={"data": {**others, "rateLimitData": said}})


def test_it_is_found_beside_what_was_asked_for() -> None:
    assert read_points(answer(SAID, reportData={"report": {"events": {"data": [{"a": 1}]}}})) == REPORT


def test_it_is_found_however_the_answer_is_laid_out() -> None:
    text = json.dumps({"data": {"rateLimitData": SAID, "gameData": {"ability": None}}}, indent=2)
    assert read_points(Response(200, text=text)) == REPORT


@given(st.text())
def test_no_text_in_an_answer_is_taken_for_it(text: str) -> None:
    forged = text + json.dumps({"rateLimitData": {**SAID, "limitPerHour": 1}})
    assert read_points(answer(SAID, reportData={"title": forged})) == REPORT
    assert read_points(Response(200, json={"data": {"title": forged}})) is None


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(None, id="null"),
        pytest.param([], id="a list"),
        pytest.param({}, id="nothing"),
        pytest.param({**SAID, "limitPerHour": None}, id="no limit"),
        pytest.param({**SAID, "limitPerHour": 0}, id="a limit of 0"),
        pytest.param({**SAID, "pointsSpentThisHour": -1}, id="less than nothing spent"),
        pytest.param({**SAID, "pointsSpentThisHour": float("nan")}, id="no number"),
        pytest.param({**SAID, "pointsSpentThisHour": "much"}, id="a word"),
        pytest.param({**SAID, "pointsResetIn": 86400}, id="a day"),
    ],
)
def test_what_makes_no_sense_is_passed_over(said: Any) -> None:
    assert read_points(answer(said)) is None


@pytest.mark.parametrize("content", [b"", b"not JSON", b'{"rateLimitData"', b'{"rateLimitData": {"a'])
def test_an_answer_of_another_kind_says_nothing(content: bytes) -> None:
    assert read_points(Response(200, content=content)) is None


def test_an_hour_of_points_is_spread() -> None:
    assert POINTS.window == 3600.0
    assert POINTS.burst < 1.0
    assert POINTS.read(answer(SAID)) == REPORT


def test_each_operation_has_a_hint_and_each_hint_an_operation() -> None:
    declared = {
        each.name
        for group in groups_of(EsoLogs, Group).values()
        for kind in group.__mro__
        for each in vars(kind).values()
        if isinstance(each, operation | pages)
    }
    assert len(declared) > 80
    assert HINTS.keys() == declared
    assert dict(POINTS.hints) == HINTS
    assert set(HINTS.values()) == {1.0, 2.0, 3.0, 5.0, 10.0, 15.0}
