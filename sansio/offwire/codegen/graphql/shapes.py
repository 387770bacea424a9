"""What is generated, before it is text: classes with their fields, and operations.

Rules of this file: values only. An `Expression` knows the names that it takes, so that whoever
writes a module knows what to import.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import evolve, frozen


@frozen
class Expression:
    """A type as Python writes it."""

    text: str
    classes: frozenset[str] = frozenset()
    """The generated classes that it names."""
    imports: frozenset[tuple[str, str]] = frozenset()
    """What else it names, each with its module."""
    has_null: bool = False
    """Whether None is one of its values already."""

    def inside(self, form: str, *imports: tuple[str, str]) -> Expression:
        """This in a form such as `list[{}]`."""
        return evolve(self, text=form.format(self.text), imports=self.imports.union(imports), has_null=False)

    def or_none(self) -> Expression:
        """This, or None."""
        return self if self.has_null else evolve(self, text=f"{self.text} | None", has_null=True)

    def or_unset(self) -> Expression:
        """This, or UNSET."""
        return evolve(self, text=f"{self.text} | Unset", imports=self.imports | {UNSET_TYPE})


UNSET_TYPE: Final = ("offwire.unset", "Unset")
UNSET_VALUE: Final = ("offwire.unset", "UNSET")
COMPACT: Final = ("offwire.formats.compact", "Compact")
LITERAL: Final = ("typing", "Literal")
SEQUENCE: Final = ("collections.abc", "Sequence")


@frozen(kw_only=True)
class Member:
    """A field of a class."""

    name: str
    wire: str
    type: Expression
    optional: bool = False
    """Whether it may be absent, and is UNSET then."""
    doc: str = ""
    refused: tuple[str, ...] = ()
    """Values that it does not take, since another class is for them."""


@frozen(kw_only=True)
class Record:
    """An attrs class: what an answer holds, or an input object."""

    name: str
    members: Sequence[Member]
    doc: str
    base: str = ""
    """The class of the fragment that it extends."""

    @property
    def classes(self) -> frozenset[str]:
        """The generated classes that it names."""
        named = frozenset[str]().union(*(each.type.classes for each in self.members))
        return named | {self.base} if self.base else named


@frozen(kw_only=True)
class OneOf:
    """A union of classes, under a name."""

    name: str
    options: Sequence[str]
    doc: str

    @property
    def classes(self) -> frozenset[str]:
        """The generated classes that it names."""
        return frozenset(self.options)


@frozen(kw_only=True)
class Choice:
    """One value of an enum."""

    name: str
    value: str
    doc: str = ""


@frozen(kw_only=True)
class Choices:
    """An enum."""

    name: str
    choices: Sequence[Choice]
    doc: str


@frozen(kw_only=True)
class Parameter:
    """A variable of an operation."""

    name: str
    wire: str
    type: Expression
    required: bool


@frozen(kw_only=True)
class Paging:
    """How the pages of an operation follow each other, in terms of a class."""

    item: Expression
    """The type of what the pages hold."""
    items: str
    """How to get at them, of `page`."""
    facts: Sequence[str]
    """The rest of what the function is told."""
    function: str
    variable: str
    """The variable that says which page, by its name on the wire."""


@frozen(kw_only=True)
class Operation:
    """A method of a group."""

    method: str
    constant: str
    name: str
    """In GraphQL."""
    text: str
    fragments: Sequence[str]
    """The names of the fragments that its document needs."""
    parameters: Sequence[Parameter]
    at: str
    returns: Expression
    """What is read, without the None for a null on the way."""
    nullable: bool
    is_union: bool
    """Whether what is read is a union under a name, which type checkers take for no class."""
    doc: Sequence[str]
    paging: Paging | None = None


@frozen(kw_only=True)
class OperationGroup:
    """A class of operations."""

    module: str
    class_name: str
    doc: str
    operations: Sequence[Operation]


@frozen(kw_only=True)
class Package:
    """All that is generated."""

    groups: Sequence[OperationGroup]
    models: Sequence[Record | OneOf]
    """What answers hold, each behind what it names."""
    inputs: Sequence[Record]
    enums: Sequence[Choices]
    fragments: Sequence[tuple[str, str]]
    """The texts of the fragments by their constants' names."""
