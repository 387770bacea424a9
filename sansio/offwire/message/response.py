"""`Response`: what a server answered, whole.

Rules of this file: a Response is a fact, so any three-digit status and any bytes are taken as
they came; only reading them as something can fail, and then as a `DecodeError`.
"""

from __future__ import annotations

from typing import Final

from attrs import field, frozen

from offwire.message.body import shown_size
from offwire.message.headers import NO_HEADERS, Headers, HeadersInput
from offwire.unset import UNSET, Unset


@frozen(init=False)
class Response:
    """A status, header fields, and the body's bytes with any content coding undone.

    `Response(200, json={"id": 7})` and `Response(404, text="no such user")` make one for a test.
    """

    status: int
    """Three digits; servers use ones that no registry knows, such as 520."""
    headers: Headers
    content: bytes = field(repr=shown_size)
    elapsed: float
    """Seconds from the start of sending to the end of the body, on the driver's clock."""

    def __init__(
        self,
        status: int,
        *,
        headers: HeadersInput = NO_HEADERS,
        content: bytes = b"",
        text: str | Unset = UNSET,
        json: object = UNSET,
        elapsed: float = 0.0,
    ) -> None:
        """Make one from at most one of `content`, `text` and `json`.

        Raises:
            TypeError: `content` is not bytes.
            ValueError: the status is not in 100…999, a header is no header, or more than one
                body is given.
        """
        if not 100 <= status <= 999:
            raise ValueError(f"a status has three digits, not {status}")
        headers = headers if isinstance(headers, Headers) else Headers(headers)
        if text is not UNSET or json is not UNSET:
            if bool(content) + (text is not UNSET) + (json is not UNSET) > 1:
                raise ValueError("give one of content, text and json")
            if isinstance(text, str):
                content, kind = text.encode(), "text/plain; charset=utf-8"
            else:
                from json import dumps  # noqa: PLC0415 - for tests; `import offwire` stays light

                content, kind = dumps(json, ensure_ascii=False).encode(), "application/json"
            if "content-type" not in headers:
                headers = headers.replacing({"Content-Type": kind})
        elif not isinstance(content, bytes):
            raise TypeError(f"a response's content is bytes, not {type(content).__name__}: give it as text")
        _set_status(self, status)
        _set_headers(self, headers)
        _set_content(self, content)
        _set_elapsed(self, elapsed)

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status <= 299

    @property
    def media_type(self) -> str:
        """The Content-Type without parameters, in lower case; empty where there is none."""
        value = self.headers.get("content-type")
        return value.partition(";")[0].strip().lower() if value else ""

    @property
    def is_json(self) -> bool:
        """Whether the Content-Type says JSON, with or without a `+json` suffix (RFC 6839)."""
        kind = self.media_type
        return kind in _JSON_TYPES or kind.endswith("+json")

    @property
    def text(self) -> str:
        """The body as text, by the charset that the Content-Type names, else UTF-8.

        What cannot be decoded is replaced, so that an error page can always be read.
        """
        for each in (self.headers.get("content-type") or "").split(";")[1:]:
            name, _, charset = each.partition("=")
            if name.strip().lower() == "charset":
                try:
                    return self.content.decode(charset.strip().strip("\"'"), "replace")
                except (LookupError, ValueError):  # unknown, or of no use here such as idna
                    break
        return self.content.decode("utf-8", "replace")


_slots = vars(Response)
_set_status = _slots["status"].__set__
_set_headers = _slots["headers"].__set__
_set_content = _slots["content"].__set__
_set_elapsed = _slots["elapsed"].__set__

_JSON_TYPES: Final = frozenset({"application/json", "text/json"})
