"""Error answers look like those of real services."""

from __future__ import annotations

import json

import pytest

from offwire.json_value import Json
from offwire.testing.fake_problem import TITLES, problem


@pytest.mark.parametrize("status", TITLES)
def test_a_problem_tells_status_title_code_and_detail(status: int) -> None:
    response = problem(status, "some_code", "What happened.", headers={"Retry-After": "3"})
    assert (response.status, response.media_type) == (status, "application/problem+json")
    assert response.headers["retry-after"] == "3"
    assert json.loads(response.content) == {
        "type": "about:blank",
        "title": TITLES[status],
        "status": status,
        "code": "some_code",
        "detail": "What happened.",
    }


def test_a_problem_lists_what_is_wrong_with_fields() -> None:
    errors: list[dict[str, Json]] = [{"field": "name", "message": "is missing"}]
    assert json.loads(problem(422, "bad", "Bad.", errors=errors).content)["errors"] == errors
