"""Damage as a picture in the terminal: by the second over a fight, and by who did it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.text import Text

from offwire.apis.esologs import Event

EIGHTHS = " ▁▂▃▄▅▆▇█"
"""Blocks that are so many eighths of a line high."""
WIDTHS = " ▏▎▍▌▋▊▉█"
"""Blocks that are so many eighths of a column wide."""


def longest_fight(events: Iterable[Event]) -> list[Event]:
    """The damage that friends do in the fight that has most of it."""
    fights: dict[int, list[Event]] = {}
    for each in events:
        if each.type == "damage" and each.source_is_friendly and each.amount and each.fight is not None:
            fights.setdefault(each.fight, []).append(each)
    return max(fights.values(), key=len, default=[])


def by_time(damage: Sequence[Event], width: int) -> list[float]:
    """Damage per second in each of `width` spans of the fight."""
    if not damage:
        return [0.0] * width
    first, last = damage[0].timestamp, damage[-1].timestamp
    span = max(last - first, 1.0) / width
    sums = [0.0] * width
    for each in damage:
        sums[min(int((each.timestamp - first) / span), width - 1)] += each.amount or 0
    return [each / (span / 1000) for each in sums]


def columns(values: Sequence[float], height: int) -> list[str]:
    """Bars beside each other, as `height` lines of text from the top down."""
    top = max(values, default=0.0) or 1.0
    eighths = [round(each / top * height * 8) for each in values]
    return [
        "".join(EIGHTHS[min(max(each - 8 * line, 0), 8)] for each in eighths)
        for line in reversed(range(height))
    ]


def bar(share: float, width: int) -> str:
    """A bar that lies, of `share` of `width`."""
    eighths = round(share * width * 8)
    return "█" * (eighths // 8) + (WIDTHS[eighths % 8] if eighths % 8 else "")


def plot(events: Sequence[Event], actors: Mapping[int, str], width: int = 72, height: int = 7) -> Text:
    """The picture."""
    damage = longest_fight(events)
    text = Text()
    if not damage:
        return text.append("No damage was done.")
    values = by_time(damage, width)
    top = max(values)
    seconds = (damage[-1].timestamp - damage[0].timestamp) / 1000
    text.append(f"Damage per second in fight {damage[0].fight}\n", style="bold")
    for line, row in enumerate(columns(values, height)):
        label = f"{top / 1000:,.0f} k" if line == 0 else "0" if line == height - 1 else ""
        text.append(f"{label:>8} ", style="dim")
        text.append(f"{row}\n", style="cyan")
    text.append(f"{'':>8} 0:00{f'{int(seconds) // 60}:{int(seconds) % 60:02}':>{width - 4}}\n", style="dim")
    done: Counter[int] = Counter()
    for each in damage:
        done[each.source_id or 0] += each.amount or 0
    total = done.total()
    text.append("\nWho did it\n", style="bold")
    most = done.most_common(6)
    for source, amount in most:
        text.append(f"{actors.get(source, str(source))[:18]:>18} ")
        text.append(f"{bar(amount / most[0][1], 40):<40}", style="magenta")
        text.append(f" {amount / 1000:>9,.0f} k {amount / total:>6.1%}\n", style="dim")
    return text
