"""`Service`: all that the stand-in of ESO Logs can be asked for, as the root of a document.

Rules of this file: what was invented is shared by all requests, and never changes; a root is made
for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from offwire.json_value import Json
from offwire.testing.esologs.event_log import Boundary, Event, EventLog
from offwire.testing.esologs.facts import Facts
from offwire.testing.esologs.filters import event_filter
from offwire.testing.esologs.game import EXPANSIONS, REGIONS, Game
from offwire.testing.esologs.nodes import Arguments, Complaint, Node, whole
from offwire.testing.esologs.people import People
from offwire.testing.esologs.rankings import character_rankings, fight_rankings, progress_race
from offwire.testing.esologs.reports import Reports, Told


class Service:
    """What there is, and what can be asked of it."""

    def __init__(self, facts: Facts, *, boundary: Boundary, burst: int, race: bool) -> None:
        """Set the service up.

        Args:
            facts: what was invented.
            boundary: where pages of events end.
            burst: the most events of one millisecond.
            race: whether there is a progress race.

        Raises:
            ValueError: there is no such boundary, or the burst is below 1.
        """
        self.facts: Final = facts
        self._log = EventLog(facts, boundary=boundary, burst=burst)
        self._game = Game(facts.seed, self._rankings)
        self._race = race

    def root(self, *, points: Callable[[Arguments], Node], user: int | None, told: Told) -> Node:
        """The root of a document.

        Args:
            points: answers `rateLimitData`.
            user: who is signed in; None where nobody is.
            told: is told of the events that are given out.
        """
        reports = Reports(self.facts, self._game, self._log, told)
        people = reports.people
        return {
            "characterData": {"character": people.character_asked, "characters": people.characters_asked},
            "gameData": lambda _: self._game.data(),
            "guildData": {"guild": people.guild_asked, "guilds": people.guilds_asked},
            "progressRaceData": {"progressRace": self._raced, "detailedComposition": self._raced},
            "rateLimitData": points,
            "reportData": {"report": reports.asked, "reports": reports.search},
            "userData": {
                "currentUser": lambda _: _current(people, user),
                "user": lambda arguments: people.user(whole(arguments, "id")),
            },
            "worldData": lambda _: self._world(people),
        }

    def events(self, code: str, arguments: Mapping[str, Json]) -> list[Event]:
        """All events of a report that pass the arguments of `Report.events`.

        Raises:
            KeyError: no report has this code.
            Complaint: an argument is given that the stand-in does not understand.
        """
        number = self.facts.report_coded(code)
        if number is None:
            raise KeyError(code)
        report = self.facts.report(number)
        return self._log.events(report, event_filter(report, arguments))

    def _world(self, people: People) -> Node:
        game = self._game
        return {
            "encounter": lambda arguments: game.encounter(whole(arguments, "id")),
            "expansion": lambda arguments: game.expansion(whole(arguments, "id")),
            "expansions": lambda _: [game.expansion(each) for each in range(1, EXPANSIONS + 1)],
            "region": lambda arguments: people.region(whole(arguments, "id")),
            "regions": lambda _: [people.region(each) for each in range(1, len(REGIONS) + 1)],
            "server": people.server_asked,
            "subregion": lambda arguments: people.subregion(whole(arguments, "id")),
            "zone": lambda arguments: game.zone(whole(arguments, "id")),
            "zones": lambda arguments: game.zones(whole(arguments, "expansion_id")),
        }

    def _rankings(self, encounter: int) -> Node:
        return {
            "characterRankings": lambda arguments: character_rankings(self.facts, encounter, arguments),
            "fightRankings": lambda arguments: fight_rankings(self.facts, encounter, arguments),
        }

    def _raced(self, _: Arguments) -> Json:
        if not self._race:
            raise Complaint("No race supported for this game currently.")
        return progress_race(self.facts)


def _current(people: People, user: int | None) -> Node | None:
    if user is None:
        raise Complaint("The current user is only known at the user endpoint.")
    return people.user(user)
