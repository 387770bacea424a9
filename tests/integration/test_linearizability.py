"""Many threads, one client: what they saw of its quota and its tokens, one caller could have seen too.

`python -m tests.integration.test_linearizability 100000` does it with so many calls.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import count
from math import inf
from threading import Barrier, Event, Lock, Thread
from time import perf_counter

import pytest
from attrs import evolve, frozen

from offwire import BucketLimit, ConcurrencyLimit, Limit
from offwire.auth.token import Token
from offwire.secret import Secret
from offwire.state.limits import LimitMachine, LimitSnapshot
from offwire.state.quota import Turn
from tests.integration.recorded import AtOnce, Recorder, Seen, Transaction, watched_service
from tests.integration.sequential import QuotaState, TokenState, sequential_quota, sequential_tokens
from tests.linearizability import NotLinearizable, Operation, check

THREADS = 32
CALLS = 10_000
USES = 97
"""Requests for which a token is good."""
AT_A_TIME = ConcurrencyLimit(24)
BUCKET = BucketLimit(capacity=28, per_second=5000.0)
ENDLESS = BucketLimit(capacity=1e9, per_second=1e9)


def recorded(calls: int, threads: int = THREADS) -> Recorder:
    """So many calls, by so many threads."""
    recorder, transport = Recorder(Lock()), AtOnce(USES)
    with watched_service(recorder, transport, [AT_A_TIME, BUCKET]) as service:
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(service.things.get, range(calls)))
        assert service.snapshot().quota.in_flight == 0
    assert found == [7] * calls
    assert transport.tokens >= calls // USES
    return recorder


def test_what_many_threads_saw_one_caller_could_have_seen() -> None:
    recorder = recorded(CALLS)
    steps = check(recorder.history("quota"), QuotaState(), sequential_quota(AT_A_TIME, BUCKET))
    assert steps >= CALLS
    tokens = recorder.history("tokens")
    assert check(tokens, TokenState(), sequential_tokens) >= CALLS
    refused = sum(seen.verb == "rejected" for each in tokens for seen in each.what)
    fetched = sum(seen.verb == "fulfil" for each in tokens for seen in each.what)
    assert refused > 0
    assert fetched > 1


# That it can fail


@frozen
class Altered:
    """A limit of concurrency whose machine has something wrong, or is watched."""

    calls: int
    asked: Callable[[], object] = lambda: None
    """Is called in the middle of each step that asks for room."""
    forgotten: int = 0
    """The permit whose end the machine does not hear of."""
    largest: float = inf

    def machine(self) -> LimitMachine:
        return _AlteredMachine(self)


class _AlteredMachine:
    def __init__(self, limit: Altered) -> None:
        self._limit = limit
        self._machine = ConcurrencyLimit(limit.calls).machine()

    def ready_at(self, cost: float, now: float) -> float:
        at = self._machine.ready_at(cost, now)
        self._limit.asked()
        return at

    def take(self, cost: float, number: int, now: float) -> None:
        self._machine.take(cost, number, now)

    def give_back(self, cost: float, number: int) -> None:
        self._machine.give_back(cost, number)

    def finish(self, cost: float, number: int, now: float, answered: bool) -> None:
        if number != self._limit.forgotten:
            self._machine.finish(cost, number, now, answered)

    def snapshot(self) -> LimitSnapshot:
        return self._machine.snapshot()


def test_a_client_without_its_lock_is_found_out() -> None:
    """Two threads meet in the middle of a step: both see room for one."""
    recorder, asked, meeting, in_flight = Recorder(nullcontext()), count(), Barrier(2), Barrier(2)

    def meet() -> None:
        if next(asked) < 2:
            meeting.wait(60.0)

    transport = AtOnce(10**9, meanwhile=lambda: in_flight.wait(60.0))
    limits: list[Limit] = [Altered(1, asked=meet), ENDLESS]
    with watched_service(recorder, transport, limits) as service, ThreadPoolExecutor(2) as pool:
        assert list(pool.map(service.things.get, range(2))) == [7, 7]
    with pytest.raises(NotLinearizable, match="acquire"):
        check(recorder.history("quota"), QuotaState(), sequential_quota(ConcurrencyLimit(1), ENDLESS))


def test_a_unit_that_is_lost_is_found_out() -> None:
    """The end of the first call is forgotten: where there is room for two, the third one has to wait."""
    recorder, asked = Recorder(Lock()), Event()
    others: list[Thread] = []

    def third() -> None:
        if len(others) == 0:
            asked.clear()
            others.append(Thread(target=service.things.get, args=(3,)))
            others[0].start()
            assert asked.wait(60.0)

    transport = AtOnce(10**9)
    limit = Altered(2, asked=asked.set, forgotten=1)
    with watched_service(recorder, transport, [limit, ENDLESS]) as service:
        service.things.get(1)
        transport.meanwhile = third
        service.things.get(2)
        others[0].join()
    with pytest.raises(NotLinearizable, match="acquire"):
        check(recorder.history("quota"), QuotaState(), sequential_quota(ConcurrencyLimit(2), ENDLESS))


# That what was seen is looked at

Doctor = Callable[[Seen], Seen | None]
OLD = Token(access=Secret("x"), refresh=None, generation=0, expires_at=None)


def doctored(history: list[Operation[Transaction]], doctor: Doctor) -> list[Operation[Transaction]]:
    """The history with each input as `doctor` leaves it; None leaves it out."""
    found = [
        evolve(each, what=tuple(seen for seen in map(doctor, each.what) if seen is not None))
        for each in history
    ]
    assert [each.what for each in found] != [each.what for each in history]
    return found


def permit_too_far(seen: Seen) -> Seen:
    return evolve(seen, answer=101) if seen.answer == 100 else seen


def permit_out_of_nowhere(seen: Seen) -> Seen | None:
    return None if seen.answer == 100 else seen


@pytest.mark.parametrize("doctor", [permit_too_far, permit_out_of_nowhere])
def test_a_permit_that_nobody_gave_is_found_out(doctor: Doctor) -> None:
    history = doctored(recorded(300, threads=4).history("quota"), doctor)
    with pytest.raises(NotLinearizable):
        check(history, QuotaState(), sequential_quota(AT_A_TIME, BUCKET))


def old_token_at_hand(seen: Seen) -> Seen:
    is_second = seen.verb == "at_hand" and seen.answer is not None and seen.answer.generation == 2
    return evolve(seen, answer=OLD) if is_second else seen


def dropped_though_nobody_refused_it(seen: Seen) -> Seen | None:
    return None if seen.verb == "rejected" and seen.arguments[0] == 2 else seen


def fetched_and_older_than_the_last(seen: Seen) -> Seen:
    return evolve(seen, answer=OLD) if seen.verb == "fulfil" and seen.answer.generation == 3 else seen


@pytest.mark.parametrize(
    "doctor", [old_token_at_hand, dropped_though_nobody_refused_it, fetched_and_older_than_the_last]
)
def test_a_token_that_there_is_not_is_found_out(doctor: Doctor) -> None:
    history = doctored(recorded(300, threads=4).history("tokens"), doctor)
    with pytest.raises(NotLinearizable):
        check(history, TokenState(), sequential_tokens)


def main(calls: int) -> None:
    """Record and check so many calls, and print how long it took."""
    began = perf_counter()
    recorder = recorded(calls)
    done = perf_counter()
    quota, tokens = recorder.history("quota"), recorder.history("tokens")
    steps = check(quota, QuotaState(), sequential_quota(AT_A_TIME, BUCKET))
    steps += check(tokens, TokenState(), sequential_tokens)
    checked = perf_counter()
    waited = sum(isinstance(seen.answer, Turn) for each in quota for seen in each.what)
    fetched = sum(seen.verb == "fulfil" for each in tokens for seen in each.what)
    sys.stdout.write(
        f"{calls} calls of {THREADS} threads in {done - began:.1f} s: linearizable,\n"
        f"as {steps} steps for {len(quota) + len(tokens)} operations tell in {checked - done:.1f} s;\n"
        f"{waited} calls had to wait for the quota, {fetched} tokens were fetched.\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CALLS)
