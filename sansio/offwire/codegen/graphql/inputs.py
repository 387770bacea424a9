"""Input objects as classes: what was not given is UNSET, and stays out of the request.

Rules of this file: an input object may hold itself; its class names itself then, which is why
annotations are not evaluated when the class is made.
"""

from __future__ import annotations

from collections.abc import Sequence

from graphql import GraphQLInputField, GraphQLInputObjectType, GraphQLNonNull, Undefined

from offwire.codegen.graphql.names import distinct
from offwire.codegen.graphql.python_types import Types
from offwire.codegen.graphql.settings import Settings
from offwire.codegen.graphql.shapes import Member, Record


def input_records(types: Types, settings: Settings) -> Sequence[Record]:
    """The classes for all inputs that were used, and for those that they hold, by name."""
    done: dict[str, Record] = {}
    while left := types.inputs.keys() - done.keys():
        for name in left:
            done[name] = _record(name, types.inputs[name], types, settings)
    return [done[name] for name in sorted(done)]


def _record(name: str, kind: GraphQLInputObjectType, types: Types, settings: Settings) -> Record:
    names = distinct(kind.fields, types.field_name)
    members = [
        Member(
            name=names[wire],
            wire=wire,
            type=types.argument(each.type),
            optional=not (isinstance(each.type, GraphQLNonNull) and each.default_value is Undefined),
            doc=_doc(each, settings),
        )
        for wire, each in kind.fields.items()
    ]
    doc = (kind.description or "") if settings.descriptions else ""
    return Record(name=name, members=members, doc=doc or f"`{kind.name}` of the schema.")


def _doc(node: GraphQLInputField, settings: Settings) -> str:
    doc = (node.description or "") if settings.descriptions else ""
    if node.deprecation_reason:
        doc = f"{doc}\n\nDeprecated: {node.deprecation_reason}".strip()
    return doc
