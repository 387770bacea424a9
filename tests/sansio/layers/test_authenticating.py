"""Tokens: one request for all who wait, one failure for all, and nobody waits while one can be used."""

from __future__ import annotations

from collections import deque
from functools import partial

import pytest

from offwire.auth.fetched import Exchange, InQuery
from offwire.auth.sign_in import SignIn
from offwire.auth.token import Token, TokenGrant
from offwire.context import Context
from offwire.errors import CircuitOpen, DeadlineExceeded, OffwireError, SignInFailed
from offwire.events import TokenReceived, TokenRefused, TokenRequested
from offwire.flow import Flow, Sleep
from offwire.layers.authenticating import RESENDS, authenticating, refreshing, renewing
from offwire.layers.retrying import retrying
from offwire.layers.shape import Middleware, nested
from offwire.layers.signing_in import EARLY_SIGN_IN_SECONDS, SIGN_IN_SECONDS, SignInExchange
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.operations.call import Call
from offwire.retry_policy import RetryPolicy
from offwire.safety import Safety
from offwire.secret import Secret
from offwire.state.retry_window import budget_of
from offwire.state.token_box import TokenBox, TokenPolicy, TokenState
from offwire.testing import Answer, Cancelled, Reply, Stall, Task, World
from offwire.time import Now
from tests.sansio.kit import GET, HOME, OK, Diary, context_in, sending, through

LIFETIME = 1000.0
POLICY = TokenPolicy(soft=300.0, hard=10.0, backoff=1.0, backoff_cap=60.0)


class Service:
    """An API whose tokens are `token-1`, `token-2` and so on. A call takes a second, a token half of one."""

    def __init__(self, *token_replies: Reply, takes: float = 1.0) -> None:
        self.token_replies = deque(token_replies)
        self.takes = takes
        self.token_requests = 0
        self.good: set[str] = set()
        self.used: list[str] = []
        self.challenge = "Bearer"

    def __call__(self, request: Request, now: Now) -> Reply:
        if request.url.path == "/token":
            self.token_requests += 1
            if self.token_replies:
                return self.token_replies.popleft()
            return Answer(Response(200, text=self.issue()), after=0.5)
        shown = (request.headers.get("authorization") or "").removeprefix("Bearer ")
        self.used.append(shown)
        if shown in self.good:
            return Answer(OK, after=self.takes)
        return Answer(Response(401, headers={"WWW-Authenticate": self.challenge}), after=self.takes)

    def issue(self) -> str:
        token = f"token-{self.token_requests}"
        self.good.add(token)
        return token


class Client:
    """A layer with a box and a source of its own; `call` is one call through it."""

    def __init__(
        self,
        world: World,
        *,
        initial: TokenGrant | None = None,
        is_rotating: bool = False,
        source: SignIn | None = None,
    ) -> None:
        self.world = world
        self.source = source or SignIn(steps=fetched, initial=initial, is_rotating=is_rotating)
        self.box = TokenBox(POLICY, self.source.initial)
        self.diary = Diary()
        once, with_token = RetryPolicy.never(), authenticating(self.box, self.source, HOME, self.exchange)
        layer = retrying(once, budget_of(once.budget, Now()), renewed=renewing(self.box, HOME))
        self.layer: Middleware = lambda forward, request, context: layer(
            partial(with_token, forward), request, context
        )

    def exchange(self, outer: Context, early: bool) -> Exchange:
        return SignInExchange(
            sending, lambda request: request, outer, early=early, shielded=self.source.is_rotating
        )

    def call(self, request: Request = GET, *, deadline: float | None = None) -> Task[Response]:
        flow = through(self.layer, self.world, request, deadline=deadline, observers=(self.diary,))
        return self.world.spawn(flow)

    def calls(self, count: int) -> list[Task[Response]]:
        return [self.call() for _ in range(count)]

    def is_quiet(self) -> bool:
        seen = self.box.snapshot()
        return seen.waiting == 0 and seen.state is not TokenState.REFRESHING


TOKEN = Call.post("https://api.test/token", returns=str, safety=Safety.IDEMPOTENT)


def fetched(exchange: Exchange, previous: Token | None) -> Flow[TokenGrant]:
    token = yield from exchange(TOKEN)
    return TokenGrant(token, lifetime=LIFETIME)


def statuses(tasks: list[Task[Response]]) -> set[int]:
    return {task.result().status for task in tasks}


def error_of(task: Task[Response]) -> OffwireError:
    with pytest.raises(OffwireError) as raised:
        task.result()
    return raised.value


# --- one request for all --------------------------------------------------------------------------


def test_a_thousand_calls_without_a_token_make_one_request_for_it() -> None:
    service = Service()
    with World(service, max_connections=None) as world:
        client = Client(world)
        tasks = client.calls(1000)
        world.run_until_idle()
        assert statuses(tasks) == {200}
        assert client.is_quiet()
    assert service.token_requests == 1
    assert service.used == ["token-1"] * 1000


def test_a_thousand_calls_whose_token_is_refused_make_one_request_for_the_next() -> None:
    service = Service()
    with World(service, max_connections=None) as world:
        client = Client(world, initial=TokenGrant("revoked", lifetime=LIFETIME))
        tasks = client.calls(1000)
        world.run_until_idle()
        assert statuses(tasks) == {200}
    assert service.token_requests == 1
    assert service.used == ["revoked"] * 1000 + ["token-1"] * 1000


def test_a_thousand_calls_with_an_expired_token_make_one_request_for_the_next() -> None:
    service = Service()
    with World(service, max_connections=None) as world:
        client = Client(world)
        client.call()
        world.advance(LIFETIME)
        tasks = client.calls(1000)
        world.run_until_idle()
        assert statuses(tasks) == {200}
    assert service.token_requests == 2
    assert service.used == ["token-1"] + ["token-2"] * 1000


def test_a_late_refusal_of_an_old_token_costs_nothing() -> None:
    service = Service(takes=5.0)
    with World(service) as world:
        client = Client(world, initial=TokenGrant("revoked", lifetime=LIFETIME))
        first = client.call()
        world.advance(1.0)
        late = client.call()
        world.run_until_idle()
        assert statuses([first, late]) == {200}
    assert service.token_requests == 1
    assert service.used == ["revoked", "revoked", "token-1", "token-1"]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(1.0, "token-1", id="it is still good"),
        pytest.param(LIFETIME - 5.0, "token-2", id="it is over, and the next one is fetched"),
    ],
)
def test_a_request_that_has_waited_has_the_token_of_the_time_when_it_is_sent(
    seconds: float, expected: str
) -> None:
    with World(Service()) as world:
        client = Client(world)
        client.call()
        world.run_until_idle()
        waited = refreshing(client.box, client.source, HOME, client.exchange)
        context = context_in(world.runtime)
        context.generation = 1
        placed = GET.with_headers({"Authorization": "Bearer token-1"})
        world.advance(seconds)
        request = world.run(waited(placed, context))
        assert request.headers["authorization"] == f"Bearer {expected}"
        assert (request is placed) is (expected == "token-1")
        assert [each.reveal() for each in context.secrets] == ([] if request is placed else [expected])
        elsewhere = Request("GET", "https://other.test/")
        assert world.run(waited(elsewhere, context)) is elsewhere


def test_a_call_to_another_origin_gets_no_token() -> None:
    service = Service()
    with World(service) as world:
        client = Client(world, initial=TokenGrant("a", lifetime=LIFETIME))
        task = client.call(Request("GET", "https://other.test/"))
        world.run_until_idle()
        assert task.result().status == 401
    assert (service.used, service.token_requests) == ([""], 0)


def test_a_token_goes_where_its_source_puts_it() -> None:
    source = SignIn(steps=fetched, placement=InQuery("key"), initial=TokenGrant("a b"))
    with World(Service()) as world:
        client = Client(world, source=source)
        client.call()
        client.call()
        world.run_until_idle()
        assert [each.url.text for each in world.requests[:2]] == ["https://api.test/things/7?key=a%20b"] * 2


def test_what_was_shown_is_known_to_be_secret() -> None:
    with World(Service()) as world:
        client = Client(world, initial=TokenGrant("revoked"))
        context = context_in(world.runtime, secrets=(Secret("other"),))
        world.run(client.layer(sending, GET, context))
        assert set(context.secrets) == {Secret("other"), Secret("revoked"), Secret("token-1")}
        alone = context_in(world.runtime)
        world.run(client.layer(sending, GET, alone))
        assert alone.secrets == (Secret("token-1"),)


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("challenge", "resends"),
    [
        pytest.param("Bearer", RESENDS, id="nothing is said"),
        pytest.param('Bearer realm="x", error="invalid_token"', RESENDS, id="the token"),
        pytest.param('Bearer error="insufficient_scope"', 0, id="something else"),
    ],
)
def test_a_call_is_sent_again_twice_at_most_and_only_where_a_newer_token_may_help(
    challenge: str, resends: int
) -> None:
    service = Service()
    service.challenge = challenge
    service.issue = lambda: f"bad-{service.token_requests}"  # type: ignore[method-assign]
    with World(service) as world:
        task = Client(world).call()
        world.run_until_idle()
        assert task.result().status == 401
    assert service.used == [f"bad-{number}" for number in range(1, 2 + resends)]
    assert service.token_requests == 1 + resends


def test_retries_do_not_make_it_more() -> None:
    service = Service()
    service.issue = lambda: f"bad-{service.token_requests}"  # type: ignore[method-assign]
    policy = RetryPolicy(statuses={401}, max_attempts=5)
    with World(service) as world:
        client = Client(world)
        forward = nested([retrying(policy, budget_of(policy.budget, Now())), client.layer], sending)
        assert world.run(forward(GET, context_in(world.runtime))).status == 401
    assert len(service.used) == 5 + RESENDS


# --- one failure for all --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        pytest.param(Answer(Response(500), after=0.5), 1.0, id="it fails: our own pause"),
        pytest.param(Answer(Response(503, headers={"Retry-After": "20"}), after=0.5), 20.0, id="its wait"),
    ],
)
def test_a_failing_token_server_is_asked_once_and_all_hear_of_it(reply: Reply, seconds: float) -> None:
    service = Service(reply)
    with World(service, max_connections=None) as world:
        client = Client(world)
        tasks = client.calls(1000)
        world.run_until_idle()
        errors = [error_of(task) for task in tasks]
        assert {type(error) for error in errors} == {SignInFailed}
        assert len(set(map(id, errors))) == 1000
        assert service.token_requests == 1
        assert client.is_quiet()
        # Whoever comes before the pause is over hears of the same failure, with the rest of the wait.
        world.advance(0.25)
        again = client.call()
        world.advance(0.0)
        error = error_of(again)
        assert isinstance(error, SignInFailed)
        assert error.retry_after == pytest.approx(seconds - 0.25)
        assert service.token_requests == 1
        world.advance(seconds)
        tasks = client.calls(10)
        world.run_until_idle()
        assert statuses(tasks) == {200}
    assert service.token_requests == 2
    assert service.used == ["token-2"] * 10


def test_the_failure_tells_what_the_token_server_said() -> None:
    with World(Service(Answer(Response(503)))) as world:
        task = Client(world).call()
        world.run_until_idle()
        error = error_of(task)
    assert isinstance(error, SignInFailed)
    assert error.status == 503
    assert "the server answered 503" in str(error)
    assert error.__cause__ is None


def raising(error: Exception) -> SignIn:
    def steps(exchange: Exchange, previous: Token | None) -> Flow[TokenGrant]:
        yield Sleep(exchange.now.monotonic + 0.5)
        raise error

    return SignIn(steps=steps)


def test_a_failure_that_is_one_of_signing_in_stays_as_it_is() -> None:
    refused = SignInFailed(message="no", code="invalid_client", is_final=True)
    with World(Service()) as world:
        owner, other = Client(world, source=raising(refused)).calls(2)
        world.run_until_idle()
        for task in (owner, other):
            error = error_of(task)
            assert isinstance(error, SignInFailed)
            assert (error.message, error.code, error.is_final) == ("no", "invalid_client", True)
        assert error_of(other) is not error_of(owner)


def test_an_open_circuit_in_the_sign_in_is_a_failed_sign_in() -> None:
    with World(Service()) as world:
        tasks = Client(world, source=raising(CircuitOpen(message="open", retry_after=30.0))).calls(2)
        world.run_until_idle()
        for task in tasks:
            error = error_of(task)
            assert isinstance(error, SignInFailed)
            assert error.retry_after == 30.0


def test_a_sign_in_with_a_bug_fails_its_owner_with_the_bug_and_the_others_with_its_name() -> None:
    with World(Service()) as world:
        client = Client(world, source=raising(KeyError("expires_in")))
        owner, *others = client.calls(5)
        world.run_until_idle()
        with pytest.raises(KeyError, match="expires_in"):
            owner.result()
        for task in others:
            error = error_of(task)
            assert isinstance(error, SignInFailed)
            assert "the sign-in raised KeyError" in str(error)
        assert client.is_quiet()


def test_a_refusal_that_no_new_token_cures_is_a_failed_sign_in() -> None:
    service = Service(Answer(Response(500)))
    with World(service) as world:
        task = Client(world, initial=TokenGrant("revoked")).call()
        world.run_until_idle()
        assert isinstance(error_of(task), SignInFailed)


# --- time -----------------------------------------------------------------------------------------


def test_a_sign_in_that_hangs_is_one_failure_for_all() -> None:
    service = Service(*[Stall()] * 100)
    with World(service) as world:
        tasks = Client(world).calls(50)
        world.run_until_idle()
        assert world.now == SIGN_IN_SECONDS
        assert {type(error_of(task)) for task in tasks} == {SignInFailed}
    assert service.token_requests == 1


def test_a_call_whose_own_time_is_up_says_nothing_of_the_token_server() -> None:
    service = Service(Stall())
    with World(service) as world:
        client = Client(world)
        owner, other = client.call(deadline=3.0), client.call()
        world.run_until_idle()
        assert isinstance(error_of(owner), DeadlineExceeded)
        assert other.result().status == 200
        assert client.is_quiet()
    assert service.token_requests == 2
    assert world.now == 3.0 + 0.5 + 1.0


def test_a_call_waits_for_a_token_until_its_deadline() -> None:
    service = Service()
    service.token_replies.append(Answer(Response(200, text=service.issue()), after=10.0))
    with World(service) as world:
        client = Client(world)
        owner, other = client.call(), client.call(deadline=3.0)
        world.advance(3.0)
        assert "while waiting for a token" in str(error_of(other))
        assert client.box.snapshot().waiting == 0
        world.run_until_idle()
        assert owner.result().status == 200


# --- cancels --------------------------------------------------------------------------------------


def test_a_cancelled_owner_hands_over_to_the_next() -> None:
    service = Service()
    with World(service) as world:
        client = Client(world)
        owner, second, third = client.calls(3)
        world.advance(0.25)
        owner.cancel()
        world.run_until_idle()
        assert statuses([second, third]) == {200}
        with pytest.raises(Cancelled):
            owner.result()
        assert client.is_quiet()
    assert service.token_requests == 2


def test_an_exchange_that_uses_something_up_is_finished_also_when_its_owner_is_cancelled() -> None:
    service = Service()
    with World(service) as world:
        client = Client(world, is_rotating=True)
        owner, second = client.calls(2)
        world.advance(0.25)
        owner.cancel()
        assert not owner.done
        world.run_until_idle()
        assert owner.cancelled
        assert second.result().status == 200
    assert service.token_requests == 1


def test_a_cancelled_waiter_disturbs_nobody_and_leaves_nothing() -> None:
    service = Service()
    with World(service) as world:
        client = Client(world)
        owner, *others = client.calls(10)
        world.advance(0.25)
        for task in others:
            task.cancel()
        assert client.box.snapshot().waiting == 0
        world.run_until_idle()
        assert owner.result().status == 200
        assert client.is_quiet()
    assert service.used == ["token-1"]


def test_when_all_are_cancelled_nothing_is_left_and_the_next_call_begins_anew() -> None:
    service = Service()
    with World(service) as world:
        client = Client(world)
        tasks = client.calls(10)
        world.advance(0.25)
        for task in tasks:
            task.cancel()
        assert client.is_quiet()
        client.call()
        world.run_until_idle()
    assert service.token_requests == 2


# --- early ----------------------------------------------------------------------------------------


def in_soft_window(service: Service, world: World, *, is_rotating: bool = False) -> Client:
    client = Client(world, is_rotating=is_rotating)
    client.call()
    world.advance(LIFETIME - POLICY.soft + 1.0)
    assert service.token_requests == 1
    return client


def test_in_the_soft_window_one_fetches_and_the_others_go_on() -> None:
    service = Service()
    with World(service) as world:
        client = in_soft_window(service, world)
        began = world.now
        owner, *others = client.calls(10)
        world.advance(1.0)
        assert statuses(others) == {200}
        world.run_until_idle()
        assert owner.result().status == 200
        assert world.now == began + 0.5 + 1.0
    assert service.used == ["token-1"] * 10 + ["token-2"]
    assert service.token_requests == 2


def test_a_failing_early_fetch_fails_nobody() -> None:
    service = Service()
    with World(service) as world:
        client = in_soft_window(service, world)
        service.token_replies.append(Answer(Response(500), after=0.5))
        tasks = client.calls(10)
        world.run_until_idle()
        assert statuses(tasks) == {200}
        assert [type(each) for each in client.diary.of(TokenRefused)] == [TokenRefused]
    assert service.used == ["token-1"] * 11


@pytest.mark.parametrize(
    ("time_left", "delay"),
    [
        pytest.param(None, EARLY_SIGN_IN_SECONDS, id="without a deadline"),
        pytest.param(100.0, EARLY_SIGN_IN_SECONDS, id="with plenty of time"),
        pytest.param(4.0, 2.0, id="half of what is left"),
    ],
)
def test_an_early_fetch_that_hangs_does_not_delay_its_owner_for_long(
    time_left: float | None, delay: float
) -> None:
    service = Service()
    with World(service) as world:
        client = in_soft_window(service, world)
        service.token_replies.append(Stall())
        began = world.now
        owner = client.call(deadline=None if time_left is None else began + time_left)
        world.run_until_idle()
        assert owner.result().status == 200
        assert world.now == pytest.approx(began + delay + 1.0)
    assert service.used == ["token-1", "token-1"]


@pytest.mark.parametrize(
    ("time_left", "given_up_after", "failures"),
    [pytest.param(None, EARLY_SIGN_IN_SECONDS, 1, id="its own"), pytest.param(4.0, 2.0, 0, id="the call's")],
)
def test_only_the_time_of_the_sign_in_counts_against_the_token_server(
    time_left: float | None, given_up_after: float, failures: int
) -> None:
    service = Service()
    with World(service) as world:
        client = in_soft_window(service, world)
        service.token_replies.append(Stall())
        owner = client.call(deadline=None if time_left is None else world.now + time_left)
        world.advance(given_up_after)
        assert client.is_quiet()
        assert client.box.snapshot().failures == failures
        client.call()
        world.run_until_idle()
        assert owner.result().status == 200
    # After a failure there is a pause; where nothing is known to have failed, the next call fetches.
    assert service.token_requests == (2 if failures else 3)


def test_an_early_fetch_that_outlasts_the_old_token_is_followed_by_another() -> None:
    service = Service()
    with World(service) as world:
        client = in_soft_window(service, world)
        world.advance(LIFETIME - POLICY.hard - world.now - 1.0)
        service.token_replies.append(Stall())
        owner = client.call(deadline=world.now + 8.0)
        world.run_until_idle()
        assert owner.result().status == 200
    assert service.used == ["token-1", "token-3"]  # and not token-1 again, which has ended meanwhile


def test_an_early_fetch_that_uses_something_up_has_its_whole_time() -> None:
    service = Service()
    with World(service) as world:
        client = in_soft_window(service, world, is_rotating=True)
        service.token_replies.append(Stall())
        began = world.now
        owner = client.call()
        world.run_until_idle()
        assert owner.result().status == 200
        assert world.now == began + SIGN_IN_SECONDS + 1.0


# --- events ---------------------------------------------------------------------------------------


def test_fetches_are_told() -> None:
    service = Service(Answer(Response(500)))
    with World(service) as world:
        client = Client(world)
        client.call()
        world.advance(1.0)
        client.call()
        world.run_until_idle()
        assert client.diary.of(TokenRequested, TokenReceived, TokenRefused) == [
            TokenRequested(at=0.0, call=1, generation=1),
            TokenRefused(at=0.0, call=1, generation=1, error="ServerError"),
            TokenRequested(at=1.0, call=3, generation=1),
            TokenReceived(at=1.5, call=3, generation=1, lifetime=LIFETIME),
        ]


def test_without_observers_nothing_is_told() -> None:
    service = Service(Answer(Response(500)))
    with World(service) as world:
        client = Client(world)
        with pytest.raises(SignInFailed):
            world.run(through(client.layer, world))
        world.advance(1.0)
        assert world.run(through(client.layer, world)).status == 200
        assert client.diary == []


@pytest.mark.parametrize(("status", "is_final"), [(401, True), (403, True), (404, False), (503, False)])
def test_a_step_that_is_refused_is_final_and_echoes_nothing(status: int, is_final: bool) -> None:
    echo = Response(status, json={"error": {"code": "hunter2-echo", "message": "no hunter2-echo"}})
    with World(Service(Answer(echo))) as world:
        task = Client(world).call()
        world.run_until_idle()
        with pytest.raises(SignInFailed, match=f"answered {status}") as caught:
            task.result()
        assert caught.value.is_final is is_final
        assert "hunter2-echo" not in str(caught.value) + repr(caught.value.facts())
        assert caught.value.__context__ is None
