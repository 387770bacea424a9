"""The fast path: documents to typed values by msgspec, of the extra `fast`.

    read = fast_reader(list[Event], within=("data", "reportData", "report", "events", "data"))
    events = read(answer.content)

Rules of this file: the fast path gives the very values of the slow one, which is `loads`, a walk
along `within`, and `structure`, or it raises `Declined`, and the slow path then gives the value or
tells what is wrong. So there is one place where errors come from. Three things only are not told
apart, in what is passed over or is plain data: a number of more digits than Python reads is passed
over, and how deep a document may nest depends on the stack. msgspec is loaded when a reader is first
asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


class Declined(Exception):
    """The document is for the slow path, whatever is the matter with it. It never leaves the core."""


def fast_reader(
    returns: type[T], within: tuple[str, ...] = (), unless: tuple[str, ...] = ()
) -> Callable[[bytes], T] | None:
    """What reads a document into a `returns`, or None where msgspec is absent or does not take the type.

    `within` are the keys that lead to the value. With `unless`, a document is declined in which
    one of these keys, at its top, is anything but null. The reader raises `Declined` for all that
    is out of the ordinary, so its caller owes a slow path. It is made once for the same arguments.
    """
    kind: Any = returns
    made: Callable[[bytes], T] | None = _reader(kind, within, unless)
    return made


@cache
def _reader(
    returns: object, within: tuple[str, ...], unless: tuple[str, ...]
) -> Callable[[bytes], Any] | None:
    try:
        from offwire.formats.mirror import Mirrors, decoder_of  # noqa: PLC0415 - msgspec is an extra
    except ImportError:
        return None
    try:
        mirror = Mirrors().of(returns)
        decode = decoder_of(mirror.kind, within, unless)
    except (TypeError, ValueError):
        # The slow path takes the type, or tells why not.
        return None
    convert = mirror.convert

    def read(content: bytes) -> object:
        try:
            if not content.isascii():
                # msgspec does not look at the text of what it passes over.
                str(content, "utf-8")
            value = decode(content)
            return value if convert is None else convert(value, None)
        except Exception:  # noqa: BLE001, S110 - whatever it is, the slow path finds it out
            pass
        # Not inside of an except: the first error, which may quote the data, would stay attached.
        raise Declined("the document is for the slow path")

    return read
