"""What a server says of a failure: problem+json (RFC 9457) and the other usual shapes.

Read are, besides problem+json: `{"error": {"code", "message"}}` (Google, OpenAI, OData),
`{"error", "error_description"}` (RFC 6749 section 5.2), `{"code", "message"}`, `{"__type"}` and
`x-amzn-errortype` (AWS), lists of errors (GraphQL, FastAPI, JSON:API) and maps of them
(ASP.NET), text, and the title of an HTML page.

Rules of this file: whatever came, nothing is raised. All text is on one line, printable and
short, since it ends up in messages. Credentials in it are the caller's to mask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from offwire.errors import DecodeError
from offwire.formats.json import loads
from offwire.json_value import Json
from offwire.message.headers import Headers
from offwire.message.response import Response

LONGEST_SUMMARY: Final = 300
_LONGEST_TEXT: Final = 200
_LONGEST_CODE: Final = 80
_MOST_ERRORS: Final = 20
_MOST_HTML: Final = 65_536

_REQUEST_IDS: Final = ("x-request-id", "request-id", "x-correlation-id", "cf-ray")
_CODES: Final = ("code", "errorCode", "error_code", "type")
_MESSAGES: Final = (
    "message",
    "detail",
    "error_description",
    "description",
    "text",
    "msg",
    "title",
    "errorMessage",
)
_FIELDS: Final = ("field", "path", "target", "pointer", "loc", "param", "property", "name")
_TITLE: Final = re.compile(rb"<title[^<>]*>([^<]*)", re.IGNORECASE)


@frozen(kw_only=True)
class FieldError:
    """What is wrong with one field of the request."""

    field: str
    """Its name or path as the server writes it, such as `items.3.price`; empty where it names none."""
    message: str
    code: str | None = None


@frozen(kw_only=True)
class Problem:
    """What the server says. What it does not say is None, or empty."""

    title: str | None = None
    """The kind of problem, in a few words."""
    detail: str | None = None
    """What went wrong this time."""
    code: str | None = None
    """The server's own code, such as `rate_limited`."""
    type: str | None = None
    """A URI that stands for the kind of problem (RFC 9457 section 3.1.1)."""
    instance: str | None = None
    """A URI that stands for this occurrence (section 3.1.5)."""
    errors: tuple[FieldError, ...] = ()
    request_id: str | None = None
    """The id by which the server's people can find the request."""

    @property
    def summary(self) -> str | None:
        """All of it that a person wants to read, in at most `LONGEST_SUMMARY` characters."""
        parts = [each for each in (self.title, self.detail) if each]
        parts += [f"{each.field}: {each.message}" if each.field else each.message for each in self.errors]
        return _cut("; ".join(dict.fromkeys(parts)), LONGEST_SUMMARY) or None


def read_problem(response: Response) -> Problem | None:
    """What `response` says of a failure, or None where nothing in it says anything."""
    problem = _read(response)
    return None if problem == _NOTHING else problem


def _read(response: Response) -> Problem:
    headers, content, kind = response.headers, response.content, response.media_type
    request_id, amazon = _request_id(headers), headers.get("x-amzn-errortype")
    code = _amazon_code(amazon) if amazon else None
    if kind in ("text/html", "application/xhtml+xml"):
        return Problem(title=_html_title(content), code=code, request_id=request_id)
    if response.is_json or content[:64].lstrip()[:1] in (b"{", b"["):
        try:
            data = loads(content)
        except DecodeError:
            data = None
        return _of_json(data, code, request_id)
    detail = _text(response.text) if kind == "text/plain" else None
    return Problem(detail=detail, code=code, request_id=request_id)


def _of_json(data: Json, code: str | None, request_id: str | None) -> Problem:
    match data:
        case str():
            return Problem(detail=_text(data), code=code, request_id=request_id)
        case list():
            return Problem(errors=_field_errors(data), code=code, request_id=request_id)
        case dict():
            return _of_object(data, code, request_id)
        case _:
            return Problem(code=code, request_id=request_id)


def _of_object(data: dict[str, Json], code: str | None, request_id: str | None) -> Problem:
    error = data.get("error")
    inner = error if isinstance(error, dict) else data
    title, detail = _text(data.get("title")), None
    for source in (inner, data):
        texts = (_text(source.get(name)) for name in _MESSAGES if name != "title")
        detail = detail or next((each for each in texts if each is not None), None)
        code = code or _code(source)
    if isinstance(error, dict) and isinstance(error.get("status"), str):
        code = _text(error["status"], _LONGEST_CODE)  # Google's name for it, where `code` is the HTTP status
    if isinstance(error, str):
        # RFC 6749 has a code here, others have a sentence.
        if " " in error.strip():
            detail = detail or _text(error)
        else:
            code = _text(error, _LONGEST_CODE)
    errors: tuple[FieldError, ...] = ()
    for found in (data.get("errors"), inner.get("errors"), inner.get("details"), data.get("detail")):
        errors = errors or _field_errors(found)
    return Problem(
        title=title,
        detail=detail,
        code=code,
        type=_uri(data.get("type")),
        instance=_uri(data.get("instance")),
        errors=errors,
        request_id=request_id or _text(data.get("request_id"), _LONGEST_CODE),
    )


def _code(data: dict[str, Json]) -> str | None:
    """Names before numbers, since a number is mostly the status once more."""
    amazon = data.get("__type")
    if isinstance(amazon, str):
        return _amazon_code(amazon)
    found = [data[name] for name in _CODES if name in data]
    for each in found:
        if isinstance(each, str) and each.strip() and not _uri(each):
            return _text(each, _LONGEST_CODE)
    number = data.get("code")
    if isinstance(number, int) and not isinstance(number, bool):
        return _text(str(number), _LONGEST_CODE)
    return None


def _field_errors(found: Json) -> tuple[FieldError, ...]:
    return tuple(each for each, _ in zip(_each_error(found), range(_MOST_ERRORS), strict=False))


def _each_error(found: Json) -> Iterator[FieldError]:
    match found:
        case list():
            for each in found:
                yield from _error(each)
        case dict():
            for name, each in found.items():
                for said in each if isinstance(each, list) else [each]:
                    yield from _error(said, name)
        case _:
            return


def _error(said: Json, field: str = "") -> Iterator[FieldError]:
    if isinstance(said, dict):
        texts = (_text(said.get(name)) for name in _MESSAGES)
        places = (_place(said.get(name)) for name in _FIELDS)
        extensions = said.get("extensions")
        message = next((each for each in texts if each), None)
        code = _code(said) or (_code(extensions) if isinstance(extensions, dict) else None)
        field = next((each for each in places if each), None) or field
    else:
        message, code = _text(said), None
    if message or code:
        yield FieldError(field=_text(field) or "", message=message or code or "", code=code)


def _place(found: Json) -> str | None:
    if isinstance(found, list):
        return ".".join(str(each) for each in found if isinstance(each, str | int)) or None
    return found if isinstance(found, str) else None


def _request_id(headers: Headers) -> str | None:
    for name in _REQUEST_IDS:
        found = headers.values(name)
        if found and found[0]:
            return _text(found[0], _LONGEST_CODE)
    return None


def _amazon_code(text: str) -> str | None:
    """`namespace#Name:address` as `Name`."""
    return _text(text.rpartition("#")[2].partition(":")[0], _LONGEST_CODE)


def _uri(value: Json) -> str | None:
    """A URI or a path, but not the word that other shapes have in the same place."""
    return _text(value) if isinstance(value, str) and (":" in value or "/" in value) else None


def _html_title(content: bytes) -> str | None:
    found = _TITLE.search(content, 0, _MOST_HTML)
    if found is None:
        return None
    from html import unescape  # noqa: PLC0415 - only failures of a proxy come as HTML

    return _text(unescape(found[1].decode("utf-8", "replace")))


def _text(value: Json, longest: int = _LONGEST_TEXT) -> str | None:
    """On one line, with control characters written out."""
    return one_line(value, longest) or None if isinstance(value, str) else None


def one_line(text: str, longest: int = _LONGEST_TEXT) -> str:
    """A server's words as they may stand in a message: printable, on one line, cut where they are long."""
    # Of what is far too long, only as much is looked at as may be shown.
    words = " ".join(text[: longest * 4].split())
    shown = "".join(each if each.isprintable() else _escaped(each) for each in words)
    return _cut(shown, longest)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


_NOTHING: Final = Problem()
