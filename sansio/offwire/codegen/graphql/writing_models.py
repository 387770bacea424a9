"""Modules of classes: what answers hold, input objects, and enums.

Rules of this file: classes are frozen and take their fields by name. A class names its fields
on the wire by a rule where one does for most of them, and each other field by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from offwire.codegen.graphql.layout import Bracket, Piece, docstring, flat, lines, quoted
from offwire.codegen.graphql.shapes import UNSET_TYPE, UNSET_VALUE, Choices, Member, OneOf, Record
from offwire.codegen.graphql.writing import FUTURE, Place, module
from offwire.formats.naming import camel_case

_INDENT: Final = "    "


def write_models(
    place: Place, name: str, subject: str, models: Sequence[Record | OneOf], bases: Mapping[str, Record]
) -> str:
    """The module `name` with these classes, in this order; `bases` are all classes that may be extended."""
    texts = {each.name: _model(place, each, bases) for each in models}
    used = frozenset[str]().union(*(each.classes for each in models)) if models else frozenset[str]()
    others = {one for each in models if isinstance(each, Record) for one in _imports(each)}
    records = [each for each in models if isinstance(each, Record)]
    rules = {each.name: _has_rule(each, bases) for each in records}
    code = [_declared(one, has_rule=rules[each.name]) for each in records for one in each.members]
    options = [option for piece in code if isinstance(piece, Bracket) for option in map(flat, piece.items)]
    attrs = {"frozen"} if records else set[str]()
    attrs |= {"field"} if options else set()
    attrs |= {"validators"} if any(each.startswith("validator=") for each in options) else set()
    naming = {"wire"} if any(each.startswith("metadata=") for each in options) else set[str]()
    naming |= (
        {"camel_case", "wire_names"} if any(rules[each.name] and not each.base for each in records) else set()
    )
    wanted: dict[str, set[str]] = {"attrs": attrs, "offwire.formats.naming": naming}
    if any(isinstance(each, OneOf) for each in models):
        others.add(("typing", "TypeAlias"))
    imported = place.imports(FUTURE, wanted, place.wanted(used, others, within=name))
    return module(place.head(subject), imported, *texts.values(), names=list(texts))


def write_enums(place: Place, enums: Sequence[Choices]) -> str:
    """The module of the enums."""
    blocks: list[Sequence[str]] = []
    for each in enums:
        doc = docstring([each.doc], place.width, _INDENT)
        body = []
        for one in each.choices:
            body.append(f"{_INDENT}{one.name} = {quoted(one.value)}")
            if one.doc:
                body += docstring(one.doc.split("\n\n"), place.width, _INDENT)
        blocks.append([f"class {each.name}(str, OpenEnum):", *doc, "", *body])
        values = Bracket("Literal[", [quoted(one.value) for one in each.choices], "]", is_literal=True)
        literal = lines(values, place.width, before=f"{each.name}Value: TypeAlias = ")
        literal += docstring([f"The texts of `{each.name}`."], place.width)
        literal += [f"{each.name}Like: TypeAlias = {each.name} | {each.name}Value"]
        literal += docstring([f"A `{each.name}`, or its text."], place.width)
        blocks.append(["", *literal])
    names = [f"{each.name}{end}" for each in enums for end in ("", "Value", "Like")]
    imported = place.imports(
        FUTURE, {"typing": ["Literal", "TypeAlias"], "offwire.formats.enums": ["OpenEnum"]}
    )
    subject = "The enums. Values that they do not list are kept, as members of their own."
    note = "# ruff: noqa: SLOT000 - the members are all that an enum has"
    return module(place.head(subject), [note, "", *imported], *blocks, names=names)


def _imports(record: Record) -> set[tuple[str, str]]:
    found = {one for each in record.members for one in each.type.imports}
    if any(each.optional for each in record.members):
        found |= {UNSET_TYPE, UNSET_VALUE}
    return found


def _model(place: Place, model: Record | OneOf, bases: Mapping[str, Record]) -> list[str]:
    if isinstance(model, OneOf):
        union = f"{model.name}: TypeAlias = {' | '.join(model.options)}"
        if len(union) > place.width:
            options = [
                f"{_INDENT}{'| ' if number else ''}{each}" for number, each in enumerate(model.options)
            ]
            return ["", f"{model.name}: TypeAlias = (", *options, ")", *docstring([model.doc], place.width)]
        return ["", union, *docstring([model.doc], place.width)]
    has_rule = _has_rule(model, bases)
    found = ["@wire_names(camel_case)"] if has_rule and not model.base else []
    found += ["@frozen(kw_only=True)", f"class {model.name}{f'({model.base})' if model.base else ''}:"]
    found += docstring(model.doc.split("\n\n"), place.width, _INDENT)
    for number, each in enumerate(model.members):
        found += [""] if number == 0 else []
        found += _member(place, each, has_rule=has_rule)
    return found


def _has_rule(model: Record, bases: Mapping[str, Record]) -> bool:
    """Whether fields are named in camel case on the wire, where they do not say otherwise."""
    if model.base:
        return _has_rule(bases[model.base], bases)
    by_rule = sum(_ruled(each.name) == each.wire for each in model.members)
    plain = sum(_bare(each.name) == each.wire for each in model.members)
    return by_rule > plain


def _bare(name: str) -> str:
    return name.removesuffix("_")


def _ruled(name: str) -> str:
    return camel_case(_bare(name))


def _member(place: Place, member: Member, *, has_rule: bool) -> list[str]:
    found = lines(_declared(member, has_rule=has_rule), place.width, _INDENT)
    return found + (docstring(member.doc.split("\n\n"), place.width, _INDENT) if member.doc else [])


def _declared(member: Member, *, has_rule: bool) -> Piece:
    head = f"{member.name}: {member.type.text}{' | Unset' if member.optional else ''}"
    options: list[Piece] = []
    if (_ruled(member.name) if has_rule else _bare(member.name)) != member.wire:
        options.append(f"metadata=wire({quoted(member.wire)})")
    if member.refused:
        values = ", ".join(map(quoted, member.refused)) + ("," if len(member.refused) == 1 else "")
        options.append(f"validator=validators.not_(validators.in_(({values})))")
    if not options:
        return f"{head} = UNSET" if member.optional else head
    return Bracket(f"{head} = field(", [*(["default=UNSET"] if member.optional else []), *options], ")")
