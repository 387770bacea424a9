"""Shapes: expressions that know what they name."""

from __future__ import annotations

from offwire.codegen.graphql.shapes import UNSET_TYPE, Expression, Member, OneOf, Record

USER = Expression("User", frozenset({"User"}))


def test_expressions_grow_outward() -> None:
    found = USER.or_none().inside("list[{}]", ("a", "b")).or_none().or_unset()
    assert found.text == "list[User | None] | None | Unset"
    assert found.classes == {"User"}
    assert found.imports == {("a", "b"), UNSET_TYPE}


def test_none_is_said_once() -> None:
    assert USER.or_none().or_none() == USER.or_none()


def test_models_know_the_classes_that_they_name() -> None:
    member = Member(name="user", wire="user", type=USER)
    assert Record(name="A", members=[member], doc="").classes == {"User"}
    assert Record(name="A", members=[member], doc="", base="B").classes == {"User", "B"}
    assert Record(name="A", members=[], doc="").classes == set()
    assert OneOf(name="A", options=["B", "C"], doc="").classes == {"B", "C"}
