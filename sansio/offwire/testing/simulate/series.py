"""`Series`: what happened over a run, in about two hundred spans of time, however long it was.

Rules of this file: spans are equally long. Where a run is longer than was thought, neighbours become
one, so that the memory that is taken does not grow with time. Nothing is lost by that but detail.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Final

from attrs import frozen

MOST_SPANS: Final = 200
"""How many spans there are at most; at least half of that where the length was not known before."""


@frozen(kw_only=True)
class Span:
    """What happened in one stretch of a run. Its length is `Timeline.width`."""

    at: float
    """Seconds from the beginning of the run to that of the span."""
    used: float
    """Units of the limit that counted, as the server sees it: the most at any look."""
    queue: float
    """Calls that had begun and had no request under way: the mean of all looks."""
    in_flight: float
    """Requests under way: the mean of all looks."""
    attempts: int
    """Requests that were sent."""
    throttled: int
    """Answers with 429."""
    errors: int
    """Answers with 500 and more, and requests without an answer."""
    retries: int
    done: int
    """Calls that succeeded."""
    failed: int
    wait_p50: float | None
    """Seconds for which calls that ended here had waited; None where none did."""
    wait_p95: float | None


@frozen(kw_only=True)
class Timeline:
    """A whole run."""

    width: float
    """Seconds of a span."""
    spans: tuple[Span, ...]


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest of the ordered values that `share` of them do not exceed; 0.0 where there is none."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0


class Counts:
    """A span that is still being counted."""

    __slots__ = (
        "attempts", "done", "errors", "failed", "in_flight", "looks", "queue", "retries", "throttled",
        "used", "waits",
    )  # fmt: skip

    def __init__(self) -> None:
        self.attempts: int = 0
        self.throttled: int = 0
        self.errors: int = 0
        self.retries: int = 0
        self.done: int = 0
        self.failed: int = 0
        self.looks: int = 0
        self.used: float = 0.0
        self.queue: float = 0.0
        self.in_flight: float = 0.0
        self.waits: list[float] = []

    def look(self, *, used: float, queue: int, in_flight: int) -> None:
        """Add how things stand."""
        self.looks += 1
        self.used = max(self.used, used)
        self.queue += queue
        self.in_flight += in_flight

    def add(self, other: Counts) -> None:
        """Become one with the next span."""
        self.attempts += other.attempts
        self.throttled += other.throttled
        self.errors += other.errors
        self.retries += other.retries
        self.done += other.done
        self.failed += other.failed
        self.looks += other.looks
        self.used = max(self.used, other.used)
        self.queue += other.queue
        self.in_flight += other.in_flight
        self.waits += other.waits

    def span(self, at: float) -> Span:
        """What was counted."""
        looks, waits = max(1, self.looks), sorted(self.waits)
        return Span(
            at=at,
            used=self.used,
            queue=self.queue / looks,
            in_flight=self.in_flight / looks,
            attempts=self.attempts,
            throttled=self.throttled,
            errors=self.errors,
            retries=self.retries,
            done=self.done,
            failed=self.failed,
            wait_p50=quantile(waits, 0.50) if waits else None,
            wait_p95=quantile(waits, 0.95) if waits else None,
        )


class Series:
    """The spans of a run, as it goes."""

    def __init__(self, width: float) -> None:
        """Begin with spans of `width` seconds."""
        self.width: float = width
        self._spans: list[Counts] = []

    def at(self, time: float) -> Counts:
        """The span of a time, in seconds from the beginning."""
        while (index := int(time / self.width)) >= MOST_SPANS:
            self._halve()
        while len(self._spans) <= index:
            self._spans.append(Counts())
        return self._spans[index]

    def timeline(self) -> Timeline:
        """All spans so far."""
        return Timeline(
            width=self.width,
            spans=tuple(each.span(index * self.width) for index, each in enumerate(self._spans)),
        )

    def _halve(self) -> None:
        for first, second in zip(self._spans[::2], self._spans[1::2], strict=False):
            first.add(second)
        self._spans = self._spans[::2]
        self.width *= 2
