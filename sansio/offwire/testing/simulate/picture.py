"""`picture_of`: a forecast as a drawing: quota, queue and waits over time, as SVG text.

Rules of this file: the text is well-formed XML, needs no script, no font and no other file, and can
be read on light and on dark ground. Equal forecasts make equal texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from typing import Final, NamedTuple

from offwire.testing.simulate.axes import Axis, duration, number_axis, time_axis
from offwire.testing.simulate.forecasting import Forecast
from offwire.testing.simulate.plan import Plan
from offwire.testing.simulate.rehearsal import Rehearsed
from offwire.testing.simulate.series import Span

WIDTH: Final = 960
HEIGHT: Final = 684
LEFT: Final = 84
RIGHT: Final = 24
TOP: Final = 124
PANEL: Final = 140
GAP: Final = 48

LIGHT: Final = {
    "ground": "#ffffff", "ink": "#1f2328", "dim": "#59636e", "rule": "#d8dee4", "used": "#0969da",
    "allowed": "#59636e", "queue": "#8250df", "flight": "#0f766e", "p95": "#bc4c00", "p50": "#0969da",
    "throttled": "#cf222e",
}  # fmt: skip
"""Colours by what they stand for, on light ground."""
DARK: Final = {
    "ground": "#0d1117", "ink": "#f0f6fc", "dim": "#9198a1", "rule": "#2b323b", "used": "#58a6ff",
    "allowed": "#9198a1", "queue": "#bc8cff", "flight": "#3fb9a5", "p95": "#ffa657", "p50": "#58a6ff",
    "throttled": "#ff7b72",
}  # fmt: skip
"""The same on dark ground."""

_FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_LETTER: Final = 6.4
"""About how wide a letter of a legend is: nobody can measure text here."""
_SWATCH: Final = 18


class _Line(NamedTuple):
    """One quantity over time."""

    color: str
    name: str
    values: Sequence[float | None]
    filled: bool = False


class _Panel(NamedTuple):
    """One of the charts."""

    title: str
    lines: tuple[_Line, ...]
    axis: Axis
    level: float | None = None
    """Where a dashed line goes across: what is allowed."""
    level_name: str = ""
    marked: bool = False
    """Whether answers with 429 are marked."""


def picture_of(forecast: Forecast, run: int = 0) -> str:
    """The drawing of one run of a forecast, by its place in `Forecast.runs`."""
    plan, played = forecast.plan, forecast.runs[run]
    across = time_axis(played.seconds)
    title = plan.title or "Forecast"
    said = f"{wanted(plan)} {came(played)}"
    spans = played.timeline.spans
    body = [
        _text(LEFT, 38, title, "title"),
        _text(LEFT, 60, wanted(plan), "dim"),
        _text(LEFT, 78, came(played), "dim"),
    ]
    for number, panel in enumerate(_panels(plan, played)):
        top = TOP + number * (PANEL + GAP)
        body.extend(_drawn(panel, played, across, spans, top))
    bottom = TOP + 3 * PANEL + 2 * GAP
    for at, label in across.ticks:
        body.append(_text(_x(at, across), bottom + 20, label, "dim", "middle"))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" role="img" aria-labelledby="title said">'
    )
    return "\n".join(
        [
            head,
            f'<title id="title">{_plain(title)}</title>',
            f'<desc id="said">{_plain(said)}</desc>',
            f"<style>\n{_style()}\n</style>",
            f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>',
            *body,
            "</svg>",
            "",
        ]
    )


def wanted(plan: Plan) -> str:
    """What a plan wants, in one line."""
    much = f"{plan.items:,} calls" if plan.items is not None else duration(plan.lasts or 0.0)
    workers = "1 worker" if plan.workers == 1 else f"{plan.workers:,} workers"
    return f"{workers}, {much}; {allowed(plan)}."


def allowed(plan: Plan) -> str:
    """What a plan's server allows, in a few words."""
    limit = plan.limit
    if limit is None:
        return "no limit"
    units = f"{limit.units:,} {limit.unit}{'' if limit.units == 1 else 's'}"
    match limit.kind:
        case "concurrency":
            return f"{limit.units:,} requests at a time, {limit.known}"
        case "bucket":
            return f"a bucket of {limit.burst or limit.units:,}, {units} per {_per(limit.per)}, {limit.known}"
        case _:
            return f"{units} per {_per(limit.per)}, {limit.kind} window, {limit.known}"


def came(played: Rehearsed) -> str:
    """What came of a run, in one line."""
    figures = played.all
    refused = "no 429" if figures.throttled == 0 else f"{figures.throttled:,} × 429"
    failed = "none failed" if figures.failed == 0 else f"{figures.failed:,} failed"
    return f"{duration(played.seconds)}: {figures.done:,} calls done, {failed}, {refused}."


def _per(seconds: float) -> str:
    named = {1.0: "second", 60.0: "minute", 3600.0: "hour", 86_400.0: "day"}
    return named.get(seconds) or duration(seconds, 1.0)


def _panels(plan: Plan, played: Rehearsed) -> Iterator[_Panel]:
    timeline, limit = played.timeline, plan.limit
    spans = timeline.spans
    if limit is None:
        rates = [each.attempts / timeline.width for each in spans]
        line = _Line("used", "sent", rates, filled=True)
        yield _Panel("Requests per second", (line,), number_axis(max(rates, default=0.0)))
    else:
        level = limit.burst or limit.units
        used = _Line("used", "used", [each.used for each in spans], filled=True)
        title = "Requests in work" if limit.kind == "concurrency" else f"{limit.unit.capitalize()}s used"
        most = max(level, *(each.used for each in spans))
        yield _Panel(
            f"{title}, as the server counts", (used,), number_axis(most), level, f"allowed: {level:,}"
        )
    queue = _Line("queue", "waiting", [each.queue for each in spans], filled=True)
    flight = _Line("flight", "request under way", [each.in_flight for each in spans])
    yield _Panel("Calls", (queue, flight), number_axis(_most(queue, flight)))
    p95 = _Line("p95", "95 of 100, at most", [each.wait_p95 for each in spans], filled=True)
    p50 = _Line("p50", "half, at most", [each.wait_p50 for each in spans])
    axis = time_axis(_most(p95, p50), 4, whole=True)
    yield _Panel("Waits of the calls that ended", (p95, p50), axis, marked=True)


def _most(*lines: _Line) -> float:
    return max((value for line in lines for value in line.values if value is not None), default=0.0)


def _drawn(
    panel: _Panel, played: Rehearsed, across: Axis, spans: Sequence[Span], top: float
) -> Iterator[str]:
    bottom, right = top + PANEL, WIDTH - RIGHT

    def y(value: float) -> float:
        return bottom - PANEL * value / panel.axis.end

    yield _text(LEFT, top - 12, panel.title, "head")
    yield from _legend(panel, top - 12, marked=any(each.throttled for each in spans))
    for value, label in panel.axis.ticks:
        yield f'<path class="rule" d="M{LEFT} {_n(y(value))}H{right}"/>'
        yield _text(LEFT - 10, y(value) + 4, label, "dim", "end")
    for at, _ in across.ticks:
        yield f'<path class="rule" d="M{_n(_x(at, across))} {_n(top)}V{_n(bottom)}"/>'
    width, end = played.timeline.width, played.seconds
    for line in panel.lines:
        steps = [
            (_x(index * width, across), _x(min((index + 1) * width, end), across), y(value))
            for index, value in enumerate(line.values)
            if value is not None and index * width < end
        ]
        for path, name in _paths(steps, bottom, filled=line.filled):
            yield f'<path class="{name} {line.color}" d="{path}"/>'
    if panel.level is not None:
        yield f'<path class="line dashed allowed" d="M{LEFT} {_n(y(panel.level))}H{right}"/>'
    if panel.marked:
        yield from _marks(spans, lambda at: _x(min(at + width / 2, end), across), top)


def _marks(spans: Iterable[Span], x: Callable[[float], float], top: float) -> Iterator[str]:
    for each in spans:
        if each.throttled:
            at = x(each.at)
            yield (
                f'<path class="mark throttled" d="M{_n(at - 4)} {_n(top)}h8l-4 8z">'
                f"<title>{each.throttled:,} × 429 at {_plain(duration(each.at))}</title></path>"
            )


def _paths(
    steps: Sequence[tuple[float, float, float]], bottom: float, *, filled: bool
) -> Iterator[tuple[str, str]]:
    """The outline of steps, each from, to and at which height; those that touch are one."""
    pieces: list[list[tuple[float, float, float]]] = []
    for step in steps:
        if pieces and abs(pieces[-1][-1][1] - step[0]) < 1e-6:
            pieces[-1].append(step)
        else:
            pieces.append([step])
    outlines = ["".join(_outline(piece)) for piece in pieces]
    if filled:
        closed = (
            f"{outline}V{_n(bottom)}H{_n(piece[0][0])}Z"
            for outline, piece in zip(outlines, pieces, strict=True)
        )
        yield "".join(closed), "area"
    yield "".join(outlines), "line"


def _outline(piece: Sequence[tuple[float, float, float]]) -> Iterator[str]:
    height = ""
    for number, (start, end, at) in enumerate(piece):
        if number == 0:
            yield f"M{_n(start)} {_n(at)}"
        elif _n(at) != height:
            yield f"H{_n(start)}V{_n(at)}"
        height = _n(at)
        if number == len(piece) - 1:
            yield f"H{_n(end)}"


def _legend(panel: _Panel, y: float, *, marked: bool) -> Iterator[str]:
    names = [(each.color, each.name, "line") for each in panel.lines]
    if panel.level is not None:
        names.append(("allowed", panel.level_name, "line dashed"))
    if panel.marked and marked:
        names.append(("throttled", "answered with 429", "mark"))
    x = WIDTH - RIGHT - sum(_SWATCH + 6 + _LETTER * len(name) + 14 for _, name, _ in names) + 14
    for color, name, kind in names:
        if kind == "mark":
            yield f'<path class="mark {color}" d="M{_n(x + 5)} {_n(y - 8)}h8l-4 8z"/>'
        else:
            yield f'<path class="{kind} {color}" d="M{_n(x)} {_n(y - 4)}h{_SWATCH}"/>'
        yield _text(x + _SWATCH + 6, y, name, "dim")
        x += _SWATCH + 6 + _LETTER * len(name) + 14


def _x(at: float, across: Axis) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * at / across.end


def _text(x: float, y: float, text: str, name: str, anchor: str = "start") -> str:
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{name}" x="{_n(x)}" y="{_n(y)}"{where}>{_plain(text)}</text>'


def _plain(text: str) -> str:
    # What cannot be printed may be no part of XML at all.
    return escape("".join(each if each.isprintable() else " " for each in text))


def _n(number: float) -> str:
    """A number of a drawing, with no more digits than can be seen."""
    return f"{number:.1f}".removesuffix(".0")


def _style() -> str:
    rules = [
        f"text {{ font: 12px {_FONT}; }}",
        "text.title { font-size: 20px; font-weight: 600; }",
        "text.head { font-size: 13px; font-weight: 600; }",
        ".line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }",
        ".area { stroke: none; fill-opacity: 0.16; }",
        ".dashed { stroke-dasharray: 6 4; }",
        ".rule { fill: none; stroke-width: 1; }",
        *_colors(LIGHT),
        "@media (prefers-color-scheme: dark) {",
        *(f"  {each}" for each in _colors(DARK)),
        "}",
    ]
    return "\n".join(rules)


def _colors(colors: dict[str, str]) -> Iterator[str]:
    yield f".ground {{ fill: {colors['ground']}; }}"
    yield f"text {{ fill: {colors['ink']}; }}"
    yield f"text.dim {{ fill: {colors['dim']}; }}"
    yield f".rule {{ stroke: {colors['rule']}; }}"
    for name in ("used", "allowed", "queue", "flight", "p95", "p50"):
        yield f".line.{name} {{ stroke: {colors[name]}; }}"
        yield f".area.{name} {{ fill: {colors[name]}; }}"
    yield f".mark.throttled {{ fill: {colors['throttled']}; }}"
