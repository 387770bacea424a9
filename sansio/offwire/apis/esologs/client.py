"""`EsoLogs`: the client of ESO Logs, in three worlds.

    with offwire_sync.Client() as client:
        eso = EsoLogs.from_env(client, os.environ)
        report = eso.reports.get("VfxqaX47HGC98rAp")
        for event in eso.reports.events(report.code, fight_ids=[3]):
            ...

Rules of this file: there are two endpoints with the same schema, one for programs and one for
users. Each has an engine of its own, since each has its own token and its own quota. What is a
user's goes to the second, everything else to the first; `as_user` sends everything to the second.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import TYPE_CHECKING, Self, TypeVar

from attrs import evolve

from offwire.apis.esologs.addresses import CLIENT_PATH, SITE, TOKEN_PATH, USER_PATH
from offwire.apis.esologs.groups import (
    Characters,
    GameData,
    Guilds,
    ProgressRace,
    System,
    Users,
    WorldData,
)
from offwire.apis.esologs.reports import Reports
from offwire.mode import Async, Client, M, Sync
from offwire.operations.group import Api, Group
from offwire.operations.options import NO_OPTIONS, Options
from offwire.operations.wiring import groups_of

if TYPE_CHECKING:
    from offwire.auth.credentials import FixedCredential
    from offwire.auth.fetched import TokenSource
    from offwire.engine import Engine
    from offwire.policies import Policies
    from offwire.state.points import PointsForecast, PointsSnapshot

N = TypeVar("N", bound=Sync | Async)
"""The mode of a client that is being made."""


class EsoLogs(Api[M]):
    """ESO Logs, version 2 of its API.

    Give `auth` for a program that signs in as itself, `user` for somebody who has signed in, or
    both. With `user` alone, every call is sent as that user.
    """

    base_url = SITE

    game_data: GameData[M]
    """Abilities, classes, items, sets, maps and the like."""
    characters: Characters[M]
    """Players' characters, their reports and rankings."""
    world_data: WorldData[M]
    """Zones and encounters, regions and servers."""
    guilds: Guilds[M]
    """Guilds, their members, attendance and rankings."""
    reports: Reports[M]
    """Reports: what they hold, and how to find them."""
    progress_race: ProgressRace[M]
    """Races for a world first, while there is one."""
    users: Users[M]
    """Who has signed in, and other users. Needs `user`."""
    system: System[M]
    """The account of the API key."""

    def __init__(
        self,
        client: Client[M],
        *,
        auth: FixedCredential | TokenSource | None = None,
        user: FixedCredential | TokenSource | None = None,
        base_url: str | None = None,
        policies: Policies | None = None,
    ) -> None:
        """Bind the client of ESO Logs to a client that sends.

        Args:
            client: what sends; it owns connections, and nothing else.
            auth: the program's own token, such as ClientCredentials(token_url=TOKEN_URL, ...).
            user: the token of a user, such as RefreshToken(token_url=TOKEN_URL, ...).
            base_url: where ESO Logs is, such as a stand-in's address; `SITE` by default.
            policies: how calls behave; `DEFAULT_POLICIES` by default. Each endpoint has them for
                itself.

        Raises:
            TypeError: neither `auth` nor `user` is given: the site answers nobody unknown.
            ValueError: `base_url` is none, or plain http to another machine.
        """
        if auth is None and user is None:
            raise TypeError(
                "EsoLogs needs auth=, the program's own token, or user=, that of a user: "
                "EsoLogs.from_env(client, os.environ) reads ESOLOGS_ID and ESOLOGS_SECRET"
            )
        from offwire.apis.esologs.policies import DEFAULT_POLICIES  # noqa: PLC0415 - as in Api
        from offwire.apis.esologs.signed_out import signed_out  # noqa: PLC0415 - as above
        from offwire.engine import Engine  # noqa: PLC0415 - as above

        site = (base_url or self.base_url).rstrip("/")
        policies = policies or DEFAULT_POLICIES
        for_users = policies if user is not None else evolve(policies, middleware=(signed_out,))
        self._user_engine = Engine(
            client.runtime, base_url=f"{site}{USER_PATH}", auth=user, policies=for_users
        )
        if auth is None:
            self._wire(client, self._user_engine, NO_OPTIONS)
        else:
            super().__init__(client, base_url=f"{site}{CLIENT_PATH}", auth=auth, policies=policies)

    @staticmethod
    def from_env(
        client: Client[N],
        environ: Mapping[str, str],
        *,
        user: FixedCredential | TokenSource | None = None,
        policies: Policies | None = None,
    ) -> EsoLogs[N]:
        """The client with the credentials that `environ`, such as `os.environ`, holds.

        `ESOLOGS_ID` and `ESOLOGS_SECRET` are those of an API client, which is made at
        https://www.esologs.com/api/clients. `ESOLOGS_URL` names another site, such as a stand-in's,
        if it is there.

        Raises:
            ValueError: a variable is missing or empty; the message names it.
        """
        from offwire.auth.oauth2 import ClientCredentials  # noqa: PLC0415 - as in Api

        site = (environ.get("ESOLOGS_URL") or SITE).rstrip("/")
        auth = ClientCredentials(
            token_url=f"{site}{TOKEN_PATH}",
            client_id=_variable(environ, "ESOLOGS_ID"),
            client_secret=_variable(environ, "ESOLOGS_SECRET"),
        )
        return EsoLogs(client, auth=auth, user=user, base_url=site, policies=policies)

    @property
    def as_user(self) -> Self:
        """A view that sends every call as the user, for private reports and the user's own quota.

        Its calls raise `UserNeeded` where no `user` was given.
        """
        view = copy(self)
        view._wire(self._client, self._user_engine, self._options)
        return view

    @property
    def points(self) -> PointsSnapshot:
        """How the points of the hour stand, as the last answer left them. Nothing is sent for it.

        `as_user.points` are those of the user.

        Raises:
            UsageError: the policies keep to no points.
        """
        from offwire.apis.esologs.forecasting import points_account  # noqa: PLC0415 - few programs ask

        return points_account(self._engine).snapshot()

    def forecast(self, calls: Mapping[str, int]) -> PointsForecast:
        """What calls will cost: `eso.forecast({"reports.events": 34, "characters.get": 200})`.

        Nothing is sent for it, and nothing awaited, in any world. Costs are those that were learned
        of each operation, else what its users have seen; `guessed` names the calls of which it is so.
        `seconds` counts from the last answer, and is None before the first one.

        Args:
            calls: how many, by the names that they have on this client. Each page of a list is a
                call: of events, there is one for each `limit` of them.

        Raises:
            ValueError: there is no such call, or fewer than 0 of it.
            UsageError: the policies keep to no points.
        """
        from offwire.apis.esologs.forecasting import forecast  # noqa: PLC0415 - as above

        groups: dict[str, Group[M]] = {name: getattr(self, name) for name in groups_of(type(self), Group)}
        return forecast(groups, calls, self._client.runtime.now.monotonic)

    def _wire(
        self, client: Client[M], engine: Engine, options: Options, above: tuple[type[object], ...] = ()
    ) -> None:
        super()._wire(client, engine, options, above)
        self.users._wire(client, self._user_engine, options)


def _variable(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise ValueError(
            f"{name} is not set: make an API client at https://www.esologs.com/api/clients, and put its "
            "id into ESOLOGS_ID and its secret into ESOLOGS_SECRET"
        )
    return value
