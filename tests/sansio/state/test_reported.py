"""What a server says is left: bounds that hold until they end, and that nothing raises early."""

from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st

from offwire.state.limits import STRAY_SECONDS
from offwire.state.reported import PROBE_SECONDS, Reported, ReportedBound, Strays


class Scope:
    """A quota that knows nothing but what is reported."""

    def __init__(self, *, probing: bool = False) -> None:
        self.flying: dict[int, float] = {}
        self.last = 0
        self.given_up = Strays()
        self.reported = Reported(self.flying, self.given_up, 0, probing=probing)

    def send(self, now: float, cost: float = 1.0) -> int:
        assert self.reported.ready_at(cost, now) == now
        self.last += 1
        self.reported.take(self.last, cost)
        self.flying[self.last] = cost
        return self.last

    def end(self, number: int) -> None:
        del self.flying[number]

    def give_up(self, number: int, now: float) -> None:
        self.given_up.add(number, self.flying.pop(number), now)

    def refund(self, number: int) -> None:
        self.reported.give_back(number, self.flying.pop(number))

    def learn(
        self,
        remaining: float | None,
        reset_after: float | None,
        now: float,
        after: int = 0,
        limit: int | None = None,
    ) -> None:
        self.reported.learn(remaining, reset_after, limit, now, after)

    def bounds(self) -> list[tuple[float, float | None]]:
        return [(each.left, each.until) for each in self.reported.snapshot()]


def test_nothing_known_lets_everything_through() -> None:
    assert Scope().reported.ready_at(1e9, 5) == 5


def test_nothing_left_is_waited_for_until_the_reset() -> None:
    scope = Scope()
    scope.learn(0, 30, now=10)
    assert scope.reported.ready_at(1, 10) == 40
    assert scope.reported.ready_at(1, 39.9) == 40
    assert scope.reported.ready_at(1, 40) == 40
    assert scope.bounds() == []


def test_each_request_takes_its_cost_off() -> None:
    scope = Scope()
    scope.learn(3, 30, now=0)
    scope.send(0)
    scope.send(1, 1.5)
    assert scope.bounds() == [(0.5, 30)]
    assert scope.reported.ready_at(0.5, 2) == 2
    assert scope.reported.ready_at(1, 2) == 30


def test_what_was_sent_later_and_is_not_answered_is_taken_off() -> None:
    scope = Scope()
    first, second, third, fourth = (scope.send(0) for _ in range(4))
    scope.end(third)
    scope.learn(10, 60, now=1, after=second)
    assert scope.bounds() == [(9, 61)], "the fourth; the third was answered, the first was sent before"
    assert {first, fourth} < set(scope.flying)


def test_a_report_on_no_request_in_particular_has_everything_taken_off() -> None:
    scope = Scope()
    scope.send(0)
    scope.send(0, 2)
    scope.learn(10, 60, now=1)
    assert scope.bounds() == [(7, 61)]


def test_reports_that_come_late_raise_nothing() -> None:
    scope = Scope()
    first, second = scope.send(0), scope.send(0)
    scope.end(second)
    scope.learn(5, 60, now=1, after=second)
    scope.end(first)
    scope.learn(6, 59, now=2, after=first)
    assert scope.bounds() == [(5, 61)]


def test_a_lower_report_takes_the_place_of_a_higher_one() -> None:
    """Somebody else uses the same quota."""
    scope = Scope()
    scope.learn(50, 60, now=0, after=scope.send(0))
    scope.learn(20, 59, now=1, after=scope.send(1))
    assert scope.bounds() == [(20, 60)]


def test_a_shorter_bound_and_a_longer_one_hold_side_by_side() -> None:
    scope = Scope()
    first = scope.send(0)
    scope.learn(1, 5, now=0, after=first)
    scope.end(first)
    scope.learn(9, 100, now=0, after=scope.send(0))
    assert scope.bounds() == [(0, 5), (9, 100)]
    assert scope.reported.ready_at(1, 0) == 5
    assert scope.reported.ready_at(10, 0) == 100
    assert scope.reported.ready_at(9, 5) == 5
    assert scope.bounds() == [(9, 100)]


def test_what_only_says_the_limit_bounds_nothing() -> None:
    scope = Scope()
    scope.learn(None, 30, now=0, limit=60)
    assert scope.bounds() == []


def test_a_reset_raises_what_is_left_to_the_limit_less_what_is_in_flight() -> None:
    scope = Scope()
    scope.learn(1, 30, now=0, limit=3)
    slow = scope.send(0)
    assert scope.reported.ready_at(1, 0) == 30
    assert scope.reported.ready_at(1, 30) == 30
    assert scope.bounds() == [(2, None)]
    new = [scope.send(30), scope.send(30)]
    assert scope.reported.ready_at(1, 30) == inf, "the window's own reports have to say how it goes on"
    scope.learn(1, 0.5, now=31, after=slow)
    assert scope.bounds() == [(-1, 31.5), (0, None)], "one on a request of the old window does not"
    scope.learn(1, 60, now=32, after=new[0], limit=3)
    assert scope.bounds() == [(0, 92)]


def test_who_learns_after_a_reset_begins_with_the_new_window() -> None:
    scope = Scope()
    scope.learn(0, 5, now=0, limit=2)
    scope.learn(1, 5, now=5)
    assert scope.bounds() == [(1, 10), (2, None)]


def test_nobody_waits_for_answers_that_cannot_come() -> None:
    scope = Scope()
    scope.learn(0, 5, now=0, limit=1)
    only = (scope.reported.ready_at(1, 5), scope.send(5))[1]
    assert scope.reported.ready_at(1, 6) == inf
    scope.end(only)
    assert scope.reported.ready_at(1, 6) == 6, "the server has stopped reporting"
    assert scope.bounds() == []


def test_nobody_waits_for_answers_that_cannot_come_but_a_reset_is_waited_for() -> None:
    scope = Scope()
    scope.learn(0, None, now=0, after=2)
    scope.learn(0, 5, now=0, after=1)
    assert scope.bounds() == [(0, 5), (0, None)]
    assert scope.reported.ready_at(1, 0) == 5


def test_without_a_reset_the_report_on_the_latest_request_counts() -> None:
    """A leaky bucket that says 32/40, and no more."""
    scope = Scope()
    first, second = scope.send(0), scope.send(0)
    scope.learn(1, None, now=0, after=first)
    assert scope.bounds() == [(0, None)]
    assert scope.reported.ready_at(1, 0) == inf
    scope.learn(4, None, now=1, after=second)
    assert scope.bounds() == [(4, None)]
    scope.learn(9, None, now=1, after=first)
    assert scope.bounds() == [(4, None)], "one that comes late raises nothing"
    scope.learn(3, None, now=1, after=first)
    assert scope.bounds() == [(2, None)], "but it may lower it"
    assert scope.reported.ready_at(4, 1) == inf


def test_a_refund_gives_back_where_it_was_taken_off() -> None:
    scope = Scope()
    before, reported_on, after = scope.send(0), scope.send(0), scope.send(0)
    scope.learn(5, 60, now=0, after=reported_on)
    later = scope.send(0)
    assert scope.bounds() == [(3, 60)]
    scope.refund(before)
    assert scope.bounds() == [(3, 60)], "it had never been taken off"
    scope.refund(after)
    scope.refund(later)
    assert scope.bounds() == [(5, 60)]


def test_a_refund_gives_back_to_a_bound_without_an_end_as_well() -> None:
    scope = Scope()
    before, reported_on = scope.send(0), scope.send(0)
    scope.learn(5, None, now=0, after=reported_on)
    later = scope.send(0, 2)
    scope.refund(before)
    assert scope.bounds() == [(3, None)], "it had never been taken off"
    scope.refund(later)
    assert scope.bounds() == [(5, None)]


def test_a_limit_that_was_said_once_is_remembered() -> None:
    scope = Scope()
    scope.learn(1, 5, now=0, limit=7)
    scope.learn(0, 5, now=0)
    assert scope.reported.ready_at(1, 5) == 5
    assert scope.bounds() == [(7, None)]


def test_many_bounds_become_few_which_cover_them() -> None:
    scope = Scope()
    for each in range(6):
        scope.learn(each, 10 * (each + 1), now=0, after=6 - each)
    assert scope.bounds() == [(0, 10), (1, 20), (2, 30), (3, 60)]
    assert scope.reported.snapshot()[0] == ReportedBound(left=0, until=10)


@settings(max_examples=80)
@given(data=st.data())
def test_no_report_is_ever_overdrawn(data: st.DataObject) -> None:
    """Against a list of all reports: before its reset, each holds for what was not answered before."""
    scope, now = Scope(), 0.0
    costs: dict[int, float] = {}
    refunded: set[int] = set()
    reports: list[tuple[float, float, set[int]]] = []  # remaining, reset, requests that it knows nothing of

    def left_of(report: tuple[float, float, set[int]]) -> float:
        return report[0] - sum(costs[each] for each in report[2] - refunded)

    for _ in range(data.draw(st.integers(1, 25))):
        verb = data.draw(st.sampled_from(["send", "send", "end", "refund", "report", "wait"]))
        now += data.draw(st.sampled_from([0.0, 0.5, 3.0])) if verb == "wait" else 0.0
        if verb == "send":
            cost = data.draw(st.sampled_from([0.5, 1.0, 2.0]))
            if scope.reported.ready_at(cost, now) == now:
                for report in reports:
                    assert report[1] <= now or left_of(report) >= cost
                number = scope.send(now, cost)
                costs[number] = cost
                for report in reports:
                    report[2].add(number)
        elif verb in ("end", "refund") and scope.flying:
            number = data.draw(st.sampled_from(sorted(scope.flying)))
            if verb == "refund":
                scope.refund(number)
                refunded.add(number)
            else:
                scope.end(number)
        elif verb == "report" and costs:
            after = data.draw(st.sampled_from(sorted(costs)))
            remaining = data.draw(st.integers(0, 6))
            reset_after = data.draw(st.sampled_from([0.0, 0.5, 2.0, 4.0]))
            limit = data.draw(st.sampled_from([None, 3, 6]))
            scope.learn(remaining, reset_after, now=now, after=after, limit=limit)
            reports.append((remaining, now + reset_after, {each for each in scope.flying if each > after}))
        assert len(scope.bounds()) <= 5
    for number in list(scope.flying):
        scope.end(number)
    assert scope.reported.ready_at(2, now + 100) == now + 100, "once all is over, nothing is in the way"


def test_what_was_given_up_is_taken_off_while_it_may_still_arrive() -> None:
    scope = Scope()
    first, second = scope.send(0.0), scope.send(0.0, 2.0)
    scope.give_up(second, 1.0)
    scope.learn(9.0, 100.0, 2.0, after=first)
    assert scope.bounds() == [(7.0, 102.0)]
    scope.learn(9.0, 200.0, 1.0 + STRAY_SECONDS, after=first)
    assert scope.bounds() == [(7.0, 102.0), (9.0, 201.0 + STRAY_SECONDS)]


def test_what_was_given_up_before_the_reported_request_was_sent_is_known_to_the_server() -> None:
    scope = Scope()
    first = scope.send(0.0)
    scope.give_up(first, 1.0)
    scope.learn(9.0, 100.0, 2.0, after=scope.send(1.5))
    assert scope.bounds() == [(9.0, 102.0)]


def test_strays_do_not_pile_up() -> None:
    strays = Strays()
    for number in range(3):
        strays.add(number, 1.0, number * STRAY_SECONDS)
    assert strays.cost(-1, 2.5 * STRAY_SECONDS) == 1.0


def test_what_was_sent_before_and_is_not_answered_may_not_be_counted_yet() -> None:
    """Requests overtake one another: three are under way when the fourth one is answered first."""
    scope = Scope()
    *before, fourth = (scope.send(0) for _ in range(4))
    scope.learn(5, 60, now=1, after=fourth)
    scope.end(fourth)
    assert scope.bounds() == [(5, 61)], "of what is left, three are theirs, or have been counted already"
    assert scope.reported.ready_at(2, 1) == 1
    assert scope.reported.ready_at(3, 1) == 61
    assert scope.reported.hangs(3, 1), "it may have room as soon as they are answered"
    assert not scope.reported.hangs(6, 1)
    scope.end(before[0])
    assert scope.reported.ready_at(3, 1) == 1


def test_what_was_sent_since_is_not_kept_back_twice() -> None:
    scope = Scope()
    first = scope.send(0)
    scope.learn(2, 60, now=1, after=first)
    scope.end(first)
    scope.send(1)
    assert scope.bounds() == [(1, 61)]
    assert scope.reported.ready_at(1, 1) == 1


def test_where_the_limit_is_not_known_one_request_finds_out_what_a_reset_has_brought() -> None:
    scope = Scope()
    scope.learn(0, 5, now=0)
    assert scope.reported.ready_at(1, 5) == 5
    probe = scope.send(5)
    assert scope.reported.ready_at(1, 5.1) == 5.1 + PROBE_SECONDS
    assert scope.reported.hangs(1, 5.1)
    assert scope.reported.ready_at(1, 5.2) == 5.1 + PROBE_SECONDS, "the first one who waits sets the time"
    scope.learn(3, 10, now=5.3, after=probe)
    scope.end(probe)
    assert scope.bounds() == [(3, 15.3)]
    assert scope.reported.ready_at(3, 5.3) == 5.3
    assert not scope.reported.is_void


def test_an_answer_to_what_was_sent_before_is_no_probe() -> None:
    scope = Scope()
    early = scope.send(0)
    scope.learn(0, 5, now=0)
    assert scope.reported.ready_at(1, 5) == 5
    scope.send(5)
    scope.learn(None, None, now=5.1, after=early, limit=7)
    scope.learn(2, 0.5, now=5.1, after=early)
    assert scope.reported.ready_at(1, 5.2) == 5.2 + PROBE_SECONDS


def test_a_probe_whose_answer_says_nothing_holds_nobody_up() -> None:
    scope = Scope(probing=True)
    assert scope.reported.ready_at(1, 0) == 0
    probe = scope.send(0)
    assert scope.reported.ready_at(1, 0) == PROBE_SECONDS
    scope.end(probe)
    assert not scope.reported.is_void
    assert scope.reported.ready_at(1, 0.2) == 0.2
    assert scope.reported.is_void


def test_a_probe_that_takes_long_holds_nobody_up_for_longer_than_a_second() -> None:
    scope = Scope(probing=True)
    scope.send(0)
    assert scope.reported.ready_at(1, 3) == 3 + PROBE_SECONDS
    assert scope.reported.ready_at(1, 3 + PROBE_SECONDS) == 3 + PROBE_SECONDS


def test_a_probe_that_was_never_sent_is_followed_by_another_one() -> None:
    scope = Scope(probing=True)
    scope.refund(scope.send(0))
    assert scope.reported.ready_at(1, 0) == 0
    scope.send(0)
    assert scope.reported.ready_at(1, 0.5) == 0.5 + PROBE_SECONDS
