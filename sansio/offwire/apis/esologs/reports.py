"""`Reports`: what is generated, and what the generator cannot know: events, and finding reports.

Rules of this file: points in time are aware datetimes or milliseconds since 1970 where reports are
looked for, and milliseconds since the report's start within one. What has to be given together is
checked before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from offwire.apis.esologs import checks
from offwire.apis.esologs.checking import Checks, checked
from offwire.apis.esologs.checks import Instant
from offwire.apis.esologs.generated.report_search import ReportSearch
from offwire.apis.esologs.generated.reports import Reports as GeneratedReports
from offwire.mode import M
from offwire.operations.call import Call
from offwire.operations.descriptors import operation, pages
from offwire.operations.paging import Pages
from offwire.unset import UNSET, Unset

if TYPE_CHECKING:
    from offwire.apis.esologs.events import Event
    from offwire.apis.esologs.events_cursor import EventsCursor
    from offwire.apis.esologs.events_paging import EventColumns, EventPage, EventScan
    from offwire.apis.esologs.generated.enums import EventDataTypeLike, HostilityTypeLike, KillTypeLike
    from offwire.apis.esologs.generated.shared_models import ReportPage, ReportSummary

B = TypeVar("B")
G = TypeVar("G")
P = ParamSpec("P")
R = TypeVar("R")


def event_scan(
    _group: object,
    code: str,
    *,
    after: EventsCursor | None = None,
    ability_id: float | None | Unset = UNSET,
    data_type: EventDataTypeLike | None | Unset = UNSET,
    death: int | None | Unset = UNSET,
    difficulty: int | None | Unset = UNSET,
    encounter_id: int | None | Unset = UNSET,
    end_time: float | None | Unset = UNSET,
    fight_ids: Sequence[int] | None | Unset = UNSET,
    filter_expression: str | None | Unset = UNSET,
    hostility_type: HostilityTypeLike | None | Unset = UNSET,
    include_resources: bool | None | Unset = UNSET,
    kill_type: KillTypeLike | None | Unset = UNSET,
    limit: int | None | Unset = UNSET,
    source_auras_absent: str | None | Unset = UNSET,
    source_auras_present: str | None | Unset = UNSET,
    source_class: str | None | Unset = UNSET,
    source_id: int | None | Unset = UNSET,
    source_instance_id: int | None | Unset = UNSET,
    start_time: float | None | Unset = UNSET,
    target_auras_absent: str | None | Unset = UNSET,
    target_auras_present: str | None | Unset = UNSET,
    target_class: str | None | Unset = UNSET,
    target_id: int | None | Unset = UNSET,
    target_instance_id: int | None | Unset = UNSET,
    translate: bool | None | Unset = UNSET,
    use_ability_ids: bool | None | Unset = UNSET,
    use_actor_ids: bool | None | Unset = UNSET,
    view_options: int | None | Unset = UNSET,
    wipe_cutoff: int | None | Unset = UNSET,
) -> EventScan:
    """The pages of events with these filters. A cursor says where to begin, so it goes without start_time.

    Raises:
        TypeError, ValueError: an argument is none that can be sent; the message names it.
    """
    from offwire.apis.esologs.events_cursor import EventsCursor  # noqa: PLC0415 - the first call loads it
    from offwire.apis.esologs.events_paging import EventScan  # noqa: PLC0415
    from offwire.apis.esologs.generated.reports_documents import GET_REPORT_EVENTS  # noqa: PLC0415

    variables = {
        "code": code,
        "abilityID": ability_id,
        "dataType": data_type,
        "death": death,
        "difficulty": difficulty,
        "encounterID": encounter_id,
        "endTime": end_time,
        "fightIDs": fight_ids,
        "filterExpression": filter_expression,
        "hostilityType": hostility_type,
        "includeResources": include_resources,
        "killType": kill_type,
        "sourceAurasAbsent": source_auras_absent,
        "sourceAurasPresent": source_auras_present,
        "sourceClass": source_class,
        "sourceID": source_id,
        "sourceInstanceID": source_instance_id,
        "targetAurasAbsent": target_auras_absent,
        "targetAurasPresent": target_auras_present,
        "targetClass": target_class,
        "targetID": target_id,
        "targetInstanceID": target_instance_id,
        "translate": translate,
        "useAbilityIDs": use_ability_ids,
        "useActorIDs": use_actor_ids,
        "viewOptions": view_options,
        "wipeCutoff": wipe_cutoff,
    }

    def ask(start: float | None, limit: int | None, returns: type[B], /) -> Call[B]:
        asked = {
            **variables,
            "startTime": UNSET if start is None else start,
            "limit": UNSET if limit is None else limit,
        }
        return GET_REPORT_EVENTS.call(asked, returns=returns, at="reportData.report.events")

    if after is not None and not isinstance(after, EventsCursor):
        raise TypeError(f"after is an EventsCursor, as EventPage.cursor is, not {type(after).__name__}")
    if after is not None and isinstance(start_time, int | float):
        raise TypeError("give either after or start_time: a cursor says where to begin")
    # At the end itself, what is left of that millisecond may still be to come.
    if after is not None and isinstance(end_time, int | float) and after.timestamp > end_time:
        raise ValueError(
            f"end_time is not before the cursor, which is at {after.timestamp!r}, as {end_time!r} is"
        )
    start = None if isinstance(start_time, Unset) else start_time
    return EventScan(ask, after=after, start_time=start, limit=limit or None)


def _of_events(
    scan: Callable[Concatenate[Any, P], EventScan],
) -> Callable[[Callable[[G, EventScan], R]], Callable[Concatenate[G, P], R]]:
    """Decorate a method that is handed a scan: it takes the parameters of `scan` in its place."""

    def decorate(method: Callable[[G, EventScan], R]) -> Callable[Concatenate[G, P], R]:
        def scanned(group: G, /, *args: P.args, **kwargs: P.kwargs) -> R:
            return method(group, scan(group, *args, **kwargs))

        update_wrapper(scanned, method)
        vars(scanned)["__wrapped__"] = scan  # whose parameters it shows
        return scanned

    return decorate


_IN_TIME: Checks = {"start_time": checks.instant, "end_time": checks.instant}
_A_PAGE_OF_EVENTS: Checks = {"limit": checks.events_limit}


@checked(
    {
        "search": _IN_TIME,
        "search_page": _IN_TIME,
        "of_guild": _IN_TIME,
        "of_user": _IN_TIME,
        **dict.fromkeys(
            ("events", "event_pages", "event_columns", "events_page", "events_json"), _A_PAGE_OF_EVENTS
        ),
    }
)
class Reports(GeneratedReports[M]):
    """Reports: what they hold, and how to find them."""

    @pages
    @_of_events(event_scan)
    def events(self, scan: EventScan) -> Pages[Event]:
        """Every event that passes the filters, page after page.

        None is lost and none comes twice, however many bear the same millisecond. To go on later,
        iterate over `event_pages`, and keep a page's cursor.

        Raises while iterating:
            EventsTooDense: a millisecond holds more events than the largest page.
        """
        return scan.events()

    @pages
    @_of_events(event_scan)
    def event_pages(self, scan: EventScan) -> Pages[EventPage]:
        """The events that pass the filters, in pages as they come, each with the cursor behind it.

        Raises while iterating:
            EventsTooDense: a millisecond holds more events than the largest page.
        """
        return scan.pages()

    @pages
    @_of_events(event_scan)
    def event_columns(self, scan: EventScan) -> Pages[EventColumns]:
        """The pages of `event_pages` by column, for a table: no object is made for an event.

        A page's cursor serves `event_pages` as well, and the other way round. Columns hold what the
        server sends of an actor, an ability or resources as JSON, in its own words.

        Raises while iterating:
            EventsTooDense: a millisecond holds more events than the largest page.
        """
        return scan.columns()

    @operation
    @_of_events(event_scan)
    def events_page(self, scan: EventScan) -> Call[EventPage]:
        """One page of events: the first one, or the one behind the cursor `after`."""
        return scan.page()

    @pages
    def search(
        self,
        *,
        guild_id: int | None | Unset = UNSET,
        guild_name: str | None | Unset = UNSET,
        guild_server_slug: str | None | Unset = UNSET,
        guild_server_region: str | None | Unset = UNSET,
        guild_tag_id: int | None | Unset = UNSET,
        user_id: int | None | Unset = UNSET,
        zone_id: int | None | Unset = UNSET,
        game_zone_id: int | None | Unset = UNSET,
        start_time: Instant | None | Unset = UNSET,
        end_time: Instant | None | Unset = UNSET,
        limit: int | None | Unset = UNSET,
    ) -> Pages[ReportSummary]:
        """Reports of a guild, of one of its teams, or of a user, in a span of time.

        Item by item, page after page of `search_page`.

        Raises:
            TypeError: of guild_name, guild_server_slug and guild_server_region some are missing.
            ValueError: start_time is not before end_time, or another argument has no such value.
        """
        return ReportSearch.search(
            guild_id=guild_id,
            guild_name=guild_name,
            guild_server_slug=guild_server_slug,
            guild_server_region=guild_server_region,
            guild_tag_id=guild_tag_id,
            user_id=user_id,
            zone_id=zone_id,
            game_zone_id=game_zone_id,
            start_time=checks.instant("start_time", start_time),
            end_time=checks.instant("end_time", end_time),
            limit=limit,
        )

    @operation
    def search_page(
        self,
        *,
        guild_id: int | None | Unset = UNSET,
        guild_name: str | None | Unset = UNSET,
        guild_server_slug: str | None | Unset = UNSET,
        guild_server_region: str | None | Unset = UNSET,
        guild_tag_id: int | None | Unset = UNSET,
        user_id: int | None | Unset = UNSET,
        zone_id: int | None | Unset = UNSET,
        game_zone_id: int | None | Unset = UNSET,
        start_time: Instant | None | Unset = UNSET,
        end_time: Instant | None | Unset = UNSET,
        limit: int | None | Unset = UNSET,
        page: int | None | Unset = UNSET,
    ) -> Call[ReportPage]:
        """One page of what `search` iterates over. Its total may be -1, where the server has not counted.

        Raises:
            TypeError: of guild_name, guild_server_slug and guild_server_region some are missing.
            ValueError: start_time is not before end_time, or another argument has no such value.
        """
        return ReportSearch.search_page(
            guild_id=guild_id,
            guild_name=guild_name,
            guild_server_slug=guild_server_slug,
            guild_server_region=guild_server_region,
            guild_tag_id=guild_tag_id,
            user_id=user_id,
            zone_id=zone_id,
            game_zone_id=game_zone_id,
            start_time=checks.instant("start_time", start_time),
            end_time=checks.instant("end_time", end_time),
            limit=limit,
            page=page,
        )

    @pages
    def of_guild(
        self,
        guild_id: int,
        *,
        zone_id: int | None | Unset = UNSET,
        start_time: Instant | None | Unset = UNSET,
        end_time: Instant | None | Unset = UNSET,
        limit: int | None | Unset = UNSET,
    ) -> Pages[ReportSummary]:
        """The reports of a guild, newest first."""
        return Reports.search(
            guild_id=guild_id, zone_id=zone_id, start_time=start_time, end_time=end_time, limit=limit
        )

    @pages
    def of_user(
        self,
        user_id: int,
        *,
        zone_id: int | None | Unset = UNSET,
        start_time: Instant | None | Unset = UNSET,
        end_time: Instant | None | Unset = UNSET,
        limit: int | None | Unset = UNSET,
    ) -> Pages[ReportSummary]:
        """The personal reports of a user, newest first."""
        return Reports.search(
            user_id=user_id, zone_id=zone_id, start_time=start_time, end_time=end_time, limit=limit
        )
