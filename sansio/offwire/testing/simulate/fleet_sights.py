"""`FleetSights`: what has to come up where processes share a store.

Rules of this file: as those of `offwire.testing.simulate.sights`, of all processes together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from offwire.events import QuotaStoreFound, QuotaStoreLost
from offwire.testing.simulate.checks.check import Watcher
from offwire.testing.simulate.records import Cancelled, Exchanged, Kept, Killed

FLEET_SIGHTS: Final[Mapping[str, str]] = {
    "lease lost": "a process died that had units of the store",
    "store away": "a quota's store did not answer any more",
    "store back": "… and then did again",
    "answer lost": "a store granted units, and nobody heard of it",
    "claim ran out": "a token was claimed by a process, as another one's claim had run out",
    "save refused": "a token was not kept, since a later claim had kept another one",
    "blocked by another": "a process heard from the store that the server wants to see nobody",
    "cancel in a question": "a call was given up while it asked the store",
}
"""Their names, and what each means."""


class FleetSights(Watcher):
    """Collects what a fleet has seen."""

    def __init__(self, seen: set[str]) -> None:
        """Collect into `seen`."""
        self._seen = seen
        self._holds: dict[int, float] = {}
        self._claimed = 0

    def exchanged(self, record: Exchanged) -> None:
        """Granted, and for whom."""
        self._holds[record.process] = record.flying + record.granted
        if record.granted and not record.is_heard:
            self._seen.add("answer lost")
        if record.blocked:
            self._seen.add("blocked by another")

    def killed(self, record: Killed) -> None:
        """With what it had."""
        if self._holds.get(record.process):
            self._seen.add("lease lost")

    def quota_store_lost(self, _event: QuotaStoreLost) -> None:
        """Away."""
        self._seen.add("store away")

    def quota_store_found(self, _event: QuotaStoreFound) -> None:
        """Back."""
        self._seen.add("store back")

    def kept(self, record: Kept) -> None:
        """Claims, one after another."""
        if record.question == "Claim" and record.is_done:
            if self._claimed:
                self._seen.add("claim ran out")
            self._claimed = record.generation
        elif record.question == "Release" and record.generation == self._claimed:
            self._claimed = 0
        elif record.question == "Save" and not record.is_done:
            self._seen.add("save refused")

    def cancelled(self, record: Cancelled) -> None:
        """In the midst of a question."""
        if record.phase == "ask":
            self._seen.add("cancel in a question")
