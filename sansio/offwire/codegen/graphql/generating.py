"""From texts to a package: what `generate` does, once graphql-core is known to be there.

Rules of this file: each step tells of all that it finds wrong, and the next one relies on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from graphql import GraphQLEnumType, GraphQLError, OperationDefinitionNode

from offwire.codegen.graphql.documents import Documents, read_documents
from offwire.codegen.graphql.inputs import input_records
from offwire.codegen.graphql.names import IN_GROUPS, attribute, class_name, constant_case, distinct, words
from offwire.codegen.graphql.operations import operation_of
from offwire.codegen.graphql.packaging import RESERVED, write_package
from offwire.codegen.graphql.printing import print_definition
from offwire.codegen.graphql.problems import Problem, failed
from offwire.codegen.graphql.python_types import Types, unknown_settings
from offwire.codegen.graphql.schema import located, read_schema
from offwire.codegen.graphql.selecting import Selections
from offwire.codegen.graphql.settings import GroupSettings, Settings
from offwire.codegen.graphql.shapes import Choice, Choices, Operation, OperationGroup, Package

_ONE_GROUP: Final = "operations"


def generated(
    schema_text: str, texts: Mapping[str, str], settings: Settings, *, schema_name: str = "schema"
) -> Mapping[str, str]:
    """The files of the package; see `generate`."""
    schema = read_schema(schema_text, schema_name)
    problems = list(unknown_settings(schema, settings))
    documents = read_documents(schema, texts, settings.extra_field)
    named = _named(documents)
    problems += _of_groups(named, settings)
    if problems:
        raise failed(problems)
    types = Types(schema, settings)
    problems = list(_of_names(documents, settings, types))
    if problems:
        raise failed(problems)
    selections = Selections(documents, types, settings)
    of_documents = distinct(named, constant_case)
    groups = []
    for module, group in _groups(named, settings).items():
        operations = [
            operation_of(named[name], method, documents, selections, types, of_documents[name])
            for name, method in group.operations.items()
        ]
        problems += _of_pages(module, operations)
        groups.append(
            OperationGroup(
                module=module,
                class_name=_class_of(module, group),
                doc=group.doc or _doc_of(module),
                operations=operations,
            )
        )
    if problems:
        raise failed(problems)
    constants = distinct(documents.fragments, constant_case)
    inputs = input_records(types, settings)
    package = Package(
        groups=groups,
        models=list(selections.models.values()),
        inputs=inputs,
        enums=[_enum(name, types.enums[name], settings) for name in sorted(types.enums)],
        fragments=[(constants[name], print_definition(each)) for name, each in documents.fragments.items()],
    )
    return write_package(package, constants, settings)


def _named(documents: Documents) -> dict[str, OperationDefinitionNode]:
    return {each.name.value: each for each in documents.operations if each.name is not None}


def _of_pages(module: str, operations: Sequence[Operation]) -> Iterator[Problem]:
    """Methods that would have the name of another's single pages."""
    methods = {each.method: each.name for each in operations}
    for each in operations:
        page = f"{each.method}_page"
        if each.paging is not None and page in methods:
            place = f"groups.{module}.operations.{methods[page]}"
            yield _wrong(place, f"the single pages of {each.name} are called {page}", "rename one")


def _wrong(place: str, what: str, fix: str) -> Problem:
    return Problem("settings", 0, 0, f"{place}: {what}", fix)


def _groups(named: Mapping[str, object], settings: Settings) -> Mapping[str, GroupSettings]:
    """The groups of the settings, or the one of all operations."""
    if settings.groups:
        return settings.groups
    return {_ONE_GROUP: GroupSettings(operations=distinct(sorted(named), _method))}


def _of_groups(named: Mapping[str, OperationDefinitionNode], settings: Settings) -> Iterator[Problem]:
    if not settings.groups:
        return
    placed: dict[str, str] = {}
    for module, group in settings.groups.items():
        methods: dict[str, str] = {}
        if attribute(module) != module or module in RESERVED or module.endswith(("_models", "_documents")):
            yield _wrong(f"groups.{module}", "no module can have this name", "choose another")
        for name, method in group.operations.items():
            place = f"groups.{module}.operations.{name}"
            if name not in named:
                close = get_close_matches(name, named)
                fix = f"did you mean {close[0]}?" if close else "write it, or leave it out here"
                yield _wrong(place, "there is no such operation", fix)
            if not method.isidentifier() or _method(method) != method:
                yield _wrong(place, f"{method!r} is no name of a method", _method(method))
            if method in methods:
                yield _wrong(place, f"{methods[method]} is called {method} as well", "rename one")
            if name in placed:
                yield _wrong(place, f"it is in groups.{placed[name]} as well", "leave one out")
            methods[method] = name
            placed[name] = module
    for name in sorted(named.keys() - placed.keys()):
        error = GraphQLError(f"{name} is in no group", named[name])
        yield located(error, "documents", "add it to the operations of a group in the settings")


def _class_of(module: str, group: GroupSettings) -> str:
    return group.class_name or class_name(module)


def _doc_of(module: str) -> str:
    return "All operations." if module == _ONE_GROUP else f"Operations: {' '.join(words(module)).lower()}."


def _of_names(documents: Documents, settings: Settings, types: Types) -> Iterator[Problem]:
    """Classes that would have the same name; those of the schema and of the settings are taken then."""
    for module, group in _groups(_named(documents), settings).items():
        own = _class_of(module, group)
        if own in types.taken:
            place = f"groups.{module}.class_name"
            yield _wrong(place, f"there is a class {own} already", "choose another name")
        types.taken.add(own)
    for name, node in documents.fragments.items():
        if class_name(name) in types.taken:
            error = GraphQLError(
                f"there is a class {class_name(name)} already, so none for this fragment", node
            )
            yield located(
                error, "documents", "rename the fragment, or what else is called so in the settings"
            )


def _enum(name: str, kind: GraphQLEnumType, settings: Settings) -> Choices:
    names = distinct(kind.values, _constant)
    choices = []
    for value, each in kind.values.items():
        doc = (each.description or "") if settings.descriptions else ""
        if each.deprecation_reason:
            doc = f"{doc}\n\nDeprecated: {each.deprecation_reason}".strip()
        choices.append(Choice(name=names[value], value=value, doc=doc))
    doc = (kind.description or "") if settings.descriptions else ""
    return Choices(name=name, choices=choices, doc=doc or f"`{kind.name}` of the schema.")


def _method(name: str) -> str:
    return attribute(name, IN_GROUPS)


def _constant(value: str) -> str:
    name = constant_case(value)
    return f"_{name}" if name[0].isdigit() else name
