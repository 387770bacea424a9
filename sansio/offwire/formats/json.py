"""JSON documents (RFC 8259): bytes to plain data, and values to bytes.

Rules of this file: what is read and written is UTF-8, and has no NaN and no infinity, which the
RFC does not know. Errors of reading say where and why, never what the document holds, since that
may be secret. Reading and writing plain data costs what the standard library's C code costs.
"""

from __future__ import annotations

import json
from typing import Final, NoReturn

from offwire.errors import DecodeError
from offwire.json_value import Json
from offwire.message.body import Body

CONTENT_TYPE: Final = "application/json"
_BOM: Final = b"\xef\xbb\xbf"


def loads(content: bytes) -> Json:
    """The data of a JSON document, with or without a byte order mark.

    Of keys that come twice the last one counts.

    Raises:
        DecodeError: it is empty, not UTF-8 or not JSON, nests deeper than Python's stack, or
            holds a number of more digits than Python reads.
    """
    try:
        text = str(content[3:] if content.startswith(_BOM) else content, "utf-8")
        data: Json = _DECODER.decode(text)
        return data
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 at byte {error.start}"
    except json.JSONDecodeError as error:
        problem = _position(error) if content.strip() else "is empty"
    except RecursionError:
        problem = "nests too deeply"
    except ValueError:
        problem = "holds a number that is not finite, or has too many digits"
    # Not inside of an except: the parser's error, whose `doc` is the document, would stay attached.
    raise DecodeError(message=f"the document {problem}")


def dumps(value: object) -> bytes:
    """`value` as compact JSON in UTF-8.

    Anywhere inside, all is taken that `unstructure` takes. An entry of a dict, or a field, that
    is UNSET is left out; None is null.

    Raises:
        TypeError: something in it has no form in JSON; the message names its type and path.
        ValueError: a number is NaN or infinite, text holds half of a surrogate pair, or the
            value holds itself.
    """
    try:
        try:
            text = _encode(value)
        except TypeError:
            # UNSET, keys that are no text, or what cannot be written: rare enough to start again.
            from offwire.formats.unstructure import unstructure  # noqa: PLC0415 - plain data need not pay

            text = _encode(unstructure(value))
        return text.encode()
    except UnicodeEncodeError:
        problem = "text holds half of a surrogate pair, which UTF-8 cannot carry"
    except RecursionError:
        problem = "the value nests too deeply, or holds itself"
    # Not inside of an except: the encoder's error, whose `object` is the text, would stay attached.
    raise ValueError(problem)


def json_body(value: object) -> Body:
    """A request's body; see `dumps` for what is taken and raised."""
    return Body(content=dumps(value), content_type=CONTENT_TYPE)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _plain(value: object) -> Json:
    from offwire.formats.unstructure import unstructure  # noqa: PLC0415 - plain data need not pay

    return unstructure(value)


def _position(error: json.JSONDecodeError) -> str:
    return f"is not JSON at line {error.lineno}, column {error.colno}"


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse)
_encode: Final = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"), default=_plain
).encode
