"""Axes: where their ticks are, and what stands beside them.

Rules of this file: ticks are at round numbers, from 0 on, and few enough to be read. A time is told
in the unit in which somebody would say it.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor, log10
from typing import Final, NamedTuple, TypeAlias

Label: TypeAlias = Callable[[float], str]
"""What stands beside a tick."""

_ROUND: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_TIMES: Final = (
    1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400,
    172_800, 604_800,
)  # fmt: skip
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400
_ROUNDING: Final = 1e-9


class Axis(NamedTuple):
    """From 0 to `end`, with ticks and their labels."""

    end: float
    ticks: tuple[tuple[float, str], ...]


def number_axis(most: float, steps: int = 4) -> Axis:
    """An axis for numbers up to `most`, of about so many steps; it ends with a tick."""
    most = most or 1.0
    step = _round_step(most, steps)
    digits = _decimals(step)
    count = max(1, ceil(most / step - _ROUNDING))
    return _axis(step, count, lambda at: f"{at:,.{digits}f}" if at else "0")


def time_axis(most: float, steps: int = 10, *, whole: bool = False) -> Axis:
    """An axis for seconds up to `most`; it ends with a tick where it has to be `whole`, else at `most`."""
    most = most or 1.0
    step = _time_step(most, steps)
    if whole:
        count = max(1, ceil(most / step - _ROUNDING))
        return _axis(step, count, lambda at: duration(at, step))
    axis = _axis(step, floor(most / step + _ROUNDING), lambda at: duration(at, step))
    return Axis(most, axis.ticks)


def duration(seconds: float, step: float = 0.0) -> str:
    """A time as somebody would say it, to the precision of `step` seconds: `1:30 h`, `5 min`, `20 ms`.

    Without a step, to about three digits.
    """
    if seconds < 1.0:
        thousandths = seconds * 1000
        return "0" if not seconds else f"{_trimmed(thousandths, _digits(step * 1000, thousandths))} ms"
    if seconds < _MINUTE:
        return f"{_trimmed(seconds, _digits(step, seconds))} s"
    if seconds < _HOUR:
        minutes, rest = divmod(round(seconds), _MINUTE)
        return f"{minutes}:{rest:02} min" if rest else f"{minutes} min"
    if step >= _DAY:
        return f"{_trimmed(seconds / _DAY, 1)} d"
    hours, minutes = divmod(round(seconds / _MINUTE), _MINUTE)
    return f"{hours:,}:{minutes:02} h" if minutes else f"{hours:,} h"


def _digits(step: float, value: float) -> int:
    """Decimals that a step of that size asks for; without one, those of three digits."""
    return _decimals(step) if step else max(0, 2 - int(log10(max(value, 1.0))))


def _trimmed(number: float, digits: int) -> str:
    text = f"{number:.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text


def _axis(step: float, count: int, label: Label) -> Axis:
    return Axis(step * count, tuple((step * number, label(step * number)) for number in range(count + 1)))


def _round_step(most: float, steps: int) -> float:
    wanted = most / steps
    scale = 10.0 ** floor(log10(wanted))
    return next(scale * each for each in _ROUND if scale * each >= wanted * (1 - _ROUNDING))


def _time_step(most: float, steps: int) -> float:
    if most < 1.0 * steps / 2:
        return _round_step(most, steps)
    return next((each for each in _TIMES if most / each <= steps), _round_step(most / _DAY, steps) * _DAY)


def _decimals(step: float) -> int:
    """Decimals that it takes to tell one tick from the next."""
    return next((digits for digits in range(9) if _is_whole(step * 10**digits)), 9)


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) < _ROUNDING * number
