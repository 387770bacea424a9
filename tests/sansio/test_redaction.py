"""What of a message may be shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.redaction import SHOWN_HEADERS, SHOWN_PARAMETERS, shown_header, shown_query


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Accept", "x"), ("retry-after", "x"), ("Authorization", "***"), ("Cookie", "***"), ("X-New", "***")],
)
def test_a_header_shows_its_value_if_it_is_on_the_list(name: str, expected: str) -> None:
    assert shown_header(name, "x") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("page=2&limit=50", "page=2&limit=50", id="on the list"),
        pytest.param("token=abc", "token=***", id="not on the list"),
        pytest.param("page=2&token=abc&sort=name", "page=2&token=***&sort=name", id="both"),
        pytest.param("token=a=b", "token=***", id="an equals sign in the value"),
        pytest.param("token=", "token=***", id="an empty value"),
        pytest.param("abc", "***", id="a value without a name"),
        pytest.param("page=2&&limit=1&", "page=2&&limit=1&", id="empty pairs"),
        pytest.param("page=2;token=abc", "page=***", id="an old separator"),
        pytest.param("Page=2", "Page=***", id="another case"),
        pytest.param("%70age=2", "%70age=***", id="an encoded name"),
    ],
)
def test_a_query_shows_its_names_and_the_values_on_the_list(query: str, expected: str) -> None:
    assert shown_query(query) == expected


@given(st.text("pagetokn=&;%"))
def test_a_masked_query_has_as_many_pairs(query: str) -> None:
    assert shown_query(query).count("&") == query.count("&")


def test_the_lists_hold_names_as_they_are_looked_up() -> None:
    assert {name.lower() for name in SHOWN_HEADERS} == SHOWN_HEADERS
    assert not SHOWN_HEADERS & {"authorization", "cookie", "set-cookie", "location", "x-api-key"}
    assert not SHOWN_PARAMETERS & {"token", "key", "api_key", "access_token", "code", "q"}
