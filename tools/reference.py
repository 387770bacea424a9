"""Writes docs/esologs-reference.md out of the code: `python tools/reference.py`.

Every operation of `EsoLogs` with its signature and what it says of itself, the classes of answers
with their fields, and the enums. With `--check` it writes nothing, and fails where the page is not
what it would write.

Rules of this file: what the page says stands in the code; here is only how it is set.
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Final

from attrs import Attribute, fields, has

from offwire.apis import esologs
from offwire.apis.esologs import EsoLogs, generated
from offwire.operations.descriptors import operation, pages
from offwire.operations.group import Group
from offwire.operations.wiring import groups_of

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "esologs-reference.md"
WIDTH: Final = 100

HEAD: Final = """# ESO Logs: reference

Everything that `EsoLogs` can be asked, and what it answers. How to use it is in
[ESO Logs](esologs.md).

This page is written out of the code by `python tools/reference.py`.

A type that ends in `Like` is an enum's member, or its value as text: `EventDataType.HEALING` or
`"Healing"`. An argument that is `UNSET` is not sent, and the site's own default holds; None is sent
as null. An iterator fetches page after page as it is used; the method of the same name with `_page`
fetches one. On the class, such as `Reports.get`, a method makes the `Call` or `Pages`, and sends
nothing.
"""


def reference() -> str:
    """The page."""
    groups = groups_of(EsoLogs, Group)
    parts = [HEAD, "## Operations\n"]
    for name, group in groups.items():
        parts.append(f"### `eso.{name}`\n\n{inspect.cleandoc(group.__doc__ or '')}\n")
        parts += [_method(group, each) for each in _methods(group)]
    parts.append("## Classes\n")
    parts += [_class(each) for each in _classes()]
    parts.append("## Enums\n\nValues that an enum does not list are kept, as members of their own.\n")
    parts += [_enum(each) for each in _enums()]
    return "\n".join(parts)


def _methods(group: type) -> Iterable[str]:
    """The names of its operations, in the order in which they are declared, generated ones first."""
    names = [name for base in reversed(group.__mro__) for name in vars(base)]
    return [each for each in dict.fromkeys(names) if isinstance(_declared(group, each), operation | pages)]


def _declared(group: type, name: str) -> object:
    return inspect.getattr_static(group, name)


def _method(group: type, name: str) -> str:
    declared = _declared(group, name)
    assert isinstance(declared, operation | pages)
    build = declared.build
    signature = inspect.signature(build)
    parameters = list(_parameters(signature))
    returns = _result(str(inspect.unwrap(build, stop=_says_its_result).__annotations__["return"]))
    whole = f"{name}({', '.join(parameters)}) -> {returns}"
    if len(whole) > WIDTH:
        whole = "\n".join([f"{name}(", *_filled(parameters), f") -> {returns}"])
    said = inspect.cleandoc(declared.__doc__ or "")
    return f"#### {name}\n\n```text\n{whole}\n```\n\n{_plain(said)}\n"


def _filled(parameters: Iterable[str]) -> list[str]:
    """Parameters in as few lines as they fit into."""
    lines = [""]
    for each in parameters:
        if lines[-1] and len(lines[-1]) + len(each) + 2 > WIDTH:
            lines.append("")
        lines[-1] += f" {each}," if lines[-1] else f"    {each},"
    return lines


def _says_its_result(function: object) -> bool:
    told = str(getattr(function, "__annotations__", {}).get("return", ""))
    return told.startswith(("Call[", "Pages["))


def _parameters(signature: inspect.Signature) -> Iterator[str]:
    starred = False
    for parameter in list(signature.parameters.values())[1:]:
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        kind = str(parameter.annotation).replace(" | None | Unset", "")
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        yield f"{parameter.name}: {kind}{default}"


def _result(text: str) -> str:
    inner = text.partition("[")[2].removesuffix("]")
    return f"iterator of {inner}" if text.startswith("Pages[") else inner


def _plain(doc: str) -> str:
    """A docstring in Markdown: what it raises as a list."""
    text, raises, rest = doc.partition("Raises")
    if not raises:
        return text.strip()
    when, _, errors = rest.partition(":\n")
    listed: list[str] = []
    for line in textwrap.dedent(errors).splitlines():
        if line.startswith(" ") and listed:
            listed[-1] += f" {line.strip()}"
        elif line:
            listed.append(f"- {line}")
    return "\n".join([text.strip(), "", f"Raises{when}:", "", *listed])


def _classes() -> list[type]:
    own = [getattr(esologs, name) for name in esologs.__all__]
    made = [getattr(generated, name) for name in generated.__all__]
    found = [each for each in (*own, *made) if isinstance(each, type) and has(each)]
    return sorted(found, key=lambda each: each.__name__)


def _class(kind: type) -> str:
    rows = [f"| `{each.name}` | `{_kind(each)}` |" for each in fields(kind)]
    return "\n".join([f"### {kind.__name__}\n", "| field | type |", "|---|---|", *rows, ""])


def _kind(attribute: Attribute[object]) -> str:
    kind = attribute.type
    text = kind.__name__ if isinstance(kind, type) else str(kind)
    return text.replace("Compact[", "list[").replace("|", "\\|")


def _enums() -> list[type[Enum]]:
    made = [getattr(generated, name) for name in generated.__all__]
    return [each for each in made if isinstance(each, type) and issubclass(each, Enum)]


def _enum(kind: type[Enum]) -> str:
    values = ", ".join(f"`{each.value}`" for each in kind)
    return f"### {kind.__name__}\n\n{textwrap.fill(values, WIDTH)}\n"


def main(arguments: list[str]) -> int:
    """Write, or check; 1 where the page is not as it should be."""
    text = reference()
    if "--check" not in arguments:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{PAGE.relative_to(ROOT)}: run python tools/reference.py")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
