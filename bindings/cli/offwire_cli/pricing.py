"""`offwire esologs price`: what a harvest will cost, before it is made.

Rules of this file: the calls are looked at before anything is asked, and of the site only how the
points stand.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import click

from offwire.state.points import PointsForecast
from offwire_cli.arguments import argument_errors
from offwire_cli.listing import facts, give, output_options
from offwire_cli.screen import clock
from offwire_cli.session import connection_options, session, whom

_COUNT: Final = click.IntRange(0, 1_000_000_000)


class CallCount(click.ParamType[tuple[str, int]]):
    """A call's name and how often it is made, such as `reports.events=34`."""

    name = "call=count"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Take both apart."""
        name, separator, count = str(value).partition("=")
        if not separator:
            self.fail(f"{value} lacks the number of calls, as in reports.events=34", param, ctx)
        return name, _COUNT(count, param, ctx)


@click.command()
@click.argument("calls", type=CallCount(), nargs=-1, required=True, metavar="CALL=COUNT...")
@output_options
@connection_options
def price(calls: tuple[tuple[str, int], ...], **arguments: object) -> None:
    """Show what calls will cost, such as reports.events=34 characters.get=200.

    They are named as in Python; each page of a list is a call. Asking how the points stand costs a
    point, too.
    """
    asked = whom(arguments)
    counts: Counter[str] = Counter()
    for name, count in calls:
        counts[name] += count
    with session(asked) as opened:
        with argument_errors():
            opened.eso.forecast(counts)
        opened.eso.system.rate_limit()
        found = opened.eso.forecast(counts)
    told = {
        "expected": f"{found.expected:,.1f} points",
        "most": f"{found.most:,.1f} points",
        "guessed": ", ".join(found.guessed) or "nothing",
        "waits": _wait(found.seconds),
    }
    give([found], PointsForecast, arguments, lambda screen: screen.print(facts("Price", told)))


def _wait(seconds: float | None) -> str:
    """For how long calls will wait for points."""
    if seconds is None:
        return "unknown"
    return f"{clock(seconds * 1000)} min" if seconds >= 1 else "not at all"
