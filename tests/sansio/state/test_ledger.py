"""The ledger: whatever happens between holders and store, no more is granted than there is."""

from __future__ import annotations

import json
from collections.abc import Callable

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from offwire.errors import StoreFailed
from offwire.quota_store import Exchange, Lease, SharedBy
from offwire.state.ledger import (
    LONGEST_REFRESH,
    PATIENCE_SECONDS,
    REFRESH_SECONDS,
    SLOTS,
    Ledger,
    LedgerState,
    Terms,
)
from offwire.state.limits import CLOCK_DRIFT, BucketLimit, ConcurrencyLimit, WindowLimit

WINDOW = WindowLimit(10, 100.0)
BUCKET = BucketLimit(capacity=10, per_second=2.0)
CALLS = ConcurrencyLimit(4)
WHOLE = 100.0 * (1 + CLOCK_DRIFT)
SLOT = WHOLE / SLOTS


class Book:
    """A ledger, and the numbers of its holders' exchanges."""

    def __init__(self, limit: SharedBy = WINDOW) -> None:
        self.ledger = Ledger()
        self.limit = limit
        self.number = 0

    def ask(
        self,
        holder: str,
        now: float,
        want: float = 0.0,
        *,
        least: float | None = None,
        limit: SharedBy | None = None,
        number: int | None = None,
        flying: float = 0.0,
        finished: float = 0.0,
        strayed: float = 0.0,
        blocked: float = 0.0,
        stray: float = 60.0,
    ) -> Lease:
        self.number += 1
        question = Exchange(
            key="shop",
            limit=limit or self.limit,
            holder=holder,
            number=number or self.number,
            flying=flying,
            finished=finished,
            strayed=strayed,
            least=min(1.0, want) if least is None else least,
            want=want,
            blocked=blocked,
            stray=stray,
        )
        return self.ledger.exchange(question, now)


# --- what is granted ------------------------------------------------------------------------------


def test_one_gets_half_of_what_is_free_and_several_less() -> None:
    book = Book()
    assert book.ask("a", 0, 100) == Lease(granted=5, holders=1)
    assert book.ask("b", 0, 100) == Lease(granted=1, holders=2)
    assert book.ask("c", 0, 3, least=3) == Lease(granted=3, holders=3), "what it needs, though not its share"
    assert book.ask("d", 0, 1).granted == 1
    assert book.ask("e", 0, 1).granted == 0


def test_nobody_gets_more_than_it_wants() -> None:
    assert Book().ask("a", 0, 2.5) == Lease(granted=2.5)


def test_who_can_use_any_part_is_told_to_come_back_where_there_is_none() -> None:
    book = Book()
    assert book.ask("a", 0, 10, least=10).granted == 10
    assert book.ask("b", 0, 1, least=0).again_after == REFRESH_SECONDS
    book = Book()
    book.ask("a", 0, 9, least=9)
    assert book.ask("b", 0, 5, least=0) == Lease(granted=0, again_after=REFRESH_SECONDS, holders=2)
    assert book.ask("c", 0, 1).granted == 1, "it has no place in the line"


def test_what_a_holder_says_it_holds_is_all_that_it_holds() -> None:
    book = Book()
    book.ask("a", 0, 10, least=10)
    assert book.ask("b", 0, 1).granted == 0
    book.ask("a", 1, flying=4)
    assert book.ask("b", 1, 6, least=6).granted == 6


def test_an_exchange_that_was_overtaken_or_comes_twice_changes_nothing() -> None:
    book = Book()
    book.ask("a", 0, 10, least=10, number=7)
    before = book.ledger.state()
    for number in (6, 7):
        late = book.ask("a", 0, 1, number=number, finished=3, blocked=30)
        assert late == Lease(granted=0, again_after=REFRESH_SECONDS, holders=1)
        assert book.ledger.state() == before


# --- what cools -----------------------------------------------------------------------------------


def test_what_is_finished_cools_for_a_window_and_at_most_a_slot() -> None:
    book = Book(WindowLimit(10, 100.0, min_rtt=0.5))
    book.ask("a", 50, 10, least=10)
    book.ask("a", 51, finished=10)
    refused = book.ask("b", 51, 1)
    assert refused.granted == 0
    assert WHOLE - 0.5 <= refused.again_after <= WHOLE - 0.5 + SLOT
    assert book.ask("b", 51 + refused.again_after, 10, least=10).granted == 10


def test_who_is_refused_is_told_when_enough_of_what_cools_is_free() -> None:
    book = Book()
    book.ask("a", 0, 10, least=10)
    book.ask("a", 0, finished=4, flying=6)
    book.ask("a", 8, finished=3, flying=3)
    for least in (4, 7):
        refused = book.ask("b", 8, least, least=least)
        assert WHOLE - 8 <= refused.again_after <= WHOLE - 8 + SLOT, "what flies may come back by then"
    for least in (8, 10):
        refused = book.ask("b", 8, least, least=least)
        assert WHOLE <= refused.again_after <= WHOLE + SLOT


def test_who_is_refused_is_told_when_enough_has_cooled_though_nothing_else_comes_back() -> None:
    book = Book()
    book.ask("a", 0, 10, least=10)
    book.ask("a", 0, finished=3, flying=7)
    soon = WHOLE - 0.03
    for now in range(9, 100, 9):
        book.ask("a", now, flying=7)
    for holder in ("b", "c", "d"):
        assert book.ask(holder, soon, 1).again_after == pytest.approx(0.03)
    assert book.ask("e", soon, 1).again_after == 4 * REFRESH_SECONDS, "the three are for those ahead of it"
    assert [book.ask(holder, soon + 0.03, 1).granted for holder in "ebcd"] == [0, 1, 1, 1]


def test_who_is_refused_looks_one_after_another_from_when_there_can_be_enough() -> None:
    book = Book()
    book.ask("a", 0, 10, least=10)
    book.ask("a", 0, finished=8, flying=2)
    book.ask("a", 5, finished=2)
    waits = [book.ask(holder, 5, 1).again_after for holder in "bcdefghijkl"]
    assert waits[:8] == [pytest.approx(WHOLE - 5)] * 8, "each has its own"
    first = WHOLE - 5 + 8 * REFRESH_SECONDS
    assert waits[8:] == [pytest.approx(first + REFRESH_SECONDS * later) for later in range(3)]


def test_a_bucket_tells_when_it_has_room_beside_what_is_out() -> None:
    book = Book(BUCKET)
    book.ask("a", 0, 10, least=10)
    book.ask("a", 0, finished=4, flying=5, strayed=1)
    soon = 0.48
    assert book.ask("b", soon, 1).again_after == pytest.approx(0.02)
    assert book.ask("c", soon, 1).again_after == 2 * REFRESH_SECONDS, "two of them are there after 0.52"
    assert book.ask("b", soon + 0.02, 1).granted == 1
    assert book.ask("d", soon + 0.02, 5, least=5).again_after == 2 * REFRESH_SECONDS, "by itself never"


@pytest.mark.parametrize(
    ("limit", "until"),
    [(WINDOW, 60 + WHOLE), (CALLS, 60.0), (BUCKET, 60.0 + 0.5)],
    ids=["window", "concurrency", "bucket"],
)
def test_what_was_given_up_may_still_arrive(limit: SharedBy, until: float) -> None:
    book = Book(limit)
    size = Terms.of(Exchange(key="k", limit=limit, holder="a", number=1)).size
    book.ask("a", 0, size, least=size)
    book.ask("a", 0, strayed=size)
    soon = until - 0.02
    assert book.ask("b", soon, 1).granted == 0
    end = until + (60 + 100.02) / SLOTS
    assert book.ask("b", end, 1).granted == 1


def test_a_lease_that_runs_out_cools_as_what_was_given_up() -> None:
    book = Book()
    book.ask("a", 0, 10, least=10)
    assert book.ask("b", 9.9, 1).again_after == REFRESH_SECONDS
    refused = book.ask("b", 10, 1)
    assert refused.again_after == pytest.approx(60 + WHOLE)
    assert book.ask("b", 10 + 60 + WHOLE, 10, least=10).granted == 10


def test_a_lease_is_renewed_by_each_exchange() -> None:
    book = Book()
    for now in range(0, 50, 5):
        book.ask("a", now, 1, flying=9)
    assert book.ledger.state()["leases"][0][2] == 10
    assert not book.ledger.state()["cooling"]


def test_with_nothing_to_wait_for_no_call_waits() -> None:
    book = Book(CALLS)
    book.ask("a", 0, 4, least=4)
    book.ask("a", 0, finished=2, strayed=2, stray=0.0)
    assert book.ask("b", 0, 4, least=4).granted == 4


def test_a_bucket_fills_by_what_is_finished() -> None:
    book = Book(BUCKET)
    assert book.ask("a", 0, 10, least=10).granted == 10
    assert book.ask("b", 1, 1).again_after == REFRESH_SECONDS, "what is out may come back unused"
    book.ask("a", 1, finished=10)
    assert book.ask("b", 1, 4, least=4).again_after == 2.0
    assert book.ask("b", 3, 4, least=4).granted == 4
    assert book.ask("c", 3, 1).again_after == REFRESH_SECONDS
    assert book.ask("c", 3, 8, least=8).again_after == 2.0


def test_a_bucket_holds_what_was_given_up_back_and_then_counts_it_as_finished() -> None:
    book = Book(BUCKET)
    book.ask("a", 0, 10, least=10)
    book.ask("a", 0, strayed=10, stray=20.0)
    assert book.ask("b", 19.99, 1).granted == 0
    late = 20 + 20 / SLOTS
    assert book.ask("b", late, 1).again_after == pytest.approx(0.5, abs=20 / SLOTS)
    assert book.ask("b", late + 5, 10, least=10).granted == 10


def test_what_is_kept_of_many_ends_is_small() -> None:
    book = Book()
    for step in range(5_000):
        book.ask("a", step / 20, finished=0.1, strayed=0.1)
    kept = book.ledger.state()["cooling"]
    assert len(kept) <= 2 * SLOTS + 4
    assert kept == sorted(kept)


# --- the line -------------------------------------------------------------------------------------


def test_first_come_first_served() -> None:
    book = Book()
    book.ask("a", 0, 10, least=10)
    assert book.ask("big", 0, 5, least=5).again_after == REFRESH_SECONDS
    assert book.ask("small", 0, 1).again_after == 2 * REFRESH_SECONDS
    book.ask("a", 0.01, flying=5)
    assert book.ask("small", 0.02, 1).granted == 0, "what is free is for the big one"
    assert book.ask("other", 0.02, 1).again_after == 3 * REFRESH_SECONDS
    book.ask("a", 0.03, flying=4)
    assert book.ask("small", 0.04, 1).granted == 1, "there is more than the big one needs"
    assert book.ask("big", 0.05, 6, least=5).granted == 5


def test_the_wait_in_a_long_line_has_an_end() -> None:
    book = Book()
    book.ask("a", 0, 10, least=10)
    waits = [book.ask(f"b{number}", 0, 1).again_after for number in range(40)]
    assert waits[:3] == [pytest.approx(REFRESH_SECONDS * place) for place in (1, 2, 3)]
    assert waits[-1] == LONGEST_REFRESH


def test_who_does_not_come_back_loses_its_place() -> None:
    book = Book()
    book.ask("a", 0, 10, least=10)
    book.ask("dead", 0, 5, least=5)
    book.ask("a", 0, flying=9)
    assert book.ask("b", REFRESH_SECONDS + PATIENCE_SECONDS - 0.01, 1).granted == 0
    assert book.ask("b", REFRESH_SECONDS + PATIENCE_SECONDS, 1).granted == 1


def test_who_wants_nothing_any_more_leaves_the_line() -> None:
    book = Book()
    book.ask("a", 0, 10, least=10)
    book.ask("b", 0, 5, least=5)
    book.ask("a", 0, flying=9)
    assert book.ask("c", 0, 1).granted == 0
    book.ask("b", 0)
    assert book.ask("c", 0, 1).granted == 1


def test_one_in_line_may_change_its_mind() -> None:
    book = Book()
    book.ask("a", 0, 10, least=10)
    book.ask("b", 0, 5, least=5)
    book.ask("b", 0, 1)
    book.ask("a", 0, flying=8)
    assert book.ask("c", 0, 1).granted == 1


# --- what the server says -------------------------------------------------------------------------


def test_while_the_server_wants_to_see_nobody_nothing_is_granted() -> None:
    book = Book()
    assert book.ask("a", 0, blocked=30).blocked == 30
    book.ask("a", 5, blocked=10)
    assert book.ask("b", 10, 1) == Lease(granted=0, again_after=20, holders=1, blocked=20)
    assert book.ask("b", 30, 1) == Lease(granted=1, holders=1, blocked=0)


# --- who declares what ----------------------------------------------------------------------------


def test_the_smallest_limit_that_is_declared_counts() -> None:
    book = Book()
    book.ask("old", 0, 1)
    new = WindowLimit(20, 100.0)
    assert book.ask("new", 0, 20, least=10, limit=new).granted == 0
    with pytest.raises(StoreFailed, match=r"declares a limit of 10, so 11 units at once can never be had"):
        book.ask("new", 0, 20, least=11, limit=new)
    assert book.ask("new", 10, 20, least=19, limit=new).granted == 19, "the old one's lease has run out"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (WindowLimit(10, 60.0), "a window limit with period 60"),
        (BUCKET, "a bucket limit with per_second 2"),
        (CALLS, "a concurrency limit with pace 0"),
    ],
    ids=["another period", "a bucket", "a concurrency"],
)
def test_who_shares_a_quota_agrees_on_the_kind_and_the_pace(other: SharedBy, said: str) -> None:
    book = Book()
    book.ask("a", 0, 1)
    with pytest.raises(
        StoreFailed, match=f"'shop' is shared as a window limit with period 100.* {said}: decl"
    ):
        book.ask("b", 0, 1, limit=other)
    assert book.ask("b", 200, 1, limit=other).granted == 1, "when nothing is left of the first one"


# --- time, and what is kept -----------------------------------------------------------------------


@pytest.mark.parametrize("limit", [WINDOW, BUCKET, CALLS], ids=["window", "bucket", "concurrency"])
@pytest.mark.parametrize("jump", [-1e9, -7.0])
def test_where_time_goes_back_what_had_to_last_goes_on_for_as_long(limit: SharedBy, jump: float) -> None:
    stays, jumps = Book(limit), Book(limit)

    def both(
        holder: str,
        now: float,
        want: float = 0.0,
        *,
        flying: float = 0.0,
        finished: float = 0.0,
        strayed: float = 0.0,
    ) -> None:
        later, back = (
            book.ask(holder, at, want, least=want, flying=flying, finished=finished, strayed=strayed)
            for book, at in ((stays, now), (jumps, now if now <= 20 else now + jump))
        )
        assert back.granted == later.granted
        assert back.again_after == pytest.approx(later.again_after, abs=1e-6)

    both("a", 10, 4)
    both("a", 20, flying=1, finished=2, strayed=1)
    jumps.ask("a", 20 + jump, flying=1)
    stays.ask("a", 20, flying=1)
    both("b", 20 + 1, 3)
    both("c", 20 + 9, 4)
    both("c", 20 + 200, 4)


def test_time_that_goes_back_grants_nothing() -> None:
    book = Book()
    book.ask("a", 1_000, 10, least=10)
    book.ask("a", 1_000, finished=10)
    assert book.ask("b", -5, 1).again_after >= WHOLE
    assert book.ask("b", -5 + WHOLE - 0.01, 1).granted == 0
    assert book.ask("b", -5 + WHOLE + SLOT, 1).granted == 1


@pytest.mark.parametrize("limit", [WINDOW, BUCKET, CALLS], ids=["window", "bucket", "concurrency"])
def test_after_it_has_lasted_nothing_is_known_that_a_new_one_does_not_know(limit: SharedBy) -> None:
    book = Book(limit)
    assert book.ledger.lasts == 0
    book.ask("a", 0, 4, least=4)
    book.ask("a", 1, 1, flying=1, strayed=1, finished=1, blocked=3)
    book.ask("b", 1, 4, least=4)
    lasts = book.ledger.lasts
    assert lasts >= 70
    size = Terms.of(Exchange(key="k", limit=limit, holder="a", number=1)).size
    assert book.ask("c", 1 + lasts, size, least=size) == Lease(granted=size)


def test_it_is_plain_data() -> None:
    book = Book()
    book.ask("a", 3, 10, least=10)
    book.ask("a", 4, flying=2, finished=3, strayed=1, blocked=2)
    book.ask("b", 5, 9, least=9)
    state: LedgerState = json.loads(json.dumps(book.ledger.state()))
    again = Ledger.of(state)
    assert again == book.ledger
    assert json.dumps(again.state()) == json.dumps(state)


# --- all things together ----------------------------------------------------------------------------

STRAY = 2.0
LASTS = 1.0
WHO = st.sampled_from([0, 0, 0, 1, 1, 2])
ENDS = ["under way", "answered", "answered", "given up", "dead"]
FATES = ["heard", "heard", "heard", "heard", "slow", "unheard", "late", "twice"]


@attrs.define(eq=False)
class Request:
    """One that was sent; the server counts it at any time until its answer, or until it is too old."""

    sent: float
    arrived: bool = False


@attrs.define(eq=False)
class Holder:
    """A program, by its own clock, which differs in rate and by any offset."""

    name: str
    rate: float
    number: int = 0
    unused: int = 0
    ends: float = 0.0
    flying: list[Request] = attrs.field(factory=list)
    finished: int = 0
    strayed: int = 0
    asking: tuple[Exchange, float] | None = None
    lives: int = 0

    def clock(self, now: float) -> float:
        return 1e6 + now * self.rate


class Fleet(RuleBasedStateMachine):
    """Drives holders in any order, through losses, delays, repeats and deaths, before an exact server."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.ledger = Ledger()
        self.arrivals: list[float] = []
        self.loose: list[Request] = []  # nobody waits for these any more
        self.late: list[Exchange] = []  # questions that reach the store some time, or once more
        self.holders = [Holder("a", 1.0), Holder("b", 1 + CLOCK_DRIFT / 2), Holder("c", 1 - CLOCK_DRIFT / 2)]

    @initialize(
        limit=st.sampled_from(
            [
                WindowLimit(3, 1.0),
                WindowLimit(4, 4.0),
                BucketLimit(capacity=4, per_second=0.5),
                ConcurrencyLimit(3),
            ]
        )
    )
    def begin(self, limit: SharedBy) -> None:
        self.limit = limit

    # What a program does.

    @rule(which=WHO, least=st.integers(0, 3), more=st.integers(0, 3), fate=st.sampled_from(FATES))
    def ask(self, which: int, least: int, more: int, fate: str) -> None:
        holder = self.holders[which]
        if holder.asking is not None:
            return
        holder.number += 1
        holder.unused = 0
        question = Exchange(
            key="k",
            limit=self.limit,
            holder=f"{holder.name}{holder.lives}",
            number=holder.number,
            flying=len(holder.flying),
            finished=holder.finished,
            strayed=holder.strayed,
            least=least,
            want=least + more,
            lasts=LASTS,
            stray=STRAY,
        )
        holder.asking = question, holder.clock(self.now)
        if fate != "slow":
            self.answer(which, fate)

    @precondition(lambda self: any(holder.asking for holder in self.holders))
    @rule(which=WHO, fate=st.sampled_from(FATES))
    def answer(self, which: int, fate: str) -> None:
        holder = self.holders[which]
        if holder.asking is None or fate == "slow":
            return
        question, asked_at = holder.asking
        holder.asking = None
        if fate == "late":
            self.late.append(question)
            return
        lease = self.exchange(question)
        if fate == "twice":
            self.late.append(question)
        if fate != "unheard":
            holder.finished -= int(question.finished)
            holder.strayed -= int(question.strayed)
            holder.unused = int(lease.granted)
            holder.ends = asked_at + question.lasts * (1 - CLOCK_DRIFT)

    @precondition(lambda self: self.late)
    @rule(which=st.integers(0, 100))
    def arrive_late(self, which: int) -> None:
        self.exchange(self.late.pop(which % len(self.late)))

    def exchange(self, question: Exchange) -> Lease:
        self.ledger = Ledger.of(json.loads(json.dumps(self.ledger.state())))
        lease = self.ledger.exchange(question, self.now)
        assert lease.granted == 0 or question.least <= lease.granted <= question.want
        assert lease.again_after > 0 or lease.granted > 0 or not question.want
        if lease.granted:
            assert self.kept() <= Terms.of(question).size * (1 + 1e-9)
        return lease

    def kept(self) -> float:
        state = self.ledger.state()
        level = 0.0
        if isinstance(self.limit, BucketLimit):
            level = max(0.0, state["full_at"] - state["last"]) * self.limit.per_second
        return level + sum(row[2] for row in state["leases"]) + sum(row[1] for row in state["cooling"])

    @rule(which=WHO, most=st.sampled_from([1, 9]))
    def send(self, which: int, most: int) -> None:
        holder = self.holders[which]
        for _ in range(min(most, holder.unused)):
            if holder.clock(self.now) < holder.ends:
                holder.unused -= 1
                holder.flying.append(Request(self.now))

    @rule(which=WHO, most=st.sampled_from([1, 9]), give_up=st.sampled_from([False, False, True]))
    def finish(self, which: int, most: int, give_up: bool) -> None:
        holder = self.holders[which]
        for request in holder.flying[:most]:
            holder.flying.remove(request)
            if give_up:
                holder.strayed += 1
                if not request.arrived:
                    self.loose.append(request)
            else:
                if not request.arrived:
                    self.count(request)
                holder.finished += 1

    @rule(which=WHO, least=st.integers(1, 4), reaches=st.booleans(), then=st.sampled_from(ENDS))
    def work(self, which: int, least: int, reaches: bool, then: str) -> None:
        """What happens most: to ask, to get something, to send it, and mostly to be answered."""
        size = int(self.limit.calls if not isinstance(self.limit, BucketLimit) else self.limit.capacity)
        self.ask(which, min(least, size), 0, "heard")
        self.send(which, 9)
        if reaches:
            self.reach(which)
        if then == "answered":
            self.finish(which, 9, give_up=False)
        elif then == "given up":
            self.finish(which, 9, give_up=True)
        elif then == "dead":
            self.die(which)

    @rule(which=WHO)
    def die(self, which: int) -> None:
        holder = self.holders[which]
        self.loose += [each for each in holder.flying if not each.arrived]
        if holder.asking is not None:
            self.late.append(holder.asking[0])
        self.holders[which] = Holder(holder.name, holder.rate, lives=holder.lives + 1)

    # What the network and the server do.

    @rule(which=WHO)
    def reach(self, which: int) -> None:
        for request in self.holders[which].flying:
            if not request.arrived:
                self.count(request)

    @precondition(lambda self: self.loose)
    @rule()
    def reach_at_last(self) -> None:
        loose, self.loose = self.loose, []
        for request in loose:
            self.count(request)

    def count(self, request: Request) -> None:
        request.arrived = True
        if self.now <= request.sent + STRAY:
            self.arrivals.append(self.now)

    @rule(dt=st.sampled_from([0.01, 0.3, 0.7, 1.0]))
    def wait(self, dt: float) -> None:
        self.now += dt

    @precondition(lambda self: self.ledger.state()["cooling"])
    @rule()
    def wait_for_what_cools(self) -> None:
        state = self.ledger.state()
        self.now = max(self.now, state["origin"] + state["cooling"][0][0])

    @precondition(lambda self: self.ledger.state()["leases"])
    @rule()
    def wait_for_a_lease_to_run_out(self) -> None:
        state = self.ledger.state()
        self.now = max(self.now, state["origin"] + state["leases"][0][3])

    @invariant()
    def the_server_has_had_no_more_than_it_allows(self) -> None:
        limit, arrivals = getattr(self, "limit", None), self.arrivals[-12:]
        for first, at in enumerate(arrivals):
            within = len(arrivals) - first
            if isinstance(limit, WindowLimit) and arrivals[-1] - at < limit.period:
                assert within <= limit.calls, "in any window"
            if isinstance(limit, BucketLimit):
                room = limit.capacity + limit.per_second * (arrivals[-1] - at)
                assert within <= room * (1 + 1e-6), "over any stretch"
        if isinstance(limit, ConcurrencyLimit):
            fresh = sum(
                self.now <= each.sent + STRAY and holder.clock(self.now) < holder.ends
                for holder in self.holders
                for each in holder.flying
            )
            assert fresh <= limit.calls, "at any time, as long as leases last"


TestFleet: Callable[[], object] = Fleet.TestCase
Fleet.TestCase.settings = settings(stateful_step_count=50)
