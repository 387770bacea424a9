"""How paths look."""

from __future__ import annotations

import pytest

from offwire.formats.path import Path, path_text


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param((), "$", id="the document"),
        pytest.param(("items", 3, "price"), "$.items[3].price", id="names and places"),
        pytest.param(("full name",), '$["full name"]', id="a space"),
        pytest.param(("",), '$[""]', id="an empty name"),
        pytest.param(("2a",), '$["2a"]', id="a digit first"),
        pytest.param(("é",), '$["\\u00e9"]', id="beyond ASCII"),
        pytest.param(("a\n\x1b",), '$["a\\n\\u001b"]', id="control characters"),
        pytest.param(("a" * 64,), f"$.{'a' * 64}", id="a long name"),
        pytest.param(("a" * 65,), f'$["{"a" * 64}..."]', id="too long a name"),
        pytest.param((0,) * 32, "$" + "[0]" * 32, id="a deep path"),
        pytest.param((0,) * 33, "$" + "[0]" * 32 + "...", id="too deep a path"),
    ],
)
def test_a_path_is_short_and_printable(path: Path, expected: str) -> None:
    assert path_text(path) == expected
    assert expected.isprintable()
