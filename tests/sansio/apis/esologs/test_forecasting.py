"""Forecasts: calls by the names that a client has for them, priced by what answers have taught."""

from __future__ import annotations

import pytest
from attrs import evolve

from offwire import Bearer, ConcurrencyLimit, Policies
from offwire.apis.esologs import DEFAULT_POLICIES, EsoLogs
from offwire.apis.esologs.points import HINTS, POINTS
from offwire.errors import UsageError
from offwire.mode import Sync
from offwire.testing import Client, Script
from offwire.testing.esologs import FakeEsoLogs, Points
from tests.sansio.apis.esologs.kit import signed_in
from tests.sansio.clients import AsyncClient, result


@pytest.fixture
def eso() -> EsoLogs[Sync]:
    fake = FakeEsoLogs(
        points=Points(cost=lambda operation: 4.0 if "Guild" in (operation.name or "") else 2.0)
    )
    return signed_in(fake, Client(fake))


def test_before_anything_is_known_prices_are_hints(eso: EsoLogs[Sync]) -> None:
    found = eso.forecast({"reports.events": 34, "characters.get": 200})
    expected = 34 * HINTS["Reports.events"] + 200 * HINTS["Characters.get"]
    assert (found.expected, found.most) == (expected, expected)
    assert found.guessed == ("reports.events", "characters.get")
    assert found.seconds is None


def test_prices_are_learned_from_answers(eso: EsoLogs[Sync]) -> None:
    for _ in range(3):
        eso.characters.get(1)
        eso.guilds.get(1)
    found = eso.forecast({"characters.get": 10, "guilds.get": 5, "reports.get": 1})
    assert found.expected == 10 * 2.0 + 5 * 4.0 + HINTS["Reports.get"]
    assert found.guessed == ("reports.get",)
    assert found.seconds == 0.0


def test_a_list_is_priced_by_its_own_name(eso: EsoLogs[Sync]) -> None:
    assert len(list(eso.guilds.members(1, limit=10))) > 20
    assert eso.forecast({"guilds.members": 1}).guessed == ()
    assert eso.forecast({"guilds.members_page": 1}).guessed == ("guilds.members_page",)


def test_each_endpoint_has_its_own_points(eso: EsoLogs[Sync]) -> None:
    eso.system.rate_limit()
    mine, theirs = eso.forecast({"guilds.get": 1}), eso.forecast({"users.get": 1, "guilds.get": 1})
    assert (mine.seconds, theirs.seconds) == (0.0, None)
    assert theirs.expected == HINTS["Users.get"] + HINTS["Guilds.get"]
    assert eso.as_user.forecast({"guilds.get": 1}).seconds is None
    eso.as_user.system.rate_limit()
    both = eso.forecast({"users.get": 1, "guilds.get": 9000})
    assert both.seconds == eso.forecast({"guilds.get": 9000}).seconds
    assert both.seconds is not None
    assert both.seconds > 0.0


def test_nothing_costs_nothing(eso: EsoLogs[Sync]) -> None:
    found = eso.forecast({})
    assert (found.expected, found.most, found.guessed, found.seconds) == (0.0, 0.0, (), 0.0)


def test_it_neither_sends_nor_awaits_anything() -> None:
    fake = FakeEsoLogs()
    client = AsyncClient(fake)
    asynchronous = signed_in(fake, client)
    assert asynchronous.forecast({"system.rate_limit": 2}).expected == 2.0
    assert asynchronous.points.budget is None
    assert client.requests == ()
    result(asynchronous.system.rate_limit())
    assert asynchronous.points.budget == 18000.0


def test_how_the_points_stand(eso: EsoLogs[Sync]) -> None:
    assert (eso.points.budget, eso.points.spent) == (None, 0.0)
    eso.guilds.get(1)
    assert (eso.points.limit, eso.points.budget, eso.points.spent) == (POINTS, 18000.0, 4.0)
    assert eso.as_user.points.budget is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("reports.event", r"not 'reports\.event'; close to it: reports\.events", id="a letter"),
        pytest.param("Reports.events", r"close to it: reports\.events", id="its operation"),
        pytest.param("events", r"close to it: reports\.events", id="no group"),
        pytest.param("report.events", r"close to it: reports\.events", id="another group"),
        pytest.param("x", r"not 'x', such as reports\.events$", id="nothing like it"),
        pytest.param("reports.__init__", "not 'reports.__init__'", id="no operation"),
        pytest.param("client.run", "not 'client.run'", id="no group of operations"),
    ],
)
def test_an_unknown_call_is_refused(eso: EsoLogs[Sync], name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        eso.forecast({name: 1})


def test_fewer_than_no_calls_are_refused(eso: EsoLogs[Sync]) -> None:
    with pytest.raises(ValueError, match=r"not -1 of Guilds\.get"):
        eso.forecast({"guilds.get": -1})


@pytest.mark.parametrize(
    "policies", [Policies(), Policies(quota=[ConcurrencyLimit(calls=1)])], ids=["no limit", "another limit"]
)
def test_without_points_there_is_no_forecast(policies: Policies) -> None:
    eso = EsoLogs(Client(Script()), auth=Bearer("token"), policies=policies)
    for ask in (lambda: eso.forecast({"guilds.get": 1}), lambda: eso.points):
        with pytest.raises(UsageError, match=r"quota=\(POINTS,\)"):
            ask()


def test_points_may_be_kept_to_in_other_ways() -> None:
    fake = FakeEsoLogs()
    policies = evolve(DEFAULT_POLICIES, quota=[evolve(POINTS, burst=1.0, spare=3000.0)])
    eso = EsoLogs(Client(fake), auth=signed_in(fake, Client(fake))._engine._source, policies=policies)
    eso.system.rate_limit()
    assert eso.points.budget == 15000.0
    assert eso.forecast({"characters.get": 2900}).seconds == 0.0
