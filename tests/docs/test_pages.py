"""Every Python example in README and docs runs, page by page, as it stands.

Where a page talks to https://api.shop.example over a real client, a fake shop on loopback takes its
place; ESO Logs' stand-in is found through the environment. Nothing else of the text is changed. An
`async def main()` is run in the world it imports.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import trio

from offwire.testing.esologs import FakeEsoLogs
from offwire_serve import serve
from tests.docs.shop import shop

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FAR = "https://api.shop.example"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with serve(shop) as address:
        yield address.base_url


@pytest.fixture(scope="module")
def esologs_url() -> Iterator[str]:
    with serve(FakeEsoLogs()) as address:
        yield address.base_url


def test_there_are_examples() -> None:
    assert sum(len(FENCE.findall(page.read_text())) for page in PAGES) > 30


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_run(page: Path, base_url: str, esologs_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ID": "client", "SECRET": "secret", "URL": esologs_url}.items():
        monkeypatch.setenv(f"ESOLOGS_{name}", value)
    text = page.read_text()
    example = ModuleType(f"example_{page.stem}")
    monkeypatch.setitem(sys.modules, example.__name__, example)
    namespace = vars(example)
    for match in FENCE.finditer(text):
        source = match[1]
        if "offwire_sync" in text or "offwire_asyncio" in text:
            source = source.replace(FAR, base_url)
        line = text[: match.start()].count("\n") + 1
        code = compile("\n" * line + source, str(page), "exec")
        exec(code, namespace)
        if "async def main(" in source:
            if "offwire_trio" in source:
                trio.run(namespace["main"])
            else:
                asyncio.run(namespace["main"]())


LINK = re.compile(r"\]\(([^)#:]+)(#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    missing = [target for target, _ in LINK.findall(page.read_text()) if not (page.parent / target).exists()]
    assert not missing
