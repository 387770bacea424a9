"""The bytes of a message and the media type that describes them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from offwire.message.body import Body


def test_a_body_holds_bytes_and_their_media_type() -> None:
    body = Body(content=b"{}", content_type="application/json")
    assert (body.content, body.content_type) == (b"{}", "application/json")
    assert Body(content=b"").content_type is None


@pytest.mark.parametrize("content", ["text", None, bytearray(b"x")])
def test_content_that_is_not_bytes_is_refused(content: Any) -> None:
    with pytest.raises(TypeError, match=r"Body\.content has to be bytes"):
        Body(content=content)


@pytest.mark.parametrize("content_type", ["a/b\r\nX-Evil: 1", "a/b\0", " a/b"])
def test_a_media_type_cannot_smuggle_in_a_field(content_type: str) -> None:
    with pytest.raises(ValueError, match="Content-Type"):
        Body(content=b"", content_type=content_type)


def test_a_media_type_is_text() -> None:
    wrong: Any = 1
    with pytest.raises(TypeError, match="Content-Type"):
        Body(content=b"", content_type=wrong)


def test_the_content_is_not_shown(canary: Callable[[str], str]) -> None:
    body = Body(content=canary("body").encode(), content_type="text/plain")
    assert repr(body) == "Body(content=<32 bytes>, content_type='text/plain')"
    assert canary("body") not in str(body)


def test_a_pickle_gives_the_same_body() -> None:
    body = Body(content=b"\0\xff", content_type="a/b")
    assert pickle.loads(pickle.dumps(body)) == body
