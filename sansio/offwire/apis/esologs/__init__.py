"""`EsoLogs`: the client of ESO Logs, in three worlds.

    with offwire_sync.Client() as client:
        eso = EsoLogs.from_env(client, os.environ)
        for event in eso.reports.events("VfxqaX47HGC98rAp", fight_ids=[3]):
            ...

What answers are made of stands in `offwire.apis.esologs.generated`: models, and enums.
"""

from typing import TYPE_CHECKING

from offwire.apis.esologs.addresses import AUTHORIZE_URL, SCOPES, SITE, TOKEN_URL
from offwire.apis.esologs.client import EsoLogs
from offwire.apis.esologs.errors import EventsTooDense, UserNeeded

if TYPE_CHECKING:
    from offwire.apis.esologs.events import Event, EventAbility, EventActor, Resources
    from offwire.apis.esologs.events_cursor import EventsCursor
    from offwire.apis.esologs.events_paging import EventColumns, EventPage
    from offwire.apis.esologs.policies import DEFAULT_POLICIES

__all__ = [
    "AUTHORIZE_URL",
    "DEFAULT_POLICIES",
    "EsoLogs",
    "Event",
    "EventAbility",
    "EventActor",
    "EventColumns",
    "EventPage",
    "EventsCursor",
    "EventsTooDense",
    "Resources",
    "SCOPES",
    "SITE",
    "TOKEN_URL",
    "UserNeeded",
]

if not TYPE_CHECKING:  # pragma: no branch - type checkers would take any name for one of ours

    def __getattr__(name: str) -> object:
        """Load what not every program needs when it is first named (PEP 562)."""
        if name in ("Event", "EventAbility", "EventActor", "Resources"):
            from offwire.apis.esologs import events as found  # noqa: PLC0415 - as the docstring says
        elif name == "EventsCursor":
            from offwire.apis.esologs import events_cursor as found  # noqa: PLC0415
        elif name in ("EventColumns", "EventPage"):
            from offwire.apis.esologs import events_paging as found  # noqa: PLC0415
        elif name == "DEFAULT_POLICIES":
            from offwire.apis.esologs import policies as found  # noqa: PLC0415
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value = getattr(found, name)
        return value
