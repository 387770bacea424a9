"""The token box: one fetch for all, generations, windows, failures, and calls that give up."""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from offwire.auth.token import Token, TokenGrant
from offwire.errors import SignInFailed
from offwire.secret import Secret
from offwire.state.token_box import (
    Lease,
    Seat,
    SharedFailure,
    TokenBox,
    TokenBoxSnapshot,
    TokenPolicy,
    TokenState,
)

T = TypeVar("T")
POLICY = TokenPolicy()
REFUSED = SignInFailed(message="no", code="invalid_client", is_final=True)
DOWN = SignInFailed(message="down", status=503)


def expect(kind: type[T], answer: object) -> T:
    assert isinstance(answer, kind), answer
    return answer


def filled(lifetime: float | None = 3600.0, policy: TokenPolicy = POLICY, jitter: float = 0.0) -> TokenBox:
    """A box with a token of generation 1 that was asked for, and came, at 0."""
    box = TokenBox(policy, jitter=jitter)
    box.fulfil(expect(Lease, box.ask(0.0)), TokenGrant("one", lifetime=lifetime, refresh="r1"), 0.0, 0.0)
    return box


def text(token: Token) -> str:
    return token.access.reveal()


# Fetching the first token


def test_the_first_to_ask_fetches_and_the_others_wait_and_get_the_same_token() -> None:
    box = TokenBox(POLICY)
    lease = expect(Lease, box.ask(0.0))
    assert (lease.generation, lease.previous, lease.fallback) == (1, None, None)
    seats = [expect(Seat, box.ask(0.0)) for _ in range(3)]
    assert [box.poll(seat, 0.5) for seat in seats] == [None, None, None]
    token = box.fulfil(lease, TokenGrant("one", lifetime=60.0), 1.0, 0.0)
    assert all(box.poll(seat, 1.0) is token for seat in seats)
    assert box.ask(1.0) is token
    assert (text(token), token.generation, token.expires_at) == ("one", 1, 60.0)


def test_waiting_calls_are_woken_in_the_order_in_which_they_came() -> None:
    box = TokenBox(POLICY)
    lease = expect(Lease, box.ask(0.0))
    woken: list[int] = []
    for number in range(3):
        assert expect(Seat, box.ask(0.0)).ticket.arm(partial(woken.append, number))
    box.fulfil(lease, TokenGrant("one"), 0.0, 0.0)
    assert woken == [0, 1, 2]


def test_a_token_that_was_brought_along_is_used_and_ages_from_the_first_ask() -> None:
    box = TokenBox(POLICY, TokenGrant("mine", lifetime=1000.0, refresh="r"))
    assert box.snapshot().state is TokenState.FRESH
    token = expect(Token, box.ask(50.0))
    assert (text(token), token.generation, token.expires_at) == ("mine", 1, 1050.0)
    assert box.ask(749.9) is token
    assert expect(Lease, box.ask(750.0)).fallback is token


def test_a_token_carries_all_that_the_grant_says() -> None:
    box = TokenBox(POLICY)
    grant = TokenGrant("a", refresh="r", token_type="MAC", scope="s", extra={"id_token": "i"})
    token = box.fulfil(expect(Lease, box.ask(0.0)), grant, 0.0, 0.0)
    assert (token.refresh, token.token_type, token.scope) == (Secret("r"), "MAC", "s")
    assert dict(token.extra) == {"id_token": "i"}


def test_a_refresh_token_stays_in_force_until_the_server_gives_another() -> None:
    box = filled()
    for number, refresh, expected in ((2, None, "r1"), (3, "r3", "r3"), (4, None, "r3")):
        box.rejected(number - 1, 1.0)
        lease = expect(Lease, box.ask(1.0))
        assert lease.previous is not None
        token = box.fulfil(lease, TokenGrant("x", refresh=refresh), 1.0, 1.0)
        assert token.refresh == Secret(expected)


# Windows


@pytest.mark.parametrize(
    ("lifetime", "took", "soft_at", "hard_at"),
    [
        pytest.param(3600.0, 0.0, 3300.0, 3590.0, id="an hour"),
        pytest.param(3600.0, 40.0, 3300.0, 3590.0, id="age counts from the start of the request"),
        pytest.param(400.0, 0.0, 200.0, 390.0, id="soft at half of the lifetime"),
        pytest.param(100.0, 0.0, 50.0, 90.0, id="hard at a tenth"),
        pytest.param(4.0, 0.0, 2.0, 3.6, id="shorter than the margins"),
        pytest.param(4.0, 1.0, 3.0, 3.6, id="half of it is left to use after the arrival"),
        pytest.param(4.0, 3.0, 5.0, 5.0, id="nearly over at the arrival"),
        pytest.param(4.0, 9.0, 11.0, 11.0, id="over at the arrival"),
        pytest.param(None, 0.0, math.inf, math.inf, id="unknown"),
    ],
)
def test_windows_open_by_the_lifetime(
    lifetime: float | None, took: float, soft_at: float, hard_at: float
) -> None:
    box = TokenBox(POLICY)
    token = box.fulfil(expect(Lease, box.ask(0.0)), TokenGrant("one", lifetime=lifetime), took, 0.0)
    assert box.snapshot().usable_until == hard_at
    if lifetime is None:
        assert box.ask(1e12) is token
        return
    assert box.ask(soft_at - 0.001) is token
    lease = expect(Lease, box.ask(soft_at))
    assert lease.fallback is (token if soft_at < hard_at else None)
    if soft_at < hard_at:
        assert box.ask(hard_at - 0.001) is token
    expect(Seat, box.ask(hard_at))


def test_a_request_that_claims_to_begin_after_its_answer_does_not_lengthen_a_life() -> None:
    box = TokenBox(POLICY)
    token = box.fulfil(expect(Lease, box.ask(0.0)), TokenGrant("one", lifetime=60.0), 1.0, 99.0)
    assert token.expires_at == 61.0


@pytest.mark.parametrize(("jitter", "soft_at"), [(0.0, 3300.0), (0.5, 3375.0), (1.0, 3450.0)])
def test_jitter_moves_the_soft_window(jitter: float, soft_at: float) -> None:
    box = filled(jitter=jitter)
    expect(Token, box.ask(soft_at - 0.001))
    expect(Lease, box.ask(soft_at))


def test_in_the_soft_window_one_fetches_and_the_others_go_on() -> None:
    box = filled()
    old = box.ask(0.0)
    lease = expect(Lease, box.ask(3400.0))
    assert lease.fallback is lease.previous is old
    assert [box.ask(3400.0 + each) for each in range(100)] == [old] * 100
    new = box.fulfil(lease, TokenGrant("two", lifetime=3600.0), 3401.0, 3400.0)
    assert new.generation == 2
    assert box.ask(3401.0) is new


def test_past_the_soft_window_all_wait_for_the_fetch_that_began_in_it() -> None:
    box = filled()
    lease = expect(Lease, box.ask(3400.0))
    seat = expect(Seat, box.ask(3590.0))
    new = box.fulfil(lease, TokenGrant("two"), 3591.0, 3400.0)
    assert box.poll(seat, 3591.0) is new


def test_a_seat_whose_token_ended_before_it_looked_gets_the_next_one() -> None:
    box = TokenBox(POLICY)
    lease = expect(Lease, box.ask(0.0))
    first, second = expect(Seat, box.ask(0.0)), expect(Seat, box.ask(0.0))
    box.fulfil(lease, TokenGrant("one", lifetime=60.0), 0.0, 0.0)
    lease = expect(Lease, box.poll(first, 28_800.0))
    assert box.poll(second, 28_800.0) is None
    token = box.fulfil(lease, TokenGrant("two", lifetime=60.0), 28_800.0, 28_800.0)
    assert box.poll(second, 28_800.0) is token


# Refusals


def test_a_refused_token_is_fetched_anew_once() -> None:
    box = filled()
    for _ in range(5):
        box.rejected(1, 1.0)
    lease = expect(Lease, box.ask(1.0))
    assert lease.fallback is None
    assert lease.previous is not None
    assert text(lease.previous) == "one"
    box.rejected(1, 1.5)
    new = box.fulfil(lease, TokenGrant("two"), 2.0, 1.0)
    box.rejected(1, 3.0)
    assert box.ask(3.0) is new


def test_a_refusal_during_an_early_fetch_has_all_join_it() -> None:
    box = filled()
    lease = expect(Lease, box.ask(3400.0))
    box.rejected(1, 3401.0)
    seat = expect(Seat, box.ask(3401.0))
    failure = box.fail(lease, DOWN, 3402.0)
    assert box.poll(seat, 3402.0) is failure


def test_a_refusal_of_what_is_not_in_use_changes_nothing() -> None:
    box = TokenBox(POLICY)
    box.rejected(0, 0.0)
    box.rejected(7, 0.0)
    expect(Lease, box.ask(0.0))
    assert box.snapshot().state is TokenState.REFRESHING


# Failures


def test_a_failure_is_shared_and_nobody_tries_again_before_its_time() -> None:
    box = TokenBox(POLICY)
    lease = expect(Lease, box.ask(0.0))
    seats = [expect(Seat, box.ask(0.0)) for _ in range(3)]
    failure = expect(SharedFailure, box.fail(lease, DOWN, 5.0))
    assert (failure.error.message, failure.until) == ("down", 6.0)
    # Late in looking, and still the failure of the fetch that they waited for.
    assert all(box.poll(seat, 99.0) is failure for seat in seats)
    assert box.ask(5.999) is failure
    expect(Lease, box.ask(6.0))


def test_a_failure_holds_no_traceback() -> None:
    box = TokenBox(POLICY)
    lease = expect(Lease, box.ask(0.0))
    try:
        raise SignInFailed(message="down", status=503, code="x")
    except SignInFailed as error:
        failure = expect(SharedFailure, box.fail(lease, error, 0.0))
    assert failure.error.__traceback__ is None
    assert (failure.error.message, failure.error.status, failure.error.code) == ("down", 503, "x")


def test_pauses_double_up_to_the_cap_and_start_anew_after_a_success() -> None:
    box, now, pauses = TokenBox(POLICY), 0.0, []
    for _ in range(9):
        failure = expect(SharedFailure, box.fail(expect(Lease, box.ask(now)), DOWN, now))
        pauses.append(failure.until - now)
        now = failure.until
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert box.snapshot().failures == 9
    box.fulfil(expect(Lease, box.ask(now)), TokenGrant("one"), now, now)
    box.rejected(1, now)
    failure = expect(SharedFailure, box.fail(expect(Lease, box.ask(now)), DOWN, now))
    assert failure.until - now == 1


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        pytest.param(DOWN, 1.0, id="passing"),
        pytest.param(REFUSED, 60.0, id="final"),
        pytest.param(SignInFailed(message="x", retry_after=0.5), 1.0, id="a shorter wait of the server's"),
        pytest.param(SignInFailed(message="x", retry_after=300.0), 300.0, id="a longer one, past the cap"),
    ],
)
def test_a_pause_is_the_longer_of_ours_and_the_servers(error: SignInFailed, pause: float) -> None:
    box = TokenBox(POLICY)
    failure = expect(SharedFailure, box.fail(expect(Lease, box.ask(0.0)), error, 0.0))
    assert failure.until == pause


def test_an_early_fetch_that_fails_fails_nobody() -> None:
    box = filled()
    old = box.ask(0.0)
    assert box.fail(expect(Lease, box.ask(3400.0)), DOWN, 3401.0) is old
    assert box.ask(3401.9) is old
    lease = expect(Lease, box.ask(3402.0))
    assert box.fail(lease, DOWN, 3402.0) is old
    assert box.ask(3403.9) is old
    expect(Lease, box.ask(3404.0))


def test_an_early_failure_does_not_bar_the_fetch_that_is_needed() -> None:
    box = filled()
    old = box.ask(0.0)
    assert box.fail(expect(Lease, box.ask(3589.0)), REFUSED, 3589.0) is old
    assert box.ask(3589.9) is old
    assert expect(Lease, box.ask(3590.0)).fallback is None


def test_an_early_failure_does_not_bar_the_fetch_after_a_refusal() -> None:
    box = filled()
    expect(Token, box.fail(expect(Lease, box.ask(3400.0)), REFUSED, 3400.0))
    box.rejected(1, 3401.0)
    expect(Lease, box.ask(3401.0))


def test_a_wait_that_the_token_server_asks_for_is_kept_whatever_happens() -> None:
    box = filled()
    old = box.ask(0.0)
    later = SignInFailed(message="later", retry_after=1000.0)
    assert box.fail(expect(Lease, box.ask(3400.0)), later, 3400.0) is old
    assert box.ask(3589.9) is old
    assert expect(SharedFailure, box.ask(3590.0)).until == 4400.0
    assert box.snapshot().state is TokenState.BROKEN
    box = filled()
    box.fail(expect(Lease, box.ask(3400.0)), later, 3400.0)
    box.rejected(1, 3401.0)
    assert expect(SharedFailure, box.ask(3401.0)).until == 4400.0


def test_an_early_fetch_that_fails_too_late_fails_its_owner_too() -> None:
    box = filled()
    lease = expect(Lease, box.ask(3400.0))
    failure = expect(SharedFailure, box.fail(lease, DOWN, 3590.0))
    assert box.ask(3590.0) is failure


# Giving up


def test_an_abandoned_lease_goes_to_the_call_that_waited_longest() -> None:
    box = TokenBox(POLICY)
    first = expect(Lease, box.ask(0.0))
    heir, other = expect(Seat, box.ask(0.0)), expect(Seat, box.ask(0.0))
    woken: list[str] = []
    assert heir.ticket.arm(lambda: woken.append("heir"))
    assert other.ticket.arm(lambda: woken.append("other"))
    box.abandon(first, 1.0)
    assert woken == ["heir"]
    expect(Seat, box.ask(1.0))
    second = expect(Lease, box.poll(heir, 1.0))
    assert second is not first
    assert box.poll(other, 1.0) is None
    box.abandon(first, 1.0)
    token = box.fulfil(second, TokenGrant("one"), 2.0, 1.0)
    assert box.poll(other, 2.0) is token


def test_an_abandoned_lease_that_nobody_wants_leaves_the_box_as_it_was() -> None:
    box = TokenBox(POLICY)
    box.abandon(expect(Lease, box.ask(0.0)), 0.0)
    assert box.snapshot().state is TokenState.EMPTY
    expect(Lease, box.ask(0.0))
    box = filled()
    box.abandon(expect(Lease, box.ask(3400.0)), 3400.0)
    assert box.snapshot().state is TokenState.FRESH
    expect(Lease, box.ask(3400.0))
    box = TokenBox(POLICY)
    box.fail(expect(Lease, box.ask(0.0)), DOWN, 0.0)
    box.abandon(expect(Lease, box.ask(1.0)), 1.0)
    assert (box.snapshot().state, box.snapshot().retry_at) == (TokenState.EMPTY, None)


def test_a_handed_over_lease_is_passed_on_by_each_that_leaves() -> None:
    box = TokenBox(POLICY)
    lease = expect(Lease, box.ask(0.0))
    seats = [expect(Seat, box.ask(0.0)) for _ in range(4)]
    box.abandon(lease, 0.0)
    box.leave(seats[2])
    for seat in (seats[0], seats[0], seats[1]):
        box.leave(seat)
    lease = expect(Lease, box.poll(seats[3], 0.0))
    box.leave(seats[3])
    assert box.snapshot().state is TokenState.REFRESHING
    box.abandon(lease, 0.0)
    assert box.snapshot().state is TokenState.EMPTY


def test_the_last_to_leave_with_a_lease_ends_it() -> None:
    box = TokenBox(POLICY)
    lease = expect(Lease, box.ask(0.0))
    seat = expect(Seat, box.ask(0.0))
    box.abandon(lease, 0.0)
    box.leave(seat)
    assert box.snapshot() == TokenBox(POLICY).snapshot()


def test_leaving_after_the_fetch_ended_changes_nothing() -> None:
    for settle in ("fulfil", "fail"):
        box = TokenBox(POLICY)
        lease = expect(Lease, box.ask(0.0))
        seat = expect(Seat, box.ask(0.0))
        if settle == "fulfil":
            box.fulfil(lease, TokenGrant("one"), 0.0, 0.0)
        else:
            box.fail(lease, DOWN, 0.0)
        before = box.snapshot()
        box.leave(seat)
        assert box.snapshot() == before


def test_a_lease_is_settled_once() -> None:
    box, other = TokenBox(POLICY), TokenBox(POLICY)
    lease = expect(Lease, box.ask(0.0))
    with pytest.raises(ValueError, match="settled before, or is another box's"):
        other.fulfil(lease, TokenGrant("one"), 0.0, 0.0)
    box.fulfil(lease, TokenGrant("one"), 0.0, 0.0)
    before = box.snapshot()
    with pytest.raises(ValueError, match="settled before"):
        box.fulfil(lease, TokenGrant("two"), 0.0, 0.0)
    with pytest.raises(ValueError, match="settled before"):
        box.fail(lease, DOWN, 0.0)
    box.abandon(lease, 0.0)
    assert box.snapshot() == before


def test_a_seat_is_answered_once() -> None:
    box = TokenBox(POLICY)
    lease = expect(Lease, box.ask(0.0))
    answered, left = expect(Seat, box.ask(0.0)), expect(Seat, box.ask(0.0))
    box.leave(left)
    box.fulfil(lease, TokenGrant("one"), 0.0, 0.0)
    box.poll(answered, 0.0)
    for seat in (answered, left):
        with pytest.raises(ValueError, match="has had its answer, or was left"):
            box.poll(seat, 0.0)


# Looking in, settings, size


def test_a_snapshot_shows_the_state_and_no_token() -> None:
    box = TokenBox(POLICY)
    assert box.snapshot() == TokenBoxSnapshot(
        state=TokenState.EMPTY, generation=0, usable_until=None, waiting=0, failures=0, retry_at=None
    )
    lease = expect(Lease, box.ask(0.0))
    box.ask(0.0)
    assert (box.snapshot().state, box.snapshot().waiting) == (TokenState.REFRESHING, 1)
    box.fail(lease, DOWN, 0.0)
    assert box.snapshot() == TokenBoxSnapshot(
        state=TokenState.BROKEN, generation=0, usable_until=None, waiting=0, failures=1, retry_at=1.0
    )
    box.fulfil(expect(Lease, box.ask(1.0)), TokenGrant("canary", lifetime=100.0, refresh="canary"), 1.0, 1.0)
    assert box.snapshot() == TokenBoxSnapshot(
        state=TokenState.FRESH, generation=1, usable_until=91.0, waiting=0, failures=0, retry_at=None
    )
    box.rejected(1, 2.0)
    assert box.snapshot().state is TokenState.EMPTY
    assert "canary" not in f"{box!r} {box.snapshot()!r} {box.ask(2.0)!r}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"soft": -1.0}, r"TokenPolicy\.soft has to be a number from 0 on", id="negative"),
        pytest.param({"hard": math.nan}, r"TokenPolicy\.hard has to be a number from 0 on", id="no number"),
        pytest.param({"backoff_cap": math.inf}, r"\.backoff_cap has to be a number from 0 on", id="infinite"),
        pytest.param({"hard": 400.0}, r"TokenPolicy\.hard \(400\.0\) is at most soft", id="hard above soft"),
        pytest.param({"backoff": 0.0}, r"TokenPolicy\.backoff is above 0", id="no pause"),
        pytest.param({"backoff": 61.0}, r"TokenPolicy\.backoff is above 0 and at most", id="above the cap"),
    ],
)
def test_a_policy_is_checked_at_birth(changes: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TokenPolicy(**changes)


@pytest.mark.parametrize("jitter", [-0.1, 1.1, math.nan])
def test_jitter_is_a_fraction(jitter: float) -> None:
    with pytest.raises(ValueError, match="jitter from 0 to 1"):
        TokenBox(POLICY, jitter=jitter)


def elapsed(waiting: int) -> float:
    box = TokenBox(POLICY)
    lease = expect(Lease, box.ask(0.0))
    started = time.perf_counter()
    seats = [expect(Seat, box.ask(0.0)) for _ in range(waiting)]
    # The first quarter inherits and gives up, a quarter leaves from the end, the rest is served.
    quarter = waiting // 4
    for seat in seats[:quarter]:
        box.abandon(lease, 0.0)
        lease = expect(Lease, box.poll(seat, 0.0))
    for seat in reversed(seats[-quarter:]):
        box.leave(seat)
    token = box.fulfil(lease, TokenGrant("one"), 0.0, 0.0)
    assert all(box.poll(seat, 0.0) is token for seat in seats[quarter:-quarter])
    return time.perf_counter() - started


def test_ten_thousand_seats_cost_each_what_a_few_cost() -> None:
    few = min(elapsed(1_000) for _ in range(3))
    many = min(elapsed(10_000) for _ in range(3))
    assert many < 10 * few * 4  # linear, with room for a busy machine; a square would be tenfold


class BoxMachine(RuleBasedStateMachine):
    """Callers that ask, wait, cancel, fetch, fail and are refused, against a plain model."""

    policy = TokenPolicy(soft=30.0, hard=4.0, backoff=1.0, backoff_cap=8.0)

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.windows = (-math.inf, -math.inf)  # of the newest token: soft, hard
        self.newest: Token | None = None
        self.owner: Lease | Seat | None = None  # who holds the one lease; a Seat before its poll
        self.began = 0.0
        self.line: list[Seat] = []
        self.released: list[Seat] = []  # woken by a success, and to look for themselves
        self.failed: list[tuple[Seat, SharedFailure]] = []
        self.bar: SharedFailure | None = None
        self.pause = 1.0
        self.woken: list[Seat] = []
        self.fetches = 0

    @initialize(lifetime=st.none() | st.sampled_from([None, 8.0, 100.0]), given=st.booleans())
    def start(self, lifetime: float | None, given: bool) -> None:
        grant = TokenGrant("given", lifetime=lifetime) if given else None
        self.box = TokenBox(self.policy, grant)
        if grant is not None:
            self.installed(expect(Token, self.box.ask(self.now)), lifetime, self.now)

    # The model: what an ask comes to.

    @property
    def usable(self) -> Token | None:
        return self.newest if self.now < self.windows[1] else None

    def expected(self) -> str:
        if self.usable is not None:
            calm = self.now < self.windows[0] or self.owner is not None
            return "token" if calm or (self.bar is not None and self.now < self.bar.until) else "lease"
        if self.owner is not None:
            return "wait"
        return "failure" if self.bar is not None and self.now < self.bar.until else "lease"

    def take(self, answer: object, seat: Seat | None) -> None:
        match self.expected():
            case "token":
                assert answer is self.usable
            case "failure":
                assert self.bar is not None
                assert expect(SharedFailure, answer).until == self.bar.until
            case "lease":
                lease = expect(Lease, answer)
                self.lent(lease)
            case _:
                if seat is None:
                    seat = expect(Seat, answer)
                    self.arm(seat)
                else:
                    assert answer is None
                self.line.append(seat)

    def lent(self, lease: Lease) -> None:
        assert self.owner is None
        assert lease.generation == (self.newest.generation if self.newest else 0) + 1
        assert lease.previous is self.newest
        assert lease.fallback is self.usable
        self.owner, self.bar, self.began = lease, None, self.now
        self.fetches += 1

    def arm(self, seat: Seat) -> None:
        seat.ticket.disarm()
        assert seat.ticket.arm(lambda: self.woken.append(seat))

    def installed(self, token: Token, lifetime: float | None, requested_at: float) -> None:
        self.newest, self.bar, self.pause = token, None, 1.0
        if lifetime is None:
            self.windows = (math.inf, math.inf)
        else:
            half = self.now + lifetime * 0.5
            hard = max(requested_at + lifetime - min(4.0, lifetime * 0.1), half)
            self.windows = (min(max(requested_at + lifetime - 30.0, half), hard), hard)

    def wakes(self, *expected: Seat) -> None:
        assert self.woken == list(expected)
        self.woken.clear()

    # What may happen.

    @rule(seconds=st.sampled_from([0.25, 1.0, 3.0, 20.0, 60.0, 30_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(callers=st.integers(1, 4))
    def calls_ask(self, callers: int) -> None:
        for _ in range(callers):
            self.take(self.box.ask(self.now), None)

    @precondition(lambda self: self.line)
    @rule(index=st.integers(0, 9))
    def a_seat_is_woken_too_early(self, index: int) -> None:
        assert self.box.poll(self.line[index % len(self.line)], self.now) is None

    @precondition(lambda self: isinstance(self.owner, Seat))
    @rule()
    def the_heir_looks(self) -> None:
        lease = expect(Lease, self.box.poll(expect(Seat, self.owner), self.now))
        assert lease.previous is self.newest
        self.owner = lease

    @precondition(lambda self: self.released)
    @rule(index=st.integers(0, 9))
    def a_released_seat_looks(self, index: int) -> None:
        seat = self.released.pop(index % len(self.released))
        answer = self.box.poll(seat, self.now)
        if answer is None:
            self.arm(seat)
        self.take(answer, seat)

    @precondition(lambda self: self.failed)
    @rule(index=st.integers(0, 9))
    def a_failed_seat_looks(self, index: int) -> None:
        seat, failure = self.failed.pop(index % len(self.failed))
        assert self.box.poll(seat, self.now) is failure

    @rule(index=st.integers(0, 19))
    def a_call_gives_up(self, index: int) -> None:
        seats = [*self.line, *self.released, *(seat for seat, _ in self.failed)]
        if isinstance(self.owner, Seat):
            seats.append(self.owner)
        if seats:
            self.give_up(seats[index % len(seats)])

    def give_up(self, seat: Seat) -> None:
        self.box.leave(seat)
        self.box.leave(seat)
        if seat is self.owner:
            self.inherit()
        self.line = [each for each in self.line if each is not seat]
        self.released = [each for each in self.released if each is not seat]
        self.failed = [each for each in self.failed if each[0] is not seat]

    def inherit(self) -> None:
        self.owner = None
        if self.line:
            self.owner = self.line.pop(0)
            self.wakes(self.owner)
            self.fetches += 1

    @precondition(lambda self: isinstance(self.owner, Lease))
    @rule(lifetime=st.sampled_from([None, 1.0, 8.0, 50.0, 100.0]))
    def a_token_comes(self, lifetime: float | None) -> None:
        lease = expect(Lease, self.owner)
        grant = TokenGrant("t", lifetime=lifetime)
        token = self.box.fulfil(lease, grant, self.now, self.began)
        assert token.generation == lease.generation
        self.owner = None
        self.installed(token, lifetime, self.began)
        self.wakes(*self.line)
        self.released += self.line
        self.line = []
        # Those who look at once share this token: nobody has to fetch another.
        assert self.expected() == "token"

    @precondition(lambda self: isinstance(self.owner, Lease))
    @rule(final=st.booleans(), retry_after=st.sampled_from([None, None, 0.5, 25.0]))
    def a_fetch_fails(self, final: bool, retry_after: float | None) -> None:
        error = SignInFailed(message="no", is_final=final, retry_after=retry_after)
        outcome = self.box.fail(expect(Lease, self.owner), error, self.now)
        pause = 8.0 if final else self.pause
        self.pause, self.owner = min(8.0, 2 * self.pause), None
        usable = self.usable
        if usable is not None:
            # Nobody waits while the old token can be used, and nobody fails.
            assert outcome is usable
            assert not self.line
            pause = min(pause, self.windows[1] - self.now)
        else:
            assert outcome is self.box.ask(self.now)
        self.bar = SharedFailure(error=error, until=self.now + max(pause, retry_after or 0.0))
        assert self.box.snapshot().retry_at == self.bar.until
        self.wakes(*self.line)
        self.failed += [(seat, expect(SharedFailure, outcome)) for seat in self.line]
        self.line = []

    @precondition(lambda self: isinstance(self.owner, Lease))
    @rule()
    def the_owner_gives_up(self) -> None:
        lease = expect(Lease, self.owner)
        self.box.abandon(lease, self.now)
        self.inherit()
        self.box.abandon(lease, self.now)

    @rule(back=st.integers(0, 2))
    def a_server_refuses(self, back: int) -> None:
        fetches = self.fetches
        generation = (self.newest.generation if self.newest else 0) - back
        self.box.rejected(generation, self.now)
        if back == 0 and self.usable is not None:
            self.windows = (-math.inf, -math.inf)
            if self.bar is not None and not self.bar.error.retry_after:
                self.bar = None
        assert self.fetches == fetches

    # What always holds.

    @invariant()
    def the_snapshot_agrees(self) -> None:
        now = self.box.snapshot()
        assert now.waiting == len(self.line)
        assert (now.state is TokenState.REFRESHING) is (self.owner is not None)
        assert now.generation == (self.newest.generation if self.newest else 0)

    @invariant()
    def whoever_waits_waits_for_somebody(self) -> None:
        assert self.owner is not None or not self.line
        assert not self.woken

    def teardown(self) -> None:
        while isinstance(self.owner, Seat):
            self.give_up(self.owner)
        for seat in [*self.line, *self.released, *(seat for seat, _ in self.failed)]:
            self.give_up(seat)
        if isinstance(self.owner, Lease):
            self.box.abandon(self.owner, self.now)
            self.owner = None
        if hasattr(self, "box"):
            now = self.box.snapshot()
            assert now.waiting == 0
            assert now.state is not TokenState.REFRESHING
            self.take(self.box.ask(self.now), None)
            assert not self.line


TestBoxMachine = BoxMachine.TestCase
TestBoxMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_a_token_is_at_hand_where_asking_would_hand_it_out_and_looking_owes_nothing() -> None:
    box = TokenBox(POLICY)
    assert box.at_hand(0.0) is None
    token = box.fulfil(expect(Lease, box.ask(0.0)), TokenGrant("one", lifetime=3600.0), 0.0, 0.0)
    assert box.at_hand(1.0) is token
    assert box.at_hand(3599.0) is None
    assert box.snapshot().state is TokenState.FRESH
    box.rejected(1, 2.0)
    assert box.at_hand(2.0) is None
