"""The pages on ESO Logs: the reference is what the code says, and no method of others is without its like."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from offwire import Bearer
from offwire.apis.esologs import EsoLogs
from offwire.testing import Client, Script

REPOSITORY = Path(__file__).resolve().parents[4]
ROW = re.compile(r"^\| `(\w+)\([^|]*\)` \| `eso\.([\w.]+)` \|", re.MULTILINE)

THEIRS = """
get_ability get_abilities get_class get_classes get_factions get_item get_items get_item_set get_item_sets
get_map get_maps get_npc get_npcs get_character_by_id get_character_reports get_character_encounter_ranking
get_character_encounter_rankings get_character_zone_rankings get_world_data get_zones get_regions
get_encounters_by_zone get_guild_by_id get_guild get_guilds get_guild_attendance get_guild_members
get_report_by_code get_reports search_reports get_guild_reports get_user_reports get_report_events
get_report_graph get_report_table get_report_rankings get_report_player_details get_progress_race
get_user_by_id get_current_user get_user_data get_rate_limit_data
"""
"""The methods of esologs-python's client, version 0.2.0b1."""


def rows() -> list[tuple[str, str]]:
    return ROW.findall((REPOSITORY / "docs/coming-from-esologs-python.md").read_text())


def test_every_method_of_theirs_has_its_like() -> None:
    assert [theirs for theirs, _ in rows()] == THEIRS.split()
    assert len(rows()) == 42


@pytest.mark.parametrize(("theirs", "ours"), rows())
def test_what_the_table_names_is_there(theirs: str, ours: str) -> None:
    assert theirs
    found: object = EsoLogs(Client(Script()), auth=Bearer("token"))
    for name in ours.split("."):
        found = getattr(found, name)
    assert callable(found)


def test_the_reference_is_up_to_date() -> None:
    command = [sys.executable, "tools/reference.py", "--check"]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "")
