"""`forecast`: what becomes of a plan, over one seed or several.

    found = forecast(plan_from(document))
    assert found.middle("throttled") == 0
    print(found.middle("seconds"), found.spread("wait_p95"))

Rules of this file: a forecast is a value. A figure over several runs is the least, the median and
the most of them, never a mean, which no run may have had.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import asdict, field, frozen

from offwire.json_value import Json
from offwire.testing.simulate.allowance import least_seconds, most_units
from offwire.testing.simulate.plan import Plan
from offwire.testing.simulate.rehearsal import Client, Rehearsed, rehearse

FIGURES: Final = (
    "seconds", "least_seconds", "calls", "done", "failed", "unfinished", "attempts", "retries", "hedges",
    "throttled", "errors", "token_requests", "units", "allowed", "share", "wait_p50", "wait_p95", "wait_most",
    "latency_p50", "latency_p95",
)  # fmt: skip
"""The names of what `Forecast.of` tells of a run."""
_DIGITS: Final = 6


@frozen(kw_only=True)
class Spread:
    """One figure over all runs."""

    least: float
    median: float
    most: float


@frozen(kw_only=True)
class Forecast:
    """What becomes of a plan."""

    plan: Plan
    client: Client
    """Who made the calls."""
    runs: tuple[Rehearsed, ...] = field(repr=False)
    """One for each seed."""

    def of(self, name: str, run: Rehearsed) -> float | None:
        """A figure of a run, by its name in `FIGURES`; None where the plan has no such thing.

        Raises:
            KeyError: there is no such figure.
        """
        if name not in FIGURES:
            raise KeyError(name)
        limit = self.plan.limit
        match name:
            case "seconds":
                return run.seconds
            case "token_requests":
                signs_in = self.plan.tokens is not None and self.client == "offwire"
                return run.token_requests if signs_in else None
            case "least_seconds":
                return None if limit is None else least_seconds(limit, run.all.units)
            case "allowed":
                return None if limit is None else most_units(limit, run.seconds)
            case "share":
                allowed = self.of("allowed", run)
                return None if allowed is None else run.all.units / allowed
            case "units":
                return None if limit is None else run.all.units
            case _:
                return float(getattr(run.all, name))

    def spread(self, name: str) -> Spread | None:
        """A figure over all runs; None where the plan has no such thing."""
        found = [each for each in (self.of(name, run) for run in self.runs) if each is not None]
        return _spread(found) if found else None

    def spread_of(self, call: str, name: str) -> Spread:
        """A figure of one kind of call over all runs; `name` is that of a field of `Figures`.

        Raises:
            KeyError: the plan has no such call.
        """
        return _spread([float(getattr(run.kinds[call], name)) for run in self.runs])

    def middle(self, name: str) -> float:
        """The median of a figure; 0 where the plan has no such thing."""
        found = self.spread(name)
        return 0.0 if found is None else found.median

    def to_json(self) -> dict[str, Json]:
        """All figures and all runs, as JSON has it; numbers have six decimals."""
        figures: dict[str, Json] = {}
        for name in FIGURES:
            found = self.spread(name)
            figures[name] = None if found is None else _rounded(asdict(found))
        return {
            "client": self.client,
            "title": self.plan.title,
            "figures": figures,
            "runs": [_rounded(asdict(each)) for each in self.runs],
        }


def forecast(
    plan: Plan, *, client: Client = "offwire", told: Callable[[float], object] | None = None
) -> Forecast:
    """Play the plan from each of its seeds; `told` is told now and then which share of it is done."""
    runs = []
    for number in range(plan.runs):

        def partly(share: float, before: int = number) -> None:
            if told is not None:
                told((before + share) / plan.runs)

        runs.append(rehearse(plan, plan.seed + number, client=client, told=partly))
    return Forecast(plan=plan, client=client, runs=tuple(runs))


def _spread(found: list[float]) -> Spread:
    ordered = sorted(found)
    return Spread(least=ordered[0], median=ordered[(len(ordered) - 1) // 2], most=ordered[-1])


def _rounded(value: object) -> Json:
    match value:
        case float():
            return round(value, _DIGITS)
        case dict():
            return {str(key): _rounded(each) for key, each in value.items()}
        case list() | tuple():
            return [_rounded(each) for each in value]
        case None | bool() | int() | str():
            return value
        case _:
            raise TypeError(f"a forecast holds no {type(value).__name__}")
