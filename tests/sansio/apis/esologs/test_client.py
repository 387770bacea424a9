"""EsoLogs: which endpoint a call goes to, as whom, and what is said where a credential is missing."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from offwire import Bearer, ClientCredentials, Options, Policies, RefreshToken
from offwire.apis.esologs import DEFAULT_POLICIES, SITE, TOKEN_URL, EsoLogs, UserNeeded
from offwire.errors import AuthenticationError, SignInFailed
from offwire.events import CallStarted, Event
from offwire.mode import Sync
from offwire.testing import Client, Drop, Script, json_answer
from offwire.testing.esologs import FakeEsoLogs
from tests.sansio.apis.esologs.kit import signed_in
from tests.sansio.clients import AsyncClient, items, result

Canary = Callable[[str], str]

ABILITY = json_answer(
    {"data": {"gameData": {"ability": {"id": 1, "name": "Jabs", "icon": None, "description": ""}}}}
)
USER = json_answer({"data": {"userData": {"currentUser": {"id": 7, "name": "Ada"}}}})


def sent(server: Script) -> list[tuple[str, str | None]]:
    """Where to, and with which token."""
    return [(each.url.path, each.headers.get("authorization")) for each in server.requests]


def test_each_endpoint_has_its_token(canary: Canary) -> None:
    mine, theirs = canary("program's token"), canary("user's token")
    server = Script(ABILITY, USER)
    eso = EsoLogs(Client(server), auth=Bearer(mine), user=Bearer(theirs))
    assert eso.game_data.ability(1) is not None
    assert eso.users.identity() is not None
    assert sent(server) == [
        ("/api/v2/client", f"Bearer {mine}"),
        ("/api/v2/user", f"Bearer {theirs}"),
    ]
    assert str(server.requests[0].url) == f"{SITE}/api/v2/client"


def test_as_user_sends_everything_as_the_user(canary: Canary) -> None:
    mine, theirs = canary("program's token"), canary("user's token")
    server = Script(ABILITY, USER, ABILITY)
    eso = EsoLogs(Client(server), auth=Bearer(mine), user=Bearer(theirs))
    view = eso.as_user
    assert (view.game_data.ability(1), view.users.identity()) is not None
    assert eso.game_data.ability(1) is not None
    assert sent(server) == [
        ("/api/v2/user", f"Bearer {theirs}"),
        ("/api/v2/user", f"Bearer {theirs}"),
        ("/api/v2/client", f"Bearer {mine}"),
    ]


def test_with_a_user_alone_everything_goes_as_the_user(canary: Canary) -> None:
    theirs = canary("user's token")
    server = Script(ABILITY, USER)
    eso = EsoLogs(Client(server), user=Bearer(theirs))
    assert eso.game_data.ability(1) is not None
    assert eso.users.identity() is not None
    assert sent(server) == [("/api/v2/user", f"Bearer {theirs}")] * 2


def test_a_call_that_needs_a_user_says_so() -> None:
    server = Script()
    eso = EsoLogs(Client(server), auth=Bearer("token"))
    with pytest.raises(UserNeeded):
        eso.as_user.system.rate_limit()
    with pytest.raises(UserNeeded, match=r"no user has signed in.*user=") as caught:
        eso.users.current()
    assert isinstance(caught.value, SignInFailed)
    assert caught.value.operation == "Users.current"
    assert pickle.loads(pickle.dumps(caught.value)).message == caught.value.message
    assert server.requests == ()


def test_somebody_has_to_sign_in() -> None:
    with pytest.raises(TypeError, match=r"auth=.*user=.*from_env"):
        EsoLogs(Client(Script()))


def test_views_keep_their_options(canary: Canary) -> None:
    theirs = canary("user's token")
    server = Script(ABILITY, USER)
    eso = EsoLogs(Client(server), auth=Bearer("token"), user=Bearer(theirs))
    view = eso.with_options(Options(headers={"X-Trace": "1"})).as_user
    assert view.game_data.ability(1) is not None
    assert view.users.identity() is not None
    assert [each.headers.get("x-trace") for each in server.requests] == ["1", "1"]
    assert view.snapshot() == eso.as_user.snapshot()


def test_another_site() -> None:
    server = Script(ABILITY)
    eso = EsoLogs(Client(server), auth=Bearer("token"), base_url="http://127.0.0.1:8000/")
    assert eso.game_data.ability(1) is not None
    assert str(server.requests[0].url) == "http://127.0.0.1:8000/api/v2/client"


def test_a_query_is_sent_again() -> None:
    server = Script(Drop(), json_answer({}, 503), ABILITY)
    assert EsoLogs(Client(server), auth=Bearer("token")).game_data.ability(1) is not None
    assert len(server.requests) == 3


def test_a_token_that_is_refused() -> None:
    server = Script(json_answer({"error": "Unauthenticated."}, 401))
    with pytest.raises(AuthenticationError):
        EsoLogs(Client(server), auth=Bearer("token")).game_data.ability(1)


def test_policies_are_for_both_endpoints() -> None:
    told: list[Event] = []
    server = Script(ABILITY)
    policies = Policies(observers=[told.append])
    eso = EsoLogs(Client(server), auth=Bearer("token"), policies=policies)
    assert eso.game_data.ability(1) is not None
    with pytest.raises(UserNeeded):
        eso.users.current()
    started = [each.operation for each in told if isinstance(each, CallStarted)]
    assert started == ["GameData.ability", "Users.current"]
    assert DEFAULT_POLICIES.deadline is not None


def test_both_sign_ins_against_the_stand_in() -> None:
    fake = FakeEsoLogs()
    eso = signed_in(fake, Client(fake))
    current = eso.users.current()
    assert current is not None
    assert eso.users.identity() is not None
    assert eso.as_user.characters.get(1) == eso.characters.get(1)
    assert fake.stats.token_requests == 2


def test_asynchronously() -> None:
    fake = FakeEsoLogs(events=500)
    eso = signed_in(fake, AsyncClient(fake))
    report = items(eso.reports.of_guild(1))[0]
    events = items(eso.reports.events(report.code))
    assert len(events) == 500
    assert result(eso.users.current()) is not None
    assert result(eso.guilds.find(id=1)) == result(eso.guilds.get(1))


def test_points_and_forecasts_are_those_of_where_calls_go() -> None:
    fake = FakeEsoLogs()
    eso = signed_in(fake, Client(fake))
    assert eso.forecast({"reports.events": 2}).guessed == ("reports.events",)
    eso.as_user.system.rate_limit()
    assert (eso.points.budget, eso.as_user.points.budget) == (None, 18000.0)
    assert eso.as_user.forecast({"reports.events": 2}).seconds == 0.0
    with pytest.raises(ValueError, match=r"reports\.events"):
        eso.forecast({"reports.event": 2})


class TestFromEnv:
    """The client out of environment variables."""

    def test_reads_id_and_secret(self, canary: Canary) -> None:
        fake = FakeEsoLogs(client_id="me", client_secret=canary("client secret"))
        environ = {"ESOLOGS_ID": "me", "ESOLOGS_SECRET": canary("client secret")}
        client = Client(fake)
        eso: EsoLogs[Sync] = EsoLogs.from_env(client, environ)
        assert eso.game_data.ability(1) is not None
        assert str(client.requests[0].url) == TOKEN_URL

    def test_takes_what_the_constructor_takes(self) -> None:
        fake = FakeEsoLogs()
        user = RefreshToken(
            token_url=TOKEN_URL, client_id="client", client_secret="secret",
            refresh_token=fake.issue_refresh_token(),
        )  # fmt: skip
        environ = {"ESOLOGS_ID": "client", "ESOLOGS_SECRET": "secret"}
        eso = EsoLogs.from_env(Client(fake), environ, user=user, policies=Policies(deadline=5.0))
        assert eso.users.identity() is not None

    def test_another_site(self) -> None:
        fake = FakeEsoLogs()
        environ = {
            "ESOLOGS_ID": "client",
            "ESOLOGS_SECRET": "secret",
            "ESOLOGS_URL": "http://127.0.0.1:8000/",
        }
        client = Client(fake)
        assert EsoLogs.from_env(client, environ).game_data.ability(1) is not None
        assert [str(each.url) for each in client.requests] == [
            "http://127.0.0.1:8000/oauth/token",
            "http://127.0.0.1:8000/api/v2/client",
        ]

    @pytest.mark.parametrize(
        ("environ", "missing"),
        [
            pytest.param({}, "ESOLOGS_ID", id="nothing"),
            pytest.param({"ESOLOGS_ID": "me"}, "ESOLOGS_SECRET", id="no secret"),
            pytest.param({"ESOLOGS_ID": " ", "ESOLOGS_SECRET": "s"}, "ESOLOGS_ID", id="an empty id"),
        ],
    )
    def test_names_what_is_missing(self, environ: dict[str, str], missing: str) -> None:
        with pytest.raises(ValueError, match=rf"^{missing} is not set.*https://www.esologs.com/api/clients"):
            EsoLogs.from_env(Client(Script()), environ)


def test_no_secret_is_shown(canary: Canary) -> None:
    source = ClientCredentials(token_url=TOKEN_URL, client_id="me", client_secret=canary("client secret"))
    eso = EsoLogs(Client(FakeEsoLogs()), auth=source)
    with pytest.raises(SignInFailed) as caught:
        eso.game_data.ability(1)
    assert caught.value.is_final
    assert canary("client secret") not in repr(source)
