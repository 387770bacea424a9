"""Reports: their events in every cut, and how they are found."""

from __future__ import annotations

import inspect
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offwire import Call, Pages
from offwire.apis.esologs import EsoLogs, Event, EventsCursor
from offwire.apis.esologs.generated.reports import Reports as GeneratedReports
from offwire.apis.esologs.reports import Reports, event_scan
from offwire.formats.columns import columns_of, concatenated
from offwire.mode import Sync
from offwire.testing import Client
from offwire.testing.esologs import FakeEsoLogs
from tests.sansio.apis.esologs.kit import signed_in

CODE = "VfxqaX47HGC98rAp"
FILTERS = [
    each for each in inspect.signature(event_scan).parameters if each not in ("_group", "code", "after")
]
EVENTS: tuple[Any, ...] = (
    Reports.events, Reports.event_pages, Reports.event_columns, Reports.events_page,
)  # fmt: skip
VALUES: dict[str, Any] = {
    "data_type": "Healing",
    "fight_ids": [1],
    "hostility_type": "Enemies",
    "kill_type": "Kills",
    **dict.fromkeys(("include_resources", "translate", "use_ability_ids", "use_actor_ids"), False),
    **dict.fromkeys(("filter_expression", "source_class", "target_class"), "a"),
    **dict.fromkeys(
        (f"{side}_auras_{be}" for side in ("source", "target") for be in ("absent", "present")), "a"
    ),
}


def variables(call: Call[Any]) -> dict[str, Any]:
    assert call.request.body is not None
    sent: dict[str, Any] = json.loads(call.request.body.content)["variables"]
    return sent


def eso_of(fake: FakeEsoLogs) -> EsoLogs[Sync]:
    return signed_in(fake, Client(fake))


class TestEvents:
    """Events by filters, in pages, and on from a cursor."""

    def test_there_are_28_filters(self) -> None:
        assert len(FILTERS) == 28
        theirs = list(inspect.signature(GeneratedReports.events_json).parameters)
        assert ["code", *FILTERS] == theirs

    def test_they_are_those_that_are_generated(self) -> None:
        ours = dict(inspect.signature(event_scan).parameters)
        del ours["_group"], ours["after"]
        # Parameter by parameter: its name, its kind, its type and its default.
        assert list(ours.values()) == list(
            inspect.signature(GeneratedReports.events_json).parameters.values()
        )

    def test_every_filter_goes_onto_the_wire(self) -> None:
        call = Reports.events_page(
            CODE, ability_id=1, data_type="DamageDone", death=2, difficulty=3, encounter_id=4, end_time=50.0,
            fight_ids=[6, 7], filter_expression="type = 'damage'", hostility_type="Enemies",
            include_resources=True, kill_type="Kills", limit=100, source_auras_absent="a",
            source_auras_present="b", source_class="Templar", source_id=8, source_instance_id=9,
            start_time=10.0, target_auras_absent="c", target_auras_present="d", target_class="Warden",
            target_id=11, target_instance_id=12, translate=False, use_ability_ids=False,
            use_actor_ids=False, view_options=13, wipe_cutoff=14,
        )  # fmt: skip
        assert variables(call) == {
            "code": CODE, "abilityID": 1, "dataType": "DamageDone", "death": 2, "difficulty": 3,
            "encounterID": 4, "endTime": 50.0, "fightIDs": [6, 7], "filterExpression": "type = 'damage'",
            "hostilityType": "Enemies", "includeResources": True, "killType": "Kills", "limit": 100,
            "sourceAurasAbsent": "a", "sourceAurasPresent": "b", "sourceClass": "Templar", "sourceID": 8,
            "sourceInstanceID": 9, "startTime": 10.0, "targetAurasAbsent": "c", "targetAurasPresent": "d",
            "targetClass": "Warden", "targetID": 11, "targetInstanceID": 12, "translate": False,
            "useAbilityIDs": False, "useActorIDs": False, "viewOptions": 13, "wipeCutoff": 14,
        }  # fmt: skip

    @pytest.mark.parametrize("name", FILTERS)
    def test_a_filter_is_sent_as_the_generated_operation_sends_it(self, name: str) -> None:
        given: dict[str, Any] = {name: VALUES.get(name, 150)}
        wanted = variables(GeneratedReports.events_json(CODE, **given))
        assert variables(Reports.events_page(CODE, **given)) == wanted
        assert len(wanted) == 2

    def test_what_is_not_given_is_not_sent(self) -> None:
        assert variables(Reports.events_page(CODE)) == {"code": CODE}
        assert variables(Reports.events_page(CODE, start_time=0.0)) == {"code": CODE, "startTime": 0.0}

    def test_a_cursor_says_where_to_begin(self) -> None:
        after = EventsCursor(timestamp=7.0)
        assert variables(Reports.events_page(CODE, after=after)) == {"code": CODE, "startTime": 7.0}

    def test_signatures_are_shown(self) -> None:
        for each in EVENTS:
            assert list(inspect.signature(each).parameters) == ["code", "after", *FILTERS]
        assert "None is lost" in str(Reports.events.__doc__)
        assert Reports.events.__name__ == "events"

    @pytest.mark.parametrize(
        ("arguments", "error", "words"),
        [
            pytest.param({"limit": 99}, ValueError, "limit .* from 100 to 10000", id="limit"),
            pytest.param({"fight_ids": "12"}, TypeError, "fight_ids", id="fights"),
            pytest.param({"start_time": -1}, ValueError, "start_time", id="before the start"),
            pytest.param(
                {"start_time": datetime(2026, 1, 1, tzinfo=UTC)}, TypeError, "report", id="a datetime"
            ),
            pytest.param({"start_time": 2, "end_time": 1}, ValueError, "before end_time", id="order"),
            pytest.param({"after": 7.0}, TypeError, "after is an EventsCursor", id="no cursor"),
            pytest.param(
                {"after": EventsCursor(timestamp=1.0), "start_time": 1.0},
                TypeError,
                "either after",
                id="both",
            ),
            pytest.param(
                {"after": EventsCursor(timestamp=9.0), "end_time": 1.0},
                ValueError,
                r"end_time is not before the cursor, which is at 9\.0, as 1\.0 is",
                id="late",
            ),
            pytest.param({"fight_ides": [1]}, TypeError, "fight_ides", id="unknown"),
        ],
    )
    def test_refused_before_anything_is_sent(
        self, arguments: dict[str, Any], error: type[Exception], words: str
    ) -> None:
        for each in EVENTS:
            with pytest.raises(error, match=words):
                each(CODE, **arguments)

    def test_a_cursor_may_stand_at_the_end(self) -> None:
        after = EventsCursor(timestamp=7.0)
        for built in (
            Reports.events_page(CODE, after=after, end_time=7),
            Reports.event_pages(CODE, after=after, end_time=7.0).first,
        ):
            assert variables(built) == {"code": CODE, "startTime": 7.0, "endTime": 7}

    def test_the_last_millisecond_is_read_from_a_cursor_in_it(self) -> None:
        fake = FakeEsoLogs(events=2000)
        eso, code = signed_in(fake, Client(fake)), fake.codes[0]
        counts = Counter(each.timestamp for each in eso.reports.events(code))
        crowded, count = max(counts.items(), key=lambda each: each[1])
        after = EventsCursor(timestamp=crowded)
        assert len(list(eso.reports.events(code, after=after, end_time=crowded))) == count > 1
        everything = list(eso.reports.events(code, end_time=crowded))
        half = [each for each in everything if each.timestamp == crowded][: count // 2]
        left = list(eso.reports.events(code, after=after.moved(crowded, half), end_time=crowded))
        assert len(left) == count - len(half)

    def test_a_page_may_hold_ten_thousand(self) -> None:
        assert variables(Reports.events_page(CODE, limit=10_000))["limit"] == 10_000
        assert variables(Reports.events(CODE, limit=10_000).first)["limit"] == 10_000
        assert variables(Reports.event_pages(CODE, limit=100).first)["limit"] == 100
        assert variables(Reports.event_columns(CODE, limit=100).first)["limit"] == 100
        assert variables(Reports.events_json(CODE, limit=10_000))["limit"] == 10_000

    def test_a_code_is_checked_wherever_it_stands(self) -> None:
        for each in EVENTS:
            with pytest.raises(ValueError, match=r"^code "):
                each("/")
            with pytest.raises(ValueError, match=r"^code "):
                each(code="/")

    def test_times_are_in_order_wherever_they_stand(self) -> None:
        for each in (Reports.graph, Reports.table, Reports.player_details, Reports.events_json):
            with pytest.raises(ValueError, match="start_time has to be before end_time"):
                each(CODE, start_time=5.0, end_time=5.0)

    def test_a_code_is_needed(self) -> None:
        with pytest.raises(TypeError, match="code"):
            Reports.events()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

    @pytest.mark.parametrize("boundary", ["whole", "repeats"])
    @pytest.mark.parametrize("burst", [1, 60, 400])
    def test_every_event_comes_once(self, boundary: Any, burst: int) -> None:
        fake = FakeEsoLogs(events=3000, boundary=boundary, burst=burst)
        code = fake.codes[0]
        events = list(eso_of(fake).reports.events(code))
        wanted = fake.events(code)
        assert Counter(
            (each.timestamp, each.type, each.source_id, each.amount) for each in events
        ) == Counter(
            (each["timestamp"], each["type"], each.get("sourceID"), each.get("amount")) for each in wanted
        )

    @pytest.mark.parametrize("boundary", ["whole", "repeats"])
    @pytest.mark.parametrize("resources", [False, True])
    def test_columns_are_those_of_the_events(self, boundary: Any, resources: bool) -> None:
        fake = FakeEsoLogs(events=1500, boundary=boundary, burst=60)
        reports, code = eso_of(fake).reports, fake.codes[0]
        events = list(reports.events(code, limit=100, include_resources=resources))
        parts = list(reports.event_columns(code, limit=100, include_resources=resources))
        columns = concatenated(Event, (each.columns for each in parts))
        wanted = columns_of(Event, events)
        if resources:  # which are in the server's words, and in those of the class
            for each in (columns, wanted):
                texts = [each.data.pop(name) for name in ("source_resources", "target_resources")]
                assert any(any(column) for column in texts)
        assert columns.data == wanted.data
        cursors = [each.cursor for each in reports.event_pages(code, limit=100, include_resources=resources)]
        assert [each.cursor for each in parts] == cursors

    def test_filters_reach_the_server(self) -> None:
        fake = FakeEsoLogs(events=1000)
        code = fake.codes[0]
        events = list(eso_of(fake).reports.events(code, data_type="DamageDone", fight_ids=[1], limit=100))
        assert {each.type for each in events} == {"damage"}
        assert {each.fight for each in events} == {1}

    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.integers(1, 4), max_size=4))
    def test_any_number_of_breaks_loses_nothing(self, stops: list[int]) -> None:
        fake = FakeEsoLogs(events=1500, boundary="repeats", burst=90)
        reports = eso_of(fake).reports
        code = fake.codes[0]
        cursor: EventsCursor | None = None
        count = 0
        for stop in stops:
            for page, _ in zip(reports.event_pages(code, after=cursor, limit=100), range(stop), strict=False):
                count += len(page.events)
                cursor = EventsCursor.from_json(json.loads(json.dumps(page.cursor.to_json())))
        count += sum(1 for _ in reports.events(code, after=cursor, limit=100))
        assert count == 1500

    def test_what_events_leave_out_can_be_had(self) -> None:
        fake = FakeEsoLogs(events=200)
        answer = eso_of(fake).reports.events_json(fake.codes[0], limit=100)
        assert answer is not None
        assert isinstance(answer.data, list)
        assert "gear" in json.dumps(answer.data[0])


class TestSearch:
    """Reports of a guild, a team or a user, in a span of time."""

    def test_times_may_be_datetimes(self) -> None:
        call = Reports.search_page(
            guild_id=1,
            start_time=datetime(2026, 1, 1, tzinfo=UTC),
            end_time=1_800_000_000_000,
            limit=100,
            page=2,
        )
        assert variables(call) == {
            "guildID": 1,
            "startTime": 1_767_225_600_000.0,
            "endTime": 1_800_000_000_000,
            "limit": 100,
            "page": 2,
        }

    def test_every_criterion_goes_onto_the_wire(self) -> None:
        pages = Reports.search(
            guild_name="Elder Ward", guild_server_slug="na-megaserver", guild_server_region="NA",
            guild_tag_id=2, user_id=3, zone_id=4, game_zone_id=5,
        )  # fmt: skip
        assert variables(pages.first) == {
            "guildName": "Elder Ward", "guildServerSlug": "na-megaserver", "guildServerRegion": "NA",
            "guildTagID": 2, "userID": 3, "zoneID": 4, "gameZoneID": 5,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("arguments", "error", "words"),
        [
            pytest.param(
                {"guild_name": "X"}, TypeError, "guild_server_slug and guild_server_region", id="part"
            ),
            pytest.param(
                {"start_time": 2e12, "end_time": 2e12}, ValueError, "start_time .* before", id="order"
            ),
            pytest.param({"start_time": datetime(2026, 1, 1)}, ValueError, "time zone", id="naive"),
            pytest.param({"end_time": 1e16}, ValueError, "milliseconds", id="microseconds"),
            pytest.param({"limit": 101}, ValueError, "limit .* 1 to 100", id="limit"),
            pytest.param({"guild_id": True}, TypeError, "guild_id", id="a truth value"),
        ],
    )
    def test_refused_before_anything_is_sent(
        self, arguments: dict[str, Any], error: type[Exception], words: str
    ) -> None:
        for each in (Reports.search, Reports.search_page):
            with pytest.raises(error, match=words):
                each(**arguments)

    def test_of_a_guild_and_of_a_user(self) -> None:
        begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
        found = Reports.of_guild(7, zone_id=2, start_time=begin, end_time=end, limit=50)
        wanted = Reports.search(guild_id=7, zone_id=2, start_time=begin, end_time=end, limit=50)
        assert found.first == wanted.first
        mine = Reports.of_user(7, zone_id=2, start_time=begin, end_time=end, limit=50)
        assert variables(mine.first)["userID"] == 7
        assert isinstance(mine, Pages)

    def test_against_the_stand_in(self) -> None:
        fake = FakeEsoLogs(reports=30)
        eso = eso_of(fake)
        every = list(eso.reports.of_guild(1, limit=7))
        assert len(every) == 30
        page = eso.reports.search_page(guild_id=1, limit=7, page=5)
        assert [each.code for each in page.data] == [each.code for each in every[28:]]
        assert not page.has_more_pages
        middle = every[10]
        span = eso.reports.of_guild(1, start_time=middle.start_time, end_time=middle.start_time + 1)
        assert middle.code in [each.code for each in span]
