"""Modules of operations, and of the documents that they send.

Rules of this file: a module of operations costs next to nothing to import. The classes of answers,
which take half a millisecond each to make, and the documents are imported by the first call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from offwire.codegen.graphql.layout import Bracket, Piece, block, docstring, lines, quoted
from offwire.codegen.graphql.shapes import (
    COMPACT,
    UNSET_TYPE,
    Expression,
    Operation,
    OperationGroup,
    Parameter,
)
from offwire.codegen.graphql.writing import FUTURE, Place, module

_INDENT: Final = "    "
_BODY: Final = "        "
_NOTES: Final = {
    False: "# ruff: noqa: PLC0415 - the first call loads what it needs",
    True: "# ruff: noqa: N812, PLC0415 - to checkers a Compact is a list; the first call loads what it needs",
}


def write_group(place: Place, group: OperationGroup) -> str:
    """The module of a group."""
    body: list[str] = []
    wanted: dict[str, set[str]] = {
        "offwire.mode": {"M"},
        "offwire.operations": {"Call", "Group", "operation"},
    }
    typed: list[Expression] = []
    for each in group.operations:
        typed += [each.returns, *(one.type for one in each.parameters)]
        if each.paging is not None:
            typed.append(each.paging.item)
            wanted["offwire.operations"] |= {"Pages", "pages"}
            used = {each.paging.function, *(["nodes"] if each.paging.items.startswith("nodes(") else [])}
            wanted.setdefault("offwire.operations.graphql_paging", set()).update(used)
            body += ["", *_pages(place, group, each)]
        body += ["", *_operation(place, group, each)]
    if any(not one.required for each in group.operations for one in each.parameters):
        wanted["offwire.unset"] = {"UNSET", "Unset"}
    if any(each.returns.has_null or each.is_union for each in group.operations):
        wanted["typing"] = {"cast"}
    others = {one for each in typed for one in each.imports} - {UNSET_TYPE, COMPACT}
    for_checkers = place.wanted({one for each in typed for one in each.classes}, others)
    if for_checkers:
        wanted.setdefault("typing", set()).add("TYPE_CHECKING")
    otherwise: list[str] = []
    if any("Compact[" in each.returns.text for each in group.operations):
        # As `type[T]` some checkers take a class only, so that to all of them a compact list is a list.
        for_checkers["builtins"] = {"list as Compact"}
        otherwise = ["else:", *place.imports({COMPACT[0]: {COMPACT[1]}}, indent=_INDENT)]
    later = place.imports(for_checkers, indent=_INDENT)
    checked = ["if TYPE_CHECKING:", *later, *otherwise] if later else []
    head = [f"class {group.class_name}(Group[M]):", *docstring([group.doc], place.width, _INDENT), *body]
    note = _NOTES[bool(otherwise)]
    imported = [note, "", *place.imports(FUTURE, wanted), *(["", *checked] if checked else [])]
    return module(place.head(group.doc), imported, head, names=[group.class_name])


def write_documents(place: Place, group: OperationGroup, fragments: dict[str, str]) -> str:
    """The module of a group's documents; `fragments` are the names of their constants."""
    blocks: list[Sequence[str]] = []
    for each in group.operations:
        parts = [f"fragments.{fragments[name]}" for name in each.fragments]
        private = f"_{each.constant}"
        text = f"{private} = {block(each.text)}".split("\n")
        blocks.append([*text, *_document(place, each.constant, [private, *parts], quoted(each.name))])
    names = [each.constant for each in group.operations]
    wanted = {"typing": ["Final"], "offwire.formats.graphql": ["Document"]}
    own = {place.package(): ["fragments"]} if any(each.fragments for each in group.operations) else {}
    imported = place.imports(FUTURE, wanted, own)
    subject = f"What the operations of `{group.class_name}` send."
    return module(place.head(subject), imported, *blocks, names=names)


def _document(place: Place, constant: str, parts: Sequence[str], name: str) -> list[str]:
    whole = " + ".join(parts)
    found = lines(Bracket("Document(", [whole, name], ")"), place.width, before=f"{constant}: Final = ")
    if len(found) < 4 or len(found[1]) <= place.width:
        return found
    # Longer than a line: then each part has one, as in any sum.
    summed = [f"{_INDENT}{'+ ' if number else ''}{each}" for number, each in enumerate(parts)]
    return [found[0], *summed[:-1], f"{summed[-1]},", *found[2:]]


def write_fragments(place: Place, fragments: Sequence[tuple[str, str]]) -> str:
    """The module of the fragments' texts."""
    blocks = [f"{name} = {block(text)}".split("\n") for name, text in fragments]
    head = place.head("The texts of the fragments, which documents are put together with.")
    return module(head, place.imports(FUTURE), *blocks, names=[name for name, _ in fragments])


def _operation(place: Place, group: OperationGroup, operation: Operation) -> list[str]:
    result = operation.returns.or_none() if operation.nullable else operation.returns
    method = operation.method if operation.paging is None else f"{operation.method}_page"
    found = [
        f"{_INDENT}@operation",
        *_signature(place, method, operation.parameters, f"Call[{_told(result)}]"),
    ]
    found += docstring(operation.doc, place.width, _BODY)
    call = _call(operation, operation.parameters, nullable=operation.nullable)
    found += _loading(place, group, operation)
    if not operation.returns.has_null:
        return [*found, *lines(call, place.width, _BODY, before="return ")]
    typed = Bracket("cast(", [quoted(f"Call[{_told(result)}]"), call], ")")
    return [*found, *lines(typed, place.width, _BODY, before="return ")]


def _pages(place: Place, group: OperationGroup, operation: Operation) -> list[str]:
    paging = operation.paging
    assert paging is not None
    parameters = [each for each in operation.parameters if each.wire != paging.variable]
    found = [
        f"{_INDENT}@pages",
        *_signature(place, operation.method, parameters, f"Pages[{_told(paging.item)}]"),
        *docstring(
            [operation.doc[0], f"Item by item, page after page of `{operation.method}_page`."],
            place.width,
            _BODY,
        ),
        *_loading(place, group, operation),
    ]
    call = _call(operation, parameters, nullable=True)
    arguments: list[Piece] = [call, f"items=lambda page: {paging.items}", *paging.facts]
    if paging.variable != {"by_page_number": "page", "by_relay_cursor": "after"}[paging.function]:
        arguments.append(f"variable={quoted(paging.variable)}")
    return [
        *found,
        *lines(Bracket(f"{paging.function}(", arguments, ")"), place.width, _BODY, before="return "),
    ]


def _told(expression: Expression) -> str:
    """The type as signatures have it: whether a list is compact is the reader's business."""
    return expression.text.replace("Compact[", "list[")


def _signature(place: Place, method: str, parameters: Sequence[Parameter], returns: str) -> list[str]:
    items = ["self"]
    items += [f"{each.name}: {each.type.text}" for each in parameters if each.required]
    optional = [f"{each.name}: {each.type.text} = UNSET" for each in parameters if not each.required]
    items += ["*", *optional] if optional else []
    return lines(Bracket(f"def {method}(", items, ")"), place.width, _INDENT, after=f" -> {returns}:")


def _call(operation: Operation, parameters: Sequence[Parameter], *, nullable: bool) -> Bracket:
    arguments: list[Piece] = []
    if parameters:
        values = [f"{quoted(each.wire)}: {each.name}" for each in parameters]
        arguments.append(Bracket("{", values, "}", is_literal=True))
    returns = operation.returns.text
    if operation.is_union:
        returns = f"cast({quoted(f'type[{returns}]')}, {returns})"
    arguments.append(f"returns={'object' if operation.returns.has_null else returns}")
    if operation.at:
        arguments.append(f"at={quoted(operation.at)}")
    if nullable:
        arguments.append("nullable=True")
    return Bracket(f"{operation.constant}.call(", arguments, ")")


def _loading(place: Place, group: OperationGroup, operation: Operation) -> list[str]:
    """The imports of a method, which only its calls need."""
    returns = operation.returns
    documents = {place.path(f"{group.module}_documents"): {operation.constant}}
    wanted = place.wanted(returns.classes, () if returns.has_null else returns.imports - {COMPACT})
    return [*place.imports(documents, wanted, indent=_BODY), ""]
