"""The line: urgent ones first, flows by their weights, and nobody waits for ever."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from attrs import frozen
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from offwire.state.line import FairnessPolicy, Line, Place, Waiting
from tests.sansio.state.lines import ListedLine

STRICT = FairnessPolicy(aging=None)


def line_of(*waiting: tuple[str, Place], policy: FairnessPolicy = STRICT) -> Line[str]:
    line: Line[str] = Line(policy)
    for who, place in waiting:
        line.join(who, 0.0, place=place)
    return line


def served(line: Line[str], now: float = 0.0) -> list[str]:
    """All who wait, in the order in which they go."""
    return [line.serve(now) for _ in range(len(line))]


# --- one thing at a time ---------------------------------------------------------------------------


def test_in_a_line_without_priorities_the_first_goes_first() -> None:
    line: Line[str] = Line(FairnessPolicy())
    for who in "abc":
        line.join(who, 0.0)
    assert (line.first(), len(line), "c" in line, "d" in line) == ("a", 3, True, False)
    assert served(line) == ["a", "b", "c"]
    assert (line.first(), len(line)) == (None, 0)


def test_nobody_is_served_where_nobody_waits() -> None:
    with pytest.raises(IndexError):
        Line[str](STRICT).serve(0.0)


def test_the_higher_priority_goes_first_and_within_one_who_came_first() -> None:
    line = line_of(
        ("low", Place(-1)), ("a", Place(0)), ("high", Place(7)), ("b", Place(0)), ("too", Place(7))
    )
    assert served(line) == ["high", "too", "a", "b", "low"]


def test_flows_share_however_many_calls_each_has() -> None:
    crowd = [(f"a{number}", Place(0, "a")) for number in range(4)]
    line = line_of(*crowd, ("b0", Place(0, "b")), ("c0", Place(0, "c")), ("b1", Place(0, "b")))
    assert served(line) == ["a0", "b0", "c0", "a1", "b1", "a2", "a3"]


def test_flows_share_by_weight() -> None:
    calls = [(f"{flow}{number}", Place(0, flow)) for flow in "ab" for number in range(100)]
    line = line_of(*calls, policy=FairnessPolicy(weights={"a": 3.0}))
    shares = Counter(line.serve(0.0)[0] for _ in range(80))
    assert shares == {"a": 60, "b": 20}


def test_flows_share_what_calls_cost_and_not_their_number() -> None:
    line: Line[str] = Line(STRICT)
    for number in range(100):
        line.join(f"dear {number}", 0.0, 5.0, Place(0, "dear"))
        line.join(f"cheap {number}", 0.0, 1.0, Place(0, "cheap"))
    shares = Counter(line.serve(0.0).split()[0] for _ in range(60))
    assert shares == {"dear": 10, "cheap": 50}


def test_who_has_waited_for_nothing_gets_nothing_for_it() -> None:
    line = line_of(*[(f"a{number}", Place(0, "a")) for number in range(10)])
    for _ in range(5):
        line.serve(0.0)
    for number in range(3):
        line.join(f"b{number}", 0.0, place=Place(0, "b"))
    assert served(line) == ["a5", "b0", "a6", "b1", "a7", "b2", "a8", "a9"]


def test_a_dear_one_is_passed_by_as_much_as_it_costs_and_no_more() -> None:
    line: Line[str] = Line(STRICT)
    line.join("dear", 0.0, 3.0, Place(0, "big"))
    for number in range(9):
        line.join(f"{number}", 0.0, 1.0, Place(0, "small"))
    assert served(line) == ["0", "1", "dear", *"2345678"]


def test_a_flow_whose_dear_one_leaves_catches_up() -> None:
    line: Line[str] = Line(STRICT)
    line.join("dear", 0.0, 3.0, Place(0, "a"))
    line.join("cheap", 0.0, 1.0, Place(0, "a"))
    for number in range(4):
        line.join(f"{number}", 0.0, 1.0, Place(0, "b"))
    assert [line.serve(0.0), line.serve(0.0)] == ["0", "1"]
    line.leave("dear")
    assert served(line) == ["cheap", "2", "3"]


def test_a_priority_that_waits_counts_as_one_more_with_time() -> None:
    line: Line[str] = Line(FairnessPolicy(aging=10.0))
    line.join("low", 0.0)
    order: list[str] = []
    for number in range(6):
        now = number * 4.0
        line.join(f"urgent at {now:g}", now, place=Place(1))
        line.join(f"another at {now:g}", now, place=Place(1))
        order.append(line.serve(now))
    assert order == [
        "urgent at 0", "another at 0", "urgent at 4", "another at 4", "low", "urgent at 8",
    ]  # fmt: skip


def test_a_priority_pays_for_its_turn_whichever_of_its_calls_goes() -> None:
    line: Line[str] = Line(FairnessPolicy(aging=10.0))
    for who in ("low", "lower"):
        line.join(who, 0.0)
    line.join("urgent", 11.0, place=Place(1))
    assert [line.serve(11.0) for _ in range(3)] == ["low", "urgent", "lower"]


def test_who_leaves_is_gone_wherever_it_stood() -> None:
    line = line_of(("a", Place(1)), ("b", Place(1, "f")), ("c", Place(0)), ("d", Place(0)), ("e", Place(-1)))
    line.leave("c")
    line.leave("e")
    line.leave("e")
    line.leave("nobody")
    assert (line.first(), len(line)) == ("a", 3)
    line.leave("a")
    assert line.first() == "b"
    line.leave("b")
    assert served(line) == ["d"]


def test_who_comes_back_to_a_priority_that_has_ended_is_a_newcomer() -> None:
    line: Line[str] = Line(FairnessPolicy(aging=1.0))
    line.join("urgent", 0.0, place=Place(1))
    line.join("low", 0.0)
    line.leave("low")
    line.join("low", 5.0)
    line.join("lower", 5.0, place=Place(-1))
    assert served(line, 5.0) == ["urgent", "low", "lower"]


def test_a_priority_that_has_ended_is_passed_over_later() -> None:
    line = line_of(("urgent", Place(2)), ("urgent too", Place(2)), ("gone", Place(1)), ("low", Place(0)))
    line.leave("gone")
    assert served(line) == ["urgent", "urgent too", "low"]
    aged: Line[str] = Line(FairnessPolicy(aging=1.0))
    for who, priority in (("a", 2), ("b", 2), ("gone", 1), ("low", 0)):
        aged.join(who, 0.0, place=Place(priority))
    aged.leave("gone")
    assert served(aged, 9.0) == ["a", "low", "b"]


def test_one_sees_who_waits_where() -> None:
    line = line_of(("a", Place(0, "z")), ("b", Place(1)), ("c", Place(0, "y")), ("d", Place(0, "z")))
    assert line.waiting() == (
        Waiting(priority=1, flow="", calls=1),
        Waiting(priority=0, flow="y", calls=1),
        Waiting(priority=0, flow="z", calls=2),
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param({"aging": 0.0}, "FairnessPolicy.aging", id="no time at all"),
        pytest.param({"aging": float("inf")}, "FairnessPolicy.aging", id="no end"),
        pytest.param({"weights": {"a": 0.0}}, "the weight of 'a'", id="a weight of nothing"),
        pytest.param({"weights": {"a": float("nan")}}, "the weight of 'a'", id="a weight that is no number"),
        pytest.param({"weights": {"a": float("inf")}}, "the weight of 'a'", id="a weight without end"),
    ],
)
def test_what_cannot_work_is_refused_at_birth(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        FairnessPolicy(**settings)


def test_a_policy_keeps_what_it_was_given() -> None:
    weights = {"a": 2.0}
    policy = FairnessPolicy(weights=weights)
    weights["a"] = 5.0
    assert policy.weights == {"a": 2.0}
    assert hash(policy) == hash(FairnessPolicy(weights={"a": 2.0}))
    assert repr(policy) == "FairnessPolicy(weights={'a': 2.0}, aging=30.0)"


# --- what it keeps ---------------------------------------------------------------------------------


def entries(line: Line[Any]) -> int:
    """Of all heaps, those of calls and priorities that have ended included."""
    return len(line._order) + sum(len(lane._heads) for lane in line._lanes.values())


def test_those_who_come_and_leave_again_leave_nothing_behind() -> None:
    line: Line[int] = Line(STRICT)
    line.join(-1, 0.0, place=Place(9, "first"))
    line.join(-2, 0.0, place=Place(9, "first"))
    for number in range(5000):
        line.join(number, 0.0, 2.0, Place(9, f"flow {number}"))
        line.leave(number)
        line.join(number, 0.0, 2.0, Place(-number))
        line.leave(number)
    assert entries(line) <= 30
    assert [line.serve(0.0), line.serve(0.0)] == [-1, -2]
    assert entries(line) == 0


# --- all things together ---------------------------------------------------------------------------


@frozen
class Came:
    """What is known of one who waits: what it may have to let pass."""

    place: Place
    cost: float
    before: float
    """What those cost that were before it in its flow."""
    given: dict[str, float]
    """What each flow of its priority had been given when it came."""


PLACES = st.builds(Place, st.sampled_from([-1, 0, 0, 2]), st.sampled_from(["", "a", "b", "c"]))


class Model(RuleBasedStateMachine):
    """Any schedule, beside a line that looks at all who wait, and the promises themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.numbers = 0
        self.waiting: dict[int, Came] = {}
        self.given: dict[Place, float] = {}
        """What each flow was given in all, over its weight."""
        self.since: dict[int, float] = {}
        """When each priority in which somebody waits had its turn, or began to wait."""
        self.passed: dict[int, list[tuple[int, float]]] = {}
        """Those of other priorities that went since, and when."""
        self.both: dict[tuple[Place, Place], float] = {}
        """What two flows had been given, the one less the other, when both began to wait."""

    @initialize(
        aging=st.sampled_from([None, 1.0, 4.0]),
        weights=st.sampled_from([{}, {"a": 2.0}, {"a": 0.5, "b": 4.0}]),
    )
    def begin(self, aging: float | None, weights: dict[str, float]) -> None:
        self.policy = FairnessPolicy(weights=weights, aging=aging)
        self.line: Line[int] = Line(self.policy)
        self.model: ListedLine[int] = ListedLine(self.policy)

    @rule(dt=st.sampled_from([0.25, 1.0, 3.0]))
    def wait(self, dt: float) -> None:
        self.now += dt

    @rule(cost=st.sampled_from([0.5, 1.0, 1.0, 3.0]), place=PLACES, calls=st.sampled_from([1, 2, 8]))
    def join(self, cost: float, place: Place, calls: int) -> None:
        for _ in range(calls):
            self.join_one(cost, place)

    def join_one(self, cost: float, place: Place) -> None:
        self.numbers += 1
        lane = [each for each in self.waiting.values() if each.place.priority == place.priority]
        if not lane:
            self.since[place.priority] = self.now
            self.passed[place.priority] = []
        flow = [each for each in lane if each.place == place]
        if not flow:
            self.meet(place, {each.place for each in lane})
        self.waiting[self.numbers] = Came(
            place,
            cost,
            sum(each.cost for each in flow),
            {each.flow: given for each, given in self.given.items() if each.priority == place.priority},
        )
        for line in (self.line, self.model):
            line.join(self.numbers, self.now, cost, place)

    @precondition(lambda self: self.waiting)
    @rule(calls=st.sampled_from([1, 1, 4]))
    def serve(self, calls: int) -> None:
        for _ in range(min(calls, len(self.waiting))):
            self.serve_one()

    def serve_one(self) -> None:
        number = self.line.serve(self.now)
        assert number == self.model.serve(self.now)
        came = self.waiting[number]
        assert number == min(each for each, other in self.waiting.items() if other.place == came.place)
        self.remove(number)
        weight = self.policy.weights.get(came.place.flow, 1.0)
        self.given[came.place] = self.given.get(came.place, 0.0) + came.cost / weight
        self.nobody_passed_too_often(came)
        self.no_priority_waited_too_long(came.place.priority)
        self.flows_had_their_shares()

    @precondition(lambda self: self.waiting)
    @rule(which=st.integers(0, 100))
    def leave(self, which: int) -> None:
        number = list(self.waiting)[which % len(self.waiting)]
        self.remove(number)
        for line in (self.line, self.model):
            line.leave(number)

    def remove(self, number: int) -> None:
        place = self.waiting.pop(number).place
        if not any(each.place.priority == place.priority for each in self.waiting.values()):
            self.since.pop(place.priority)
            self.passed.pop(place.priority)

    # The promises.

    def nobody_passed_too_often(self, came: Came) -> None:
        """No flow was given more, while one waited, than its share beside it and one call."""
        weight = self.policy.weights.get(came.place.flow, 1.0)
        for flow in "abc":
            other = Place(came.place.priority, flow)
            passed = self.given.get(other, 0.0) - came.given.get(flow, 0.0)
            if flow != came.place.flow:
                most = (came.before + came.cost) / weight + 3.0 / self.policy.weights.get(flow, 1.0)
                assert passed <= most, f"{flow} has had {passed} of {most}"

    def no_priority_waited_too_long(self, priority: int) -> None:
        """At most one of another priority goes before it, once it has waited for long enough."""
        for other, passed in self.passed.items():
            if other != priority:
                passed.append((priority, self.now))
                aging = self.policy.aging
                late = [
                    each
                    for each, at in passed
                    if (each < other if aging is None else at >= self.since[other] + (each - other) * aging)
                ]
                most = 0 if aging is None else 1
                assert all(times <= most for times in Counter(late).values())
        if priority in self.since:
            self.since[priority] = self.now
            self.passed[priority] = []

    def meet(self, place: Place, others: set[Place]) -> None:
        """Two flows wait from here on: note how they stand."""
        for other in others:
            pair = (min(place, other), max(place, other))
            self.both[pair] = self.given.get(pair[0], 0.0) - self.given.get(pair[1], 0.0)

    def flows_had_their_shares(self) -> None:
        """As long as two flows wait, they are given alike, but for one call of each."""
        places = {each.place for each in self.waiting.values()}
        self.both = {pair: each for pair, each in self.both.items() if places >= set(pair)}
        for (one, two), before in self.both.items():
            apart = self.given.get(one, 0.0) - self.given.get(two, 0.0) - before
            weights = self.policy.weights
            most = 3.0 / weights.get(one.flow, 1.0) + 3.0 / weights.get(two.flow, 1.0)
            assert abs(apart) <= most, f"{one} and {two} are {apart} apart"

    @invariant()
    def the_first_is_the_first(self) -> None:
        if hasattr(self, "line"):
            assert self.line.first() == self.model.first()
            assert len(self.line) == len(self.waiting) == sum(each.calls for each in self.line.waiting())


Model.TestCase.settings = settings(max_examples=80, stateful_step_count=50)
TestAgainstAModel = Model.TestCase
