"""`timeline`: a trace as text, around the instant at which something went wrong.

Rules of this file: one line each, aligned, with the time, the call and what happened; what one call
does is easy to follow, and no line is wider than a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import fields_dict, has

from offwire.testing.simulate.records import (
    Answered,
    Began,
    Ended,
    Looked,
    Paused,
    Record,
    Sent,
    Slept,
    Visited,
)

MOST_LINES: Final = 60
"""Of a timeline."""
_WIDTH: Final = 118
_BESIDE: Final = frozenset({"at", "call"})


def timeline(records: Sequence[Record], at: int, call: int = 0) -> str:
    """The records up to number `at`, and a few after it.

    Those of `call` are marked, and come from further back.
    """
    after = list(range(at + 1, min(len(records), at + 6)))
    shown: list[int] = []
    for index in range(at, -1, -1):
        if len(shown) + len(after) >= MOST_LINES:
            break
        record = records[index]
        if type(record) is Looked and index != at:
            continue
        if at - index < MOST_LINES // 2 or getattr(record, "call", None) == call:
            shown.append(index)
    return "\n".join(_lines(records, [*reversed(shown), *after], at, call))


def _lines(records: Sequence[Record], shown: list[int], at: int, call: int) -> Iterator[str]:
    for index in shown:
        record = records[index]
        who = getattr(record, "call", 0)
        mark = ">>" if index == at else " *" if who and who == call else "  "
        name = f"#{who}" if who else ""
        yield f"{mark} {record.at:12.6f} {name:>6}  {described(record)}"[:_WIDTH].rstrip()


def described(record: Record) -> str:
    """A record in a few words."""
    match record:
        case Began(_, _, operation, safety, deadline):
            return f"begins     {operation}, {safety}{_until(deadline)}"
        case Sent():
            marks = record.marks
            token = f" with token {marks.token}" if marks.token else ""
            token += f" with refresh token {marks.refresh}" if marks.refresh else ""
            return f"sends      {record.exchange}: {record.method} {record.url}{token}"
        case Visited(at, cost, admitted):
            return f"           the server, at {at:.6f}, {'admits' if admitted else 'refuses'} {cost:g}"
        case Answered():
            said = "".join(
                f", {name} {value:g}"
                for name in ("wait", "remaining", "reset")
                if (value := getattr(record, name)) is not None
            )
            return f"gets       {record.exchange}: {record.status or record.error}{said}"
        case Slept(_, _, until):
            return f"sleeps    {_until(until)}"
        case Paused(_, _, until):
            return f"waits     {_until(until)}"
        case Ended(_, _, how, error):
            return f"{how:10} {error}".rstrip()
        case Looked():
            quota, tokens = record.engine.quota, record.engine.tokens
            return (
                f"           {record.active} calls; quota: {quota.waiting} wait, {quota.in_flight} are out; "
                f"connections: {record.connections.waiting} wait, {record.connections.in_use} in use"
                + ("" if tokens is None else f"; token: {tokens.state.value}, {tokens.waiting} wait")
            )
        case _:
            return f"{_words(type(record).__name__):10} {_values(record)}".rstrip()


def _until(time: float | None) -> str:
    return "" if time is None else f" until {time:.6f}"


def _words(name: str) -> str:
    return "".join(f" {each.lower()}" if each.isupper() else each for each in name).strip()


def _values(record: Record) -> str:
    kind = type(record)
    names = fields_dict(kind) if has(kind) else getattr(kind, "_fields", ())
    said = ((name, getattr(record, name)) for name in names if name not in _BESIDE)
    return ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in said
    )
