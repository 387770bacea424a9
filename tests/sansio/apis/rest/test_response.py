"""RestResponse: what came back, with its data read, and never read as something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError

import pytest

from offwire import Response
from offwire.apis.rest import RestResponse
from offwire.apis.rest.response import plain, with_data
from offwire.errors import DecodeError
from offwire.json_value import Json

Canary = Callable[[str], str]


@pytest.mark.parametrize(
    ("response", "data"),
    [
        pytest.param(Response(200, json={"a": [1, None]}), {"a": [1, None]}, id="JSON"),
        pytest.param(Response(200, json=None), None, id="JSON null"),
        pytest.param(Response(200, json="text"), "text", id="a JSON string"),
        pytest.param(
            Response(200, content=b"[1]", headers={"Content-Type": "application/problem+json"}),
            [1],
            id="JSON's kin",
        ),
        pytest.param(Response(200, text="é"), "é", id="text"),
        pytest.param(
            Response(200, content=b"\xe9", headers={"Content-Type": "text/plain; charset=latin-1"}),
            "é",
            id="text in another charset",
        ),
        pytest.param(Response(200, content=b"a,b"), "a,b", id="text of no type"),
        pytest.param(Response(200, content=b"[1]"), "[1]", id="JSON that does not say so"),
        pytest.param(
            Response(200, text="a \ufffd b"), "a \ufffd b", id="text with the very replacement sign"
        ),
        pytest.param(Response(204), None, id="no body"),
        pytest.param(
            Response(200, headers={"Content-Type": "application/json"}), None, id="no body, but a type"
        ),
    ],
)
def test_plain_data_is_json_or_text_or_nothing(response: Response, data: Json) -> None:
    assert plain(response, response).data == data


def test_bytes_do_not_become_text_silently() -> None:
    response = Response(200, content=b"\x89PNG\xff", headers={"Content-Type": "image/png"})
    with pytest.raises(
        DecodeError, match=r"neither JSON nor text \(image/png\): ask for it with returns=bytes"
    ) as caught:
        plain(response, response)
    assert (caught.value.status, caught.value.response) == (200, response)
    with pytest.raises(DecodeError, match="no Content-Type"):
        plain(Response(200, content=b"\xff"), response)


def test_json_that_is_none_is_an_error_with_the_answer_that_does_not_show_it(canary: Canary) -> None:
    headers = {"Content-Type": "application/json"}
    response = Response(200, content=f"{{{canary('answer')}".encode(), headers=headers)
    with pytest.raises(DecodeError, match="is not JSON at line 1") as caught:
        plain(response, response)
    assert caught.value.response is response


def test_the_facts_of_the_answer_are_kept() -> None:
    headers = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Total", "9")]
    made = with_data(7, Response(201, headers=headers, elapsed=0.25))
    assert (made.status_code, made.data, made.elapsed) == (201, 7, 0.25)
    assert made.headers.values("set-cookie") == ("a=1", "b=2"), "a dict would have lost one"
    assert made.headers["x-total"] == "9"


def test_a_response_is_a_value() -> None:
    made = with_data(7, Response(200))
    assert made == RestResponse(status_code=200, headers=Response(200).headers, data=7, elapsed=0.0)
    with pytest.raises((AttributeError, FrozenInstanceError)):
        made.data = 8  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
