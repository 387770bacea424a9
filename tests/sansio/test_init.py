"""The package's names: all there, and those that a start need not load come when they are named."""

from __future__ import annotations

import subprocess
import sys

import pytest

import offwire


@pytest.mark.parametrize("name", offwire.__all__)
def test_each_public_name_is_there(name: str) -> None:
    assert getattr(offwire, name) is not None


def test_names_that_are_loaded_late_are_those_of_their_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    from offwire import auth, events
    from offwire.state.token_box import TokenPolicy

    late = {"ApiKey": auth.ApiKey, "TokenGrant": auth.TokenGrant, "TokenPolicy": TokenPolicy}
    for name, found in late.items():
        monkeypatch.delattr(offwire, name, raising=False)
        assert getattr(offwire, name) is found
        assert vars(offwire)[name] is found, "it is looked up once"
    assert offwire.events is events


def test_events_are_loaded_when_they_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "offwire.events", raising=False)
    monkeypatch.delattr(offwire, "events", raising=False)
    assert offwire.events.__name__ == "offwire.events"
    assert sys.modules["offwire.events"] is offwire.events


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'offwire' has no attribute 'Nonsense'"):
        _ = offwire.Nonsense  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    assert not hasattr(offwire, "nonsense")


def test_a_star_import_brings_all_of_them() -> None:
    code = "from offwire import *; import offwire; print(all(name in globals() for name in offwire.__all__))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == ("True\n", "")
