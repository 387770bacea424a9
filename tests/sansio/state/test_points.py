"""Points: reports folded with what is under way, windows whose end is a span, spreading, forecasts."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from math import ceil, floor, inf
from random import Random
from typing import Any

import pytest
from attrs import evolve, field, frozen

from offwire import Request, Response
from offwire.state.costs import Cost
from offwire.state.points import PointsAccount, PointsForecast, PointsLimit, PointsReport, PointsSnapshot

HOUR = 3600.0
GET = Request("GET", "/")


def read(response: Response) -> PointsReport | None:
    """The report of a test's answer: `limit spent reset_after` in a header field."""
    said = response.headers.get("points")
    if said is None:
        return None
    limit, spent, reset_after = map(float, said.split())
    return PointsReport(limit=limit, spent=spent, reset_after=reset_after)


def says(spent: float, reset_after: float = 1800.0, limit: float = 100.0) -> Response:
    return Response(200, headers={"Points": f"{limit!r} {spent!r} {reset_after!r}"})


def account(**settings: Any) -> PointsAccount:
    return PointsLimit(read=read, **{"burst": 1.0, **settings}).machine()


def answered(
    machine: PointsAccount, number: int, response: Response, now: float, operation: str = "op"
) -> None:
    """One call that was taken comes back."""
    cost = machine._flying[number][1]
    machine.answered("op", number, response, now)
    machine.finish(cost, number, now, answered=True)


def begun(spent: float = 0.5, **settings: Any) -> PointsAccount:
    """An account that has had its first answer, at 1 s: `spent` of 100 points, the window over at 1801 s."""
    machine = account(**settings)
    machine.take(20.0, 1, 0.0)
    answered(machine, 1, says(spent), 1.0)
    return machine


class TestLimit:
    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            pytest.param({"window": 0}, "PointsLimit.window", id="window"),
            pytest.param({"first_guess": 0}, "PointsLimit.first_guess", id="first guess"),
            pytest.param({"burst": 1.5}, "PointsLimit.burst", id="burst"),
            pytest.param({"spare": -1}, "PointsLimit.spare", id="spare"),
            pytest.param({"hints": {"a": 0}}, r"PointsLimit\.hints: the cost of a", id="hints"),
        ],
    )
    def test_bad_settings_are_refused(self, settings: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            PointsLimit(read=read, **settings)

    def test_a_limit_can_be_evolved(self) -> None:
        limit = PointsLimit(read=read, hints={"a": 3.0})
        assert evolve(limit, burst=1.0).hints == limit.hints == {"a": 3.0}

    def test_hints_stay_out_of_the_repr(self) -> None:
        assert "hints" not in repr(PointsLimit(read=read, hints={"a": 3.0}))

    def test_a_call_may_cost_whatever_it_costs(self) -> None:
        assert PointsLimit(read=read).largest == inf


class TestBeginning:
    def test_one_call_goes_ahead_alone(self) -> None:
        machine = account()
        assert machine.ready_at(20.0, 0.0) == 0.0
        machine.take(20.0, 1, 0.0)
        assert machine.ready_at(20.0, 0.5) == inf

    def test_the_others_follow_when_it_has_told_how_things_stand(self) -> None:
        assert begun().ready_at(20.0, 1.0) == 1.0

    def test_nobody_is_kept_back_where_answers_say_nothing(self) -> None:
        machine = account()
        machine.take(20.0, 1, 0.0)
        answered(machine, 1, Response(200), 1.0)
        machine.take(20.0, 2, 1.0)
        assert machine.ready_at(20.0, 1.0) == 1.0

    def test_after_a_call_that_came_to_nothing_the_next_one_goes_ahead_alone(self) -> None:
        machine = account()
        machine.take(20.0, 1, 0.0)
        machine.give_back(20.0, 1)
        assert machine.ready_at(20.0, 0.0) == 0.0


class TestFolding:
    def test_what_is_in_flight_is_held_back(self) -> None:
        machine = begun(60.5)
        machine.take(20.0, 2, 1.0)
        assert machine.ready_at(20.0, 1.0) == pytest.approx(1802.0)
        machine.give_back(20.0, 2)
        assert machine.ready_at(20.0, 1.0) == 1.0

    def test_a_call_that_its_own_sum_holds_is_not_held_back_as_well(self) -> None:
        assert begun(80.0).ready_at(20.0, 1.0) == 1.0

    def test_a_sum_of_nothing_does_not_hold_its_own_call(self) -> None:
        machine = account(first_guess=50.0)
        machine.take(50.0, 1, 0.0)
        answered(machine, 1, says(0.0), 0.5)
        assert machine.snapshot().unsure == 50.0
        machine.take(50.0, 2, 0.2)
        machine.take(50.0, 3, 0.2)
        answered(machine, 3, says(9.0), 1.0)
        answered(machine, 2, says(4.0), 1.5)
        assert machine.snapshot().unsure == 50.0  # the third, whose sum is the highest

    def test_a_sum_that_comes_twice_ranks_nothing(self) -> None:
        machine = account(first_guess=50.0)
        for number in (1, 2, 3):
            machine.take(50.0, number, 0.0)
        for number, spent in ((1, 5.0), (2, 5.0), (3, 6.0)):
            answered(machine, number, says(spent), 1.0)
        assert machine.snapshot().unsure == 150.0

    def test_a_later_report_holds_a_call_that_ended_before_it_was_sent(self) -> None:
        machine = account()
        machine.take(20.0, 1, 0.0)
        answered(machine, 1, says(0.0), 1.0)
        machine.take(20.0, 2, 2.0)
        answered(machine, 2, says(6.0), 3.0)
        assert machine.snapshot().spent == 6.0
        assert machine.snapshot().unsure == 20.0  # the second, whose sum does not hold it

    def test_a_call_without_an_answer_is_held_back_until_nobody_can_charge_for_it(self) -> None:
        machine = begun()
        machine.take(20.0, 2, 2.0)
        machine.finish(20.0, 2, 12.0, answered=False)
        machine.take(20.0, 3, 13.0)
        answered(machine, 3, says(4.0), 14.0)
        assert machine.snapshot().unsure == 20.0
        machine.take(20.0, 4, 73.0)
        answered(machine, 4, says(6.0), 74.0)
        assert machine.snapshot().unsure == 0.0

    def test_an_older_sum_changes_nothing(self) -> None:
        machine = begun()
        machine.take(20.0, 2, 2.0)
        machine.take(20.0, 3, 2.0)
        answered(machine, 3, says(9.0), 3.0)
        answered(machine, 2, says(4.0), 4.0)
        assert machine.snapshot().spent == 9.0
        assert machine.snapshot().unsure == 0.0

    def test_points_can_be_left_to_others(self) -> None:
        assert begun(50.0, spare=40.0).ready_at(20.0, 1.0) == pytest.approx(1802.0)

    def test_one_that_is_dearer_than_a_window_takes_a_whole_one(self) -> None:
        machine = begun(0.5)
        at = machine.ready_at(500.0, 1.0)
        assert at == pytest.approx(1802.0)
        assert machine.ready_at(500.0, at) == at


class TestWindows:
    def test_its_end_is_known_as_a_span_that_reports_narrow_down(self) -> None:
        machine = begun(95.0)  # 1799 to 1802
        machine.take(1.0, 2, 1.0)
        answered(machine, 2, says(96.0, 1799.0), 1.2)  # 1799 to 1801.2
        assert machine.ready_at(20.0, 2.0) == pytest.approx(1801.2)

    def test_the_next_one_starts_with_nothing_spent(self) -> None:
        machine = begun(95.0)
        assert machine.ready_at(20.0, 1802.0) == 1802.0
        assert machine.snapshot().spent == 0.0
        assert machine.snapshot().clear_at == pytest.approx(1802.0 + HOUR)

    def test_windows_that_nobody_used_are_passed_over(self) -> None:
        machine = begun(95.0)
        assert machine.ready_at(20.0, 1802.0 + 5.5 * HOUR) == 1802.0 + 5.5 * HOUR
        assert machine.snapshot().clear_at == pytest.approx(1802.0 + 6 * HOUR)

    def test_what_ended_within_the_span_may_count_for_the_next_one(self) -> None:
        machine = begun(5.0)
        for number, at in ((2, 1790.0), (3, 1800.0)):
            machine.take(20.0, number, at - 0.5)
            machine.finish(20.0, number, at, answered=True)
        machine.ready_at(1.0, 1802.0)
        assert machine.snapshot().unsure == 20.0

    def test_a_report_out_of_the_window_before_changes_nothing(self) -> None:
        machine = begun(5.0)
        machine.take(20.0, 2, 1797.0)
        machine.ready_at(1.0, 1803.0)
        answered(machine, 2, says(90.0, 1.0), 1803.0)
        assert machine.snapshot().spent == 0.0

    def test_a_window_that_begins_before_its_time_is_believed(self) -> None:
        machine = begun(95.0)
        machine.take(1.0, 2, 100.0)
        answered(machine, 2, says(1.0, 3600.0), 101.0)
        assert machine.snapshot().spent == 1.0
        assert machine.ready_at(20.0, 101.0) == 101.0


class TestSpreading:
    def test_a_share_goes_at_once_and_the_rest_evenly(self) -> None:
        machine = begun(0.0, burst=0.25)
        assert machine.ready_at(5.0, 1.0) == 1.0  # 20 are held back, 25 may go
        late = machine.ready_at(30.0, 1.0)
        assert late == pytest.approx(1.0 + (1797.0 - 1.0) * 0.25 / 0.75)
        assert machine.ready_at(30.0, late) == late

    def test_all_has_gone_shortly_before_the_window_ends(self) -> None:
        assert begun(0.0, burst=0.25).ready_at(80.0, 1.0) == pytest.approx(1797.0)

    def test_in_the_last_seconds_nothing_is_spread(self) -> None:
        machine = account(burst=0.5)
        machine.take(20.0, 1, 0.0)
        answered(machine, 1, says(1.0, 2.0), 1.0)
        assert machine.ready_at(90.0, 1.0) == 1.0


class TestForecast:
    def test_it_adds_up_what_is_known_and_names_what_is_guessed(self) -> None:
        machine = begun(0.5, hints={"other": 3.0})
        for number, spent in ((2, 2.5), (3, 6.5)):
            machine.take(20.0, number, float(number))
            answered(machine, number, says(spent), number + 0.5)
        assert machine.cost("op") == Cost(2, 3.0, 4.0)
        assert machine.cost_of("op", GET) == 4.0
        assert machine.forecast({"op": 10, "other": 2}, 4.0) == PointsForecast(
            expected=36.0, most=46.0, guessed=("other",), seconds=0.0
        )

    def test_it_says_how_long_the_points_take(self) -> None:
        machine = begun(50.0, hints={"op": 10.0})
        assert machine.forecast({"op": 5}, 2.0).seconds == 0.0
        assert machine.forecast({"op": 25}, 2.0).seconds == pytest.approx(1800.0 + 2 * HOUR)
        assert account().forecast({"op": 1}, 0.0).seconds is None

    def test_without_any_points_it_takes_forever(self) -> None:
        assert begun(0.0, spare=100.0).forecast({"op": 1}, 1.0).seconds == inf

    def test_looking_ahead_changes_nothing(self) -> None:
        machine = begun(50.0, hints={"op": 10.0})
        before = machine.snapshot()
        assert machine.forecast({"op": 5}, 2.0 + HOUR).seconds == 0.0  # in the next window
        assert machine.snapshot() == before
        machine.take(10.0, 2, 2.0)
        answered(machine, 2, says(57.0), 3.0)
        assert machine.cost("op") == Cost(1, 7.0, 7.0)

    def test_counts_are_from_0_on(self) -> None:
        with pytest.raises(ValueError, match="not -1 of op"):
            account().forecast({"op": -1}, 0.0)


def test_a_snapshot_shows_how_things_stand() -> None:
    machine = begun(5.0)
    machine.take(20.0, 2, 1.0)
    assert machine.snapshot() == PointsSnapshot(
        limit=machine.snapshot().limit,
        in_flight=20.0,
        clear_at=1802.0,
        budget=100.0,
        spent=5.0,
        unsure=0.0,
    )
    assert account().snapshot().clear_at is None


# An hour and more of a server, with callers that never have enough.


@frozen(kw_only=True)
class Hours:
    """What one run is like."""

    limit: float = 18_000.0
    burst: float = 0.1
    own: bool = True
    places: int = 6
    """To which the server rounds what it tells."""
    whole_seconds: Callable[[float], int] = floor
    latency: tuple[float, float] = (0.05, 3.0)
    lost: float = 0.02
    others: float = 0.0
    share: float = field(default=0.97)
    """Of the points of a whole window that have to be used at least."""


class Server:
    """Fixed windows of points, by its own clock."""

    def __init__(self, hours: Hours, random: Random) -> None:
        self.hours = hours
        self.random = random
        self.offset = random.uniform(0.8, 1.0) * HOUR  # the first whole window begins soon
        self.costs = [random.uniform(0.5, 12.0) for _ in range(8)]
        self.spent: dict[int, float] = {}
        self.refused = 0

    def answer(self, operation: int, now: float) -> Response:
        window, into = divmod(now + self.offset, HOUR)
        before = self.spent.setdefault(int(window), 0.0)
        if self.random.random() < self.hours.others:
            before += self.random.uniform(0.0, 20.0)
        if before >= self.hours.limit:
            self.refused += 1
            return Response(429)
        after = before + self.costs[operation] * self.random.uniform(0.5, 1.5)
        self.spent[int(window)] = after
        told = round(after if self.hours.own else before, self.hours.places)
        return says(told, self.hours.whole_seconds(HOUR - into), self.hours.limit)


def run(hours: Hours, seed: int, callers: int = 50, seconds: float = 1.25 * HOUR) -> Server:
    """`callers` call operations of unknown cost, one after the other, first come, first served."""
    random = Random(seed)
    server = Server(hours, random)
    machine = account(burst=hours.burst)
    events: list[tuple[float, int, Callable[[float], None]]] = []
    line: list[tuple[int, float]] = []
    count = sent = 0
    told = inf

    def at(time: float, act: Callable[[float], None]) -> None:
        nonlocal count
        count += 1
        heapq.heappush(events, (time, count, act))

    def join() -> None:
        operation = random.randrange(8)
        line.append((operation, machine.cost_of(str(operation), GET)))

    def let_through(now: float) -> None:
        nonlocal sent, told
        if told <= now:
            told = inf
        while line:
            operation, cost = line[0]
            ready = machine.ready_at(cost, now)
            if ready > now:
                if ready < told:
                    told = ready
                    at(ready, let_through)
                return
            del line[0]
            sent += 1
            machine.take(cost, sent, now)
            at(now + random.uniform(*hours.latency) / 2, arrived(operation, cost, sent))

    def arrived(operation: int, cost: float, number: int) -> Callable[[float], None]:
        def act(now: float) -> None:
            response = server.answer(operation, now)
            back = now + random.uniform(*hours.latency) / 2
            lost = random.random() < hours.lost
            at(back, ended(operation, cost, number, None if lost else response))

        return act

    def ended(operation: int, cost: float, number: int, response: Response | None) -> Callable[[float], None]:
        def act(now: float) -> None:
            if response is not None:
                machine.answered(str(operation), number, response, now)
            machine.finish(cost, number, now, response is not None)
            join()
            let_through(now)

        return act

    for _ in range(callers):
        join()
    let_through(0.0)
    while events and events[0][0] < seconds:
        now, _, act = heapq.heappop(events)
        act(now)
    return server


@pytest.mark.parametrize(
    ("hours", "seed"),
    [
        pytest.param(Hours(), 0, id="as usual"),
        pytest.param(Hours(), 1, id="as usual, again"),
        pytest.param(Hours(whole_seconds=ceil), 2, id="seconds rounded up"),
        pytest.param(Hours(limit=3600.0), 2, id="few points"),
        pytest.param(Hours(latency=(0.5, 20.0)), 2, id="slow answers"),
        pytest.param(Hours(others=0.1), 2, id="others spend as well"),
        pytest.param(Hours(burst=1.0, lost=0.0), 2, id="nothing spread"),
        pytest.param(Hours(own=False), 2, id="sums without their own call"),
        pytest.param(Hours(places=-1, share=0.95), 2, id="sums rounded to tens"),
    ],
)
def test_an_hour_is_used_up_and_nobody_is_refused(hours: Hours, seed: int) -> None:
    server = run(hours, seed)
    assert server.refused == 0
    whole = [spent for window, spent in server.spent.items() if 0 < window < max(server.spent)]
    assert whole
    assert all(spent >= hours.share * hours.limit for spent in whole)
