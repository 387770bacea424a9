"""Which part of an answer a call is after, and what it makes of it."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import frozen

from offwire.errors import CallError, DecodeError, GraphQLError, ServerError
from offwire.formats.graphql.document import Document
from offwire.formats.graphql.reading import Reading
from offwire.json_value import Json
from offwire.message.response import Response

DOCUMENT = Document("{ data { report { name } } }")


@frozen
class Fight:
    name: str


@frozen
class Report:
    fights: list[Fight | None]


def reading(
    returns: object = Report,
    at: str = "reportData.report",
    *,
    nullable: bool = False,
    lenient: bool = False,
    partial: bool = False,
) -> Reading:
    return Reading(
        document=DOCUMENT, returns=returns, at=at, nullable=nullable, lenient=lenient, partial=partial
    )


def answer(data: Json, *errors: Json) -> Response:
    return Response(200, json={"data": data, "errors": list(errors)} if errors else {"data": data})


def failure(read: Reading, response: Response) -> CallError:
    with pytest.raises(CallError) as raised:
        read(response)
    return raised.value


GOOD: dict[str, Any] = {"reportData": {"report": {"fights": [{"name": "x"}]}}}


@pytest.mark.parametrize(
    ("returns", "at", "expected"),
    [
        pytest.param(Report, "reportData.report", Report([Fight("x")]), id="a class"),
        pytest.param(list[Fight], "reportData.report.fights", [Fight("x")], id="a list"),
        pytest.param(object, "reportData", {"report": {"fights": [{"name": "x"}]}}, id="plain data"),
        pytest.param(object, "", GOOD, id="all of it"),
        pytest.param(Report | Fight, "reportData.report", Report([Fight("x")]), id="a union"),
    ],
)
def test_the_value_at_a_place(returns: object, at: str, expected: object) -> None:
    assert reading(returns, at)(answer(GOOD)) == expected
    assert reading(returns, at)(Response(200, json={"errors": [], "data": GOOD})) == expected


def test_what_means_the_same_is_taken_only_where_that_is_wanted() -> None:
    assert reading(int, "n", lenient=True)(answer({"n": "42"})) == 42
    assert isinstance(failure(reading(int, "n"), answer({"n": "42"})), DecodeError)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"reportData": {"report": None}}, id="in its place"),
        pytest.param({"reportData": None}, id="on the way"),
    ],
)
def test_null(data: Json) -> None:
    assert reading(nullable=True)(answer(data)) is None
    assert isinstance(failure(reading(), answer(data)), DecodeError)


@pytest.mark.parametrize("nullable", [True, False])
def test_no_data_is_never_none(nullable: bool) -> None:
    assert isinstance(failure(reading(nullable=nullable), answer(None)), DecodeError)
    assert isinstance(failure(reading(object, "", nullable=nullable), answer(None)), DecodeError)
    error = failure(
        reading(nullable=nullable, partial=True), answer(None, {"message": "x", "path": ["other"]})
    )
    assert isinstance(error, GraphQLError)


@pytest.mark.parametrize(
    ("data", "path", "message"),
    [
        pytest.param(
            {"reportData": {"report": {"fights": [None, {"name": 7}]}}},
            "$.data.reportData.report.fights[1].name",
            "$.data.reportData.report.fights[1].name should be a string, not the number 7",
            id="inside",
        ),
        pytest.param(
            {"reportData": {"report": 7}},
            "$.data.reportData.report",
            "$.data.reportData.report should be an object, not the number 7",
            id="in its place",
        ),
        pytest.param({}, "$.data.reportData", "$.data.reportData is missing", id="a key is missing"),
        pytest.param(
            {"reportData": []},
            "$.data.reportData",
            "$.data.reportData should be an object, not an array",
            id="a list",
        ),
        pytest.param(
            {"reportData": None},
            "$.data.reportData",
            "$.data.reportData should be an object, not null",
            id="null",
        ),
    ],
)
def test_a_mismatch_is_told_from_the_root(data: Json, path: str, message: str) -> None:
    response = answer(data)
    error = failure(reading(), response)
    assert isinstance(error, DecodeError)
    assert (error.path, error.message, error.status, error.response) == (path, message, 200, response)


BROKEN: Json = {"reportData": {"report": {"fights": []}}, "other": None}


@pytest.mark.parametrize(
    ("path", "is_passed_over"),
    [
        pytest.param(["other"], True, id="elsewhere"),
        pytest.param(["reportData", "reports"], True, id="beside it"),
        pytest.param(["reportData"], False, id="above"),
        pytest.param(["reportData", "report"], False, id="at it"),
        pytest.param(["reportData", "report", "fights", 2], False, id="below"),
        pytest.param([], False, id="an empty path"),
        pytest.param(None, False, id="no path"),
    ],
)
def test_errors_elsewhere_are_passed_over_where_that_is_wanted(path: Json, is_passed_over: bool) -> None:
    response = answer(BROKEN, {"message": "it broke", "path": path})
    error = failure(reading(), response)
    assert isinstance(error, GraphQLError)
    assert (error.data, error.problems[0].message, error.response) == (BROKEN, "it broke", response)
    if is_passed_over:
        assert reading(partial=True)(response) == Report([])
    else:
        assert isinstance(failure(reading(partial=True), response), GraphQLError)


def test_another_status_is_an_error() -> None:
    error = failure(reading(), Response(502, text="no"))
    assert isinstance(error, ServerError)
    assert (error.method, error.url) == ("POST", "")


@pytest.mark.parametrize(
    ("returns", "at", "kind", "words"),
    [
        pytest.param(None, "", TypeError, "returns is a type, not None", id="nothing"),
        pytest.param("Report", "", TypeError, "returns is a type, not 'Report'", id="a name"),
        pytest.param(object, 7, TypeError, "at is a str", id="a number"),
        pytest.param(object, "a..b", ValueError, "not 'a..b'", id="an empty step"),
        pytest.param(object, "a.0", ValueError, "not 'a.0'", id="a step that is no name"),
    ],
)
def test_what_cannot_be_declared(returns: Any, at: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        reading(returns, at)
