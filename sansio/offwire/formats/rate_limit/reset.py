"""When a window ends, in the forms in which servers write that down.

Rules of this file:

- A form that is declared is believed, and nothing else is tried.
- A form that is not declared is told by the text. A date is a date. A number is measured by T, the
  answer's Date in seconds since 1970, or the time now where it has none:

  | number | is |
  |---|---|
  | below T / 2 | seconds to go |
  | below 500 T | an instant, in seconds since 1970 |
  | from 500 T on | an instant, in milliseconds since 1970 |

- So a guess can be wrong in one way only: milliseconds to go are taken for seconds, and the wait is
  too long. Hence no such wait is longer than a day; after that one request asks anew.
- Instants are compared with the answer's Date, so that a wrong clock of ours does no harm. One that
  is more than a day past is no end of a window.
- What is malformed, negative, or more than `MOST_WAIT` ahead counts as not said.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, assert_never

from offwire.formats.http_date import read_http_date
from offwire.formats.server_wait import MOST_WAIT, sent_at
from offwire.message.headers import Headers
from offwire.time import Now

MOST_GUESSED: Final = 86_400.0
"""Seconds: the longest wait that is taken from a number whose unit nobody said."""

_NUMBER: Final = re.compile(r"\d{1,18}(\.\d*)?", re.ASCII)


class ResetForm(Enum):
    """How a field writes down when the window ends."""

    SECONDS = "seconds to go"
    MILLISECONDS = "milliseconds to go"
    INSTANT = "seconds since 1970"
    INSTANT_MILLISECONDS = "milliseconds since 1970"
    DATE = "an HTTP date"
    UNDECLARED = "any of these"


def number(text: str) -> float | None:
    """A number that is not negative, in digits; None for all else."""
    return float(text) if _NUMBER.fullmatch(text) else None


def read_reset(text: str, form: ResetForm, headers: Headers, now: Now) -> float | None:
    """Seconds until the window ends, 0 where it has ended; None where `text` does not say.

    `headers` are those of the answer that said so; their Date counts.
    """
    value = number(text)
    if form is ResetForm.DATE or (value is None and form is ResetForm.UNDECLARED):
        at = read_http_date(text, now.wall)
        return None if at is None else _until(at, headers, now)
    if value is None:
        return None
    match form:
        case ResetForm.SECONDS:
            return _plausible(value)
        case ResetForm.MILLISECONDS:
            return _plausible(value / 1000)
        case ResetForm.INSTANT:
            return _until(value, headers, now)
        case ResetForm.INSTANT_MILLISECONDS:
            return _until(value / 1000, headers, now)
        case ResetForm.UNDECLARED:
            return _by_size(value, headers, now)
        case _:  # pragma: no cover
            assert_never(form)


def _by_size(value: float, headers: Headers, now: Now) -> float | None:
    sent = sent_at(headers, now)
    if value < sent / 2:
        return min(value, MOST_GUESSED)
    return _until(value if value < sent * 500 else value / 1000, headers, now)


def _until(at: float, headers: Headers, now: Now) -> float | None:
    to_go = at - sent_at(headers, now)
    return None if to_go < -MOST_GUESSED else _plausible(max(0.0, to_go))


def _plausible(to_go: float) -> float | None:
    return to_go if to_go <= MOST_WAIT else None
