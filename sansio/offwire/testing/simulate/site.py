"""`Site`: the server of a scenario, with its parts, its tokens and its weather.

Rules of this file: each part draws from chance of its own, so that one fault more does not change
what else happens. All processes of a scenario meet the same site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing.chance import seeded
from offwire.testing.servers import Answer, Reply, Server
from offwire.testing.simulate.parts import (
    Down,
    Flaky,
    Limited,
    Network,
    Part,
    Redirects,
    Unreliable,
    Weather,
    served,
)
from offwire.testing.simulate.records import Record, Visited, made
from offwire.testing.simulate.scenario import API, ELSEWHERE, PRICES, Scenario
from offwire.testing.simulate.secrets import new_secret
from offwire.testing.simulate.tokens import SignIn, TokenServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from offwire.time import Now


class Site:
    """What callers meet."""

    def __init__(self, scenario: Scenario, record: Callable[[Record], object]) -> None:
        """Set it up; `record` is told what the limit has counted."""
        self.weather: Final = Weather()
        self.tokens: Final = TokenServer(
            scenario.sign_in or SignIn(), seeded(scenario.seed, "tokens"), self.weather
        )
        self.secret: Final = new_secret("credential", seeded(scenario.seed, "credential"))
        self.cookie: Final = new_secret("session", seeded(scenario.seed, "cookie"))
        self._record = record
        self.server: Final = self._served(scenario)
        """Answers requests, by its own clock."""

    def _served(self, scenario: Scenario) -> Server:
        weather, seed = self.weather, scenario.seed
        parts: list[Part] = []
        if scenario.network != Network():
            parts.append(Unreliable(scenario.network, seeded(seed, "network"), weather))
        if scenario.down:
            parts.append(Down(*scenario.down, refuses=scenario.down_refuses, weather=weather))
        on_the_way = tuple(parts)
        if scenario.sign_in is not None:
            parts.append(self.tokens)
        quota = scenario.quota
        if quota is not None:
            cost = _cost if quota.priced else None
            parts.append(Limited(quota.server(), says=quota.says, cost=cost, witness=self._visited))
        if scenario.flaky:
            chance = seeded(seed, "flaky")
            parts.append(Flaky(scenario.flaky, chance, wait=scenario.flaky_wait, echo=True, weather=weather))
        if scenario.redirects:
            parts.append(Redirects(scenario.redirects, seeded(seed, "redirects"), (API, ELSEWHERE)))
        headers = {"Set-Cookie": f"session={self.cookie}; Path=/"} if scenario.cookies else {}
        answer = Answer(Response(200, headers=headers, content=b"{}"), scenario.takes)

        def app(_request: Request, _now: Now) -> Reply:
            return answer

        inner = served(app, *parts)
        stranger = Answer(Response(200, content=b"{}"), scenario.takes)
        beyond = served(lambda _request, _now: stranger, *on_the_way)

        def server(request: Request, now: Now) -> Reply:
            return (beyond if request.url.origin == ELSEWHERE else inner)(request, now)

        return server

    def _visited(self, at: float, cost: float, admitted: bool) -> None:
        self._record(made(Visited, (at, cost, admitted)))


def _cost(request: Request) -> float:
    return PRICES[request.url.text.partition("?")[0].rpartition("/")[2]]
