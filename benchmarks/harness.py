"""Side by side, in one interleaved run: the only way in which two times on one machine compare.

Each round runs every case once, in a new random order, for about the same time; the figure of a
case is the median over the rounds. What is reported is the ratio to the peer that is named first.
"""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from random import Random
from time import perf_counter

from attrs import frozen

ROUNDS = 9
SECONDS_A_ROUND = 0.04


@frozen
class Case:
    """One way to do the thing. `run` does it once."""

    name: str
    run: Callable[[], object]


@frozen
class Comparison:
    """One thing, and the ways to do it; ours is the first one."""

    title: str
    cases: Sequence[Case]
    goal: str = ""


@frozen
class Measured:
    """The median time of one case, in seconds."""

    name: str
    seconds: float
    spread: float
    """The rounds' interquartile range, as a share of the median."""


def measure(comparison: Comparison, *, rounds: int = ROUNDS, seed: int = 0) -> list[Measured]:
    """Time all cases of a comparison, interleaved."""
    random = Random(seed)
    loops = {case.name: _loops(case) for case in comparison.cases}
    times: dict[str, list[float]] = {case.name: [] for case in comparison.cases}
    gc.collect()
    gc.freeze()
    try:
        for _ in range(rounds):
            for case in random.sample(list(comparison.cases), len(comparison.cases)):
                times[case.name].append(_timed(case.run, loops[case.name]))
    finally:
        gc.unfreeze()
    return [_measured(case.name, times[case.name]) for case in comparison.cases]


def cold_imports(statements: dict[str, str], *, rounds: int = 11, seed: int = 0) -> list[Measured]:
    """The wall time of each statement in a fresh process, less that of a bare one."""
    random = Random(seed)
    bare = "pass"
    every = {"bare": bare, **statements}
    times: dict[str, list[float]] = {name: [] for name in every}
    for _ in range(rounds):
        for name in random.sample(list(every), len(every)):
            began = perf_counter()
            subprocess.run([sys.executable, "-c", every[name]], check=True)
            times[name].append(perf_counter() - began)
    floor = statistics.median(times.pop("bare"))
    return [_measured(name, [each - floor for each in found]) for name, found in times.items()]


def _loops(case: Case) -> int:
    loops = 1
    while (taken := _timed(case.run, loops) * loops) < SECONDS_A_ROUND / 4:
        loops *= 4
    return max(1, int(loops * SECONDS_A_ROUND / taken))


def _timed(run: Callable[[], object], loops: int) -> float:
    each = range(loops)
    began = perf_counter()
    for _ in each:
        run()
    return (perf_counter() - began) / loops


def _measured(name: str, times: list[float]) -> Measured:
    median = statistics.median(times)
    low, _, high = statistics.quantiles(times, n=4)
    return Measured(name, median, (high - low) / median if median else 0.0)
