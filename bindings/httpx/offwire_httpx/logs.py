"""What the HTTP libraries log, less what nobody may read: they write out header fields and whole URLs.

Rules of this file: only the libraries' own loggers are touched. A record is masked in place, so
that every handler sees the same; none is dropped, and one that cannot be understood loses its
details and not its name.
"""

from __future__ import annotations

import logging
import re
from typing import Final

from offwire.redaction import shown_header, shown_query
from offwire.secret import MASK

LOGGERS: Final = (
    *(
        f"{core}.{part}"
        for core in ("httpcore", "httpcore2")
        for part in ("connection", "http11", "http2", "proxy", "socks")
    ),
    "httpx",
    "httpx2",
)
"""The loggers that say what was sent and received. A filter does not hold for children, so each is named."""

_BYTES: Final = r"""(b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*")"""
_FIELD: Final = re.compile(rf"\({_BYTES}, {_BYTES}\)")
_EXCEPTION: Final = re.compile(r"(exception=\w+)\(.*", re.DOTALL)
_QUERY: Final = re.compile(r"""\?[^\s"'#>)]*""")


class Mask(logging.Filter):
    """Masks a record's credentials: header values and query parameters that may not be shown."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, masked."""
        try:
            _mask(record)
        except Exception:  # noqa: BLE001 - a record that cannot be masked is not shown, and breaks nobody
            record.msg, record.args = MASK, None
        return True


def _mask(record: logging.LogRecord) -> None:
    args = record.args
    if isinstance(args, tuple) and args:
        # A URL is an object here, which may not be turned into text by any later handler.
        record.args = tuple(each if isinstance(each, int | float) else masked(str(each)) for each in args)
    elif not args:
        record.msg, record.args = masked(str(record.msg)), None
    else:
        record.msg, record.args = masked(record.getMessage()), None


def masked(text: str) -> str:
    """`text` with pairs of bytes taken as header fields, and what follows a question mark as a query.

    An exception is reduced to its kind, since protocol errors quote what they refuse.
    """
    text = _EXCEPTION.sub(rf"\1({MASK})", text)
    text = _FIELD.sub(_masked_field, text)
    return _QUERY.sub(lambda found: "?" + shown_query(found[0][1:]), text)


def _masked_field(found: re.Match[str]) -> str:
    name, value = found[1], found[2]
    shown = shown_header(name[2:-1], value)
    return f"({name}, {shown})"


_FILTER: Final = Mask()


def mask_logs() -> None:
    """Have the libraries' loggers masked. Idempotent."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
