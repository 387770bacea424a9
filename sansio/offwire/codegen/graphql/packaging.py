"""The files of a package, and which class goes into which.

| file | holds | is loaded by |
|---|---|---|
| `__init__.py` | all names, each loaded when it is first asked for (PEP 562) | `import` |
| `users.py` | the group `Users` | making an Api |
| `users_documents.py`, `users_models.py` | what it sends, and what it gives | its first call |
| `shared_models.py` | the classes that several groups give | as above |
| `enums.py`, `inputs.py`, `fragments.py` | the rest | whoever names them |

Rules of this file: a class is in the module of the one group that gives it, or in the shared one.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Final

from offwire.codegen.graphql.layout import docstring, quoted
from offwire.codegen.graphql.settings import Settings
from offwire.codegen.graphql.shapes import OneOf, OperationGroup, Package, Record
from offwire.codegen.graphql.writing import FUTURE, Place, listed
from offwire.codegen.graphql.writing_groups import write_documents, write_fragments, write_group
from offwire.codegen.graphql.writing_models import write_enums, write_models

SHARED: Final = "shared_models"
RESERVED: Final = frozenset({"enums", "fragments", "inputs"})
"""Names of modules that no group can have."""


def write_package(package: Package, constants: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """The texts of all files; `constants` are the names of the fragments' constants."""
    modules = _placed(package)
    place = Place(settings=settings, modules=modules)
    bases = {each.name: each for each in package.models if isinstance(each, Record)}
    files: dict[str, str] = {}
    for group in package.groups:
        files[f"{group.module}.py"] = write_group(place, group)
        files[f"{group.module}_documents.py"] = write_documents(place, group, dict(constants))
    for name, subject in _model_modules(package.groups).items():
        own = [each for each in package.models if modules[each.name] == name]
        if own:
            files[f"{name}.py"] = write_models(place, name, subject, own, bases)
    if package.inputs:
        subject = "Input objects: what operations take."
        files["inputs.py"] = write_models(place, "inputs", subject, package.inputs, {})
    if package.enums:
        files["enums.py"] = write_enums(place, package.enums)
    if package.fragments:
        files["fragments.py"] = write_fragments(place, package.fragments)
    files["__init__.py"] = _write_init(place, package)
    return dict(sorted(files.items()))


def _model_modules(groups: Sequence[OperationGroup]) -> dict[str, str]:
    found = {SHARED: "What the operations of several groups give."}
    return found | {
        f"{each.module}_models": f"What the operations of `{each.class_name}` give." for each in groups
    }


def _placed(package: Package) -> dict[str, str]:
    """The module of each class. A model that no operation gives, such as an unused fragment's, is shared."""
    known: dict[str, Record | OneOf] = {each.name: each for each in package.models}
    givers: dict[str, set[str]] = {name: set() for name in known}

    def give(name: str, module: str) -> None:
        if name in known and module not in givers[name]:
            givers[name].add(module)
            for each in known[name].classes:
                give(each, module)

    for group in package.groups:
        for operation in group.operations:
            for each in operation.returns.classes:
                give(each, group.module)
    found = {
        name: f"{next(iter(modules))}_models" if len(modules) == 1 else SHARED
        for name, modules in givers.items()
    }
    found |= {each.name: "inputs" for each in package.inputs}
    found |= {f"{each.name}{end}": "enums" for each in package.enums for end in ("", "Like", "Value")}
    return found | {each.class_name: each.module for each in package.groups}


_GUARD: Final = "if not TYPE_CHECKING:  # pragma: no branch - to checkers any name would be one of ours"


def _write_init(place: Place, package: Package) -> str:
    by_module: dict[str, list[str]] = {}
    for name, module in sorted(place.modules.items()):
        by_module.setdefault(module, []).append(name)
    modules = sorted(by_module)
    for_checkers = {place.path(module): by_module[module] for module in modules}
    tables = [line for module in modules for line in _table(place, module, by_module[module])]
    doc = "Load what not every program needs when it is first named (PEP 562)."
    lines = [
        *place.head("All that is generated: groups of operations, what they take, and what they give."),
        "",
        *place.imports(FUTURE, {"typing": ["TYPE_CHECKING"]}),
        "",
        "if TYPE_CHECKING:",
        *place.imports(for_checkers, indent="    "),
        "",
        *listed(list(place.modules)),
        "",
        *tables,
        "",
        _GUARD,
        "",
        "    def __getattr__(name: str) -> object:",
        *docstring([doc], place.width, "        "),
        *(line for module in modules for line in _branch(place, module, is_first=module == modules[0])),
        "        else:",
        '            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")',
        "        globals()[name] = value = getattr(found, name)",
        "        return value",
    ]
    return "\n".join(lines) + "\n"


def _table(place: Place, module: str, names: Sequence[str]) -> list[str]:
    filled = textwrap.wrap(", ".join(map(quoted, names)) + ",", place.width - 4)
    return [f"_{module.upper()} = frozenset({{", *(f"    {each}" for each in filled), "})  # fmt: skip"]


def _branch(place: Place, module: str, *, is_first: bool) -> list[str]:
    reason = "  # noqa: PLC0415" + (" - as the docstring says" if is_first else "")
    return [
        f"        {'if' if is_first else 'elif'} name in _{module.upper()}:",
        f"            from {place.package()} import {module} as found{reason}",
    ]
