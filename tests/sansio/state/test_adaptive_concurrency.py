"""The adaptive numbers of calls: their laws step by step, and a brute-force model of each."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from offwire.state.adaptive_concurrency import (
    AdaptiveConcurrency,
    AdaptiveConcurrencyLimit,
    AdaptiveConcurrencySnapshot,
    AimdConcurrencyLimit,
    GradientConcurrencyLimit,
)

LIMITS: list[AdaptiveConcurrencyLimit] = [AimdConcurrencyLimit(), GradientConcurrencyLimit()]


each_limit = pytest.mark.parametrize("limit", LIMITS, ids=lambda each: type(each).__name__)


class Caller:
    """Sends one round after the other, as many side by side as may be."""

    def __init__(self, limit: AdaptiveConcurrencyLimit) -> None:
        self.machine: AdaptiveConcurrency = limit.machine()
        self.number = 0
        self.now = 0.0

    def send(self, calls: int | None = None) -> list[int]:
        sent: list[int] = []
        while self.machine.ready_at(1, self.now) == self.now and len(sent) != calls:
            self.number += 1
            self.machine.take(1, self.number, self.now)
            sent.append(self.number)
        return sent

    def round(self, seconds: float, calls: int | None = None, *, refused: int = 0) -> int:
        """All are answered after so many seconds, the first `refused` with a refusal; the new limit."""
        sent = self.send(calls)
        self.now += seconds
        for number in sent:
            if number < sent[0] + refused:
                self.machine.throttled(number)
            self.machine.finish(1, number, self.now, True)
        return self.machine.snapshot().calls


@each_limit
def test_no_more_than_the_limit_go_side_by_side(limit: AdaptiveConcurrencyLimit) -> None:
    caller = Caller(limit)
    sent = caller.send()
    assert len(sent) == 20
    assert caller.machine.ready_at(1, 7.0) == inf
    caller.machine.give_back(1, sent[0])
    assert caller.machine.ready_at(1, 7.0) == 7.0
    assert caller.machine.snapshot() == AdaptiveConcurrencySnapshot(
        limit=limit, in_flight=19, clear_at=None, calls=20
    )
    assert limit.largest == inf


def test_aimd_goes_up_by_one_for_each_answer_while_half_is_in_use() -> None:
    caller = Caller(AimdConcurrencyLimit())
    assert caller.round(0.1, calls=9) == 20, "too few of 20 to tell"
    assert caller.round(0.1, calls=10) == 21, "the tenth tells"
    assert caller.round(0.1) == 32, "21, of which the first ten had too few beside them"


@each_limit
def test_a_burst_of_refusals_cuts_once(limit: AdaptiveConcurrencyLimit) -> None:
    caller = Caller(limit)
    assert caller.round(0.1, refused=20) == 18
    assert caller.round(0.1, refused=18) == 16


@each_limit
def test_what_was_sent_after_a_cut_cuts_again(limit: AdaptiveConcurrencyLimit) -> None:
    caller = Caller(limit)
    first = caller.send(2)
    caller.machine.throttled(first[0])
    caller.machine.finish(1, first[0], 1.0, True)
    later = caller.send(1)
    caller.machine.throttled(first[1])
    caller.machine.finish(1, first[1], 1.0, True)
    assert caller.machine.snapshot().calls == 18
    caller.machine.throttled(later[0])
    caller.machine.finish(1, later[0], 1.0, True)
    assert caller.machine.snapshot().calls == 16


@each_limit
@pytest.mark.parametrize(
    ("seconds", "answered", "expected"),
    [
        pytest.param(5.5, True, 18, id="an answer that took too long"),
        pytest.param(5.5, False, 18, id="none for too long"),
        pytest.param(5.0, False, 20, id="given up"),
    ],
)
def test_patience_ends(
    limit: AdaptiveConcurrencyLimit, seconds: float, answered: bool, expected: int
) -> None:
    caller = Caller(limit)
    sent = caller.send()
    caller.machine.finish(1, sent[-1], seconds, answered)
    assert caller.machine.snapshot().calls == expected


@each_limit
def test_the_number_stays_in_its_bounds(limit: AdaptiveConcurrencyLimit) -> None:
    caller = Caller(limit)
    assert min(caller.round(0.1, refused=200) for _ in range(60)) == 1
    assert caller.machine.snapshot().calls == 1
    assert max(caller.round(0.1) for _ in range(400)) == 200
    assert caller.machine.snapshot().calls == 200


def test_the_gradient_goes_up_while_answers_are_as_quick_as_before() -> None:
    caller = Caller(GradientConcurrencyLimit())
    assert caller.round(0.1, calls=9) == 20, "too few of 20 to tell"
    assert caller.round(0.1, calls=10) == 20, "a fifth of the four that may wait"
    assert caller.round(0.1, calls=11) == 21


def test_the_gradient_goes_down_as_answers_slow_down() -> None:
    caller = Caller(GradientConcurrencyLimit())
    for _ in range(5):
        caller.round(0.1)
    before = caller.machine.snapshot().calls
    assert caller.round(0.125) >= before, "within the tolerance"
    before = caller.machine.snapshot().calls
    assert caller.round(1.0) < before / 2


def test_the_gradient_forgets_a_worse_time() -> None:
    caller = Caller(GradientConcurrencyLimit())
    for _ in range(3):
        caller.round(4.0)
    for _ in range(10):
        caller.round(0.1)
    before = caller.machine.snapshot().calls
    assert caller.round(1.0) < before, "a second is long again"


def test_answers_in_no_time_at_all_are_quick() -> None:
    caller = Caller(GradientConcurrencyLimit())
    assert caller.round(0.0) > 20


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda: AimdConcurrencyLimit(first=0), "AimdConcurrencyLimit.first", id="first"),
        pytest.param(
            lambda: AimdConcurrencyLimit(least=30),
            "AimdConcurrencyLimit: least, first and most have to be in this order, not 30, 20, 200",
            id="order",
        ),
        pytest.param(
            lambda: GradientConcurrencyLimit(cut=1.5), "GradientConcurrencyLimit.cut", id="a cut that raises"
        ),
        pytest.param(
            lambda: GradientConcurrencyLimit(tolerance=0.5), "GradientConcurrencyLimit.tolerance", id="none"
        ),
    ],
)
def test_numbers_out_of_range_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


# --- whatever comes --------------------------------------------------------------------------------------


class Seen:
    """One call that has ended, with all that was known when it was sent."""

    def __init__(self, number: int, beside: int, seconds: float, outcome: str, last: int) -> None:
        self.number = number
        self.beside = beside
        self.seconds = seconds
        self.outcome = outcome
        self.last = last


def aimd(limit: float, call: Seen, answers: list[float]) -> float:
    return limit + (call.beside * 2 >= limit)


def gradient(limit: float, call: Seen, answers: list[float]) -> float:
    whole = average = 0.0
    for number, seconds in enumerate(answers, 1):
        weight = 1 / number if number <= 10 else 2 / 601
        whole = average = average * (1 - weight) + seconds * weight
        if average / seconds > 2:
            average *= 0.95
    if call.beside < limit / 2:
        return limit
    aim = limit * max(0.5, min(1.0, 1.5 * whole / call.seconds)) + 4
    return 0.8 * limit + 0.2 * aim


def replay(
    seen: list[Seen], limits: AdaptiveConcurrencyLimit, law: Callable[[float, Seen, list[float]], float]
) -> float:
    """The limit, from the whole list of what was seen."""
    limit, cut_after, answers = float(limits.first), 0, list[float]()
    for call in seen:
        if call.outcome == "refused" or call.seconds > 5.0:
            if call.number > cut_after:
                limit, cut_after = limit * 0.9, call.last
        elif call.outcome == "answered":
            answers.append(call.seconds)
            limit = law(limit, call, answers)
        limit = max(limits.least, min(limits.most, limit))
    return limit


class AgainstAimd(RuleBasedStateMachine):
    limit: AdaptiveConcurrencyLimit = AimdConcurrencyLimit(first=4, least=2, most=9)
    law = staticmethod(aimd)

    def __init__(self) -> None:
        super().__init__()
        self.machine = self.limit.machine()
        self.now = 0.0
        self.number = 0
        self.flying: dict[int, tuple[float, int]] = {}
        self.seen: list[Seen] = []

    def expected(self) -> float:
        return replay(self.seen, self.limit, self.law)

    @rule(calls=st.integers(1, 6))
    def take(self, calls: int) -> None:
        for _ in range(calls):
            is_free = len(self.flying) < int(self.expected() + 1e-9)
            assert self.machine.ready_at(1, self.now) == (self.now if is_free else inf)
            if is_free:
                self.number += 1
                self.machine.take(1, self.number, self.now)
                self.flying[self.number] = (self.now, len(self.flying) + 1)

    @precondition(lambda self: self.flying)
    @rule(
        data=st.data(),
        seconds=st.sampled_from([0.125, 0.25, 1.0, 6.0]),
        outcome=st.sampled_from(["answered", "answered", "refused", "given up", "never sent"]),
    )
    def end(self, data: st.DataObject, seconds: float, outcome: str) -> None:
        number = data.draw(st.sampled_from(sorted(self.flying)))
        since, beside = self.flying.pop(number)
        self.now += seconds
        if outcome == "never sent":
            self.machine.give_back(1, number)
            return
        if outcome == "refused":
            self.machine.throttled(number)
        self.machine.finish(1, number, self.now, outcome != "given up")
        self.seen.append(Seen(number, beside, self.now - since, outcome, self.number))

    @invariant()
    def is_by_the_law(self) -> None:
        found = self.machine.snapshot()
        assert found.in_flight == len(self.flying)
        assert found.calls in {int(self.expected() - 1e-9), int(self.expected() + 1e-9)}


class AgainstGradient(AgainstAimd):
    limit = GradientConcurrencyLimit(first=4, least=2, most=9)
    law = staticmethod(gradient)


TestAgainstAimd = AgainstAimd.TestCase
TestAgainstGradient = AgainstGradient.TestCase
