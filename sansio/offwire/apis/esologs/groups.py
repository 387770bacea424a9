"""The groups of ESO Logs' operations, but for reports: what is generated, with its arguments checked.

Rules of this file: a method that is generated is not written again; what stands here gives it
checks, or puts two of them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offwire.apis.esologs.checking import Checks, Needs, checked
from offwire.apis.esologs.checks import attendance_limit, id_or_name
from offwire.apis.esologs.generated.characters import Characters as GeneratedCharacters
from offwire.apis.esologs.generated.game_data import GameData as GeneratedGameData
from offwire.apis.esologs.generated.guilds import Guilds as GeneratedGuilds
from offwire.apis.esologs.generated.progress_race import ProgressRace as GeneratedProgressRace
from offwire.apis.esologs.generated.system import System as GeneratedSystem
from offwire.apis.esologs.generated.users import Users as GeneratedUsers
from offwire.apis.esologs.generated.world_data import WorldData as GeneratedWorldData
from offwire.mode import M
from offwire.operations.call import Call
from offwire.operations.descriptors import operation

if TYPE_CHECKING:
    from offwire.apis.esologs.generated.characters_models import Character
    from offwire.apis.esologs.generated.guilds_models import Guild


@checked()
class GameData(GeneratedGameData[M]):
    """What the game holds: abilities, classes, items and sets, maps, and who lives there."""


@checked()
class Characters(GeneratedCharacters[M]):
    """Players' characters, their reports and their rankings."""

    @operation
    def find(
        self,
        *,
        id: int | None = None,
        name: str | None = None,
        server_slug: str | None = None,
        server_region: str | None = None,
    ) -> Call[Character | None]:
        """One character, by its id, or by its name and server; None if there is none.

        Raises:
            TypeError: both ways are given, or neither, or one of them in part.
        """
        which = id_or_name(id, name, server_slug, server_region)
        return Characters.get(which) if isinstance(which, int) else Characters.by_name(*which)


@checked()
class WorldData(GeneratedWorldData[M]):
    """Zones and their encounters, expansions, regions and servers."""


_A_PAGE_OF_ATTENDANCE: Checks = {"limit": attendance_limit}
_A_SERVER: Needs = {"server_region": ("server_slug",)}


@checked(
    {"attendance": _A_PAGE_OF_ATTENDANCE, "attendance_page": _A_PAGE_OF_ATTENDANCE},
    needs={"search": _A_SERVER, "search_page": _A_SERVER},
)
class Guilds(GeneratedGuilds[M]):
    """Guilds, their members, attendance and rankings."""

    @operation
    def find(
        self,
        *,
        id: int | None = None,
        name: str | None = None,
        server_slug: str | None = None,
        server_region: str | None = None,
    ) -> Call[Guild | None]:
        """One guild, by its id, or by its name and server; None if there is none.

        Raises:
            TypeError: both ways are given, or neither, or one of them in part.
        """
        which = id_or_name(id, name, server_slug, server_region)
        return Guilds.get(which) if isinstance(which, int) else Guilds.by_name(*which)


@checked()
class ProgressRace(GeneratedProgressRace[M]):
    """Races for a world first, while there is one; the site looks anew every 30 seconds."""


@checked()
class Users(GeneratedUsers[M]):
    """Who has signed in, and other users."""


@checked()
class System(GeneratedSystem[M]):
    """The account of the API key."""
