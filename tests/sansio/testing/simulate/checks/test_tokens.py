"""The rules of tokens, against traces that keep them and traces that break them."""

from __future__ import annotations

import pytest

from offwire.events import QuotaWaited, TokenReceived, TokenRequested
from offwire.hedge_policy import HedgePolicy
from offwire.state.token_box import TokenState
from offwire.testing.simulate.checks.tokens import TOKEN_CHECKS
from offwire.testing.simulate.records import Marks, Paused
from offwire.testing.simulate.scenario import Scenario
from offwire.testing.simulate.tokens import SignIn
from tests.sansio.testing.simulate.checks.traces import TOKEN, answered, broken, ended, looked, sent


def request(at: float = 1.0) -> TokenRequested:
    return TokenRequested(at=at, call=1, generation=1)


def received(at: float = 1.0, generation: int = 1, lifetime: float | None = 600.0) -> TokenReceived:
    return TokenReceived(at=at, call=1, generation=generation, lifetime=lifetime)


def shows(
    token: int, at: float = 2.0, *, direct: bool = True, exchange: int = 1, left: float = 1.0
) -> object:
    return sent(at, 1, exchange, Marks(token=token, left=left), direct=direct)


def refreshes(refresh: int, exchange: int) -> object:
    return sent(1.0, 1, exchange, Marks("token", refresh=refresh))


WAITS = Paused(1.5, 1, None)
TURN = QuotaWaited(at=1.8, call=1, waited=0.3)
REFUSED = answered(3.0, status=401)
CAME = answered(1.0, issued=2, lifetime=10.0)
REFUSED_TOO = answered(3.0, exchange=2, status=401)
OWN_REFUSED = [request(), CAME, received(), shows(2), shows(2, exchange=2), REFUSED, request(3.0)]
BESIDE_THE_KEPT = [request(), received(), shows(3), WAITS, shows(2, exchange=2), REFUSED_TOO, request(4.0)]

TRACES = [
    pytest.param("T1", [sent(0.0, 1, 1, TOKEN), sent(0.0, 2, 2)], 0, id="T1 one"),
    pytest.param("T1", [sent(0.0, 1, 1, TOKEN), sent(0.0, 2, 2, TOKEN)], 1, id="T1 two"),
    pytest.param("T1", [sent(0.0, 1, 1, TOKEN), answered(1.0), sent(1.0, 2, 2, TOKEN)], 0, id="T1 answered"),
    pytest.param("T1", [sent(0.0, 1, 1, TOKEN), ended(1.0), sent(1.0, 2, 2, TOKEN)], 0, id="T1 given up"),
    pytest.param("T1", [received(), received(generation=2)], 0, id="T1 generations"),
    pytest.param("T1", [received(), received(generation=3)], 1, id="T1 one is left out"),
    pytest.param("T2", [CAME, shows(2)], 0, id="T2 the newest"),
    pytest.param("T2", [CAME, shows(1)], 1, id="T2 an old one"),
    pytest.param("T2", [CAME, WAITS, shows(1)], 0, id="T2 after a wait for a connection"),
    pytest.param("T2", [CAME, WAITS, TURN, shows(1)], 1, id="T2 after a wait for the quota"),
    pytest.param("T3", [shows(1), REFUSED, shows(2)], 0, id="T3 another"),
    pytest.param("T3", [shows(1), REFUSED, shows(1)], 1, id="T3 the same"),
    pytest.param("T3", [shows(0), REFUSED, shows(0)], 0, id="T3 none"),
    pytest.param(
        "T3", [shows(1), REFUSED, shows(2), REFUSED, shows(3), REFUSED, shows(4)], 1, id="T3 too often"
    ),
    pytest.param(
        "T4", [refreshes(1, 1), answered(2.0, status=None, error="MaybeSent"), refreshes(1, 2)], 0, id="T4"
    ),
    pytest.param("T4", [refreshes(1, each) for each in range(3)], 1, id="T4 three times"),
    pytest.param(
        "T4", [refreshes(1, 1), refreshes(1, 2), request(), refreshes(1, 3)], 0, id="T4 another fetch"
    ),
    pytest.param("T4", [refreshes(1, 1), CAME, refreshes(2, 2)], 0, id="T4 the successor"),
    pytest.param("T4", [refreshes(1, 1), CAME, refreshes(1, 2)], 1, id="T4 replayed"),
    pytest.param(
        "T4",
        [*[refreshes(1, 1), answered(2.0, status=None, error="NeverSent")] * 5],
        0,
        id="T4 never sent",
    ),
    pytest.param("T4", [shows(1)], 0, id="T4 no refresh token"),
    pytest.param("T5", [shows(1)], 0, id="T5 good"),
    pytest.param("T5", [shows(1, left=-1.0)], 1, id="T5 over"),
    pytest.param("T5", [WAITS, shows(1, left=-1.0)], 0, id="T5 after a wait for a connection"),
    pytest.param("T5", [WAITS, TURN, shows(1, left=-1.0)], 1, id="T5 after a wait for the quota"),
    pytest.param("T5", [sent(0.0, marks=TOKEN), CAME, shows(2, left=-1.0)], 1, id="T5 it came in time"),
    pytest.param(
        "T5",
        [sent(0.0, marks=TOKEN), answered(6.0, issued=2, lifetime=10.0), shows(2, left=-1.0)],
        0,
        id="T5 it came late",
    ),
    pytest.param("T6", [looked(1.0)], 0, id="T6 no tokens"),
    pytest.param(
        "T6", [looked(1.0, token=TokenState.REFRESHING, seats=1, usable_until=None)], 0, id="T6 none is good"
    ),
    pytest.param(
        "T6", [looked(1.0, token=TokenState.REFRESHING, seats=1, usable_until=2.0)], 1, id="T6 one is good"
    ),
    pytest.param("T7", [request(), received(), request(301.0)], 0, id="T7 in the soft window"),
    pytest.param("T7", [request(), received(), request(300.0)], 1, id="T7 before it"),
    pytest.param("T7", [request(), received(lifetime=None), request(1e6)], 1, id="T7 it lives for ever"),
    pytest.param(
        "T7", [request(), CAME, received(), shows(2), REFUSED, request(4.0)], 0, id="T7 it was refused"
    ),
    pytest.param(
        "T7",
        [request(), CAME, received(), shows(1), REFUSED, request(4.0)],
        1,
        id="T7 an old one was refused",
    ),
    pytest.param("T2", [CAME, CAME, shows(2)], 0, id="T2 the same one twice"),
    pytest.param("T7", [request(), received(), shows(3), REFUSED, request(4.0)], 0, id="T7 a kept one was"),
    pytest.param("T7", [request(), received(), shows(0), REFUSED, request(4.0)], 1, id="T7 none was shown"),
    pytest.param(
        "T7",
        [request(), CAME, request(), received(), shows(1), REFUSED, request(4.0)],
        0,
        id="T7 a kept one was, after one that was lost with its fetch",
    ),
    pytest.param(
        "T7", [*OWN_REFUSED, received(3.0), shows(1), REFUSED, request(4.0)], 0, id="T7 a kept one, older"
    ),
    pytest.param(
        "T7", [*OWN_REFUSED, received(3.0), REFUSED_TOO, request(4.0)], 1, id="T7 the one before it, again"
    ),
    pytest.param(
        "T7", [request(), received(), WAITS, shows(3), REFUSED, request(4.0)], 0, id="T7 perhaps a kept one"
    ),
    pytest.param("T7", BESIDE_THE_KEPT, 1, id="T7 one that is not the kept one"),
]


def test_a_rule_concerns_scenarios_with_a_sign_in() -> None:
    assert all(
        each.concerns(Scenario(sign_in=SignIn())) and not each.concerns(Scenario()) for each in TOKEN_CHECKS
    )


@pytest.mark.parametrize(("rule", "trace", "times"), TRACES)
def test_a_trace_breaks_a_rule_or_keeps_it(rule: str, trace: list[object], times: int) -> None:
    assert broken(rule, Scenario(), *trace) == times


def test_where_calls_are_hedged_nobody_knows_which_of_the_two_has_waited() -> None:
    hedged = Scenario(hedge=HedgePolicy(after=1.0))
    assert not broken("T7", hedged, *BESIDE_THE_KEPT)
    assert broken("T7", hedged, *OWN_REFUSED, received(3.0), REFUSED_TOO, request(4.0)) == 1
    assert broken("T7", hedged, request(), CAME, received(), shows(1), REFUSED, request(4.0)) == 1
