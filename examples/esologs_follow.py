"""Reads a report's events on from where the last run ended: `python examples/esologs_follow.py CODE`.

The place is kept in CODE.cursor.json. For a report that is still being uploaded, run it again and again:
each event is printed once. With ESOLOGS_ID and ESOLOGS_SECRET in the environment.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import offwire_sync
from offwire.apis.esologs import EsoLogs, Event, EventsCursor
from offwire.mode import Sync


def follow(eso: EsoLogs[Sync], code: str, place: Path) -> Iterator[Event]:
    """The events that no run has given; the place is written down behind each page."""
    after = EventsCursor.from_json(json.loads(place.read_text())) if place.exists() else None
    for page in eso.reports.event_pages(code, after=after, limit=1000):
        yield from page.events
        place.write_text(json.dumps(page.cursor.to_json()))


def main(code: str) -> None:
    """Print what is new."""
    with offwire_sync.Client() as client:
        for event in follow(EsoLogs.from_env(client, os.environ), code, Path(f"{code}.cursor.json")):
            print(event)


if __name__ == "__main__":
    main(sys.argv[1])
