"""A simulated hour of ESO Logs' points: 50 callers that never have enough, and costs that nobody told."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from random import Random
from typing import Any

import pytest
from attrs import evolve

from offwire import Call
from offwire.apis.esologs import EsoLogs
from offwire.apis.esologs.groups import Characters, GameData, Guilds
from offwire.apis.esologs.points import POINTS
from offwire.apis.esologs.policies import DEFAULT_POLICIES
from offwire.apis.esologs.reports import Reports
from offwire.auth import ClientCredentials
from offwire.flow import Flow
from offwire.state.points import PointsLimit
from offwire.testing import World
from offwire.testing.esologs import FakeEsoLogs, Points
from tests.sansio.clients import Within

HOUR = 3600.0
CALLERS = 50


def calls(fake: FakeEsoLogs, random: Random) -> Iterator[tuple[str, Call[Any]]]:
    """A harvest's mix, with names by which costs are learned."""
    for code in cycle(fake.codes):
        yield "Reports.get", Reports.get(code)
        yield "Reports.events_page", Reports.events_page(code, limit=random.choice([100, 300, 1000]))
        yield "Reports.table", Reports.table(code)
        yield "GameData.ability", GameData.ability(random.randrange(1, 50))
        yield "Guilds.get", Guilds.get(random.randrange(1, 20))
        yield "Characters.get", Characters.get(random.randrange(1, 200))


@pytest.mark.parametrize("limit_of_ours", [POINTS, evolve(POINTS, hints={})], ids=["hints", "no hints"])
@pytest.mark.parametrize("counts_itself", [True, False], ids=["counts itself", "does not"])
def test_an_hour_of_points_is_used_up_and_nobody_is_refused(
    counts_itself: bool, limit_of_ours: PointsLimit
) -> None:
    limit = 2400
    fake = FakeEsoLogs(points=Points(limit=limit, counts_itself=counts_itself))
    random = Random(1)
    with World(fake, latency=lambda chance: chance.uniform(0.02, 0.5)) as world:
        site = "https://eso.test"
        auth = ClientCredentials(token_url=f"{site}/oauth/token", client_id="client", client_secret="secret")
        policies = evolve(DEFAULT_POLICIES, deadline=None, quota=[limit_of_ours])
        eso = EsoLogs(Within(world), auth=auth, base_url=site, policies=policies)
        mix = calls(fake, random)

        def caller() -> Flow[None]:
            while True:
                operation, call = next(mix)
                yield from eso._engine.perform(call, operation)

        for _ in range(CALLERS):
            world.spawn(caller())
        world.advance(1.1 * HOUR)
    assert fake.stats.throttled == 0
    assert fake.stats.by_status.keys() == {200}
    assert fake.stats.points_spent[0] >= 0.97 * limit
    assert fake.stats.points_spent[0] <= limit
