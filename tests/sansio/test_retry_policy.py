"""The retry decision: the table of what may be repeated, AWS's published vectors, and the laws."""

from collections.abc import Callable, Sequence
from math import inf, nan
from random import Random

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from offwire.backoff import Constant, Decorrelated, Exponential, Jitter
from offwire.retry_policy import Again, Decision, Failure, Reach, RetryPolicy, Stop, StopReason
from offwire.safety import Safety
from offwire.state.retry_budget import NoBudget, RatioBudget, RetryBudget, TokenBudget
from offwire.state.retry_window import WindowBudget, budget_of
from offwire.time import Now


class Drawing(Random):
    """Chance that always draws the same."""

    def __init__(self, value: float) -> None:
        super().__init__(0)
        self.value = value

    def random(self) -> float:
        return self.value


PLAIN = RetryPolicy(backoff=Constant(1.0, jitter=Jitter.NONE))
NEVER_SENT = Failure(reach=Reach.NEVER_SENT)
MAYBE_SENT = Failure(reach=Reach.MAYBE_SENT)


def holding(policy: RetryPolicy, tokens: float) -> RetryBudget:
    """The policy's budget with so many tokens left."""
    assert not isinstance(policy.budget, WindowBudget)
    return RetryBudget(policy.budget, tokens=tokens)


def answered(status: int, *, wait: float | None = None, code: str | None = None) -> Failure:
    return Failure(reach=Reach.ANSWERED, status=status, server_wait=wait, code=code)


def decide(
    policy: RetryPolicy,
    failure: Failure,
    *,
    attempt: int = 1,
    safety: Safety = Safety.IDEMPOTENT,
    budget: RetryBudget | None = None,
    previous: float = 0.0,
    now: float = 1000.0,
    deadline: float | None = None,
    draw: float = 1.0,
) -> Decision:
    return policy.decide(
        failure,
        attempt=attempt,
        safety=safety,
        budget=budget or budget_of(policy.budget, Now()),
        previous_delay=previous,
        now=now,
        deadline=deadline,
        random=Drawing(draw),
    )


def wait_of(decision: Decision) -> float:
    assert isinstance(decision, Again)
    return decision.wait


def reason_of(decision: Decision) -> StopReason:
    assert isinstance(decision, Stop)
    return decision.reason


# --- what may be repeated ---------------------------------------------------------------------

AGAIN = "again"
STOP = StopReason.NOT_RETRYABLE
UNSAFE = StopReason.UNSAFE
DECISIONS = [
    # failure, safe, idempotent, keyed, unknown
    (NEVER_SENT, AGAIN, AGAIN, AGAIN, AGAIN),
    (MAYBE_SENT, AGAIN, AGAIN, AGAIN, UNSAFE),
    (Failure(reach=Reach.MAYBE_SENT, status=200), AGAIN, AGAIN, AGAIN, UNSAFE),  # cut off in its body
    (answered(400), STOP, STOP, STOP, STOP),
    (answered(401), STOP, STOP, STOP, STOP),
    (answered(404), STOP, STOP, STOP, STOP),
    (answered(408), AGAIN, AGAIN, AGAIN, UNSAFE),
    (answered(409), STOP, STOP, AGAIN, STOP),
    (answered(422), STOP, STOP, STOP, STOP),
    (answered(425), AGAIN, AGAIN, AGAIN, AGAIN),
    (answered(429), AGAIN, AGAIN, AGAIN, AGAIN),
    (answered(500), AGAIN, AGAIN, AGAIN, UNSAFE),
    (answered(501), STOP, STOP, STOP, STOP),
    (answered(502), AGAIN, AGAIN, AGAIN, UNSAFE),
    (answered(503), AGAIN, AGAIN, AGAIN, UNSAFE),
    (answered(503, wait=1.0), AGAIN, AGAIN, AGAIN, UNSAFE),
    (answered(504), AGAIN, AGAIN, AGAIN, UNSAFE),
    (evolve(answered(200), throttled=True), AGAIN, AGAIN, AGAIN, AGAIN),  # GraphQL
    (evolve(answered(503), throttled=True), AGAIN, AGAIN, AGAIN, AGAIN),
]


def named(failure: Failure, safety: Safety) -> str:
    details = [failure.reach.value, str(failure.status or ""), "throttled" if failure.throttled else ""]
    return " ".join([*filter(None, details), "with a wait" if failure.server_wait else "", safety.value])


@pytest.mark.parametrize(
    ("failure", "safety", "expected"),
    [
        pytest.param(failure, safety, outcome, id=named(failure, safety))
        for failure, *outcomes in DECISIONS
        for safety, outcome in zip(Safety, outcomes, strict=True)
    ],
)  # fmt: skip
def test_what_may_be_repeated(failure: Failure, safety: Safety, expected: object) -> None:
    decision = decide(PLAIN, failure, safety=safety)
    assert (AGAIN if isinstance(decision, Again) else decision.reason) == expected


def test_a_policy_may_say_that_503_is_given_before_the_server_begins() -> None:
    policy = evolve(PLAIN, unsafe_statuses={503})
    assert isinstance(decide(policy, answered(503), safety=Safety.UNKNOWN), Again)
    assert reason_of(decide(policy, answered(429), safety=Safety.UNKNOWN)) is UNSAFE


def test_a_policy_may_leave_409_alone() -> None:
    assert reason_of(decide(evolve(PLAIN, keyed_statuses=()), answered(409), safety=Safety.KEYED)) is STOP


def test_a_status_that_only_unsafe_statuses_names_is_not_retried() -> None:
    assert reason_of(decide(evolve(PLAIN, statuses={500}), answered(429))) is STOP


@pytest.mark.parametrize(
    ("code", "safety", "expected"),
    [
        pytest.param("RequestTimeout", Safety.SAFE, AGAIN, id="transient"),
        pytest.param("RequestTimeout", Safety.UNKNOWN, UNSAFE, id="transient, unknown"),
        pytest.param("SlowDown", Safety.UNKNOWN, AGAIN, id="throttling: the server did nothing"),
        pytest.param("ValidationException", Safety.SAFE, STOP, id="another code"),
        pytest.param(None, Safety.SAFE, STOP, id="no code"),
    ],
)
def test_a_servers_own_codes_decide_as_well(code: str | None, safety: Safety, expected: object) -> None:
    decision = decide(RetryPolicy.aws_2026(), answered(400, code=code), safety=safety)
    assert (AGAIN if isinstance(decision, Again) else decision.reason) == expected


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        pytest.param([*range(100, 104), *range(200, 209), *range(300, 308)], STOP, id="no failure"),
        pytest.param([each for each in range(400, 431) if each != 409], STOP, id="no fault of the server's"),
        pytest.param([409, 500, 503], AGAIN, id="worth another attempt"),
    ],
)
def test_stripes_list_of_statuses(statuses: list[int], expected: object) -> None:
    """Which all of its own keys make repeatable."""
    stripe = RetryPolicy(statuses=range(500, 600), keyed_statuses={409}, unsafe_statuses=())
    for status in statuses:
        decision = decide(stripe, answered(status), safety=Safety.KEYED)
        assert (AGAIN if isinstance(decision, Again) else decision.reason) == expected, status


# --- when, and when not ------------------------------------------------------------------------


def test_the_answer_says_when_and_what_it_cost() -> None:
    assert decide(PLAIN, answered(500), now=10.0) == Again(at=11.0, wait=1.0, cost=14.0)
    assert decide(PLAIN, answered(429), now=10.0) == Again(at=11.0, wait=1.0, cost=5.0)


def test_throttling_has_a_backoff_of_its_own() -> None:
    policy = evolve(PLAIN, throttle_backoff=Constant(7.0, jitter=Jitter.NONE))
    assert wait_of(decide(policy, answered(429))) == 7
    assert wait_of(decide(policy, evolve(answered(200), throttled=True))) == 7
    assert wait_of(decide(policy, answered(503))) == 1
    assert wait_of(decide(PLAIN, answered(429))) == 1, "without one it is the same as any other"


def test_the_wait_before_reaches_the_strategy() -> None:
    policy = RetryPolicy(backoff=Decorrelated(base=1.0, cap=100.0))
    assert wait_of(decide(policy, answered(500), attempt=2, previous=5.0)) == 15


class Backwards:
    """A strategy that goes wrong."""

    def __init__(self, delay: float) -> None:
        self._delay = delay

    def delay(self, attempt: int, previous: float, random: Random) -> float:
        return self._delay


@pytest.mark.parametrize("delay", [-5.0, nan])
def test_a_strategy_that_goes_wrong_gives_no_wait(delay: float) -> None:
    assert wait_of(decide(RetryPolicy(backoff=Backwards(delay)), answered(500))) == 0


@pytest.mark.parametrize(
    ("wait", "spread", "draw", "expected"),
    [
        pytest.param(0.0, 0.1, 1.0, 1.0, id="zero leaves our own"),
        pytest.param(0.5, 0.0, 1.0, 1.0, id="shorter than our own"),
        pytest.param(5.0, 0.0, 1.0, 5.0, id="no spread"),
        pytest.param(5.0, 0.1, 0.0, 5.0, id="spread, drawn lowest: never early"),
        pytest.param(5.0, 0.1, 1.0, 5.5, id="spread, drawn highest"),
        pytest.param(60.0, 0.1, 1.0, 61.0, id="spread has a bound"),
        pytest.param(120.0, 0.0, 1.0, 120.0, id="the longest that is kept"),
    ],
)
def test_a_servers_wait_is_kept(wait: float, spread: float, draw: float, expected: float) -> None:
    policy = evolve(PLAIN, spread=spread)
    assert wait_of(decide(policy, answered(503, wait=wait), draw=draw)) == expected


@pytest.mark.parametrize(("drawn", "milliseconds"), [(22, 522), (9999, 749)])
def test_a_spread_of_a_half_is_envoys_lower_bound(drawn: int, milliseconds: int) -> None:
    """Its table for a lower bound of 500 ms, where it takes a drawn number modulo what lies above."""
    policy = evolve(PLAIN, spread=0.5, backoff=Constant(0.0))
    wait = wait_of(decide(policy, answered(503, wait=0.5), draw=drawn % 250 / 250))
    assert wait == pytest.approx(milliseconds / 1000)


def test_a_longer_wait_than_the_policy_allows_is_carried_out_of_the_call() -> None:
    decision = decide(PLAIN, answered(429, wait=121.0))
    assert decision == Stop(reason=StopReason.SERVER_WAIT, retry_after=121.0)
    patient = evolve(PLAIN, max_server_wait=None, spread=0.0)
    assert wait_of(decide(patient, answered(429, wait=86_400.0))) == 86_400


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [
        pytest.param(1001.1, AGAIN, id="there is time"),
        pytest.param(1001.0, StopReason.DEADLINE, id="just at the deadline is too late"),
        pytest.param(999.0, StopReason.DEADLINE, id="it has passed"),
    ],
)
def test_no_wait_is_begun_that_the_deadline_would_cut(deadline: float, expected: object) -> None:
    budget = RetryBudget(TokenBudget())
    decision = decide(PLAIN, answered(500), deadline=deadline, budget=budget)
    if isinstance(decision, Stop):
        assert decision == Stop(reason=StopReason.DEADLINE, retry_after=1.0)
        assert expected is decision.reason
        assert budget.snapshot().tokens == 500, "what does not happen costs nothing"
    else:
        assert expected == AGAIN


def test_the_last_attempt_keeps_the_servers_wait_for_the_caller() -> None:
    assert decide(PLAIN, answered(503, wait=3.0), attempt=3) == Stop(
        reason=StopReason.ATTEMPTS, retry_after=3.0
    )
    assert decide(PLAIN, answered(404, wait=3.0)) == Stop(reason=StopReason.NOT_RETRYABLE, retry_after=3.0)
    unsafe = decide(PLAIN, answered(503, wait=3.0), safety=Safety.UNKNOWN)
    assert unsafe == Stop(reason=StopReason.UNSAFE, retry_after=3.0)


def test_without_budget_the_wait_that_was_refused_is_told() -> None:
    decision = decide(PLAIN, answered(503), budget=RetryBudget(TokenBudget(), tokens=13))
    assert decision == Stop(reason=StopReason.BUDGET, retry_after=1.0)


def test_each_failure_worth_a_retry_is_told_to_the_budget_once() -> None:
    policy = evolve(PLAIN, budget=RatioBudget(max_tokens=10))
    budget = budget_of(policy.budget, Now())
    for attempt in (1, 2, 3):
        decide(policy, answered(500), attempt=attempt, budget=budget)
        assert budget.snapshot().tokens == 10 - attempt, "the last attempt's counts as well"
    decide(policy, answered(404), budget=budget)
    decide(policy, answered(500), safety=Safety.UNKNOWN, budget=budget)
    assert budget.snapshot().tokens == 7


def test_never_is_one_attempt() -> None:
    never = RetryPolicy.never()
    assert reason_of(decide(never, NEVER_SENT)) is StopReason.ATTEMPTS
    assert never.budget == NoBudget()


# --- AWS's vectors -----------------------------------------------------------------------------

Step = tuple[int, str | None, float | None]


def play(
    policy: RetryPolicy, budget: RetryBudget, steps: Sequence[int | Step]
) -> list[tuple[str, float, float]]:
    """One call against these answers: for each the outcome, the tokens after it, and the wait."""
    told: list[tuple[str, float, float]] = []
    cost: float | None = None
    previous = 0.0
    for attempt, step in enumerate(steps, 1):
        status, code, wait = (step, None, None) if isinstance(step, int) else step
        if status == 200:
            budget.on_success(cost)
            told.append(("success", budget.snapshot().tokens, 0.0))
            continue
        failure = answered(status, code=code, wait=wait)
        decision = decide(
            policy, failure, attempt=attempt, safety=Safety.SAFE, budget=budget, previous=previous
        )
        if isinstance(decision, Again):
            cost, previous = decision.cost, decision.wait
            told.append(("retry", budget.snapshot().tokens, decision.wait))
        else:
            told.append((decision.reason.value, budget.snapshot().tokens, decision.pause))
    return told


NEW = RetryPolicy.aws_2026()
POLLING = RetryPolicy.aws_2026(long_poll=True)
LEGACY = RetryPolicy.aws_legacy()
THROTTLED: Step = (400, "Throttling", None)
AWS = [
    pytest.param(NEW, 500, [500, 500, 200],
                 [("retry", 486, .05), ("retry", 472, .1), ("success", 486, 0)], id="A1"),
    pytest.param(NEW, 500, [502, 502, 502],
                 [("retry", 486, .05), ("retry", 472, .1), ("attempts", 472, 0)], id="A2"),
    pytest.param(NEW, 14, [500, 500], [("retry", 0, .05), ("budget", 0, 0)], id="A3"),
    pytest.param(NEW, 0, [500], [("budget", 0, 0)], id="A4"),
    pytest.param(evolve(NEW, max_attempts=5), 500, [500] * 5,
                 [("retry", 486, .05), ("retry", 472, .1), ("retry", 458, .2), ("retry", 444, .4),
                  ("attempts", 444, 0)], id="A5"),
    pytest.param(evolve(NEW, max_attempts=5, backoff=Exponential(base=.05, cap=.2)), 500, [500] * 5,
                 [("retry", 486, .05), ("retry", 472, .1), ("retry", 458, .2), ("retry", 444, .2),
                  ("attempts", 444, 0)], id="A6"),
    pytest.param(evolve(NEW, max_attempts=5), 20, [500, 502], [("retry", 6, .05), ("budget", 6, 0)], id="A7"),
    pytest.param(NEW, 500, [THROTTLED, 200], [("retry", 495, 1.0), ("success", 500, 0)], id="A8"),
    pytest.param(NEW, 500, [(500, None, 1.5), 200], [("retry", 486, 1.5), ("success", 500, 0)], id="A9"),
    pytest.param(NEW, 500, [(500, None, 0.0), 200], [("retry", 486, .05), ("success", 500, 0)], id="A10"),
    pytest.param(NEW, 500, [(500, None, 10.0), 200], [("retry", 486, 5.05), ("success", 500, 0)], id="A11"),
    pytest.param(NEW, 500, [(500, None, None), 200], [("retry", 486, .05), ("success", 500, 0)],
                 id="A12, an invalid wait is no wait"),
    pytest.param(evolve(NEW, max_attempts=4, backoff=Exponential(base=.025)), 500, [500] * 4,
                 [("retry", 486, .025), ("retry", 472, .05), ("retry", 458, .1), ("attempts", 458, 0)],
                 id="A15"),
    pytest.param(POLLING, 0, [500], [("budget", 0, .05)], id="A16"),
    pytest.param(POLLING, 0, [THROTTLED], [("budget", 0, 1.0)], id="A17"),
    pytest.param(evolve(POLLING, max_attempts=2), 500, [500, 500],
                 [("retry", 486, .05), ("attempts", 486, 0)], id="A18"),
    pytest.param(evolve(POLLING, max_attempts=2), 500, [500, 200],
                 [("retry", 486, .05), ("success", 500, 0)], id="A19"),
    pytest.param(evolve(POLLING, max_attempts=2), 500, [404], [("not retryable", 500, 0)], id="A20"),
    pytest.param(LEGACY, 500, [500, 500, 200],
                 [("retry", 495, 1), ("retry", 490, 2), ("success", 495, 0)], id="B1"),
    pytest.param(LEGACY, 500, [502, 502, 502],
                 [("retry", 495, 1), ("retry", 490, 2), ("attempts", 490, 0)], id="B2"),
    pytest.param(LEGACY, 5, [500, 502], [("retry", 0, 1), ("budget", 0, 0)], id="B3"),
    pytest.param(LEGACY, 0, [500], [("budget", 0, 0)], id="B4"),
    pytest.param(evolve(LEGACY, max_attempts=5), 500, [500] * 5,
                 [("retry", 495, 1), ("retry", 490, 2), ("retry", 485, 4), ("retry", 480, 8),
                  ("attempts", 480, 0)], id="B5"),
    pytest.param(evolve(LEGACY, max_attempts=5, backoff=Exponential(base=1.0, cap=3.0)), 500, [500] * 5,
                 [("retry", 495, 1), ("retry", 490, 2), ("retry", 485, 3), ("retry", 480, 3),
                  ("attempts", 480, 0)], id="B6"),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "start", "steps", "expected"), AWS)
def test_aws_vectors(
    policy: RetryPolicy,
    start: float,
    steps: list[int | Step],
    expected: list[tuple[str, float, float]],
) -> None:
    told = play(policy, holding(policy, start), steps)
    assert [each[:2] for each in told] == [each[:2] for each in expected]
    assert [each[2] for each in told] == pytest.approx([each[2] for each in expected])


def test_aws_vector_a13_the_second_call_goes_on_with_what_the_first_left() -> None:
    policy = evolve(NEW, max_attempts=5)
    budget = holding(policy, 30)
    first = play(policy, budget, [500, 502, 200])
    assert [each[:2] for each in first] == [("retry", 16), ("retry", 2), ("success", 16)]
    assert [each[2] for each in first] == pytest.approx([0.05, 0.1, 0])
    assert play(policy, budget, [500, 200]) == [("retry", 2, 0.05), ("success", 16, 0)]


def test_aws_vector_a21_eleven_delays() -> None:
    waits = [
        wait_of(decide(evolve(NEW, max_attempts=12), answered(500), attempt=attempt))
        for attempt in range(1, 12)
    ]
    assert waits == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20, 20])


# --- the laws ----------------------------------------------------------------------------------

waits = st.none() | st.floats(0, 200)
failures = st.one_of(
    st.builds(Failure, reach=st.just(Reach.NEVER_SENT)),
    st.builds(Failure, reach=st.just(Reach.MAYBE_SENT)),
    st.builds(
        Failure,
        reach=st.just(Reach.ANSWERED),
        status=st.sampled_from([200, 400, 404, 408, 409, 425, 429, 500, 503]),
        throttled=st.booleans(),
        server_wait=waits,
    ),
)
policies = st.builds(
    RetryPolicy,
    max_attempts=st.integers(1, 4),
    backoff=st.builds(Exponential, base=st.floats(0.01, 5), cap=st.floats(0.1, 30)),
    max_server_wait=waits,
    spread=st.floats(0, 1),
    budget=st.builds(TokenBudget, capacity=st.integers(1, 40)) | st.just(NoBudget()),
)


@given(
    policy=policies,
    failure=failures,
    safety=st.sampled_from(Safety),
    attempt=st.integers(1, 2**31),
    tokens=st.floats(0, 40),
    now=st.floats(0, 1e6),
    left=st.none() | st.floats(-10, 100),
    seed=st.integers(0, 2**32),
)
def test_the_laws_of_a_decision(
    policy: RetryPolicy,
    failure: Failure,
    safety: Safety,
    attempt: int,
    tokens: float,
    now: float,
    left: float | None,
    seed: int,
) -> None:
    deadline = None if left is None else now + left

    def decided() -> tuple[Decision, float, float]:
        budget = holding(policy, tokens)
        before = budget.snapshot().tokens
        decision = policy.decide(
            failure, attempt=attempt, safety=safety, budget=budget, previous_delay=0.0, now=now,
            deadline=deadline, random=Random(seed),
        )  # fmt: skip
        return decision, before, budget.snapshot().tokens

    decision, before, after = decided()
    assert decided() == (decision, before, after), "same inputs, same output"
    asked = failure.server_wait
    if isinstance(decision, Stop):
        assert after == before, "what does not happen costs nothing"
        assert decision.pause == 0
        if asked is not None:
            assert decision.retry_after is not None
            assert decision.retry_after >= asked
        return
    assert attempt < policy.max_attempts
    assert after == before - decision.cost >= 0
    assert decision.wait >= 0
    assert decision.at == now + decision.wait
    assert deadline is None or decision.at < deadline
    assert isinstance(policy.backoff, Exponential)
    assert decision.wait <= max(policy.backoff.cap, (asked or 0) + 1), "the cap, or the server's wait and 1 s"
    if asked is not None:
        assert decision.wait >= asked, "never early"
        assert policy.max_server_wait is None or asked <= policy.max_server_wait
    if safety is Safety.UNKNOWN:
        assert failure.reach is not Reach.MAYBE_SENT
        if failure.reach is Reach.ANSWERED:
            assert failure.throttled or failure.status in {425, 429}, "nothing is done twice"


@given(policy=policies, script=st.lists(failures, min_size=1, max_size=10), seed=st.integers(0, 1000))
def test_a_call_never_has_more_attempts_than_allowed(
    policy: RetryPolicy, script: list[Failure], seed: int
) -> None:
    random, budget = Random(seed), budget_of(policy.budget, Now())
    attempts, now, previous = 0, 0.0, 0.0
    for failure in script:
        attempts += 1
        decision = policy.decide(
            failure, attempt=attempts, safety=Safety.SAFE, budget=budget, previous_delay=previous, now=now,
            deadline=None, random=random,
        )  # fmt: skip
        if isinstance(decision, Stop):
            break
        now, previous = decision.at, decision.wait
    assert attempts <= policy.max_attempts


# --- values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "make"),
    [
        pytest.param("Failure.status", lambda: Failure(reach=Reach.ANSWERED), id="no status"),
        pytest.param("Failure.server_wait", lambda: answered(429, wait=-1.0), id="a negative wait"),
        pytest.param("Failure.server_wait", lambda: answered(429, wait=inf), id="an endless wait"),
        pytest.param("RetryPolicy.max_attempts", lambda: RetryPolicy(max_attempts=0), id="attempts"),
        pytest.param("RetryPolicy.max_server_wait", lambda: RetryPolicy(max_server_wait=-1), id="max wait"),
        pytest.param(
            "RetryPolicy.server_wait_ceiling", lambda: RetryPolicy(server_wait_ceiling=nan), id="nan"
        ),
        pytest.param("RetryPolicy.spread", lambda: RetryPolicy(spread=-0.1), id="spread"),
    ],
)
def test_facts_and_numbers_out_of_range_are_refused(field: str, make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=field):
        make()


def test_sets_may_be_given_as_any_collection() -> None:
    policy = RetryPolicy(statuses=[500, 500], codes=["Busy"])
    assert policy.statuses == {500}
    assert policy.codes == {"Busy"}


@pytest.mark.parametrize(
    ("failure", "safety", "expected"),
    [
        pytest.param(answered(503), Safety.SAFE, True, id="it passes"),
        pytest.param(answered(503), Safety.UNKNOWN, False, id="it may do harm"),
        pytest.param(answered(404), Safety.SAFE, False, id="it stays"),
        pytest.param(
            Failure(reach=Reach.ANSWERED, status=400, throttled=True),
            Safety.UNKNOWN,
            True,
            id="it was refused",
        ),
    ],
)
def test_whether_another_attempt_may_help_is_told_without_deciding(
    failure: Failure, safety: Safety, expected: bool
) -> None:
    assert RetryPolicy().is_retryable(failure, safety) is expected
