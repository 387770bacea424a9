"""What a server says is left: bounds that hold until they end, and that nothing raises early."""

from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offwire.state.limits import STRAY_SECONDS
from offwire.state.reported import PROBE_SECONDS, Overlap, Reported, ReportedBound, _Said


class Scope:
    """A quota that knows nothing but what is reported."""

    def __init__(self, *, probing: bool = False) -> None:
        self.flying: dict[int, float] = {}
        self.last = 0
        self.reported = Reported(self.flying, Overlap(self.flying), 0, probing=probing)

    def send(self, now: float, cost: float = 1.0) -> int:
        assert self.reported.ready_at(cost, now) == now
        self.last += 1
        self.reported.take(self.last, cost)
        self.flying[self.last] = cost
        return self.last

    def end(self, number: int, now: float = 0.0) -> None:
        """It was answered, or given up; what its answer says is learned before."""
        self.reported.end(number, self.flying.pop(number), now)

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

    def answer(
        self, number: int, remaining: float, reset_after: float | None, now: float, limit: int | None = None
    ) -> None:
        self.learn(remaining, reset_after, now, number, limit)
        self.end(number, now)

    def bounds(self) -> list[tuple[float, float, float | None]]:
        """What is left, what of it is in doubt, and until when."""
        return [(each.left, each.in_doubt, each.until) for each in self.reported.snapshot()]


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
    assert scope.bounds() == [(0.5, 0, 30)]
    assert scope.reported.ready_at(0.5, 2) == 2
    assert scope.reported.ready_at(1, 2) == 30


def test_what_is_under_way_is_kept_back_whenever_it_was_sent() -> None:
    """Requests overtake one another: two are under way when another one is answered."""
    scope = Scope()
    first, second, third = (scope.send(0) for _ in range(3))
    scope.answer(second, 5, 60, now=1)
    assert scope.bounds() == [(5, 2, 61)], "of what is left, two may be theirs, or counted already"
    assert scope.reported.ready_at(3, 1) == 1
    assert scope.reported.ready_at(4, 1) == 61
    assert scope.reported.hangs(4, 1), "it may have room as soon as they are answered"
    assert not scope.reported.hangs(6, 1)
    assert {first, third} == set(scope.flying)


@pytest.mark.parametrize("late", [0, 1], ids=["sent before", "sent after"])
@pytest.mark.parametrize(
    ("remaining", "left"),
    [
        pytest.param(7, 5, id="counted: the server had more left"),
        pytest.param(5, 5, id="turned away: the server had as much left"),
        pytest.param(3, 3, id="not counted: the server had less left"),
    ],
)
def test_an_answer_tells_whether_it_had_been_counted(late: int, remaining: float, left: float) -> None:
    scope = Scope()
    both = [scope.send(0), scope.send(0)]
    scope.answer(both[1 - late], 5, 60, now=1)
    scope.answer(both[late], remaining, 59, now=2)
    assert min(each[0] for each in scope.bounds()) == left
    assert all(each[1] == 0 for each in scope.bounds())


@pytest.mark.parametrize(
    ("remaining", "reset_after", "limit"),
    [
        pytest.param(7, 3600, None, id="another end"),
        pytest.param(7, 59, 100, id="another limit"),
        pytest.param(7, None, None, id="no end"),
    ],
)
def test_an_answer_about_another_window_tells_nothing(
    remaining: float, reset_after: float | None, limit: int | None
) -> None:
    scope = Scope()
    first, second = scope.send(0), scope.send(0)
    scope.answer(second, 5, 60, now=1)
    scope.answer(first, remaining, reset_after, now=2, limit=limit)
    assert scope.bounds()[0] == (4, 0, 61), "it is taken off"


def test_an_answer_that_says_nothing_is_taken_off() -> None:
    scope = Scope()
    first, second = scope.send(0, 2), scope.send(0)
    scope.answer(second, 5, 60, now=1)
    scope.end(first, 2)
    assert scope.bounds() == [(3, 0, 61)]


def test_an_answer_that_speaks_of_two_windows_decides_about_both() -> None:
    scope = Scope()
    first, second = scope.send(0), scope.send(0)
    scope.learn(5, 60, now=1, after=second, limit=10)
    scope.answer(second, 50, 3600, now=1, limit=100)
    assert scope.bounds() == [(5, 1, 61), (50, 1, 3601)]
    scope.learn(6, 59, now=2, after=first, limit=10)
    scope.answer(first, 49, 3599, now=2, limit=100)
    assert scope.bounds() == [(5, 0, 61), (49, 0, 3601)], "it came between the two counts"


def test_what_was_answered_a_moment_ago_is_not_in_doubt() -> None:
    """Its permit has not been settled yet, when the next answer is learned."""
    scope = Scope()
    first, second = scope.send(0), scope.send(0)
    scope.learn(5, 60, now=1, after=first)
    scope.learn(4, 60, now=1, after=second)
    scope.end(first)
    scope.end(second)
    assert scope.bounds() == [(4, 0, 61)]


def test_on_a_report_on_no_request_in_particular_all_is_in_doubt() -> None:
    scope = Scope()
    scope.send(0)
    scope.send(0, 2)
    scope.learn(10, 60, now=1)
    assert scope.bounds() == [(10, 3, 61)]


def test_reports_that_come_late_raise_nothing() -> None:
    scope = Scope()
    first, second = scope.send(0), scope.send(0)
    scope.answer(second, 5, 60, now=1)
    scope.answer(first, 6, 59, now=2)
    assert scope.bounds() == [(5, 0, 61)]


def test_a_lower_report_takes_the_place_of_a_higher_one() -> None:
    """Somebody else uses the same quota."""
    scope = Scope()
    scope.answer(scope.send(0), 50, 60, now=0)
    scope.answer(scope.send(1), 20, 59, now=1)
    assert scope.bounds() == [(20, 0, 60)]


def test_a_shorter_bound_and_a_longer_one_hold_side_by_side() -> None:
    scope = Scope()
    scope.answer(scope.send(0), 1, 5, now=0)
    scope.answer(scope.send(0), 9, 100, now=0)
    assert scope.bounds() == [(0, 0, 5), (9, 0, 100)]
    assert scope.reported.ready_at(1, 0) == 5
    assert scope.reported.ready_at(10, 0) == 100
    assert scope.reported.ready_at(9, 5) == 5
    assert scope.bounds() == [(9, 0, 100)]


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
    assert scope.bounds() == [(3, 1, None)]
    new = [scope.send(30), scope.send(30)]
    assert scope.reported.ready_at(1, 30) == inf, "the window's own reports have to say how it goes on"
    scope.answer(slow, 1, 0.5, now=31)
    assert scope.bounds() == [(1, 2, 31.5), (0, 0, None)], "one on a request of the old window does not"
    scope.answer(new[0], 1, 60, now=32, limit=3)
    assert scope.bounds() == [(0, 1, 92)], "the slow one spoke of another window, and may count in this one"


def test_who_learns_after_a_reset_begins_with_the_new_window() -> None:
    scope = Scope()
    scope.learn(0, 5, now=0, limit=2)
    scope.learn(1, 5, now=5)
    assert scope.bounds() == [(1, 0, 10), (2, 0, None)]


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
    assert scope.bounds() == [(0, 0, 5), (0, 0, None)]
    assert scope.reported.ready_at(1, 0) == 5


def test_without_a_reset_the_report_on_the_latest_request_counts() -> None:
    """A leaky bucket that says 32/40, and no more."""
    scope = Scope()
    first, second, third = (scope.send(0) for _ in range(3))
    scope.answer(first, 2, None, now=0)
    assert scope.bounds() == [(2, 2, None)]
    assert scope.reported.ready_at(1, 0) == inf
    scope.answer(third, 5, None, now=1)
    assert scope.bounds() == [(4, 1, None)], "the first one may have come later"
    scope.answer(second, 9, None, now=1)
    assert scope.bounds() == [(4, 0, None)], "one that comes late raises nothing"
    scope.learn(3, None, now=1, after=second)
    assert scope.bounds() == [(3, 0, None)], "but it may lower it"
    fourth = scope.send(1)
    assert scope.reported.ready_at(3, 1) == inf
    scope.answer(fourth, 7, None, now=2)
    assert scope.bounds() == [(7, 0, None)]


def test_a_late_report_without_a_reset_takes_nothing_off_twice() -> None:
    scope = Scope()
    late, first = scope.send(0), scope.send(0)
    scope.answer(first, 9, None, now=1)
    scope.send(1)
    assert scope.bounds() == [(8, 1, None)]
    scope.answer(late, 6, None, now=2)
    assert scope.bounds() == [(6, 1, None)], "the third one is in doubt, and no more than that"


def test_a_refund_gives_back_where_it_was_taken_off() -> None:
    scope = Scope()
    before, reported_on, after = scope.send(0), scope.send(0), scope.send(0)
    scope.answer(reported_on, 5, 60, now=0)
    later = scope.send(0)
    assert scope.bounds() == [(4, 2, 60)]
    scope.refund(before)
    assert scope.bounds() == [(4, 1, 60)], "it was in doubt only"
    scope.refund(after)
    scope.refund(later)
    assert scope.bounds() == [(5, 0, 60)]


def test_a_refund_gives_back_to_a_bound_without_an_end_as_well() -> None:
    scope = Scope()
    before, reported_on = scope.send(0), scope.send(0)
    scope.answer(reported_on, 5, None, now=0)
    later = scope.send(0, 2)
    assert scope.bounds() == [(3, 1, None)]
    scope.refund(before)
    scope.refund(later)
    assert scope.bounds() == [(5, 0, None)]


def test_a_refund_after_an_answer_changes_nothing_that_was_decided() -> None:
    scope = Scope()
    first, second = scope.send(0), scope.send(0)
    scope.answer(second, 5, 60, now=0)
    scope.learn(4, 60, now=0, after=first)
    scope.refund(first)
    assert scope.bounds() == [(4, 0, 60)]


def test_a_limit_that_was_said_once_is_remembered() -> None:
    scope = Scope()
    scope.learn(1, 5, now=0, limit=7)
    scope.learn(0, 5, now=0)
    assert scope.reported.ready_at(1, 5) == 5
    assert scope.bounds() == [(7, 0, None)]


def test_many_bounds_become_few_which_cover_them() -> None:
    scope = Scope()
    for each in range(6):
        scope.learn(each, 10 * (each + 1), now=0, after=6 - each)
    assert scope.bounds() == [(0, 0, 10), (1, 0, 20), (2, 0, 30), (3, 0, 60)]
    assert scope.reported.snapshot()[0] == ReportedBound(left=0, until=10)


def test_bounds_of_one_window_become_one_that_has_all_in_doubt_again() -> None:
    """What the older one has taken off may be counted in the newer one."""
    scope = Scope()
    first, late, *_ = (scope.send(0) for _ in range(3))
    for each in range(3):
        scope.learn(10, 10 + each, now=0, limit=each)
    scope.answer(first, 20, 60, now=0)
    scope.send(0)
    assert scope.bounds()[3:] == [(19, 2, 60)]
    scope.answer(late, 22, 60.5, now=0)
    assert scope.bounds()[3:] == [(20, 2, 60.5)], "20 are left at most; the third and the fourth are in doubt"


def test_bounds_of_several_windows_become_one_that_has_all_taken_off() -> None:
    scope = Scope()
    first, late, *_ = (scope.send(0) for _ in range(3))
    for each in range(3):
        scope.learn(10, 10 + each, now=0, limit=each)
    scope.answer(first, 20, 60, now=0)
    scope.answer(late, 30, 3600, now=0)
    assert scope.bounds()[3:] == [(18, 0, 3600)], "two were in doubt of the lower one"


class Server:
    """Fixed windows, and requests that come in any order: what the server knows, and the client does not."""

    def __init__(self, limit: int, period: float) -> None:
        self.limit = limit
        self.period = period
        self.used = 0.0
        self.window = 0

    def arrive(self, cost: float, now: float) -> tuple[bool, float, float]:
        """Whether it is admitted, what is left, and the seconds to the reset."""
        self._turn(now)
        admitted = self.used + cost <= self.limit
        self.used += cost if admitted else 0.0
        return admitted, self.limit - self.used, (self.window + 1) * self.period - now

    def left(self, now: float) -> float:
        self._turn(now)
        return self.limit - self.used

    def _turn(self, now: float) -> None:
        if now >= (self.window + 1) * self.period:
            self.window, self.used = int(now // self.period), 0.0


@settings(max_examples=300)
@given(data=st.data())
def test_no_server_is_asked_for_more_than_it_has_left(data: st.DataObject) -> None:
    """However requests and answers overtake one another; and once all are answered, nothing is kept back."""
    server = Server(limit=data.draw(st.sampled_from([3, 6, 12])), period=8.0)
    scope, now = Scope(), 0.0
    out: dict[int, float] = {}  # on their way to the server
    back: dict[int, tuple[float, float]] = {}  # on their way back, and what their answers say
    all_told = True

    scope.send(now)
    _, left, reset = server.arrive(1.0, now)
    scope.answer(1, left, reset, now, limit=server.limit)
    verbs = st.sampled_from(["send"] * 4 + ["arrive", "answer"] * 3 + ["refund", "silent", "give up", "wait"])
    for _ in range(data.draw(st.integers(1, 60))):
        verb = data.draw(verbs)
        if verb == "wait":
            now += data.draw(st.sampled_from([0.25, 1.0, 5.0]))
        elif verb == "send":
            cost = data.draw(st.sampled_from([0.5, 1.0, 2.0]))
            if scope.reported.ready_at(cost, now) == now:
                out[scope.send(now, cost)] = cost
        elif verb == "arrive" and out:
            number = data.draw(st.sampled_from(sorted(out)))
            admitted, left, reset = server.arrive(out.pop(number), now)
            assert admitted
            if number in scope.flying:
                back[number] = (left, now + reset)
        elif verb == "refund" and out:
            number = data.draw(st.sampled_from(sorted(out)))
            if number in scope.flying:
                scope.refund(number)
                del out[number]
        elif verb == "answer" and back:
            number = data.draw(st.sampled_from(sorted(back)))
            left, until = back.pop(number)
            scope.answer(number, left, max(0.0, until - now), now, limit=server.limit)
        elif verb == "silent" and back:
            number = data.draw(st.sampled_from(sorted(back)))
            del back[number]
            scope.end(number, now)
            all_told = False
        elif verb == "give up" and scope.flying:
            number = data.draw(st.sampled_from(sorted(scope.flying)))
            back.pop(number, None)
            scope.end(number, now)
            all_told = False
        assert len(scope.bounds()) <= 5
    if all_told:
        for number in sorted(out):
            admitted, left, reset = server.arrive(out[number], now)
            assert admitted
            back[number] = (left, now + reset)
        for number, (left, until) in back.items():
            scope.answer(number, left, max(0.0, until - now), now, limit=server.limit)
        if scope.bounds() and server.left(now) >= 0.5:
            assert scope.reported.ready_at(server.left(now), now) == now, "all that is left may be sent"
    for number in list(scope.flying):
        scope.end(number, now)
    assert scope.reported.ready_at(2, now + 100) == now + 100, "once all is over, nothing is in the way"


def test_what_was_given_up_is_taken_off_while_it_may_still_arrive() -> None:
    scope = Scope()
    first, second = scope.send(0.0), scope.send(0.0, 2.0)
    scope.end(second, 1.0)
    scope.learn(9.0, 100.0, 2.0, after=first)
    assert scope.bounds() == [(7.0, 0.0, 102.0)]
    scope.learn(9.0, 200.0, 1.0 + STRAY_SECONDS, after=first)
    assert scope.bounds() == [(7.0, 0.0, 102.0), (9.0, 0.0, 201.0 + STRAY_SECONDS)]


def test_what_was_given_up_before_the_reported_request_was_sent_is_known_to_the_server() -> None:
    scope = Scope()
    first = scope.send(0.0)
    scope.end(first, 1.0)
    scope.learn(9.0, 100.0, 2.0, after=scope.send(1.5))
    assert scope.bounds() == [(9.0, 0.0, 102.0)]


def test_a_report_on_what_was_given_up_does_not_take_it_off() -> None:
    scope = Scope()
    first, _ = scope.send(0.0), scope.send(0.0)
    scope.end(first, 1.0)
    scope.learn(9.0, 100.0, 2.0, after=first)
    assert scope.bounds() == [(9.0, 1.0, 102.0)], "the other one is in doubt"


def test_what_is_over_does_not_pile_up() -> None:
    scope = Scope()
    first = scope.send(0.0)
    for number in range(3):
        scope.end(scope.send(0.0), number * STRAY_SECONDS)
    scope.learn(9.0, 100.0, 2.5 * STRAY_SECONDS, after=first)
    assert scope.bounds()[0][0] == 8.0, "two of them can come no more"


def test_what_every_report_to_come_has_counted_is_forgotten() -> None:
    flying = {1: 1.0, 9: 1.0}
    overlap = Overlap(flying)
    said = _Said(5.0, 60.0, None)
    overlap.add(2, 1.0, 0.0, 8)
    assert overlap.uncounted(1, said, 0.0) == 1.0
    assert overlap.uncounted(9, said, 0.0) == 0.0, "it was over before that one was sent"
    del flying[1]
    assert overlap.uncounted(1, said, 0.0) == 0.0
    flying.clear()
    overlap.add(9, 1.0, 0.0, 9)
    assert overlap.uncounted(1, said, 0.0) == 0.0, "nothing is under way that could be reported on"


def test_one_that_spoke_of_another_window_may_not_be_counted() -> None:
    scope = Scope()
    first, second = scope.send(0), scope.send(0)
    scope.answer(first, 9, 30, now=1)
    scope.answer(second, 5, 60, now=2)
    assert scope.bounds() == [(4, 0, 62)], (
        "the first one may count in both windows, so this one covers the other"
    )


@pytest.mark.parametrize(
    ("remaining", "left"),
    [pytest.param(7, 5, id="it had come first"), pytest.param(3, 4, id="it came later")],
)
def test_a_report_that_comes_late_is_less_what_has_been_counted_since(remaining: float, left: float) -> None:
    """Each bound holds by itself, also where the other one ends a moment earlier."""
    scope = Scope()
    first, second = scope.send(0), scope.send(0)
    scope.answer(second, remaining, 59, now=1)
    scope.answer(first, 5, 60, now=2)
    assert scope.bounds()[-1] == (left, 0, 62)


def test_a_report_is_less_what_was_answered_a_moment_ago() -> None:
    """Whose permit has not been settled yet."""
    scope = Scope()
    first, second = scope.send(0), scope.send(0)
    scope.learn(3, 59, now=1, after=second)
    scope.learn(5, 61, now=1, after=first)
    assert scope.bounds() == [(3, 0, 60), (4, 0, 62)]


def test_what_was_sent_since_is_not_kept_back_twice() -> None:
    scope = Scope()
    first = scope.send(0)
    scope.learn(2, 60, now=1, after=first)
    scope.end(first)
    scope.send(1)
    assert scope.bounds() == [(1, 0, 61)]
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
    assert scope.bounds() == [(3, 0, 15.3)]
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
