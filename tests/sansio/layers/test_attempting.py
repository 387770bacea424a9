"""One attempt: what it takes and in which order, and that all of it comes back on every exit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from offwire.context import Context
from offwire.errors import CircuitOpen, DeadlineExceeded, MaybeSent, NeverSent, SignInFailed
from offwire.events import AttemptEnded, AttemptStarted
from offwire.flow import Flow, Send, Sleep, Wait
from offwire.formats.rate_limit.dialects import GITHUB
from offwire.layers.attempting import attempting
from offwire.layers.breaking import Breakers
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.runtime import Runtime
from offwire.state.breaker import BreakerPolicy, State
from offwire.state.cookie_jar import CookieJar
from offwire.state.limits import ConcurrencyLimit, WindowLimit
from offwire.state.points import PointsAccount, PointsLimit, PointsReport
from offwire.state.quota import Quota
from offwire.testing import Answer, Driven, Script, World
from offwire.timeouts import Timeouts
from tests.sansio.kit import GET, HOME, OK, Diary, context_in, new_runtime


def held(runtime: Runtime, context: Context, quota: Quota | None = None) -> Flow[Response]:
    return attempting(runtime.connections, quota=quota)(GET, context)


def in_use(runtime: Runtime) -> tuple[int, int]:
    seen = runtime.connections.snapshot()
    return (seen.in_use, seen.waiting)


# --- the send --------------------------------------------------------------------------------------


def test_the_effect_says_all_that_the_driver_needs() -> None:
    timeouts = Timeouts(read=3.0)
    runtime = new_runtime()
    context = context_in(runtime, deadline=9.0, timeouts=timeouts, shielded=True)
    driven = Driven(held(runtime, context))
    assert driven.effect == Send(GET, timeouts, 9.0, True)
    assert context.attempts == 1
    driven.answer(OK)
    assert driven.result is OK


def test_nothing_is_sent_at_the_deadline() -> None:
    runtime = new_runtime()
    runtime.now.advance(9.0, 0.0)
    context = context_in(runtime, deadline=9.0)
    driven = Driven(held(runtime, context))
    with pytest.raises(DeadlineExceeded, match="before the request was sent"):
        _ = driven.result
    assert context.attempts == 0


# --- the slot -------------------------------------------------------------------------------------


def test_a_slot_is_held_for_as_long_as_the_exchange_takes() -> None:
    runtime = new_runtime(1)
    driven = Driven(held(runtime, context_in(runtime)))
    assert in_use(runtime) == (1, 0)
    driven.answer(OK)
    assert in_use(runtime) == (0, 0)


def test_a_slot_comes_back_after_an_error_and_after_a_cancel() -> None:
    runtime = new_runtime(1)
    failed, cancelled = Driven(held(runtime, context_in(runtime))), None
    failed.fail(MaybeSent(message="broken"))
    assert in_use(runtime) == (0, 0)
    cancelled = Driven(held(runtime, context_in(runtime)))
    cancelled.close()
    assert in_use(runtime) == (0, 0)


def test_calls_get_their_connections_in_order() -> None:
    runtime = new_runtime(1)
    first, second, third = (Driven(held(runtime, context_in(runtime))) for _ in range(3))
    first.expect(Send)
    assert (second.expect(Wait).until, third.expect(Wait).until) == (None, None)
    assert in_use(runtime) == (1, 2)
    first.answer(OK)
    second.answer()
    third.answer()
    second.expect(Send)
    third.expect(Wait)
    second.answer(OK)
    third.answer()
    third.answer(OK)
    assert in_use(runtime) == (0, 0)


def test_a_cancel_in_line_leaves_nothing_also_after_the_wake() -> None:
    runtime = new_runtime(1)
    first, second, third = (Driven(held(runtime, context_in(runtime))) for _ in range(3))
    first.answer(OK)  # the slot is given to the second, which has not been stepped
    second.close()
    third.answer()
    third.expect(Send)
    third.close()
    assert in_use(runtime) == (0, 0)


def test_the_deadline_ends_the_wait_for_a_connection() -> None:
    with World(Script(Answer(OK, after=10.0)), max_connections=1) as world:
        first = world.spawn(held(world.runtime, context_in(world.runtime)))
        second = world.spawn(held(world.runtime, context_in(world.runtime, deadline=4.0)))
        world.advance(4.0)
        with pytest.raises(DeadlineExceeded, match="while waiting for a connection"):
            second.result()
        world.run_until_idle()
        assert first.result().status == 200


# --- the second look at the quota -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("blocked_until", "recalled"),
    [
        pytest.param(None, False, id="nobody was sent away"),
        pytest.param(1.0, False, id="that is over"),
        pytest.param(1.5, True, id="somebody was"),
    ],
)
def test_who_had_to_wait_is_called_back_where_the_server_has_sent_somebody_away(
    blocked_until: float | None, recalled: bool
) -> None:
    quota, runtime = Quota(), new_runtime(1)
    first, second = (Driven(held(runtime, context_in(runtime), quota)) for _ in range(2))
    if blocked_until is not None:
        quota.block(blocked_until)
    runtime.now.advance(1.0, 0.0)
    first.answer(OK)
    second.answer()
    assert in_use(runtime) == (0 if recalled else 1, 0)
    if recalled:
        assert second.expect(Wait).until == blocked_until
        assert quota.snapshot().in_flight == 0
        runtime.now.advance(1.5, 0.0)
        second.answer()
    second.expect(Send)
    second.close()
    assert (in_use(runtime), quota.snapshot().in_flight) == ((0, 0), 0)


def test_without_a_quota_there_is_none() -> None:
    runtime = new_runtime(1)
    first, second = (Driven(held(runtime, context_in(runtime))) for _ in range(2))
    first.answer(OK)
    second.answer()
    second.expect(Send)
    second.close()


# --- all of it ------------------------------------------------------------------------------------

SMALL = BreakerPolicy(window=4, min_calls=2, open_for=10.0)


class Held:
    """Everything that an attempt can take."""

    def __init__(self, connections: int | None = None) -> None:
        self.runtime = new_runtime(connections)
        self.quota = Quota([ConcurrencyLimit(2)])
        self.jar = CookieJar()
        self.breakers = Breakers(SMALL)
        self.attempt = attempting(
            self.runtime.connections, quota=self.quota, jar=self.jar, breakers=self.breakers
        )

    def start(self, request: Request = GET, *, deadline: float | None = None) -> Driven[Response]:
        return Driven(self.attempt(request, context_in(self.runtime, deadline=deadline)))

    def taken(self) -> tuple[int, int, int]:
        """Permits, connections, and probes of the breaker."""
        quota, breaker = self.quota.snapshot(), self.breakers[HOME].snapshot()
        return (quota.in_flight, in_use(self.runtime)[0], breaker.probes_running)

    def opened(self) -> Held:
        for _ in range(SMALL.min_calls):
            self.start().answer(Response(500))
        assert self.breakers[HOME].state is State.OPEN
        return self


@pytest.mark.parametrize(
    ("end", "calls", "failures"),
    [
        pytest.param(lambda each: each.answer(OK), 1, 0, id="answered"),
        pytest.param(lambda each: each.answer(Response(503)), 1, 1, id="failed"),
        pytest.param(lambda each: each.fail(MaybeSent(message="broken")), 1, 1, id="broken"),
        pytest.param(lambda each: each.fail(NeverSent(message="refused")), 1, 1, id="refused"),
        pytest.param(lambda each: each.fail(KeyError("a bug")), 0, 0, id="a bug"),
        pytest.param(lambda each: each.close(), 0, 0, id="cancelled"),
    ],
)
def test_all_that_was_taken_comes_back(
    end: Callable[[Driven[Response]], None], calls: int, failures: int
) -> None:
    held = Held()
    driven = held.start()
    assert held.taken() == (1, 1, 0)
    end(driven)
    assert held.taken() == (0, 0, 0)
    seen = held.breakers[HOME].snapshot()
    assert (seen.calls, seen.failures) == (calls, failures)


@pytest.mark.parametrize(
    ("end", "is_spent"),
    [
        pytest.param(lambda each: each.answer(OK), True, id="answered"),
        pytest.param(lambda each: each.fail(MaybeSent(message="broken")), True, id="maybe sent"),
        pytest.param(lambda each: each.close(), True, id="cancelled under way"),
        pytest.param(lambda each: each.fail(NeverSent(message="refused")), False, id="never sent"),
    ],
)
def test_a_permit_is_spent_where_something_may_have_been_sent(
    end: Callable[[Driven[Response]], None], is_spent: bool
) -> None:
    runtime, quota = new_runtime(), Quota([WindowLimit(1, 60.0)])
    end(Driven(held(runtime, context_in(runtime), quota)))
    following = Driven(held(runtime, context_in(runtime), quota))
    assert isinstance(following.effect, Wait) is is_spent
    following.close()


def test_what_ends_before_the_send_takes_nothing() -> None:
    held = Held()
    held.runtime.now.advance(9.0, 0.0)
    late = held.start(deadline=9.0)
    with pytest.raises(DeadlineExceeded):
        _ = late.result
    assert held.taken() == (0, 0, 0)
    seen = held.quota.snapshot()
    assert (seen.in_flight, held.breakers[HOME].snapshot().calls) == (0, 0)


def test_the_breaker_is_looked_at_before_the_lines_and_asked_behind_them() -> None:
    held = Held(connections=1)
    first, second = held.start(), held.start()
    second.expect(Wait)
    breaker = held.breakers[HOME]
    for _ in range(2):
        assert breaker.shared is not None
        breaker.fail(breaker.shared, 0.0)
    third = held.start()
    with pytest.raises(CircuitOpen):
        _ = third.result
    first.answer(OK)
    second.answer()
    with pytest.raises(CircuitOpen):
        _ = second.result
    assert held.taken() == (0, 0, 0)


@pytest.mark.parametrize(
    ("end", "state"),
    [
        pytest.param(lambda each: each.answer(OK), State.CLOSED, id="it is well again"),
        pytest.param(lambda each: each.answer(Response(500)), State.OPEN, id="it fails"),
        pytest.param(lambda each: each.close(), State.HALF_OPEN, id="cancelled"),
    ],
)
def test_a_probe_gives_its_place_back(end: Callable[[Driven[Response]], None], state: State) -> None:
    held = Held().opened()
    held.runtime.now.advance(10.0, 0.0)
    probe = held.start()
    assert held.taken() == (1, 1, 1)
    end(probe)
    assert held.taken() == (0, 0, 0)
    assert held.breakers[HOME].state is state


def test_cookies_are_kept_and_sent() -> None:
    held = Held()
    held.start().answer(Response(200, headers={"Set-Cookie": "a=1"}))
    assert held.start().expect(Send).request.headers["cookie"] == "a=1"


def test_who_observes_is_told_of_the_attempt() -> None:
    diary, runtime = Diary(), new_runtime()
    driven = Driven(held(runtime, context_in(runtime, observers=(diary,))), runtime)
    driven.answer(OK)
    assert diary.of(AttemptStarted, AttemptEnded) == diary
    assert len(diary) == 2


def test_the_quota_learns_from_the_answer() -> None:
    runtime, quota = new_runtime(), Quota()
    Driven(held(runtime, context_in(runtime), quota)).answer(Response(429, headers={"Retry-After": "9"}))
    assert quota.snapshot().blocked_until == 9.0


def test_a_price_says_what_an_attempt_costs() -> None:
    runtime, quota = new_runtime(), Quota([WindowLimit(3, 60.0)])
    attempt = attempting(runtime.connections, quota=quota, price=lambda operation, request: 2.0)
    first, second = (Driven(attempt(GET, context_in(runtime))) for _ in range(2))
    second.expect(Wait)
    second.close()
    first.answer(OK)


def said(response: Response) -> PointsReport | None:
    spent = response.headers.get("spent")
    return None if spent is None else PointsReport(limit=100.0, spent=float(spent), reset_after=1800.0)


def test_a_limit_that_prices_calls_learns_from_their_answers() -> None:
    runtime, quota = new_runtime(), Quota([PointsLimit(read=said, burst=1.0)])
    attempt = attempting(runtime.connections, quota=quota)
    for spent in (1.0, 4.0):
        Driven(attempt(GET, context_in(runtime))).answer(Response(200, headers={"Spent": str(spent)}))
    pricing = quota.pricing
    assert isinstance(pricing, PointsAccount)
    assert pricing.cost_of(context_in(runtime).operation, GET) == 3.0
    assert quota.snapshot().in_flight == 0


@pytest.mark.parametrize("has_to_wait", [True, False])
def test_a_request_that_has_waited_for_the_quota_is_made_anew(has_to_wait: bool) -> None:
    def waited(request: Request, context: Context) -> Flow[Request]:
        yield Sleep(3.0)
        return request.with_headers({"X-Token": "newer"})

    runtime, quota = new_runtime(), Quota([ConcurrencyLimit(1)])
    first = Driven(held(runtime, context_in(runtime), quota)) if has_to_wait else None
    attempt = attempting(runtime.connections, quota=quota, waited=waited)
    second = Driven(attempt(GET, context_in(runtime)))
    if first is not None:
        second.expect(Wait)
        first.answer(OK)
        second.answer()
        second.expect(Sleep)
        assert quota.snapshot().in_flight == 1
        assert in_use(runtime) == (0, 0)
        second.answer()
    assert second.expect(Send).request.headers.get("x-token") == ("newer" if has_to_wait else None)
    second.close()


def test_one_that_cannot_be_made_anew_gives_its_permit_back() -> None:
    def waited(request: Request, context: Context) -> Flow[Request]:
        yield Sleep(3.0)
        raise SignInFailed(message="refused")

    runtime, quota = new_runtime(), Quota([ConcurrencyLimit(1)])
    first = Driven(held(runtime, context_in(runtime), quota))
    second = Driven(attempting(runtime.connections, quota=quota, waited=waited)(GET, context_in(runtime)))
    first.answer(OK)
    second.answer()
    second.answer()
    with pytest.raises(SignInFailed):
        _ = second.result
    assert quota.snapshot().in_flight == 0


def test_a_dialect_that_is_declared_is_the_one_that_is_read() -> None:
    runtime, quota = new_runtime(), Quota()
    attempt = attempting(runtime.connections, quota=quota, dialect=GITHUB)
    Driven(attempt(GET, context_in(runtime))).answer(Response(200, headers={"RateLimit": '"a";r=0;t=9'}))
    assert quota.snapshot().blocked_until is None
