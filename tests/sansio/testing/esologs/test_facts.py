"""Facts follow from the seed and an id, and fit together."""

from __future__ import annotations

from itertools import pairwise

import pytest

from offwire.testing.esologs.facts import APART, FIRST_REPORT, PLAYERS, region_of, server_name
from tests.sansio.testing.esologs.asking import small


def test_the_same_seed_makes_the_same_facts() -> None:
    assert small().report(5) == small().report(5)
    assert small().report(5) != small(1).report(5)
    facts = small()
    assert facts.report(5) is facts.report(5)


@pytest.mark.parametrize("wrong", [{"guilds": 0}, {"members": PLAYERS - 1}, {"reports": -1}, {"events": -1}])
def test_a_number_out_of_its_range_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="guilds from 1 on, members from 12 on"):
        small(**wrong)


def test_guilds_hold_every_character_once() -> None:
    facts = small()
    held = [each for guild in range(1, 4) for each in facts.members_of(guild)]
    assert held == list(range(1, facts.characters + 1))
    assert [facts.character(each).guild for each in held] == [1] * 13 + [2] * 13 + [3] * 13


def test_users_hold_every_character_once() -> None:
    facts = small()
    held = [each for user in range(1, facts.users + 1) for each in facts.characters_of(user)]
    assert sorted(held) == list(range(1, facts.characters + 1))


def test_names_and_codes_lead_back() -> None:
    facts = small()
    assert facts.guild_named(facts.guild_name(2).upper()) == 2
    assert facts.character_named(facts.character(7).name.lower()) == 7
    assert facts.report_coded(facts.code(9)) == 9
    assert facts.guild_named("nobody") is facts.character_named("nobody") is facts.report_coded("x") is None


def test_guilds_take_turns_with_reports() -> None:
    facts = small()
    assert list(facts.reports_of(2)) == [2, 5, 8, 11, 14, 17]
    assert {facts.guild_of(each) for each in facts.reports_of(2)} == {2}


def test_a_report_belongs_to_its_guild() -> None:
    report = small().report(3)
    assert {each.guild for each in report.players} == {report.guild} == {3}
    assert len(report.players) == PLAYERS
    assert report.start == FIRST_REPORT + 2 * APART
    assert len(set(report.abilities)) == 32


@pytest.mark.parametrize("events", [0, 1, 900, 100_000])
def test_fights_follow_each_other_and_hold_all_events(events: int) -> None:
    facts = small(events=events)
    for number in range(1, 9):
        report = facts.report(number)
        assert sum(fight.events for fight in report.fights) == events
        assert [fight.number for fight in report.fights] == list(range(1, len(report.fights) + 1))
        for before, after in pairwise(report.fights):
            assert before.start < before.end < after.start
            assert after.first == before.first + before.events
        assert report.end - report.start == report.fights[-1].end


def test_fights_are_of_each_kind() -> None:
    facts = small()
    fights = [fight for number in range(1, 19) for fight in facts.report(number).fights]
    assert {fight.is_kill for fight in fights} == {True, False, None}
    assert all((fight.encounter == 0) is (fight.difficulty is None) for fight in fights)


def test_guilds_are_spread_over_regions() -> None:
    assert [region_of(each) for each in (1, 2, 3)] == [1, 2, 1]
    assert server_name(2) == "EU Megaserver"
