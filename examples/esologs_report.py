"""Who did how much damage in a report: `python examples/esologs_report.py [CODE]`.

With ESOLOGS_ID and ESOLOGS_SECRET in the environment it asks ESO Logs; without, its stand-in.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping

import offwire_sync
from offwire import testing
from offwire.apis.esologs import EsoLogs
from offwire.mode import Sync
from offwire.testing.esologs import FakeEsoLogs


def damage_by_player(eso: EsoLogs[Sync], code: str) -> Counter[str]:
    """The damage of each player over all fights of a report that ended in a kill."""
    kills = [fight.id for fight in eso.reports.fights(code, kill_type="Kills") or ()]
    known = eso.reports.master_data(code, type="Player")
    names = {actor.id: actor.display_name for actor in known.actors} if known is not None else {}
    damage: Counter[str] = Counter()
    for event in eso.reports.events(code, data_type="DamageDone", fight_ids=kills, limit=10_000):
        if event.source_id in names:
            damage[names[event.source_id]] += event.amount or 0
    return damage


def show(eso: EsoLogs[Sync], code: str) -> None:
    """Print the table."""
    report = eso.reports.get(code)
    print(report.title if report is not None else code)
    for name, amount in damage_by_player(eso, code).most_common():
        print(f"{amount:>14,}  {name}")


def main(arguments: list[str], environ: Mapping[str, str]) -> None:
    """Ask the site, or the stand-in."""
    if "ESOLOGS_ID" in environ:
        with offwire_sync.Client() as client:
            show(EsoLogs.from_env(client, environ), arguments[0])
    else:
        site = FakeEsoLogs(events=20_000)
        environ = {"ESOLOGS_ID": "client", "ESOLOGS_SECRET": "secret"}
        show(EsoLogs.from_env(testing.Client(site), environ), (arguments or site.codes)[0])


if __name__ == "__main__":
    main(sys.argv[1:], os.environ)
