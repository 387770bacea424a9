"""`Body`: the bytes of a message with the one media type that describes them.

Rules of this file: a body's content type is set here or not at all, so that a request carries
exactly one Content-Type. How JSON, forms and multipart become bytes is known to `formats`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from offwire.message.headers import Headers

if TYPE_CHECKING:
    from attrs import Attribute


def checked_content(instance: object, _attribute: Attribute[bytes], value: bytes) -> None:
    """Validate bytes: str is refused, since only its sender can know the encoding."""
    if not isinstance(value, bytes):
        raise TypeError(
            f"{type(instance).__name__}.content has to be bytes, not {type(value).__name__}: encode it"
        )


def checked_media_type(_instance: object, _attribute: Attribute[str | None], value: str | None) -> None:
    """Validate what goes into a Content-Type field: nothing that could smuggle in another field."""
    if value is not None:
        Headers({"Content-Type": value})


def shown_size(content: bytes) -> str:
    """What stands for bytes wherever they are shown."""
    return f"<{len(content)} bytes>"


@frozen(kw_only=True)
class Body:
    """What a request sends: whole, in memory, so that a retry can send it again.

    Raises at birth:
        TypeError: the content is not bytes, or the media type is not a str.
        ValueError: the media type cannot go into a header field.
    """

    content: bytes = field(repr=shown_size, validator=checked_content)
    """The bytes; never shown, since forms hold passwords."""
    content_type: str | None = field(default=None, validator=checked_media_type)
    """The media type with its parameters, or None where the server shall guess."""
