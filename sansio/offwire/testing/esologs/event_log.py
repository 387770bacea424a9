"""`EventLog`: the events of reports in the stand-in of ESO Logs, filtered and in pages.

Rules of this file: events are in the order of their times. Each has a `castTrackID` of its own in
its report, so that none can be taken for another. Within a page no event is doubled, and who follows
`nextPageTimestamp` to its null gets every event; in the mode `"repeats"` some of them twice, and
only if no millisecond holds more than the limit.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice, takewhile
from typing import Final, Literal, TypeAlias, assert_never

from attrs import frozen

from offwire.json_value import Json
from offwire.testing.esologs.actors import COMBATANT, KINDS, SOURCES, TARGETS, Form, spread
from offwire.testing.esologs.facts import PLAYERS, Facts, FightFacts, ReportFacts
from offwire.testing.esologs.filters import EventFilter

Boundary: TypeAlias = Literal["whole", "repeats"]
"""Where pages end: after a whole millisecond, or within one, which the next page then repeats."""
Event: TypeAlias = "dict[str, Json]"
Found: TypeAlias = "tuple[DrawnFight, Iterator[int]]"
"""A fight, and the positions in it of events that were found."""

_KEPT: Final = 32
"""How many fights keep what was drawn for them."""
_GAPS: Final = (0, 0, 0, 1, 1, 2, 3, 7)
"""How far events are apart, in shares of their fight; three of eight come with the one before."""


@frozen
class DrawnFight:
    """The events of one fight, as they were drawn."""

    facts: FightFacts
    times: array[int]
    bits: array[int]


@frozen
class EventPage:
    """A page of events."""

    events: list[Event]
    positions: list[int]
    """The position of each in the report's log."""
    next_start: int | None
    """When the next page begins; None where this is the last."""


class EventLog:
    """The events of every report."""

    def __init__(self, facts: Facts, *, boundary: Boundary, burst: int) -> None:
        """Set the log up.

        Args:
            facts: which reports there are.
            boundary: where pages end.
            burst: the most events that are drawn for one millisecond on purpose; by chance it may be a
                few more.

        Raises:
            ValueError: there is no such boundary, or the burst is below 1.
        """
        if boundary not in ("whole", "repeats") or burst < 1:
            raise ValueError("boundary is 'whole' or 'repeats', and burst a number from 1 on")
        self._facts = facts
        self._repeats = boundary == "repeats"
        self._burst = burst
        self._drawn = lru_cache(maxsize=_KEPT)(self._drawn_anew)

    def found(self, report: ReportFacts, wanted: EventFilter) -> Iterator[Found]:
        """The events that pass a filter, in order, by fights and positions in them."""
        for fight in report.fights:
            if wanted.takes_fight(fight):
                drawn = self._drawn(report.number, fight.number)
                times, bits = drawn.times, drawn.bits
                span = range(bisect_left(times, wanted.start), bisect_left(times, wanted.after))
                if not wanted.takes_all:
                    yield drawn, (index for index in span if wanted.takes(bits[index]))
                else:
                    yield drawn, iter(span)

    def events(self, report: ReportFacts, wanted: EventFilter) -> list[Event]:
        """All events that pass a filter, past pages."""
        return [
            event
            for fight, positions in self.found(report, wanted)
            for event in shown(report, wanted, fight, positions)
        ]

    def page(self, report: ReportFacts, wanted: EventFilter, limit: int) -> EventPage:
        """The first page of about `limit` events that pass a filter.

        Where one millisecond holds more than that, a page of whole ones is longer than its limit. One
        that the next repeats is not: the next begins where it began, and takes a greater limit to get on.
        """
        taken: list[tuple[DrawnFight, list[int]]] = []
        next_start = None
        missing = limit + 1  # one more shows whether there is a next page, and where it begins
        for fight, positions in self.found(report, wanted):
            some = list(islice(positions, missing))
            if some:
                taken.append((fight, some))
            missing -= len(some)
            if not missing:
                next_start = self._ended(taken, positions)
                if next_start is None:
                    next_start = self._first_after(report, wanted, fight.times[some[-1]])
                break
        events = [event for fight, some in taken for event in shown(report, wanted, fight, some)]
        logged = [fight.facts.first + index for fight, some in taken for index in some]
        return EventPage(events, logged, next_start)

    def _ended(self, taken: list[tuple[DrawnFight, list[int]]], rest: Iterator[int]) -> int | None:
        """End a page that has one event more than it should; when the next begins, if that is known."""
        (first, begun), (last, some) = taken[0], taken[-1]
        times = last.times
        time = times[some[-1]]
        if self._repeats:
            some.pop()
            return time
        if first.times[begun[0]] == time:
            some.extend(takewhile(lambda index: times[index] == time, rest))
            return None
        while some and times[some[-1]] == time:
            some.pop()
        return time

    def _first_after(self, report: ReportFacts, wanted: EventFilter, time: int) -> int | None:
        later = self.found(report, wanted.starting(time + 1))
        return next((fight.times[index] for fight, positions in later for index in positions), None)

    def _drawn_anew(self, number: int, fight_number: int) -> DrawnFight:
        fight = self._facts.report(number).fights[fight_number - 1]
        chance = self._facts.chance(f"events {number} {fight_number}")
        bits = array("Q", chance.randbytes(8 * fight.events))
        for seat in range(min(PLAYERS, len(bits))):
            bits[seat] = bits[seat] & ~0xFFFF | seat << 8 | COMBATANT
        steps = array("q", bytes(8 * len(bits)))
        reached, held = 0, PLAYERS
        for index, word in enumerate(bits):
            if held:
                held -= 1
            elif not word >> 56:
                held = (word >> 32) % self._burst
                reached += 1
            else:
                # Bits that choose nothing else, or gaps would tell what comes behind them.
                reached += _GAPS[word >> 56 & 7]
            steps[index] = reached
        length = fight.end - fight.start
        times = array("q", (fight.start + step * length // (reached or 1) for step in steps))
        return DrawnFight(fight, times, bits)


def shown(
    report: ReportFacts, wanted: EventFilter, fight: DrawnFight, positions: Iterable[int]
) -> Iterator[Event]:
    """The events of a fight at some positions, as they are told."""
    abilities, number, before = spread(report.abilities), fight.facts.number, fight.facts.first + 1
    times, bits = fight.times, fight.bits
    is_plain = wanted.is_plain
    for index in positions:
        word = bits[index]
        which = word & 0xFF
        kind = KINDS[which]
        event: Event = {
            "timestamp": times[index],
            "type": kind.type,
            "sourceID": SOURCES[which][word >> 8 & 0xFF],
            "sourceIsFriendly": kind.is_source_friendly,
            "targetID": TARGETS[which][word >> 16 & 0xFF],
            "targetIsFriendly": kind.is_target_friendly,
            "abilityGameID": abilities[word >> 24 & 0xFF],
            "fight": number,
            "castTrackID": before + index,
        }
        if kind.form is not None:
            _fill(event, kind.form, word)
        yield event if is_plain else wanted.dressed(report, event, word)


def _fill(event: Event, form: Form, word: int) -> None:
    """Add what an event tells besides who did what to whom."""
    amount = word >> 32 & 0xFFFF
    match form:
        case "amount":
            event["hitType"] = 1 + (amount & 1)
            event["amount"] = amount
        case "resource":
            event["resourceChange"] = amount & 0xFFF
            event["resourceChangeType"] = amount >> 12 & 3
            event["maxResourceAmount"] = 30_000
            event["waste"] = amount & 0xFF
        case "gear":
            # What a player wears is nobody's doing.
            for name in ("targetID", "targetIsFriendly", "abilityGameID"):
                del event[name]
            event["gear"] = [
                {
                    "id": (word >> 16 + slot) % 400 + 1,
                    "slot": slot,
                    "quality": 5,
                    "setID": (word >> slot) % 60 + 1,
                }
                for slot in range(3)
            ]
        case _:
            assert_never(form)
