"""Documents can be named by their hash once they were sent whole."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from offwire.testing.esologs.documents import BadDocument
from offwire.testing.esologs.persisted import PersistedQueries

TEXT = "{ __typename }"
HASH = sha256(TEXT.encode()).hexdigest()
NAMED: dict[str, Any] = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}}


def refused(known: PersistedQueries, asked: dict[str, Any]) -> Any:
    with pytest.raises(BadDocument) as caught:
        known.text(asked)
    (error,) = caught.value.errors
    return error


@pytest.mark.parametrize("supported", [True, False])
@pytest.mark.parametrize("extensions", [None, {}, {"persistedQuery": None}, []])
def test_a_document_may_be_sent_as_ever(supported: bool, extensions: Any) -> None:
    assert PersistedQueries(supported=supported).text({"query": TEXT, "extensions": extensions}) == TEXT


def test_a_document_is_known_after_it_was_sent_with_its_hash() -> None:
    known = PersistedQueries(supported=True)
    unknown = {
        "message": "PersistedQueryNotFound",
        "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"},
    }
    assert refused(known, NAMED) == unknown
    assert known.text({"query": TEXT, **NAMED}) == TEXT
    assert known.text(NAMED) == TEXT


def test_a_wrong_hash_is_refused() -> None:
    known = PersistedQueries(supported=True)
    assert "hash" in refused(known, {"query": "{ x }", **NAMED})["message"]
    assert refused(known, NAMED)["message"] == "PersistedQueryNotFound"


def test_a_server_may_not_support_it() -> None:
    code = "PERSISTED_QUERY_NOT_SUPPORTED"
    assert refused(PersistedQueries(supported=False), NAMED)["extensions"] == {"code": code}


@pytest.mark.parametrize("asked", [{}, {"query": ""}, {"query": 7}, {"query": None}])
def test_without_a_query_there_is_nothing_to_do(asked: dict[str, Any]) -> None:
    assert refused(PersistedQueries(supported=True), asked)["message"] == "The request has no query."
