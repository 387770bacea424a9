"""The ways to put several values into one parameter, other than repeating its name (OpenAPI's styles).

Rules of this file: a style is a value that says how; `query` knows what it comes to.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from offwire.message.query import Items, Nested, QueryValue


def _items(values: Items) -> Items:
    if not isinstance(values, list | tuple):
        raise TypeError(f"a style for several values takes a list or a tuple, not {type(values).__name__}")
    return tuple(values)


def _nested(mapping: Mapping[str, Nested]) -> Mapping[str, Nested]:
    _check_mapping(mapping)
    return dict(mapping)


def _parameters(mapping: Mapping[str, QueryValue]) -> Mapping[str, QueryValue]:
    _check_mapping(mapping)
    return dict(mapping)


def _check_mapping(value: object) -> None:
    if not isinstance(value, Mapping):
        raise TypeError(f"a style for named values takes a mapping, not {type(value).__name__}")


@frozen
class Comma:
    """`a=1,2`. A comma inside of an item is percent-encoded."""

    values: Items = field(converter=_items)


@frozen
class Spaced:
    """`a=1%202`. An item with a space is refused, since nobody could tell it from two."""

    values: Items = field(converter=_items)


@frozen
class Piped:
    """`a=1%7C2`. An item with a `|` is refused, since nobody could tell it from two."""

    values: Items = field(converter=_items)


@frozen
class Brackets:
    """`a[]=1&a[]=2`, with the brackets percent-encoded."""

    values: Items = field(converter=_items)


@frozen
class DeepObject:
    """`a[k]=v`, with the brackets percent-encoded.

    Mappings and lists may be nested: `a[k][j]=v`, `a[k][0]=v`. In a list UNSET is skipped and
    not counted; in a mapping UNSET and None leave the key out.
    """

    mapping: Mapping[str, Nested] = field(converter=_nested)


@frozen
class Exploded:
    """Each key is a parameter of its own, with any value that a parameter can have."""

    mapping: Mapping[str, QueryValue] = field(converter=_parameters)
