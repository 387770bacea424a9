"""Costs: what is learned from sums, in whatever order they come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.state.costs import Cost, CostBook, Differences


class TestCostBook:
    def test_what_nobody_knows_is_guessed(self) -> None:
        book = CostBook(20.0, {"Reports.events": 5.0})
        assert book.estimate("Reports.events") == 5.0
        assert book.estimate("Guilds.get") == 20.0
        assert book.cost("Guilds.get") == Cost(0, 20.0, 20.0)

    def test_the_largest_cost_seen_is_the_estimate(self) -> None:
        book = CostBook(20.0, {})
        for cost in (2.0, 6.0, 1.0):
            book.observe("Guilds.get", cost)
        assert book.estimate("Guilds.get") == 6.0
        assert book.cost("Guilds.get") == Cost(3, 3.0, 6.0)

    def test_what_was_dear_long_ago_is_forgotten(self) -> None:
        book = CostBook(20.0, {})
        book.observe("Guilds.get", 100.0)
        for _ in range(32):
            book.observe("Guilds.get", 1.0)
        assert book.estimate("Guilds.get") == 1.0

    def test_names_made_at_run_time_do_not_pile_up(self) -> None:
        book = CostBook(20.0, {})
        for number in range(1025):
            book.observe(f"made {number}", 1.0)
        assert book.estimate("made 0") == 20.0
        assert book.estimate("made 1024") == 1.0


class TestDifferences:
    def test_the_first_sum_says_nothing_of_its_call(self) -> None:
        sums = Differences()
        sums.report("a", 7.0, 1)
        assert sums.settled(None, own=True) == []

    @pytest.mark.parametrize(
        ("own", "costs"),
        [
            pytest.param(True, [("b", 2.0), ("c", 5.0)], id="a sum holds its own call"),
            pytest.param(False, [("a", 2.0), ("b", 5.0)], id="the next sum does"),
        ],
    )
    def test_a_cost_is_what_one_sum_is_above_the_other(
        self, own: bool, costs: list[tuple[str, float]]
    ) -> None:
        sums = Differences()
        for number, (operation, spent) in enumerate([("a", 1.0), ("c", 8.0), ("b", 3.0)], 1):
            sums.report(operation, spent, number)
        assert sums.settled(None, own=own) == costs

    def test_nothing_is_learned_while_a_call_may_come_in_between(self) -> None:
        sums = Differences()
        sums.report("a", 1.0, 1)
        sums.settled(None, own=True)
        sums.report("c", 8.0, 3)  # 2 and 3 were under way
        assert sums.settled(2, own=True) == []
        sums.report("b", 3.0, 3)
        assert sums.settled(None, own=True) == [("b", 2.0), ("c", 5.0)]

    def test_a_later_call_does_not_keep_back_what_is_certain(self) -> None:
        sums = Differences()
        sums.report("a", 1.0, 1)
        sums.report("b", 3.0, 2)
        sums.report("c", 9.0, 4)
        assert sums.settled(3, own=True) == [("b", 2.0)]

    def test_a_sum_below_what_is_certain_is_late(self) -> None:
        sums = Differences()
        sums.report("a", 5.0, 1)
        sums.settled(None, own=True)
        sums.report("b", 3.0, 2)
        assert sums.settled(None, own=True) == []

    def test_a_new_window_starts_again(self) -> None:
        sums = Differences()
        sums.report("a", 5.0, 1)
        sums.settled(None, own=True)
        sums.report("b", 6.0, 2)
        sums.restart()
        sums.report("c", 2.0, 3)
        sums.report("d", 5.0, 4)
        assert sums.settled(None, own=True) == [("d", 3.0)]

    def test_a_sum_that_comes_twice_is_known_again(self) -> None:
        sums = Differences()
        assert not sums.holds(5.0)
        sums.report("a", 5.0, 1)
        assert sums.holds(5.0)
        sums.settled(None, own=True)
        assert sums.holds(5.0)
        assert not sums.holds(6.0)

    @given(
        st.lists(st.integers(1, 50), min_size=2, max_size=20).flatmap(
            lambda c: st.tuples(st.just(c), st.permutations(range(len(c))))
        )
    )
    def test_costs_come_out_exactly_in_whatever_order_the_answers_come(
        self, drawn: tuple[list[int], list[int]]
    ) -> None:
        """All calls were under way together; the server charged them in the order of their numbers."""
        costs, order = drawn
        sums, learned = Differences(), []
        waiting = set(range(len(costs)))
        for number in order:
            sums.report(str(number), float(sum(costs[: number + 1])), len(costs) - 1)
            waiting.discard(number)
            learned += sums.settled(min(waiting, default=None), own=True)
        assert learned == [(str(number), float(cost)) for number, cost in enumerate(costs)][1:]
