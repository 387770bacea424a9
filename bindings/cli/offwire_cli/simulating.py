"""`offwire simulate`: what a harvest will do, before it is run.

Rules of this file: it reads a plan, shows what comes of it, and writes a picture; what comes of it
`offwire.testing.simulate` decides. What a flag says goes over what the file says. Nothing is asked of
any server.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from offwire_cli.codes import FAILED
from offwire_cli.groups import Failure, unreadable
from offwire_cli.listing import facts, screen, table
from offwire_cli.rows import replacing
from offwire_cli.screen import progress, told

if TYPE_CHECKING:
    from rich.table import Table

    from offwire.testing.simulate import Forecast, Plan, Spread

_KINDS: Final = ("sliding", "fixed", "bucket", "concurrency")
_KNOWN: Final = ("declared", "learned", "points", "unknown")
_NAMES: Final = {"offwire": "Offwire", "reactive": "each by itself", "paced": "token bucket"}
"""Clients, as a table calls them."""
_BETWEEN: Final = ".."


@click.command()
@click.argument("plan", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--workers", type=click.IntRange(1), help="How many make calls at a time.")
@click.option("--calls", "items", type=click.IntRange(1), help="How many calls there are to make …")
@click.option("--for", "lasts", metavar="TIME", help="… or for how long, such as 90s or 1h.")
@click.option("--limit", metavar="RATE", help="What the server allows, such as 3600/h or 100/90s.")
@click.option("--kind", type=click.Choice(_KINDS), help="The limit's kind; sliding by default.")
@click.option("--known", type=click.Choice(_KNOWN), help="What the client knows of it; declared by default.")
@click.option("--cost", metavar="UNITS", help="Of each call, such as 5 or 2..8.")
@click.option(
    "--latency", metavar="TIME", help="Of each call: 200ms, or median and 99th percentile, 300ms..2s."
)
@click.option("--faults", type=click.FloatRange(0, 1), help="The share that is answered with a server error.")
@click.option("--seed", type=click.IntRange(0), help="Equal seeds give equal forecasts; 1 by default.")
@click.option("--seeds", "runs", type=click.IntRange(1), help="How many seeds to play; 1 by default.")
@click.option(
    "--picture", type=click.Path(dir_okay=False, path_type=Path), help="A file for the picture, SVG."
)
@click.option("--compare", is_flag=True, help="Have other clients play the plan, too.")
@click.option("--json", "as_json", is_flag=True, help="All figures on stdout, for programs.")
@click.option("--example", is_flag=True, help="Show a plan to begin with, and do nothing else.")
def simulate(
    plan: Path | None, picture: Path | None, compare: bool, as_json: bool, example: bool, **flags: object
) -> None:
    """Show what the harvest of PLAN will do: how long it takes, how much it waits, what goes wrong.

    PLAN is a file; --example shows one. Flags go over what it says, and do without it where they say
    enough. It runs in virtual time, and asks no server anything.
    """
    if example:
        click.echo(files("offwire_cli").joinpath("example_plan.toml").read_text("utf-8"), nl=False)
        return
    wanted = _plan(plan, flags)
    found = _forecasts(wanted, compare=compare)
    if as_json:
        click.echo(json.dumps(found[0].to_json() if not compare else [each.to_json() for each in found]))
    else:
        _show(found)
    if picture is not None:
        from offwire.testing.simulate import picture_of  # noqa: PLC0415 - only where one is wanted

        with replacing(picture) as file:
            file.write(picture_of(found[0]).encode())
        click.echo(f"drawn in {picture}", err=True)


def _plan(path: Path | None, flags: Mapping[str, object]) -> Plan:
    from offwire.testing.simulate import plan_from  # noqa: PLC0415 - options come first

    document = {} if path is None else _read(path)
    place = "" if path is None else f"{path}: "
    try:
        return plan_from(_with(document, {name: each for name, each in flags.items() if each is not None}))
    except ValueError as error:
        hint = "" if path is not None or flags["workers"] else "; `offwire simulate --example` shows a plan"
        raise click.UsageError(f"{place}{error}{hint}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Failure(unreadable(error), FAILED) from None
    except UnicodeDecodeError:
        raise click.UsageError(f"{path} is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise click.UsageError(f"{path} is not TOML: {error}") from None


def _with(document: dict[str, Any], flags: Mapping[str, object]) -> dict[str, Any]:
    """A plan's document, with what flags say in the place of what it says."""
    made = {**document, **{name: flags[name] for name in ("workers", "seed", "runs") if name in flags}}
    for name, other in (("items", "lasts"), ("lasts", "items")):
        if name in flags:
            made.pop(other, None)
    made.update({name: flags[name] for name in ("items", "lasts") if name in flags})
    limit = _limit(made.get("limit"), flags)
    if limit:
        made["limit"] = limit
    if "faults" in flags:
        made["faults"] = {**_table(made.get("faults")), "errors": flags["faults"]}
    each = _each_call(flags)
    if each:
        made["calls"] = [{**_table(call), **each} for call in made.get("calls") or [{}]]
    return made


def _limit(there: object, flags: Mapping[str, object]) -> object:
    from offwire.testing.simulate.plan_document import rate_in  # noqa: PLC0415 - as in `_plan`

    said: dict[str, object] = {name: flags[name] for name in ("kind", "known") if name in flags}
    rate = flags.get("limit", there if isinstance(there, str) else None)
    if not said and "limit" not in flags:
        return there
    if rate is not None:
        units, per = rate_in(str(rate))
        said = {"units": units, "per": per, **said}
    return {**_table(there), **said}


def _each_call(flags: Mapping[str, object]) -> dict[str, Any]:
    """What flags say of every call."""
    said: dict[str, Any] = {}
    if "cost" in flags:
        numbers = [_number(each) for each in str(flags["cost"]).split(_BETWEEN, 1)]
        said["cost"] = numbers if len(numbers) > 1 else numbers[0]
    if "latency" in flags:
        median, between, p99 = str(flags["latency"]).partition(_BETWEEN)
        said["latency"] = {"median": median, "p99": p99} if between else median
    return said


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"--cost is a number, or two such as 2..8, not {text!r}") from None


def _table(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _forecasts(plan: Plan, *, compare: bool) -> list[Forecast]:
    from offwire.testing.simulate import CLIENTS, forecast  # noqa: PLC0415 - as in `_plan`

    clients = CLIENTS if compare else CLIENTS[:1]
    found = []
    with progress(told(), "simulating", float(len(clients))) as shown:
        for number, client in enumerate(clients):

            def partly(share: float, number: int = number) -> None:
                shown(number + share, f"{_NAMES[clients[number]]}, {100 * share:.0f} %")

            found.append(forecast(plan, client=client, told=partly))
    return found


def _show(found: Sequence[Forecast]) -> None:
    from offwire.testing.simulate.picture import wanted  # noqa: PLC0415 - as in `_plan`

    plan, console = found[0].plan, screen()
    title = plan.title or "Forecast"
    console.print(title, markup=False, style="bold")
    console.print(wanted(plan), markup=False)
    console.print()
    if len(found) > 1:
        console.print(_compared(found))
    else:
        console.print(_kinds(found[0]))
        console.print()
        console.print(facts("All calls", _figures(found[0])))
    if plan.runs > 1:
        console.print(f"\n{plan.runs} seeds: the median, and from the least to the most")


def _kinds(found: Forecast) -> Table:
    """A line for each kind of call: the medians of all runs."""
    plan = found.plan
    unit = "" if plan.limit is None else f"{plan.limit.unit}s#"
    names = ["calls", "done", "failed", "attempts", "throttled", "errors", "units"]
    heads = ["call", "calls#", "done#", "failed#", "requests#", "429#", "errors#"]
    rows = []
    for call in plan.calls:
        middle = {name: found.spread_of(call.name, name).median for name in (*names, *_TIMES)}
        counts = [f"{middle[name]:,.0f}" for name in names[: len(heads) - 1 + bool(unit)]]
        rows.append([call.name, *counts, *(_time(middle[name]) for name in _TIMES)])
    waits = ["wait, half#", "wait, 95 %#", "latency, half#", "latency, 95 %#"]
    return table("By call", [*heads, *([unit] if unit else []), *waits], rows)


_TIMES: Final = ("wait_p50", "wait_p95", "latency_p50", "latency_p95")


def _figures(found: Forecast) -> dict[str, object]:
    """What there is to tell, line by line; lines of None are left out."""
    limit = found.plan.limit
    lines: dict[str, object] = {
        "takes": _times(found.spread("seconds")),
        "at best": None if limit is None else _times(found.spread("least_seconds")),
        "done": _counts(found.spread("done")),
        "failed": _failed(found),
        "unfinished": _counts(found.spread("unfinished")) if found.plan.lasts is not None else None,
        "requests": _counts(found.spread("attempts")),
        "retries": _counts(found.spread("retries")),
        "hedges": _counts(found.spread("hedges")) if found.plan.client.hedge is not None else None,
        "429": _counts(found.spread("throttled")),
        "errors": _counts(found.spread("errors")),
        "tokens": _counts(found.spread("token_requests")),
    }
    if limit is not None:
        lines[f"{limit.unit}s"] = _counts(found.spread("units"))
        lines["allowed"] = _counts(found.spread("allowed"))
        lines["used"] = _shares(found.spread("share"))
    for name, key in (("wait, half", "wait_p50"), ("wait, 95 %", "wait_p95"), ("wait, all", "wait_most")):
        lines[name] = _times(found.spread(key))
    lines["latency, half"] = _times(found.spread("latency_p50"))
    lines["latency, 95 %"] = _times(found.spread("latency_p95"))
    return lines


def _compared(found: Sequence[Forecast]) -> Table:
    """A column for each client, a line for each figure."""
    columns = [_figures(each) for each in found]
    lines = [name for name in columns[0] if any(each.get(name) is not None for each in columns)]
    rows = [[name, *(each.get(name) for each in columns)] for name in lines]
    return table("Clients", ["", *(f"{_NAMES[each.client]}#" for each in found)], rows)


def _failed(found: Forecast) -> str:
    said = _counts(found.spread("failed")) or ""
    kinds = sorted({name for run in found.runs for name in run.failures})
    return f"{said}: {', '.join(kinds)}" if kinds else said


def _time(seconds: float) -> str:
    from offwire.testing.simulate.axes import duration  # noqa: PLC0415 - as in `_plan`

    return duration(seconds)


def _times(spread: Spread | None) -> str | None:
    return _ranged(spread, _time)


def _counts(spread: Spread | None) -> str | None:
    return _ranged(spread, lambda number: f"{number:,.0f}")


def _shares(spread: Spread | None) -> str | None:
    return _ranged(spread, lambda share: f"{100 * share:.0f} %")


def _ranged(spread: Spread | None, shown: Callable[[float], str]) -> str | None:
    if spread is None:
        return None
    middle, least, most = shown(spread.median), shown(spread.least), shown(spread.most)
    return middle if least == most else f"{middle} ({least} … {most})"
