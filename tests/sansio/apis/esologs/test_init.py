"""The package: what it exports, and that it loads what is heavy only when it is named."""

from __future__ import annotations

import subprocess
import sys

import pytest

from offwire.apis import esologs

HEAVY = ("offwire.engine", "offwire.apis.esologs.events", "offwire.apis.esologs.schema", "cattrs", "msgspec")


def test_exports_what_it_says() -> None:
    for name in esologs.__all__:
        assert getattr(esologs, name) is not None
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = esologs.Nonsense  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def test_is_light() -> None:
    program = "import sys, offwire.apis.esologs; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert loaded.isdisjoint(HEAVY)
    assert not [each for each in loaded if each.endswith(("_models", "_documents"))]
