"""What several rules presuppose."""

from __future__ import annotations

import pytest
from attrs import evolve

from offwire.errors import ConnectTimeout, NeverSent
from offwire.testing.simulate.checks.premises import NEVER_SENT, in_order, is_priced
from offwire.testing.simulate.scenario import Quota, Scenario
from offwire.testing.simulate.tokens import SignIn

PLAIN = Scenario()


@pytest.mark.parametrize(
    ("scenario", "priced"),
    [
        pytest.param(PLAIN, False, id="no limit"),
        pytest.param(evolve(PLAIN, quota=Quota()), False, id="units of one"),
        pytest.param(evolve(PLAIN, quota=Quota(priced=True)), True, id="prices"),
    ],
)
def test_priced(scenario: Scenario, priced: bool) -> None:
    assert is_priced(scenario) is priced


@pytest.mark.parametrize(
    ("scenario", "ordered"),
    [
        pytest.param(PLAIN, True, id="nobody waits"),
        pytest.param(evolve(PLAIN, sign_in=SignIn()), False, id="for a token"),
        pytest.param(evolve(PLAIN, connections=1), False, id="for a connection"),
    ],
)
def test_in_order(scenario: Scenario, ordered: bool) -> None:
    assert in_order(scenario) is ordered


def test_what_was_never_sent_has_the_names_of_the_errors() -> None:
    assert {each.__name__ for each in (NeverSent, ConnectTimeout)} == NEVER_SENT
