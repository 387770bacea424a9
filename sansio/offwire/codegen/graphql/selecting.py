"""Selections as classes: one for each fragment, and one for each other selection that is not the same.

Rules of this file: a class holds what was selected, no more, so that its fields say what came.
Where it depends on the type what was selected, there is a class for each kind of selection, and
one more for all other types, those too that the server does not have yet. The fields of one
answer may be selected in several places; they are put together as GraphQL 6.3.2 (CollectFields)
does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from attrs import define, field, frozen
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
    GraphQLType,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
)

from offwire.codegen.graphql.documents import TYPENAME, Documents, applies_always, comment_above, condition_of
from offwire.codegen.graphql.names import class_name, distinct, pascal_case, singular, unused
from offwire.codegen.graphql.python_types import Types
from offwire.codegen.graphql.settings import Settings
from offwire.codegen.graphql.shapes import LITERAL, Expression, Member, OneOf, Record

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType

_LONGEST_NAME: Final = 36
_OF_NO_MEANING: Final = frozenset({"data", "node", "nodes", "edges", "items", "results", "entries", "value"})
"""Names of fields that say nothing about what is in them."""


_STRING: Any = GraphQLString
_TYPENAME_TYPE: Final = GraphQLNonNull(_STRING)


@define
class Selected:
    """One key of an answer, with all places where it is selected."""

    key: str
    name: str
    type: GraphQLType
    owner: str
    """The type whose field it is."""
    optional: bool
    nodes: list[FieldNode] = field(factory=list)
    doc: str = ""

    @property
    def sets(self) -> list[SelectionSetNode]:
        """What is selected of it."""
        return [each.selection_set for each in self.nodes if each.selection_set is not None]


@frozen
class _Variant:
    """What is selected of some of the types of a union."""

    types: tuple[str, ...]
    fields: Sequence[Selected]


class Selections:
    """The classes for all that is selected. They are in `models`, each behind what it names."""

    def __init__(self, documents: Documents, types: Types, settings: Settings) -> None:
        self.models: dict[str, Record | OneOf] = {}
        self._documents = documents
        self._schema = documents.schema
        self._types = types
        self._settings = settings
        self._of_fragments: dict[str, str] = {}
        self._known: dict[object, str] = {}
        for name in documents.fragments:
            self._of_fragments[name] = unused(class_name(name), types.taken, "")
            types.taken.add(self._of_fragments[name])
        for name in documents.fragments:
            self._fragment(name)

    def collected(
        self, sets: Iterable[SelectionSetNode], parent: Composite, concrete: GraphQLObjectType | None = None
    ) -> list[Selected]:
        """The keys of an answer of type `parent`, for objects of `concrete`, or what all types have."""
        found: dict[str, Selected] = {}
        for each in sets:
            self._collect(each.selections, parent, concrete, found, optional=False)
        return list(found.values())

    def lone_fragment(self, sets: Sequence[SelectionSetNode], parent: GraphQLNamedType) -> str:
        """The name of the fragment of just this type that is all that is selected, or nothing."""
        if len(sets) != 1 or len(sets[0].selections) != 1:
            return ""
        return self._plain_spread(sets[0].selections[0], parent)

    def class_of(self, sets: Sequence[SelectionSetNode], parent: Composite, name: str) -> str:
        """The class for what is selected of a type; `name` is for one that is new."""
        fragment = self.lone_fragment(sets, parent)
        if fragment:
            return self._of_fragments[fragment]
        return self._class(sets, parent, name, "")

    def typed(self, selected: Selected, name: str) -> Expression:
        """The type of a key's value; `name` is for a class that is new."""

        def named(kind: GraphQLNamedType) -> Expression:
            assert isinstance(kind, Composite)
            found = self.class_of(selected.sets, kind, name)
            return Expression(found, frozenset({found}))

        return self._types.answer(selected.type, named, never_null=self.is_never_null(selected))

    def is_never_null(self, selected: Selected) -> bool:
        """Whether the settings say that it is not null, whatever the schema does."""
        named = self._settings.never_null
        return f"{selected.owner}.{selected.name}" in named or f"{selected.owner}.*" in named

    def _fragment(self, name: str) -> str:
        own = self._of_fragments[name]
        if own not in self.models:
            node = self._documents.fragments[name]
            parent = self._schema.type_map[node.type_condition.name.value]
            assert isinstance(parent, Composite)
            doc = comment_above(node) or self._described(parent)
            doc = doc or f"`{parent.name}`, as the fragment `{name}` selects it."
            self._class([node.selection_set], parent, own, doc, own)
        return own

    def _class(
        self, sets: Sequence[SelectionSetNode], parent: Composite, name: str, doc: str, own: str = ""
    ) -> str:
        variants = self._variants(sets, parent)
        if variants:
            return self._union(sets, parent, variants, name, doc, own)
        base, left = self._base(sets, parent)
        fields = self.collected(left, parent) if base else self.collected(sets, parent, _object(parent))
        if base and {each.key for each in fields} & set(self._keys(self._documents.fragments[base])):
            base, fields = "", self.collected(sets, parent, _object(parent))
        above = self._fragment(base) if base else ""
        return self._record(fields, parent.name, name, doc or self._said(parent), own, base=above)

    def _record(
        self,
        fields: Sequence[Selected],
        key: str,
        name: str,
        doc: str,
        own: str = "",
        *,
        base: str = "",
        typename: Expression | None = None,
        refused: tuple[str, ...] = (),
    ) -> str:
        taken = self._names_of(base)
        names = distinct((*taken, *(each.key for each in fields)), self._types.field_name)
        members = []
        for each in fields:
            kind = self.typed(each, self._name(name, each))
            is_type = each.key == TYPENAME and typename is not None
            members.append(
                Member(
                    name=names[each.key],
                    wire=each.key,
                    type=typename if is_type and typename is not None else kind,
                    optional=each.optional,
                    doc=each.doc,
                    refused=refused if is_type else (),
                )
            )
        shape = (key, base, tuple((each.wire, each.type, each.optional, each.refused) for each in members))
        if not own and shape in self._known:
            return self._known[shape]
        final = own or self._unused(name)
        self.models[final] = Record(name=final, members=members, doc=doc, base=base)
        self._known.setdefault(shape, final)
        return final

    def _union(
        self,
        sets: Sequence[SelectionSetNode],
        parent: Composite,
        variants: Sequence[_Variant],
        name: str,
        doc: str,
        own: str,
    ) -> str:
        options = []
        for each in variants:
            literal = ", ".join(f'"{one}"' for one in each.types)
            kind = Expression(f"Literal[{literal}]", imports=frozenset({LITERAL}))
            said = f"`{parent.name}`, where it is {_either(each.types)}."
            title = f"{name}{class_name(each.types[0])}"
            options.append(self._record(each.fields, parent.name, title, said, typename=kind))
        known = tuple(one for each in variants for one in each.types)
        fields = self.collected(sets, parent)
        said = f"`{parent.name}`, where it is not {_either(known)}, but any other, one of the future too."
        options.append(
            self._record(fields, parent.name, f"Other{name}", said, typename=Expression("str"), refused=known)
        )
        shape = ("union", tuple(options))
        if not own and shape in self._known:
            return self._known[shape]
        final = own or self._unused(name)
        self.models[final] = OneOf(name=final, options=options, doc=doc or self._said(parent))
        self._known.setdefault(shape, final)
        return final

    def _variants(self, sets: Sequence[SelectionSetNode], parent: Composite) -> list[_Variant]:
        """The kinds of selections, where they are not the same for all types."""
        if isinstance(parent, GraphQLObjectType):
            return []
        always = _where(self.collected(sets, parent))
        found: dict[object, _Variant] = {}
        for kind in sorted(self._schema.get_possible_types(parent), key=lambda each: each.name):
            fields = self.collected(sets, parent, kind)
            if _where(fields) == always:
                continue
            shape = (_where(fields), tuple(str(each.type) for each in fields))
            old = found.get(shape)
            found[shape] = _Variant((*(old.types if old else ()), kind.name), fields)
        return list(found.values())

    def _collect(
        self,
        selections: Iterable[SelectionNode],
        parent: Composite,
        concrete: GraphQLObjectType | None,
        found: dict[str, Selected],
        *,
        optional: bool,
    ) -> None:
        for node in selections:
            absent = optional or any(each.name.value in ("skip", "include") for each in node.directives)
            if isinstance(node, FieldNode):
                self._add(node, concrete or parent, found, optional=absent)
                continue
            condition = condition_of(self._schema, node, self._documents.fragments, parent)
            assert isinstance(condition, Composite)
            if not applies_always(self._schema, condition, concrete or parent):
                continue
            inner = self._inner(node)
            # Of an abstract type, a fragment on a wider one sees the fields of that one only.
            self._collect(inner.selections, concrete or condition, concrete, found, optional=absent)

    def _inner(self, node: SelectionNode) -> SelectionSetNode:
        if isinstance(node, FragmentSpreadNode):
            return self._documents.fragments[node.name.value].selection_set
        assert isinstance(node, InlineFragmentNode)
        return node.selection_set

    def _add(self, node: FieldNode, owner: Composite, found: dict[str, Selected], *, optional: bool) -> None:
        name = node.name.value
        key = node.alias.value if node.alias is not None else name
        kind: GraphQLType = _TYPENAME_TYPE
        doc = comment_above(node)
        if name != TYPENAME:
            assert not isinstance(owner, GraphQLUnionType)
            of_schema = owner.fields[name]
            kind = of_schema.type
            if self._settings.descriptions and not doc:
                doc = of_schema.description or ""
            if of_schema.deprecation_reason:
                doc = f"{doc}\n\nDeprecated: {of_schema.deprecation_reason}".strip()
        known = found.setdefault(key, Selected(key, name, kind, owner.name, optional, doc=doc))
        known.optional = known.optional and optional
        known.nodes.append(node)

    def _base(
        self, sets: Sequence[SelectionSetNode], parent: Composite
    ) -> tuple[str, Sequence[SelectionSetNode]]:
        """The one fragment of just this type that is selected among other things, and those."""
        if len(sets) != 1 or is_abstract_type(parent):
            return "", sets
        every = sets[0].selections
        named = [each for each in every if self._plain_spread(each, parent)]
        if len(named) != 1:
            return "", sets
        left = tuple(each for each in every if each is not named[0])
        return self._plain_spread(named[0], parent), [SelectionSetNode(selections=left)]

    def _plain_spread(self, node: SelectionNode, parent: GraphQLNamedType) -> str:
        if not isinstance(node, FragmentSpreadNode) or node.directives:
            return ""
        name = node.name.value
        condition = self._documents.fragments[name].type_condition.name.value
        return name if condition == parent.name else ""

    def _keys(self, node: FragmentDefinitionNode) -> Iterator[str]:
        parent = self._schema.type_map[node.type_condition.name.value]
        assert isinstance(parent, Composite)
        return (each.key for each in self.collected([node.selection_set], parent, _object(parent)))

    def _names_of(self, base: str) -> Sequence[str]:
        model = self.models.get(base)
        if not isinstance(model, Record):
            return ()
        return [*self._names_of(model.base), *(each.wire for each in model.members)]

    def _name(self, above: str, selected: Selected) -> str:
        """A name for what a field holds: after the class above and the field, as long as that is short."""
        kind = class_name(get_named_type(selected.type).name)
        own = kind if selected.key in _OF_NO_MEANING else pascal_case(singular(selected.key))
        long = f"{above}{own}"
        return long if len(long) <= _LONGEST_NAME else own if len(own) > 4 else kind

    def _unused(self, name: str) -> str:
        final = class_name(name)
        if final in self._types.taken:
            final = unused(f"{final}Details", self._types.taken, "")
        self._types.taken.add(final)
        return final

    def _described(self, parent: Composite) -> str:
        return (parent.description or "") if self._settings.descriptions else ""

    def _said(self, parent: Composite) -> str:
        return self._described(parent) or f"`{parent.name}`, as far as it is selected."


def _where(fields: Iterable[Selected]) -> tuple[object, ...]:
    """Which keys are selected, and where."""
    return tuple((each.key, tuple(map(id, each.nodes))) for each in fields)


def _object(parent: Composite) -> GraphQLObjectType | None:
    return parent if isinstance(parent, GraphQLObjectType) else None


def _either(names: Sequence[str]) -> str:
    return " or ".join(f"`{each}`" for each in names)
