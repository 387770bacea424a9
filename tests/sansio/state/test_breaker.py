"""The breaker: its table, its counting, and the places of its probes, which always come back."""

from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from offwire.state.breaker import (
    TRANSITIONS,
    Breaker,
    BreakerPolicy,
    BreakerSnapshot,
    Cause,
    Pass,
    Refused,
    State,
)

OF_FOUR = BreakerPolicy(window=4, min_calls=4)
ALL_OF_THREE = BreakerPolicy(failure_rate=1.0, window=3, min_calls=3)
SMALL = BreakerPolicy(window=4, min_calls=2, open_for=10)


def passed(breaker: Breaker, now: float = 0.0) -> Pass:
    answer = breaker.ask(now)
    assert isinstance(answer, Pass)
    return answer


def opened(policy: BreakerPolicy = SMALL, at: float = 0.0, open_for: float | None = None) -> Breaker:
    breaker = Breaker(policy)
    for _ in range(policy.min_calls):
        breaker.fail(passed(breaker), at, open_for)
    assert state_of(breaker) is State.OPEN
    return breaker


def state_of(breaker: Breaker) -> State:
    """For type checkers, which believe that a state stays what it was."""
    return breaker.state


# --- the table ----------------------------------------------------------------------------------


def test_the_only_ways_are_round_and_back() -> None:
    ways = {(before, after) for (before, _), after in TRANSITIONS.items()}
    assert ways == {
        (State.CLOSED, State.OPEN),
        (State.OPEN, State.HALF_OPEN),
        (State.HALF_OPEN, State.OPEN),
        (State.HALF_OPEN, State.CLOSED),
    }
    assert set(TRANSITIONS) <= set(product(State, Cause))


# --- closed ---------------------------------------------------------------------------------------


def test_a_new_breaker_is_closed_under_the_default_policy() -> None:
    assert Breaker().snapshot() == BreakerSnapshot(
        state=State.CLOSED, since=0, changes=0, calls=0, failures=0, open_until=None, next_open_for=30,
        probes_running=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "outcomes", "state"),
    [
        pytest.param(BreakerPolicy(), "x" * 19, State.CLOSED, id="below min_calls, all failures"),
        pytest.param(BreakerPolicy(), "x" * 20, State.OPEN, id="min_calls, all failures"),
        pytest.param(BreakerPolicy(), "." * 10 + "x" * 10, State.OPEN, id="just the rate"),
        pytest.param(BreakerPolicy(), "." * 11 + "x" * 10, State.CLOSED, id="just below the rate"),
        pytest.param(BreakerPolicy(), "x" * 19 + "...", State.CLOSED, id="a success never opens"),
        pytest.param(BreakerPolicy(failure_rate=0.1, min_calls=30), "." * 27 + "xxx", State.OPEN, id="1/10"),
        pytest.param(OF_FOUR, "x....x", State.CLOSED, id="old outcomes are forgotten"),
        pytest.param(OF_FOUR, "....x..x", State.OPEN, id="within the window they are not"),
        pytest.param(OF_FOUR, "....x...x", State.CLOSED, id="just outside of it they are"),
        pytest.param(BreakerPolicy(window=1, min_calls=1), "x", State.OPEN, id="one failure"),
        pytest.param(ALL_OF_THREE, ".xx", State.CLOSED, id="not all"),
        pytest.param(ALL_OF_THREE, ".xxx", State.OPEN, id="all of the latest"),
    ],
)  # fmt: skip
def test_it_opens_at_the_rate_over_the_window(policy: BreakerPolicy, outcomes: str, state: State) -> None:
    breaker = Breaker(policy)
    for each in outcomes:
        if each == "x":
            breaker.fail(passed(breaker), 0)
        else:
            breaker.succeed(passed(breaker), 0)
    assert state_of(breaker) is state


def test_what_is_released_counts_as_nothing() -> None:
    breaker = Breaker(SMALL)
    for _ in range(10):
        breaker.release(passed(breaker))
    assert breaker.snapshot().calls == 0


# --- open -------------------------------------------------------------------------------------------


def test_an_open_one_refuses_until_its_time() -> None:
    breaker = opened(at=100)
    assert breaker.ask(100) == Refused(110)
    assert breaker.ask(109.9) == Refused(110)
    assert breaker.snapshot().open_until == 110
    assert isinstance(breaker.ask(110), Pass)
    assert state_of(breaker) is State.HALF_OPEN
    assert breaker.snapshot().open_until is None


@pytest.mark.parametrize("open_for", [0.0, 3.0, 600.0])
def test_a_server_that_names_a_time_gets_it(open_for: float) -> None:
    assert opened(at=100, open_for=open_for).ask(99) == Refused(100 + open_for)


def test_outcomes_of_calls_that_began_before_it_opened_change_nothing() -> None:
    breaker = Breaker(SMALL)
    late = passed(breaker)
    breaker.fail(late, 0)
    breaker.fail(late, 0)
    before = breaker.snapshot()
    breaker.succeed(late, 1)
    breaker.fail(late, 1, 500)
    breaker.release(late)
    assert breaker.snapshot() == before
    probe = passed(breaker, 10)
    breaker.fail(late, 11)
    breaker.succeed(late, 11)
    assert state_of(breaker) is State.HALF_OPEN
    breaker.succeed(probe, 11)
    for _ in range(5):
        breaker.fail(late, 12)
    assert state_of(breaker) is State.CLOSED, "a new time has begun"
    assert breaker.snapshot().calls == 0


def test_each_opening_is_longer_up_to_the_cap_and_closing_resets_that() -> None:
    policy = BreakerPolicy(window=4, min_calls=2, open_for=10, open_growth=3, open_cap=60)
    breaker = opened(policy)
    now, times = 0.0, list[float]()
    for _ in range(4):
        answer = breaker.ask(now)
        assert isinstance(answer, Refused)
        times.append(answer.until - now)
        now = answer.until
        breaker.fail(passed(breaker, now), now)
    assert times == [10, 30, 60, 60]
    now += 60
    breaker.succeed(passed(breaker, now), now)
    assert breaker.snapshot().next_open_for == 10


def test_the_first_opening_is_below_the_cap_as_well() -> None:
    assert opened(BreakerPolicy(window=2, min_calls=2, open_for=500)).ask(0) == Refused(300)


# --- half open ----------------------------------------------------------------------------------------


def test_one_probe_at_a_time() -> None:
    breaker = opened()
    probe = passed(breaker, 10)
    assert breaker.ask(12) == Refused(12), "nobody knows when the probe will end"
    breaker.succeed(probe, 13)
    assert state_of(breaker) is State.CLOSED
    assert breaker.snapshot().since == 13
    assert isinstance(breaker.ask(13), Pass)


def test_a_probe_that_is_given_up_gives_its_place_back() -> None:
    breaker = opened()
    probe = passed(breaker, 10)
    breaker.release(probe)
    breaker.release(probe)
    assert breaker.snapshot().probes_running == 0
    breaker.succeed(probe, 10)
    assert state_of(breaker) is State.HALF_OPEN, "it has ended before"
    assert isinstance(breaker.ask(10), Pass)


def test_several_probes_have_all_to_succeed() -> None:
    breaker = opened(BreakerPolicy(window=4, min_calls=2, open_for=10, probes=3))
    probes = [passed(breaker, 10) for _ in range(3)]
    assert breaker.ask(10) == Refused(10)
    breaker.succeed(probes[0], 10)
    assert isinstance(breaker.ask(10), Refused), "three are enough to know"
    breaker.release(probes[1])
    again = passed(breaker, 10)
    breaker.succeed(probes[2], 10)
    assert state_of(breaker) is State.HALF_OPEN
    breaker.succeed(again, 10)
    assert state_of(breaker) is State.CLOSED


def test_one_probe_that_fails_opens_again_and_the_others_do_not_matter() -> None:
    breaker = opened(BreakerPolicy(window=4, min_calls=2, open_for=10, probes=2))
    first, second = passed(breaker, 10), passed(breaker, 10)
    breaker.fail(first, 11, 100)
    assert breaker.ask(12) == Refused(111)
    before = breaker.snapshot()
    breaker.fail(second, 12)
    assert breaker.snapshot() == before
    assert before.probes_running == 0


@pytest.mark.parametrize(
    ("field", "make"),
    [
        pytest.param("failure_rate", lambda: BreakerPolicy(failure_rate=0), id="rate"),
        pytest.param("window", lambda: BreakerPolicy(window=0), id="window"),
        pytest.param("min_calls", lambda: BreakerPolicy(min_calls=0), id="min_calls"),
        pytest.param(
            "min_calls has to be at most window", lambda: BreakerPolicy(window=10), id="never opens"
        ),
        pytest.param("open_for", lambda: BreakerPolicy(open_for=0), id="open_for"),
        pytest.param("open_growth", lambda: BreakerPolicy(open_growth=0.5), id="growth"),
        pytest.param("open_cap", lambda: BreakerPolicy(open_cap=0), id="cap"),
        pytest.param("probes", lambda: BreakerPolicy(probes=0), id="probes"),
    ],
)
def test_numbers_out_of_range_are_refused(field: str, make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=field):
        make()


# --- against a model that keeps a list ----------------------------------------------------------------


class Model(RuleBasedStateMachine):
    """Any schedule of calls, and all that is known of them."""

    @initialize(
        window=st.integers(2, 6),
        min_calls=st.integers(1, 2),
        rate=st.sampled_from([0.3, 0.5, 1.0]),
        probes=st.integers(1, 3),
    )
    def begin(self, window: int, min_calls: int, rate: float, probes: int) -> None:
        self.policy = BreakerPolicy(
            failure_rate=rate, window=window, min_calls=min_calls, open_for=1, open_growth=2, open_cap=5,
            probes=probes,
        )  # fmt: skip
        self.breaker = Breaker(self.policy)
        self.now = 0.0
        self.state = State.CLOSED
        self.epoch = 0
        self.outcomes: list[bool] = []
        self.openings = 0
        self.until = 0.0
        self.succeeded = 0
        self.running: list[tuple[Pass, int]] = []  # with the epoch in which they began

    def change(self, state: State) -> None:
        self.state = state
        self.epoch += 1
        self.succeeded = 0
        if state is State.CLOSED:
            self.outcomes, self.openings = [], 0

    def open(self, open_for: float | None) -> None:
        own = min(5.0, 2.0**self.openings)
        self.until = self.now + (own if open_for is None else open_for)
        self.openings += 1
        self.change(State.OPEN)

    @rule(dt=st.sampled_from([0.25, 1.0, 5.0]))
    def wait(self, dt: float) -> None:
        self.now += dt

    @rule()
    def ask(self) -> None:
        answer = self.breaker.ask(self.now)
        if self.state is State.OPEN and self.now < self.until:
            assert answer == Refused(self.until), "no call starts before its time"
            return
        if self.state is State.OPEN:
            self.change(State.HALF_OPEN)
        probes = sum(epoch == self.epoch for _, epoch in self.running)
        if self.state is State.HALF_OPEN and probes + self.succeeded >= self.policy.probes:
            assert answer == Refused(self.now)
        else:
            assert isinstance(answer, Pass)
            self.running.append((answer, self.epoch))

    @precondition(lambda self: self.running)
    @rule(which=st.integers(0, 100))
    def succeed(self, which: int) -> None:
        passed, epoch = self.running.pop(which % len(self.running))
        self.breaker.succeed(passed, self.now)
        if epoch != self.epoch:
            return
        if self.state is State.CLOSED:
            self.outcomes.append(True)
        else:
            self.succeeded += 1
            if self.succeeded == self.policy.probes:
                self.change(State.CLOSED)

    @precondition(lambda self: self.running)
    @rule(which=st.integers(0, 100), open_for=st.sampled_from([None, None, 0.5, 8.0]))
    def fail(self, which: int, open_for: float | None) -> None:
        passed, epoch = self.running.pop(which % len(self.running))
        self.breaker.fail(passed, self.now, open_for)
        if epoch != self.epoch:
            return
        if self.state is State.HALF_OPEN:
            self.open(open_for)
            return
        self.outcomes.append(False)
        latest = self.outcomes[-self.policy.window :]
        if (
            len(latest) >= self.policy.min_calls
            and latest.count(False) / len(latest) >= self.policy.failure_rate
        ):
            self.open(open_for)

    @precondition(lambda self: self.running)
    @rule(which=st.integers(0, 100))
    def release(self, which: int) -> None:
        passed, _ = self.running.pop(which % len(self.running))
        self.breaker.release(passed)

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        shown = self.breaker.snapshot()
        assert shown.state is self.breaker.state is self.state
        assert shown.changes == self.epoch
        probes = sum(epoch == self.epoch for _, epoch in self.running) if self.state is State.HALF_OPEN else 0
        assert shown.probes_running == probes <= self.policy.probes
        if self.state is State.CLOSED:
            latest = self.outcomes[-self.policy.window :]
            assert (shown.calls, shown.failures) == (len(latest), latest.count(False))

    def teardown(self) -> None:
        """Once the server is well and calls keep coming, it closes within one opening."""
        for passed, _ in self.running:
            self.breaker.release(passed)
        self.now = max(self.now, self.until)
        for _ in range(self.policy.probes):
            answer = self.breaker.ask(self.now)
            assert isinstance(answer, Pass)
            self.breaker.succeed(answer, self.now)
        assert state_of(self.breaker) is State.CLOSED


Model.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestAgainstAModel = Model.TestCase


@given(outcomes=st.lists(st.booleans(), max_size=40))
def test_while_it_is_calm_one_more_success_changes_nothing(outcomes: list[bool]) -> None:
    breaker = Breaker(BreakerPolicy(window=5, min_calls=5, failure_rate=1.0))
    for now, is_well in enumerate(outcomes):
        before, was_calm = breaker.snapshot(), breaker.is_calm
        pass_ = breaker.shared
        if pass_ is None:
            break
        if is_well:
            breaker.succeed(pass_, now)
            assert not was_calm or breaker.snapshot() == before
        else:
            breaker.fail(pass_, now)
        if breaker.state is State.CLOSED:
            last = outcomes[max(0, now - 4) : now + 1]
            assert breaker.is_calm is (last == [True] * 5)
