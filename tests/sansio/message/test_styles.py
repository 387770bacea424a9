"""Styles are checked when they are made, and keep what they were made from."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from offwire.message.styles import Brackets, Comma, DeepObject, Exploded, Piped, Spaced


@pytest.mark.parametrize("style", [Comma, Spaced, Piped, Brackets])
@pytest.mark.parametrize("values", ["abc", b"abc", {1, 2}, {"a": 1}, None])
def test_a_style_for_several_values_takes_a_list(style: Any, values: Any) -> None:
    with pytest.raises(TypeError, match="takes a list or a tuple, not"):
        style(values)


@pytest.mark.parametrize("style", [DeepObject, Exploded])
@pytest.mark.parametrize("mapping", ["abc", [("a", 1)], None])
def test_a_style_for_named_values_takes_a_mapping(style: Any, mapping: Any) -> None:
    with pytest.raises(TypeError, match="takes a mapping, not"):
        style(mapping)


def test_a_style_keeps_what_it_was_made_from() -> None:
    values, mapping = [1, 2], {"k": 1}
    styles = Comma(values), Exploded(mapping)
    values.append(3)
    mapping["l"] = 2
    assert styles == (Comma((1, 2)), Exploded({"k": 1}))
    for style in styles:
        assert pickle.loads(pickle.dumps(style)) == copy.copy(style) == style
