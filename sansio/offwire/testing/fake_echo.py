"""Routes that only answer what they are asked: statuses, redirects, cookies, uploads, delays.

Rules of this file: each is a function of the request alone.
"""

from __future__ import annotations

import re
from typing import Final

from offwire.json_value import Json
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.message.url import Url
from offwire.testing.fake_problem import problem

_COOKIE_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_COOKIE_VALUE: Final = re.compile(r"[!#-+\--:<-\[\]-~]*")
_BOUNDARY: Final = re.compile(r'boundary="?([^";,]{1,70})"?', re.IGNORECASE)
_PARAMETER: Final = re.compile(r';\s*(name|filename)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)


def status(request: Request) -> Response:
    """The status that ends the path; a final one of HTTP."""
    code = int(request.url.path.rpartition("/")[2])
    if not 200 <= code <= 599:
        return problem(400, "bad_status", "A status from 200 to 599 can be had.")
    return Response(code) if code in (204, 205, 304) else Response(code, json={"status": code})


def redirect(request: Request) -> Response:
    """302 to the URL in the parameter `to`."""
    to = dict(request.url.params).get("to", "")
    try:
        location = Url(to).text
    except ValueError:
        location = ""
    if not location:
        return problem(400, "bad_location", "The parameter to has to be a URL, or a path.")
    return Response(302, headers={"Location": location})


def set_cookies(request: Request) -> Response:
    """A Set-Cookie for each parameter."""
    pairs = request.url.params
    if not all(_COOKIE_NAME.fullmatch(name) and _COOKIE_VALUE.fullmatch(value) for name, value in pairs):
        return problem(400, "bad_cookie", "A cookie has a token for a name, and a value without separators.")
    document: Json = {"set": [name for name, _ in pairs]}
    return Response(200, json=document, headers=[("Set-Cookie", f"{n}={v}; Path=/") for n, v in pairs])


def cookies(request: Request) -> Response:
    """The cookies that came."""
    came: dict[str, Json] = {}
    for pair in "; ".join(request.headers.values("cookie")).split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals:
            came[name] = value
    return Response(200, json={"cookies": came})


def upload(request: Request) -> Response:
    """The parts of a multipart form (RFC 7578): name, file name, media type and size of each."""
    content = request.body.content if request.body else b""
    boundary = _BOUNDARY.search(content_type(request))
    if not content_type(request).lower().startswith("multipart/form-data") or boundary is None:
        return problem(415, "not_multipart", "The body has to be multipart/form-data with a boundary.")
    # The first line break is put in front, so that the first delimiter is like all others.
    pieces = (b"\r\n" + content).split(b"\r\n--" + boundary[1].encode())
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        return problem(400, "bad_multipart", "The body does not end with its boundary.")
    parts: list[Json] = []
    for piece in pieces[1:-1]:
        head, blank, data = piece.partition(b"\r\n\r\n")
        part = _part(head.decode("utf-8", "replace"), len(data))
        if not blank or part is None:
            return problem(400, "bad_multipart", f"Part {len(parts) + 1} has no name, or no end of header.")
        parts.append(part)
    return Response(200, json={"parts": parts})


def content_type(request: Request) -> str:
    """The Content-Type that goes onto the wire; empty where there is none."""
    body = request.body
    return request.headers.get("content-type") or (body.content_type if body else None) or ""


def _part(head: str, size: int) -> dict[str, Json] | None:
    fields = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head.split("\r\n"))
    }
    said = {key.lower(): value for key, value in _PARAMETER.findall(fields.get("content-disposition", ""))}
    if "name" not in said:
        return None
    return {
        "name": said["name"],
        "filename": said.get("filename"),
        "contentType": fields.get("content-type"),
        "size": size,
    }
