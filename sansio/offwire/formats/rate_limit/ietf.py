"""The IETF's `RateLimit` field (draft-ietf-httpapi-ratelimit-headers), from draft 07 on.

| draft | `RateLimit` | `RateLimit-Policy` |
|---|---|---|
| 07 | `limit=100, remaining=50, reset=30` | `100;w=60` |
| 08 to 10 | `"burst";r=50;t=30, "daily";r=900;t=4000` | `"burst";q=100;w=60, "daily";q=1000;w=86400` |

Rules of this file:

- A malformed field is ignored, all of it, as the drafts demand; parameters that nobody knows are
  passed over.
- Each policy is a limit of its own, and all hold at once. The one with the smallest quota comes last,
  since whoever folds the reports keeps the limit that was said last.
- A policy that counts something else than requests (`qu`) binds only when nothing of it is left:
  a thousand bytes are no thousand requests.
- Where nothing is left and no end is named, the policy's window ends it, after a minute at the latest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import inf
from typing import Final

from attrs import frozen

from offwire.formats.rate_limit.report import RateLimitReport
from offwire.formats.server_wait import MOST_WAIT
from offwire.formats.structured_fields import (
    BareItem,
    Item,
    Member,
    Token,
    parse_dictionary,
    parse_list,
)
from offwire.message.headers import Headers

_MOST_WINDOW: Final = 60.0
"""Seconds waited where a server names no end: what counts in a sliding window may be back sooner."""
_REQUESTS: Final = "requests"
_KEPT: Final = 64


@frozen
class _Policy:
    quota: int
    window: int | None
    unit: str


def read_ietf(headers: Headers) -> tuple[RateLimitReport, ...]:
    """The reports of an answer's `RateLimit` field, in the order in which they are to be told."""
    lines = headers.values("ratelimit")
    if not lines:
        return ()
    try:
        members = parse_list(lines)
    except ValueError:
        return _draft_07(lines)
    policies = _policies(headers.values("ratelimit-policy"))
    try:
        found = [_report(each, policies) for each in members]
    except ValueError:
        return ()
    return tuple(sorted(filter(None, found), key=_quota, reverse=True))


def _draft_07(lines: Sequence[str]) -> tuple[RateLimitReport, ...]:
    try:
        members = parse_dictionary(lines)
        limit, remaining, reset = (
            _count(_item(members[key]).value if key in members else None)
            for key in ("limit", "remaining", "reset")
        )
    except ValueError:
        return ()
    if remaining is None:
        return ()
    return (RateLimitReport(limit=limit, remaining=float(remaining), reset_after=_wait(reset)),)


def _report(member: Member, policies: Mapping[str, _Policy]) -> RateLimitReport | None:
    item = _item(member)
    name = _name(item)
    remaining = _count(item.parameters.get("r"))
    reset = _count(item.parameters.get("t"))
    if remaining is None:
        raise ValueError("r is required")
    policy = policies.get(name)
    counts_requests = policy is None or policy.unit == _REQUESTS
    if remaining > 0 and not counts_requests:
        return None
    wait = _wait(reset)
    if remaining == 0 and reset is None and policy is not None and policy.window is not None:
        wait = min(float(policy.window), _MOST_WINDOW)
    limit = policy.quota if policy is not None and counts_requests else None
    return RateLimitReport(limit=limit, remaining=float(remaining), reset_after=wait, name=name)


@lru_cache(_KEPT)  # which rarely differ from one answer to the next
def _policies(lines: tuple[str, ...]) -> Mapping[str, _Policy]:
    try:
        return {_name(item): _policy(item) for item in map(_item, parse_list(lines))}
    except ValueError:
        return {}


def _policy(item: Item) -> _Policy:
    quota = _count(item.parameters.get("q"))
    unit = item.parameters.get("qu", _REQUESTS)
    if quota is None or not isinstance(unit, str):
        raise ValueError("q is required, and qu is a string")
    return _Policy(quota, _count(item.parameters.get("w")), unit)


def _item(member: Member) -> Item:
    if not isinstance(member, Item):
        raise ValueError("an inner list")  # noqa: TRY004 - malformed is malformed
    return member


def _name(item: Item) -> str:
    value = item.value.text if isinstance(item.value, Token) else item.value
    if not isinstance(value, str):
        raise ValueError("no name")  # noqa: TRY004 - malformed is malformed
    return value


def _count(value: BareItem | None) -> int | None:
    """A whole number from 0 on.

    Raises:
        ValueError: it is something else.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("no whole number from 0 on")
    return value


def _wait(reset: int | None) -> float | None:
    return None if reset is None or reset > MOST_WAIT else float(reset)


def _quota(report: RateLimitReport) -> float:
    return inf if report.limit is None else report.limit
