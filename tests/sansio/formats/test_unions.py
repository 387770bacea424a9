"""Which member of a union takes a value."""

from __future__ import annotations

import pytest

from offwire.formats.mismatch import Mismatch, expected
from offwire.formats.scalars import LENIENT, STRICT, Reader
from offwire.formats.unions import Member, union_reader

INT, STR = Member("int", STRICT[int]), Member("str", STRICT[str])


def of_class(name: str, *required: str, known: tuple[str, ...] = ()) -> Member:
    def read(value: object, _kind: object) -> object:
        if not isinstance(value, dict):
            raise expected("an object", value)
        missing = [each for each in required if each not in value]
        if missing:
            raise Mismatch([((each,), "is missing") for each in missing])
        return name

    return Member(name, read, frozenset(required) | frozenset(known))


def problem(reader: Reader, value: object) -> object:
    with pytest.raises(Mismatch) as raised:
        reader(value, None)
    return raised.value.places


def test_the_first_member_that_fits_takes_the_value() -> None:
    reader = union_reader((INT, STR), "int or str")
    assert reader(1, None) == 1
    assert reader("x", None) == "x"
    assert problem(reader, None) == (((), "should be int or str, not null"),)


def test_a_member_may_be_read_in_two_ways() -> None:
    lenient = Member("int", LENIENT[int]), Member("str", LENIENT[str])
    reader = union_reader((INT, STR, *lenient), "int or str")
    assert reader("42", None) == "42"
    assert reader(1.0, None) == 1
    assert reader(1.5, None) == "1.5"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"name": 1, "lives": 9}, "Cat", id="a class that knows more"),
        pytest.param({"name": 1, "tricks": 2}, "Dog", id="the other one"),
        pytest.param({"name": 1}, "Cat", id="as many: the first"),
        pytest.param({"name": 1, "lives": 9, "tricks": 2, "age": 3}, "Dog", id="most"),
    ],
)
def test_of_classes_the_one_that_knows_most_keys_is_tried_first(value: object, expected: str) -> None:
    cat, dog = of_class("Cat", "name", known=("lives",)), of_class("Dog", "name", known=("tricks", "age"))
    assert union_reader((cat, dog), "Cat or Dog")(value, None) == expected


def test_a_class_that_knows_more_but_does_not_fit_is_passed_over() -> None:
    cat, dog = (
        of_class("Cat", "name", known=("lives",)),
        of_class("Dog", "name", "age", known=("lives", "tricks")),
    )
    assert union_reader((cat, dog), "Cat or Dog")({"name": 1, "lives": 9, "tricks": 1}, None) == "Cat"


def test_the_only_member_of_the_values_shape_tells_what_it_lacks() -> None:
    reader = union_reader((INT, of_class("Cat", "name"), of_class("Cat", "name")), "int or Cat")
    assert problem(reader, {}) == ((("name",), "is missing"),)
    assert problem(reader, "x") == (((), "should be int or Cat, not a string"),)


def test_of_several_members_of_the_values_shape_none_is_blamed() -> None:
    reader = union_reader((of_class("Cat", "name"), of_class("Dog", "age")), "Cat or Dog")
    assert problem(reader, {}) == (((), "should be Cat or Dog, not an object"),)


def test_a_member_that_fails_otherwise_does_not_fit() -> None:
    def broken(value: object, _kind: object) -> object:
        raise KeyError(value)

    reader = union_reader((Member("x", broken), STR), "x or str")
    assert reader("x", None) == "x"
    assert problem(reader, 1) == (((), "should be x or str, not the number 1"),)


def test_too_deep_a_value_is_not_tried_again() -> None:
    def deep(_value: object, _kind: object) -> object:
        raise RecursionError

    with pytest.raises(RecursionError):
        union_reader((Member("x", deep), STR), "x or str")("x", None)
