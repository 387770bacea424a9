"""Sharing: the store is asked and told; whatever it does, calls lose nothing, and nothing is lost."""

from __future__ import annotations

import warnings
from random import Random

import pytest

from offwire.engine import Engine
from offwire.errors import DeadlineExceeded, NeverSent, RateLimited, StoreFailed
from offwire.events import Event, QuotaStoreFound, QuotaStoreLost, QuotaWaited
from offwire.flow import Ask, Send
from offwire.layers.attempting import attempting
from offwire.layers.racing import Racer
from offwire.layers.sharing import sharing
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.operations.call import Call
from offwire.operations.options import Options
from offwire.policies import Policies
from offwire.quota_store import Exchange, SharedBy
from offwire.retry_policy import RetryPolicy
from offwire.state.away import FailClosed, FailOpen, LocalShare, WhenAway
from offwire.state.ledger import Ledger
from offwire.state.limits import ConcurrencyLimit, Limit, WindowLimit
from offwire.state.quota import Quota
from offwire.state.shared import SharedLimit, SharedSnapshot
from offwire.testing import Answer, Cancelled, Driven, Refuse, Reply, Task, World
from offwire.time import Now
from tests.sansio.kit import GET, OK, Diary, context_in

ONE = Call.get("/things/7", returns=Response)


class LedgerStore:
    """A store in the world's own time, that can be away, and can lose its answers."""

    def __init__(self) -> None:
        self.ledgers: dict[str, Ledger] = {}
        self.asked: list[Exchange] = []
        self.world: World | None = None
        self.away: Exception | None = None
        self.loses = 0.0
        self.repeats = 0.0
        self.chance = Random(7)

    def answer(self, question: Exchange, /) -> object:
        assert self.world is not None
        self.asked.append(question)
        if self.away is not None:
            raise self.away
        ledger = self.ledgers.setdefault(question.key, Ledger())
        lease = ledger.exchange(question, self.world.now)
        if self.chance.random() < self.repeats:
            ledger.exchange(question, self.world.now)
        if self.chance.random() < self.loses:
            raise StoreFailed("the connection broke")
        return lease

    def out(self, key: str = "shop") -> float:
        """Units that are out with holders."""
        return sum(row[2] for row in self.ledgers[key].state()["leases"])


class Arrivals:
    """An exact server: it notes when requests arrive, and can say how many came in a period."""

    def __init__(self, *first: Reply, after: float = 0.0) -> None:
        self.first = list(first)
        self.times: list[float] = []
        self.after = after
        self.chance = Random(3)
        self.under_way = self.most = 0

    def __call__(self, request: Request, now: Now) -> Reply:
        self.times.append(now.monotonic)
        if self.first:
            return self.first.pop(0)
        return Answer(OK, after=self.chance.uniform(0, 2 * self.after))

    def most_in(self, period: float) -> int:
        times, first, most = sorted(self.times), 0, 0
        for last, at in enumerate(times):
            while times[first] <= at - period:
                first += 1
            most = max(most, last - first + 1)
        return most


def engine(
    world: World,
    store: LedgerStore,
    *limits: SharedBy,
    when_away: WhenAway = FailClosed(),  # noqa: B008 - a value
    observers: tuple[Diary, ...] = (),
    also: tuple[Limit, ...] = (),
    stray: float = 60.0,
    retries: int = 1,
) -> Engine:
    store.world = world
    keys = ["shop", "shop/day"]
    shared = [
        SharedLimit(limit, store, key, when_away=when_away, stray=stray)
        for limit, key in zip(limits, keys, strict=False)
    ]
    return Engine(
        world.runtime,
        base_url="https://api.test",
        auth=None,
        policies=Policies(
            quota=[*shared, *also], observers=observers, retry=RetryPolicy(max_attempts=retries)
        ),
    )


def shown(engine: Engine) -> SharedSnapshot:
    limit = engine.snapshot().quota.limits[0]
    assert isinstance(limit, SharedSnapshot)
    return limit


# --- one program ----------------------------------------------------------------------------------


def test_a_call_asks_before_and_tells_after() -> None:
    store = LedgerStore()
    with World(Arrivals()) as world:
        shop = engine(world, store, WindowLimit(10, 60.0))
        world.run(shop.perform(ONE))
        before, after = store.asked
    assert (before.least, before.want, after.finished, after.want) == (1, 1, 1, 0)
    assert before.holder == after.holder
    assert len(before.holder) == 32
    assert store.out() == 0


def test_the_answer_is_known_before_the_store_is_told() -> None:
    store = LedgerStore()
    asked: list[int] = []

    class Told(Racer):
        def answered(self) -> None:
            asked.append(len(store.asked))

    with World(Arrivals()) as world:
        store.world = world
        quota = Quota([SharedLimit(WindowLimit(10, 60.0), store, "shop")])
        share = sharing(quota, world.runtime)
        forward = attempting(world.runtime.connections, quota=quota)
        world.run(share(forward, GET, Told(context_in(world.runtime), lambda: None)))
    assert (asked, len(store.asked)) == ([1], 2), "between the question for units and the report"


def test_one_question_serves_all_who_wait() -> None:
    store = LedgerStore()
    with World(Arrivals(after=1.0)) as world:
        shop = engine(world, store, WindowLimit(160, 60.0))
        for _ in range(20):
            world.spawn(shop.perform(ONE))
        world.run_until_idle()
    assert [each.want for each in store.asked] == [1, 19, 0], "the first one goes at once"


def test_each_engine_has_a_name_of_its_own() -> None:
    store = LedgerStore()
    with World(Arrivals()) as world:
        for _ in range(2):
            world.run(engine(world, store, WindowLimit(10, 60.0)).perform(ONE))
    assert len({each.holder for each in store.asked}) == 2


def test_where_nothing_is_shared_nobody_is_asked() -> None:
    with World(Arrivals()) as world:
        shop = Engine(
            world.runtime,
            base_url="https://api.test",
            auth=None,
            policies=Policies(quota=[WindowLimit(1, 1.0)]),
        )
        flow = shop.perform(ONE)
        Driven(flow).expect(Send)
        flow.close()


@pytest.mark.parametrize("retries", [1, 2])
def test_a_failed_attempt_is_told_too(retries: int) -> None:
    store = LedgerStore()
    with World(Arrivals(Refuse(), Refuse())) as world:
        shop = engine(world, store, WindowLimit(10, 60.0), retries=retries)
        with pytest.raises(NeverSent):
            world.run(shop.perform(ONE))
    assert len(store.asked) == 2 * retries
    assert store.out() == 0
    assert not store.ledgers["shop"].state()["cooling"]


def test_several_shared_limits_are_taken_together() -> None:
    store, server = LedgerStore(), Arrivals()
    with World(server) as world:
        engines = [engine(world, store, WindowLimit(4, 1.0), WindowLimit(10, 20.0)) for _ in range(2)]
        for _ in range(12):
            for each in engines:
                world.spawn(each.perform(ONE))
        world.run_until_idle()
    assert server.most_in(1.0) == 4
    assert server.most_in(20.0) == 10
    assert len(server.times) == 24
    assert max(server.times) < 43
    assert store.out("shop") == store.out("shop/day") == 0


def test_what_would_run_out_unused_goes_back_while_the_other_limit_is_waited_for() -> None:
    store = LedgerStore()
    with World(Arrivals()) as world:
        shop = engine(world, store, WindowLimit(4, 1.0), WindowLimit(1, 60.0))
        world.run(shop.perform(ONE))
        world.spawn(shop.perform(ONE))
        world.advance(5)
        assert store.out("shop") == 0
        world.run_until_idle()
    assert store.out("shop") == store.out("shop/day") == 0


def test_a_limit_of_ones_own_holds_beside_a_shared_one() -> None:
    store, server = LedgerStore(), Arrivals(after=0.1)
    with World(server) as world:
        shop = engine(world, store, WindowLimit(100, 60.0), also=(WindowLimit(2, 10.0),))
        for _ in range(6):
            world.spawn(shop.perform(ONE))
        world.run_until_idle()
    assert server.most_in(10.0) == 2
    assert max(server.times) < 21
    assert not store.ledgers["shop"].state()["line"]


# --- many programs --------------------------------------------------------------------------------


@pytest.mark.parametrize("programs", [1, 3, 8])
def test_together_they_use_the_limit_and_never_more(programs: int) -> None:
    store, server = LedgerStore(), Arrivals(after=0.05)
    with World(server, latency=lambda chance: chance.uniform(0.005, 0.05), max_connections=None) as world:
        engines = [engine(world, store, WindowLimit(60, 10.0)) for _ in range(programs)]
        tasks = [world.spawn(each.perform(ONE)) for each in engines for _ in range(600 // programs + 1)]
        world.advance(60.0)
        assert sum(task.done for task in tasks) >= 0.95 * 60 * 6
    assert server.most_in(10.0) == 60


@pytest.mark.parametrize("seed", range(6))
def test_never_more_whatever_is_lost_repeated_or_cancelled_and_whoever_dies(seed: int) -> None:
    chance, store, server = Random(seed), LedgerStore(), Arrivals(after=0.1)
    store.loses, store.repeats = 0.05, 0.05
    with (
        warnings.catch_warnings(),
        World(
            server,
            seed=seed,
            latency=lambda chance: chance.expovariate(20),
            max_connections=None,
            shuffle=True,
        ) as world,
    ):
        warnings.simplefilter("ignore", RuntimeWarning)

        def begun() -> tuple[Engine, list[Task[Response]]]:
            return engine(world, store, WindowLimit(20, 5.0), stray=2.0), []

        fleet = [begun() for _ in range(4)]
        for _ in range(600):
            shop, tasks = chance.choice(fleet)
            tasks += [world.spawn(shop.perform(ONE)) for _ in range(chance.choice([0, 0, 1, 1, 3]))]
            if tasks and chance.random() < 0.1:
                chance.choice(tasks).cancel()
            if chance.random() < 0.01:
                # It dies: what it has sent is on its way, and nobody hears of it.
                number = chance.randrange(4)
                for task in fleet[number][1]:
                    task.cancel()
                fleet[number] = begun()
            world.advance(0.05)
        world.run_until_idle()
        assert server.most_in(5.0) <= 20
        assert len(server.times) > 100
        for shop, tasks in fleet:
            assert all(task.done for task in tasks)
            assert shop.snapshot().quota.waiting == shown(shop).in_flight == 0
    assert store.out() == 0


def test_a_program_that_dies_keeps_its_units_only_as_long_as_its_requests_may_arrive() -> None:
    store, server = LedgerStore(), Arrivals()
    with World(server) as world:
        dead = Driven(engine(world, store, WindowLimit(16, 10.0), stray=5.0).perform(ONE))
        dead.answer(store.answer(dead.expect(Ask).question))
        dead.expect(Send)
        alive = engine(world, store, WindowLimit(16, 10.0), stray=5.0)
        for _ in range(40):
            world.spawn(alive.perform(ONE))
        world.run_until_idle()
        dead.close()
    assert server.most_in(10.0) <= 16
    assert max(server.times) < 60


def test_concurrency_holds_for_all_together() -> None:
    store, server = LedgerStore(), Arrivals(after=0.2)
    with World(server, max_connections=None) as world:
        engines = [engine(world, store, ConcurrencyLimit(3)) for _ in range(3)]
        tasks = [world.spawn(each.perform(ONE)) for each in engines for _ in range(20)]
        while not all(task.done for task in tasks):
            world.advance(0.01)
            assert sum(shown(each).in_flight for each in engines) <= 3
        assert world.now < 60 * 0.2 / 3 * 1.5
    assert store.out() == 0


def test_what_the_server_says_to_one_all_hear() -> None:
    store = LedgerStore()
    server = Arrivals(Answer(Response(429, headers={"Retry-After": "30"})))
    with World(server) as world:
        first, second = (engine(world, store, WindowLimit(10, 60.0)) for _ in range(2))
        with pytest.raises(RateLimited):
            world.run(first.perform(ONE))
        world.run(second.perform(ONE))
        assert second.snapshot().quota.blocked_until == pytest.approx(30.0)
    assert server.times == [0.0, pytest.approx(30.0)]


# --- cancels --------------------------------------------------------------------------------------


def test_who_is_cancelled_while_it_asks_leaves_the_question_to_the_next_one() -> None:
    store = LedgerStore()
    with World(Arrivals()) as world:
        shop = engine(world, store, WindowLimit(10, 60.0))
        first, second = Driven(shop.perform(ONE)), world.spawn(shop.perform(ONE))
        assert isinstance(first.effect, Ask)
        world.advance(1)
        assert not second.done, "one question at a time"
        first.close()
        world.advance(1)
        assert second.result() == OK
    assert [each.number for each in store.asked] == [2, 3]


def test_who_is_cancelled_while_it_tells_has_told_nothing() -> None:
    store = LedgerStore()
    with World(Arrivals()) as world:
        shop = engine(world, store, WindowLimit(10, 60.0))
        driven = Driven(shop.perform(ONE))
        driven.answer(store.answer(driven.expect(Ask).question))
        driven.expect(Send)
        driven.answer(OK)
        driven.expect(Ask)
        driven.close()
        world.run(shop.perform(ONE))
    assert [each.finished for each in store.asked] == [0, 1, 1]


# --- a store that is away ---------------------------------------------------------------------------


def test_that_the_store_is_away_is_told_and_that_it_is_back() -> None:
    store, diary = LedgerStore(), Diary()
    with World(Arrivals()) as world:
        shop = engine(world, store, WindowLimit(10, 60.0), observers=(diary,))
        store.away = StoreFailed("Redis does not answer")
        task = world.spawn(shop.perform(ONE))
        world.advance(2.5)
        assert not task.done
        store.away = None
        world.advance(1)
        assert task.result() == OK
    assert diary.of(QuotaStoreLost, QuotaStoreFound) == [
        QuotaStoreLost(at=0.0, call=1, key="shop", error="Redis does not answer"),
        QuotaStoreFound(at=3.0, call=1, key="shop", away=3.0),
    ]
    assert diary.of(QuotaWaited) == [QuotaWaited(at=3.0, call=1, waited=3.0)]


class Odd(LedgerStore):
    def answer(self, question: Exchange, /) -> object:
        return {"granted": 5}


def test_where_nobody_observes_it_is_a_warning_which_shows_no_words_of_others() -> None:
    store = LedgerStore()
    store.away = OSError("redis://user:password@host")
    with (
        World(Arrivals()) as world,
        pytest.warns(RuntimeWarning, match=r"the quota 'shop' cannot be asked: it raised OSError; until"),
    ):
        world.run(engine(world, store, WindowLimit(10, 60.0), when_away=FailOpen()).perform(ONE))


def test_an_answer_that_is_none_counts_as_none() -> None:
    store, diary = Odd(), Diary()
    with World(Arrivals()) as world:
        shop = engine(world, store, WindowLimit(10, 60.0), when_away=FailOpen(), observers=(diary,))
        assert world.run(shop.perform(ONE)) == OK
    (event,) = diary.of(QuotaStoreLost)
    assert isinstance(event, QuotaStoreLost)
    assert event.error == "it answered with a dict, not a Lease"


def test_closed_a_call_waits_up_to_its_deadline() -> None:
    store, diary = LedgerStore(), Diary()
    store.away = StoreFailed("away")
    with World(Arrivals()) as world:
        shop = engine(world, store, WindowLimit(10, 60.0), observers=(diary,))
        with pytest.raises(DeadlineExceeded, match="the quota has no room before the deadline"):
            world.run(shop.perform(ONE, options=Options(deadline=3.5)))
        assert world.now == 3.0
        assert shop.snapshot().quota.waiting == 0


@pytest.mark.parametrize(
    ("when_away", "most"), [(FailClosed(), 0), (FailOpen(), 3 * 16), (LocalShare(1 / 4), 3 * 4)], ids=str
)
def test_what_goes_on_while_the_store_is_away_and_what_the_fleet_knows_after(
    when_away: WhenAway, most: int
) -> None:
    store, server, diary = LedgerStore(), Arrivals(after=0.05), Diary()
    with World(server, max_connections=None) as world:
        engines = [
            engine(world, store, WindowLimit(16, 10.0), when_away=when_away, observers=(diary,))
            for _ in range(3)
        ]
        for each in engines:
            for _ in range(150):
                world.spawn(each.perform(ONE))
        world.advance(20.5)
        store.away = StoreFailed("away")
        world.advance(20.0)
        server.times.clear()
        world.advance(40.0)
        assert server.most_in(10.0) <= most
        assert len(server.times) >= 0.7 * 4 * most
        store.away = None
        world.advance(3.0)
        assert not any(shown(each).is_away for each in engines)
        server.times.clear()
        world.advance(30.0)
        assert server.most_in(10.0) <= 16
        world.run_until_idle()
    assert len(diary.of(QuotaStoreLost)) == len(diary.of(QuotaStoreFound)) == 3
    assert store.out() == 0


def test_a_limit_that_others_declare_otherwise_is_told_as_such() -> None:
    store, told = LedgerStore(), list[Event]()
    with World(Arrivals()) as world:
        world.run(engine(world, store, WindowLimit(10, 60.0)).perform(ONE))
        diary = Diary()
        other = engine(world, store, WindowLimit(10, 30.0), when_away=LocalShare(), observers=(diary,))
        world.run(other.perform(ONE))
        told += diary.of(QuotaStoreLost)
    (event,) = told
    assert isinstance(event, QuotaStoreLost)
    assert "declare the same everywhere" in event.error


def test_a_cancelled_call_leaves_the_line_and_others_go_on() -> None:
    store = LedgerStore()
    with World(Arrivals()) as world:
        shop = engine(world, store, WindowLimit(1, 10.0))
        world.run(shop.perform(ONE))
        first, second = world.spawn(shop.perform(ONE)), world.spawn(shop.perform(ONE))
        world.advance(1)
        first.cancel()
        world.run_until_idle()
        assert second.result() == OK
        with pytest.raises(Cancelled):
            first.result()
