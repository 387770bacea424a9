"""The examples of ESO Logs' client do what they say, against the stand-in."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.esologs_follow import follow
from examples.esologs_report import damage_by_player, main
from offwire import testing
from offwire.apis.esologs import EsoLogs
from offwire.testing.esologs import FakeEsoLogs
from offwire_serve import serve

SIGNED = {"ESOLOGS_ID": "client", "ESOLOGS_SECRET": "secret"}


def test_damage_by_player(capsys: pytest.CaptureFixture[str]) -> None:
    main([], {})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 5
    amounts = [int(line.split()[0].replace(",", "")) for line in lines[1:]]
    assert amounts == sorted(amounts, reverse=True)


def test_damage_by_player_over_a_socket(capsys: pytest.CaptureFixture[str]) -> None:
    fake = FakeEsoLogs()
    with serve(fake) as address:
        main([fake.codes[0]], {**SIGNED, "ESOLOGS_URL": address.base_url})
    assert "night" in capsys.readouterr().out


def test_damage_is_that_of_players_in_kills() -> None:
    fake = FakeEsoLogs(events=3000)
    eso = EsoLogs.from_env(testing.Client(fake), SIGNED)
    code = fake.codes[0]
    kills = {fight.id for fight in eso.reports.fights(code) or () if fight.kill}
    wanted = sum(
        event.amount or 0
        for event in eso.reports.events(code, data_type="DamageDone")
        if event.fight in kills and event.source_id is not None and event.source_id <= 12
    )
    assert sum(damage_by_player(eso, code).values()) == wanted


def test_follow_gives_each_event_once(tmp_path: Path) -> None:
    fake = FakeEsoLogs(events=2500)
    eso = EsoLogs.from_env(testing.Client(fake), SIGNED)
    place = tmp_path / "cursor.json"
    first = list(follow(eso, fake.codes[0], place))
    assert len(first) == 2500
    assert list(follow(eso, fake.codes[0], place)) == []
