"""What simulations have found: the smallest case of each. What is not mended yet is marked so.

A mark is strict: whoever mends one of these is told to take it away.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import ClassVar

import pytest

from offwire.state.limits import WindowLimit
from offwire.state.quota import Quota as CoreQuota
from offwire.state.quota import Turn
from offwire.testing.simulate import Check, Quota, Scenario, SignIn, Violation, drawn, scenario, simulate
from offwire.testing.simulate.records import Began, Ended, Sent


class NoExpiredToken(Check):
    """T5 without its exemption: not even a call that has waited in a line shows a token that is over."""

    rule: ClassVar[str] = "T5"

    def sent(self, record: Sent) -> None:
        if record.marks.left < 0:
            self.fail(record.at, record.call, f"its token has been over for {-record.marks.left:.3f} s")


class EndsInTime(Check):
    """Y6 without its exemption: a call ends by its deadline, also while it waits to fetch a token."""

    rule: ClassVar[str] = "Y6"

    def _begin(self) -> None:
        self.deadlines: dict[int, float] = {}

    def began(self, record: Began) -> None:
        if record.deadline is not None:
            self.deadlines[record.call] = record.deadline

    def ended(self, record: Ended) -> None:
        if record.at > self.deadlines.get(record.call, inf) + 1e-6:
            self.fail(record.at, record.call, "it has ended after its deadline")


def violations(scenario: Scenario, check: type[Check]) -> Sequence[Violation]:
    return simulate(scenario, [check]).violations


def test_a_token_that_ended_in_the_line_for_the_quota_is_not_shown() -> None:
    """Mended: a call got its token before it waited for the quota, and was sent with it all the same."""
    crowd = Scenario(
        callers=12,
        calls=3,
        pace=0.0,
        quota=Quota(units=3, per=20.0),
        sign_in=SignIn(lifetime=30.0),
        breaker=None,
    )
    assert not violations(crowd, NoExpiredToken)


def test_a_report_takes_off_what_was_given_up_and_may_still_arrive() -> None:
    """Mended: a report took off what was in flight only."""
    quota = CoreQuota([WindowLimit(10, 1.0)])
    first, second = quota.acquire(0.0), quota.acquire(0.1)
    assert not isinstance(first, Turn)
    assert not isinstance(second, Turn)
    quota.settle(second, 0.2, answered=False)
    quota.report(remaining=1, reset_after=60.0, limit=2, now=0.3, sent_before=first)
    quota.settle(first, 0.3)
    # The server counts the second one after the first: nothing is left before the reset.
    assert isinstance(quota.acquire(0.4), Turn)


def test_who_waits_for_a_connection_to_sign_in_keeps_the_deadline() -> None:
    """Mended: a sign-in that uses something up heeded its own limit only, even with nothing sent yet."""
    slow = Scenario(
        callers=6,
        calls=4,
        pace=5.0,
        connections=1,
        takes=25.0,
        sign_in=SignIn(rotating=True, lifetime=20.0),
        deadlines=1.0,
        deadline_up_to=60.0,
        breaker=None,
    )
    assert not violations(slow, EndsInTime)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws as before there were fleets, hedges, and places in a line: a seed was found with those draws."""
    monkeypatch.setattr(scenario, "_FLEETS", 0.0)
    monkeypatch.setattr(scenario, "_hedge", lambda _seed: None)
    monkeypatch.setattr(scenario, "_places", lambda _seed: ())


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("seed", [100525, 100822, 100989, 104049, 110767])
def test_an_early_fetch_that_is_given_up_leaves_no_token_that_has_ended(seed: int) -> None:
    """Mended: the old token was used, although it had ended while the next one was fetched."""
    simulate(drawn(seed)).check()


@pytest.mark.parametrize("seed", [72, 180])
def test_who_waited_with_a_lease_in_hand_that_ran_out_asks_for_another_one(seed: int) -> None:
    """Mended: a permit that waited for a token or a connection was used after its lease."""
    simulate(drawn(seed)).check()


@pytest.mark.parametrize("seed", [68])
def test_who_waits_for_another_program_to_renew_the_token_keeps_the_deadline(seed: int) -> None:
    """Mended: the wait for the claim of a token heeded its own limit only."""
    simulate(drawn(seed)).check()


def test_who_could_neither_save_nor_read_does_not_renew_from_what_another_program_has_used() -> None:
    """Mended: what could not be saved stood in for what could not be read, whoever had had the claim."""
    simulate(drawn(254)).check()


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("seed", [19, 339])
def test_who_fetched_a_token_with_a_permit_in_hand_heeds_that_all_were_sent_away(seed: int) -> None:
    """Mended: only who had waited for a connection looked again whether the server wants to see anybody."""
    simulate(drawn(seed)).check()
