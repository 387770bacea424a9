"""What the package gives, and when it loads it."""

from __future__ import annotations

import pytest

from offwire.formats import graphql
from offwire.formats.graphql import batch, lexer, persisted


@pytest.mark.parametrize(
    ("name", "home"),
    [
        pytest.param("batched", batch, id="batched"),
        pytest.param("Outcome", batch, id="Outcome"),
        pytest.param("DocumentError", lexer, id="DocumentError"),
        pytest.param("persisted_queries", persisted, id="persisted_queries"),
    ],
)
def test_names_are_loaded_when_they_are_named(
    name: str, home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(vars(graphql), name, raising=False)
    assert getattr(graphql, name) is getattr(home, name)
    assert name in vars(graphql)


def test_other_names_are_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = graphql.Nonsense  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
