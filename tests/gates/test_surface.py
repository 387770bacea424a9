"""What users see is complete, in order, typed, light to import, and its errors travel.

That each public name has a docstring is ruff's business (D1), and that the types are complete
is pyright's (`make verifytypes`).
"""

from __future__ import annotations

import ast
import builtins
import copy
import importlib
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pytest

import offwire
from offwire.errors import CallError, OffwireError

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = [ROOT / "sansio", *sorted(each for each in (ROOT / "bindings").iterdir() if each.is_dir())]

FORMS_WITH_ANY: Final = {
    "Coroutine": "what a coroutine yields and is sent is its event loop's business",
    "Attribute": "a validator serves attributes of each type",
    "Flow": "flows of several results stand side by side",
    "Group": "a descriptor serves groups of each mode",
    "Task": "a world runs tasks of each kind",
}
"""Types whose arguments may be Any, each with the reason."""

NAMES_WITH_ANY: Final = {
    "offwire.flow.Emit.items": "what is emitted has the type of the iterator that its flow is for",
    "offwire.operations.meaning.Meaning.__init__": "each mapping takes what the one before it gave",
    "offwire.operations.meaning.Meaning.but": "each mapping takes what the one before it gave",
    **dict.fromkeys(
        [
            "offwire_httpx.async_network.AsyncStream.__init__",
            "offwire_httpx.async_wire.HandedWire.__init__",
            "offwire_httpx.messages.core_request",
            "offwire_httpx.messages.http_request",
            "offwire_httpx.pools.Pools.give_back",
            "offwire_httpx.pools.Pools.take",
            "offwire_httpx.pools.Pools.take_all",
            "offwire_httpx.sync_network.SyncStream.__init__",
            "offwire_httpx.sync_wire.HandedWire.__init__",
        ],
        "httpx and httpx2 have shapes in common, but no types",
    ),
}
"""Public names whose signatures may say Any, each with the reason."""


def modules() -> Iterator[tuple[str, Path]]:
    """The name and path of each public module."""
    for source in SOURCES:
        for path in sorted(source.rglob("*.py")):
            parts = path.relative_to(source).with_suffix("").parts
            names = parts[:-1] if parts[-1] == "__init__" else parts
            if not any(each.startswith("_") for each in names):
                yield ".".join(names), path


MODULES: Final = dict(modules())
PACKAGES: Final = [name for name, path in MODULES.items() if path.name == "__init__.py"]


@pytest.mark.parametrize("name", PACKAGES)
def test_all_is_in_order_and_complete(name: str) -> None:
    package = importlib.import_module(name)
    listed = list(getattr(package, "__all__", []))
    assert listed == sorted(set(listed))
    assert [each for each in listed if not hasattr(package, each)] == []
    bound = {each for node in ast.parse(MODULES[name].read_text()).body for each in _bound_by(node)}
    assert sorted(each for each in bound - set(listed) if not each.startswith("_")) == []


def test_the_version_is_the_one_that_is_distributed() -> None:
    assert offwire.__version__ == version("offwire")


def _bound_by(node: ast.stmt) -> Iterator[str]:
    """The names that a package's top level takes from our modules, or makes itself."""
    match node:
        case ast.ImportFrom(module=str(module)) if module.startswith("offwire"):
            yield from (each.asname or each.name for each in node.names)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case _:
            return


def signatures() -> Iterator[tuple[str, ast.expr]]:
    """Each annotation that users see, with the name that it belongs to."""
    for name, path in MODULES.items():
        yield from _annotations(name, ast.parse(path.read_text()).body)


def _annotations(prefix: str, body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    overloaded = set()
    for node in body:
        match node:
            case ast.ClassDef(name=name) if not name.startswith("_"):
                yield from ((f"{prefix}.{name}", base) for base in node.bases)
                yield from _annotations(f"{prefix}.{name}", node.body)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if _is_called_by_users(name):
                is_overload = any(ast.unparse(each).endswith("overload") for each in node.decorator_list)
                if is_overload or name not in overloaded:
                    yield from ((f"{prefix}.{name}", each) for each in _of_function(node))
                if is_overload:
                    overloaded.add(name)
            case ast.AnnAssign(target=ast.Name(id=name)) if not name.startswith("_"):
                yield f"{prefix}.{name}", node.annotation
            case _:
                pass


def _is_called_by_users(name: str) -> bool:
    return not name.startswith("_") or name in {"__init__", "__call__", "__get__", "__enter__", "__aenter__"}


def _of_function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    arguments = node.args
    for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if each.annotation is not None:
            yield each.annotation
    for extra in (arguments.vararg, arguments.kwarg):
        if extra is not None and extra.annotation is not None:
            yield extra.annotation
    if node.returns is not None:
        yield node.returns


def says_any(annotation: ast.expr) -> bool:
    """Whether an annotation says Any outside of the forms that may."""
    match annotation:
        case ast.Name(id="Any") | ast.Attribute(attr="Any"):
            return True
        case ast.Subscript(value=ast.Name(id=form)) if form in FORMS_WITH_ANY:
            arguments = annotation.slice
            each = arguments.elts if isinstance(arguments, ast.Tuple) else [arguments]
            return any(says_any(one) for one in each if not isinstance(one, ast.Name))
        case ast.Constant(value=str() as text):
            return says_any(ast.parse(text, mode="eval").body)
        case _:
            return any(
                says_any(child) for child in ast.iter_child_nodes(annotation) if isinstance(child, ast.expr)
            )


def test_no_public_signature_says_any() -> None:
    saying = {name for name, annotation in signatures() if says_any(annotation)}
    assert sorted(saying - NAMES_WITH_ANY.keys()) == []
    assert sorted(NAMES_WITH_ANY.keys() - saying) == [], "these say Any no more"


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("Any", True),
        ("typing.Any", True),
        ("dict[str, Any]", True),
        ("'list[Any]'", True),
        ("Callable[[Any], int] | None", True),
        ("Coroutine[Any, Any, T]", False),
        ("Coroutine[Any, Any, list[Any]]", True),
        ("Many[int]", False),
    ],
)
def test_any_is_found_wherever_it_is_said(annotation: str, expected: bool) -> None:
    assert says_any(ast.parse(annotation, mode="eval").body) is expected


for _name in MODULES:
    importlib.import_module(_name)


def _kinds(base: type[OffwireError]) -> dict[str, type[OffwireError]]:
    is_ours = base.__module__.startswith("offwire") and not base.__name__.startswith("_")
    kinds = {base.__name__: base} if is_ours else {}
    for each in base.__subclasses__():
        kinds |= _kinds(each)
    return kinds


KINDS: Final = [pytest.param(kind, id=name) for name, kind in sorted(_kinds(OffwireError).items())]


def _made(kind: type[OffwireError]) -> OffwireError:
    make: Callable[..., OffwireError] = kind
    facts = {"message": "what happened"} if issubclass(kind, CallError) else {}
    return make(**facts) if facts else make("what happened")


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_pickle_and_copies(kind: type[OffwireError]) -> None:
    error = _made(kind)
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is kind
        assert (str(twin), repr(twin), twin.args) == (str(error), repr(error), error.args)
        assert vars(twin) == vars(error)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_shadows_no_builtin(kind: type[OffwireError]) -> None:
    assert not hasattr(builtins, kind.__name__)


WORLDS: Final = ["anyio", "asyncio", "sniffio", "trio"]
WIRES: Final = ["_socket", "_ssl", "h11", "http.client", "httpcore", "httpx", "httpx2", "urllib.request"]
HEAVY: Final = [  # attrs itself brings threading and inspect
    "argparse", "cattrs", "concurrent.futures", "email", "hashlib", "http", "logging",
    "multiprocessing", "queue", "random", "selectors", "subprocess", "tempfile",
    "unittest", "uuid", "xml",
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "unwanted"),
    [
        pytest.param("offwire", [*WORLDS, *WIRES, *HEAVY], id="offwire"),
        pytest.param("offwire_sync", [*WORLDS, "httpcore", "httpx", "httpx2", "cattrs"], id="offwire_sync"),
        pytest.param(
            "offwire_asyncio", ["trio", "httpcore", "httpx", "httpx2", "cattrs"], id="offwire_asyncio"
        ),
        pytest.param("offwire_trio", ["httpcore", "httpx", "httpx2", "cattrs"], id="offwire_trio"),
    ],
)
def test_an_import_loads_nothing_that_can_wait(name: str, unwanted: list[str]) -> None:
    code = f"import sys, {name}; print(*[each for each in {unwanted!r} if each in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.split(), run.stderr) == (0, [], "")
