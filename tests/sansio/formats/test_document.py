"""Documents to values, fast or not."""

from __future__ import annotations

import attrs
import pytest

from offwire.errors import DecodeError
from offwire.formats import document
from offwire.formats.document import read_document


@attrs.frozen
class Item:
    id: int


@pytest.mark.parametrize("is_fast", [True, False], ids=["fast", "slow"])
def test_a_value_is_read_where_it_stands(is_fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not is_fast:
        monkeypatch.setattr(document, "fast_reader", lambda *_: None)
    content = b'{"data":{"items":[{"id":1}]}}'
    assert read_document(content, list[Item], within=("data", "items")) == [Item(1)]
    assert read_document(b"[1]", list[int]) == [1]


def test_what_the_fast_path_declines_the_slow_one_may_take() -> None:
    assert read_document(b'\xef\xbb\xbf{"id":1}', Item) == Item(1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "the document is empty", id="empty"),
        pytest.param(b"{}", "$ has no such key, where 'data' is looked for", id="no key"),
        pytest.param(b'{"data":null}', "$.data is null, where 'items' is looked for", id="null"),
        pytest.param(b'{"data":[1]}', "$.data is an array, where 'items' is looked for", id="an array"),
        pytest.param(b'{"data":{"items":null}}', "$ should be an array, not null", id="null at the end"),
        pytest.param(
            b'{"data":{"items":[{"id":"x"}]}}', "$[0].id should be an integer, not a string", id="unfit"
        ),
    ],
)
def test_what_is_wrong_is_told(content: bytes, message: str) -> None:
    with pytest.raises(DecodeError) as raised:
        read_document(content, list[Item], within=("data", "items"))
    assert raised.value.message == message


def test_a_type_that_is_not_read_from_json_is_told_as_such() -> None:
    with pytest.raises(TypeError, match="no type that is read from JSON"):
        read_document(b"{}", type)
