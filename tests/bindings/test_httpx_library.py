"""Either library is loaded once, and told from the other by what is handed in."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import pytest

from offwire_httpx import LibraryName, library
from offwire_httpx.library import Library, library_of, load


def test_a_library_is_loaded_once(library: LibraryName) -> None:
    assert load(library) is load(library)
    assert load(library).name == library


def test_what_it_can_undo_is_asked_for(library: LibraryName) -> None:
    assert {b"gzip", b"deflate"} <= set(load(library).accept_encoding.split(b", "))


def test_what_is_handed_in_tells_its_library(library: LibraryName) -> None:
    http = importlib.import_module(library)

    class Own(http.BaseTransport):  # type: ignore[misc, name-defined]
        pass

    other: LibraryName = "httpx" if library == "httpx2" else "httpx2"
    assert library_of(Own(), other) == library
    assert library_of(http.MockTransport(lambda request: http.Response(200)), other) == library
    assert library_of(object(), library) == library


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx2", None)

    def absent(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(library, "import_module", absent)
    with pytest.raises(ModuleNotFoundError, match=r"offwire\[httpx2\]"):
        Library("httpx2")


def test_a_library_that_misses_something_itself_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> Any:
        raise ModuleNotFoundError("No module named 'certifi'", name="certifi")

    monkeypatch.setattr(library, "import_module", broken)
    with pytest.raises(ModuleNotFoundError, match="certifi"):
        Library("httpx")
