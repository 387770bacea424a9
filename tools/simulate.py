"""Plays the scenarios of many seeds, over several processes, and says what came up.

Rules of this file: it draws seeds and adds up; what a scenario is and what has to hold, it does not
know. It fails where a rule was broken, and where something never came up that has to. Garbage is
collected between batches of seeds, since a run keeps all that it makes until its end.

Run as `python tools/simulate.py --seeds 1000`; `--seed 7` plays one, and prints its timeline.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections import Counter
from collections.abc import Sequence
from multiprocessing import Pool
from os import cpu_count, nice
from time import perf_counter, process_time
from typing import NamedTuple

from offwire.testing.simulate import SIGHTS, drawn, simulate

_BATCH = 20
_MOST_SHOWN = 5


class Outcome(NamedTuple):
    """What came of one seed."""

    seed: int
    calls: int
    events: int
    sights: frozenset[str]
    statuses: dict[int, int]
    rules: tuple[str, ...]
    report: str


def played(seed: int, calls: int | None = None) -> Outcome:
    """Play the scenario of one seed."""
    run = simulate(drawn(seed, calls=calls))
    rules = tuple(each.rule for each in run.violations)
    report = run.report() if rules else ""
    return Outcome(seed, run.calls, run.events, frozenset(run.sights), run.statuses, rules, report)


def _start() -> None:
    """Let others go first, and leave alone what was there before."""
    nice(10)
    gc.collect()
    gc.freeze()
    gc.disable()


def _played_all(arguments: tuple[range, int | None]) -> tuple[list[Outcome], float]:
    """What came of a batch, and the seconds of the processor that it took."""
    began = process_time()
    seeds, calls = arguments
    outcomes = [played(seed, calls) for seed in seeds]
    gc.collect()
    return outcomes, process_time() - began


def main(arguments: Sequence[str] | None = None) -> int:
    """Play, print, and return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description="Play simulations from seeds, and check every rule.")
    parser.add_argument("--seed", type=int, help="play this one, and print its timeline")
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--start", type=int, default=0, help="the first one")
    parser.add_argument("--calls", type=int, help="calls of each caller, in place of what is drawn")
    parser.add_argument("--processes", type=int, default=cpu_count() or 1)
    given = parser.parse_args(arguments)
    if given.seed is not None:
        outcome = played(given.seed, given.calls)
        print(
            outcome.report
            or f"seed {given.seed}: {outcome.calls} calls, {outcome.events} events, all is well"
        )
        return 1 if outcome.rules else 0
    return _many(range(given.start, given.start + given.seeds), given.calls, given.processes)


def _many(seeds: range, calls: int | None, processes: int) -> int:
    began = perf_counter()
    busy = 0.0
    sights: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    rules: Counter[str] = Counter()
    broken: list[Outcome] = []
    made = events = 0
    batches = [(seeds[first : first + _BATCH], calls) for first in range(0, len(seeds), _BATCH)]
    with Pool(processes, initializer=_start) as pool:
        for outcomes, seconds in pool.imap_unordered(_played_all, batches):
            busy += seconds
            for each in outcomes:
                made += each.calls
                events += each.events
                sights.update(each.sights)
                statuses.update(each.statuses)
                if each.rules:
                    rules[each.rules[0]] += 1
                    broken.append(each)
    seconds = perf_counter() - began
    print(f"{len(seeds)} seeds, {made} calls, {events} events in {seconds:.1f} s")
    print(f"{events / seconds:,.0f} events a second, over {processes} processes")
    print(f"{events / busy:,.0f} events a second of processor time, in each of them")
    print("answers: " + ", ".join(f"{count} of {status}" for status, count in sorted(statuses.items())))
    for name in SIGHTS:
        print(f"  {sights[name]:7} seeds: {name}")
    unseen = [name for name in SIGHTS if not sights[name]]
    if unseen:
        print(f"never came up: {', '.join(unseen)}")
    for each in sorted(broken)[:_MOST_SHOWN]:
        print(f"\nseed {each.seed}: {each.report}")
    if broken:
        print(f"\nbroken: {dict(rules)}, by the seeds {', '.join(str(each.seed) for each in sorted(broken))}")
    return 1 if broken or unseen else 0


if __name__ == "__main__":
    sys.exit(main())
