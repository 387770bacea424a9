"""Routes that answer what they are asked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.message.body import Body
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing import fake_echo

HOST = "https://shop.test"


def get(target: str, **headers: str) -> Request:
    return Request("GET", HOST + target, headers=headers)


def read(response: Response) -> Any:
    return json.loads(response.content)


@pytest.mark.parametrize("code", [200, 201, 418, 599])
def test_a_status_is_answered_with_itself(code: int) -> None:
    response = fake_echo.status(get(f"/status/{code}"))
    assert (response.status, read(response)) == (code, {"status": code})


@pytest.mark.parametrize("code", [204, 205, 304])
def test_a_status_without_a_body_has_none(code: int) -> None:
    assert fake_echo.status(get(f"/status/{code}")) == Response(code)


@pytest.mark.parametrize("code", [100, 199, 600, 999])
def test_a_status_that_ends_no_exchange_is_refused(code: int) -> None:
    assert fake_echo.status(get(f"/status/{code}")).status == 400


@pytest.mark.parametrize(
    ("to", "location"),
    [
        ("/users", "/users"),
        ("https%3A%2F%2Fother.test%2Fa%3Fb%3D1", "https://other.test/a?b=1"),
        ("/caf%C3%A9", "/caf%C3%A9"),
        ("/a%0D%0Ab", "/a%0D%0Ab"),
    ],
)
def test_a_redirect_leads_where_it_is_asked_to(to: str, location: str) -> None:
    response = fake_echo.redirect(get(f"/redirect?to={to}"))
    assert (response.status, response.headers["location"]) == (302, location)


@pytest.mark.parametrize("query", ["", "?to=", "?to=ftp://other.test/", "?to=//"])
def test_a_redirect_to_nowhere_is_refused(query: str) -> None:
    assert fake_echo.redirect(get(f"/redirect{query}")).status == 400


def test_cookies_are_set_as_asked() -> None:
    response = fake_echo.set_cookies(get("/cookies/set?a=1&b=two"))
    assert response.headers.values("set-cookie") == ("a=1; Path=/", "b=two; Path=/")
    assert read(response) == {"set": ["a", "b"]}


@pytest.mark.parametrize("query", ["a%3B=1", "a=1%3B2", "a=x%20y", "=1", "a=%0D%0A"])
def test_a_cookie_that_cannot_be_written_is_refused(query: str) -> None:
    assert fake_echo.set_cookies(get(f"/cookies/set?{query}")).status == 400


def test_the_cookies_that_came_are_told() -> None:
    request = get("/cookies", Cookie="a=1; b=two=2; nonsense")
    assert read(fake_echo.cookies(request)) == {"cookies": {"a": "1", "b": "two=2"}}
    assert read(fake_echo.cookies(get("/cookies"))) == {"cookies": {}}


def uploading(content: bytes, content_type: str | None = "multipart/form-data; boundary=edge") -> Request:
    body = Body(content=content, content_type=content_type)
    return Request("POST", f"{HOST}/upload", body=body)


def part(disposition: str, data: bytes, *more: str) -> bytes:
    head = "\r\n".join([f"Content-Disposition: form-data{disposition}", *more])
    return b"--edge\r\n" + head.encode() + b"\r\n\r\n" + data + b"\r\n"


def test_an_upload_tells_each_part() -> None:
    content = (
        part('; name="title"', b"Report")
        + part(
            '; name="file"; filename="a.bin"', b"\x00\r\n--not it\r\n\xff", "content-type: application/pdf"
        )
        + b"--edge--\r\n"
    )
    assert read(fake_echo.upload(uploading(content))) == {
        "parts": [
            {"name": "title", "filename": None, "contentType": None, "size": 6},
            {"name": "file", "filename": "a.bin", "contentType": "application/pdf", "size": 14},
        ]
    }


@given(st.lists(st.binary(max_size=50).filter(lambda data: b"--edge" not in data), max_size=4))
def test_every_part_has_its_size(blobs: list[bytes]) -> None:
    content = b"".join(part(f'; name="{n}"', data) for n, data in enumerate(blobs)) + b"--edge--"
    found = read(fake_echo.upload(uploading(content, 'multipart/form-data; boundary="edge"')))
    assert [each["size"] for each in found["parts"]] == [len(data) for data in blobs]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(Request("POST", f"{HOST}/upload"), 415, id="nothing"),
        pytest.param(uploading(b"{}", "application/json"), 415, id="json"),
        pytest.param(uploading(b"--edge--", "multipart/form-data"), 415, id="no boundary"),
        pytest.param(uploading(b"--edge--", None), 415, id="no type"),
        pytest.param(uploading(b""), 400, id="empty"),
        pytest.param(uploading(part('; name="a"', b"x")), 400, id="no end"),
        pytest.param(uploading(part("", b"x") + b"--edge--"), 400, id="no name"),
        pytest.param(
            uploading(b'--edge\r\nContent-Disposition: x; name="a"\r\n--edge--'), 400, id="no blank"
        ),
        pytest.param(uploading(b"--edge\r\nX: y\r\n\r\n\r\n--edge--"), 400, id="no disposition"),
    ],
)
def test_what_is_no_multipart_form_is_refused(request_: Request, status: int) -> None:
    assert fake_echo.upload(request_).status == status


def test_a_content_type_among_the_headers_goes_before_the_bodys() -> None:
    body = Body(content=b"", content_type="text/plain")
    request = Request("POST", f"{HOST}/upload", headers={"Content-Type": "text/html"}, body=body)
    assert fake_echo.content_type(request) == "text/html"
