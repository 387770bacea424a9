"""A picture is well-formed, stays inside of its frame, and can be read on light and dark ground."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from offwire.testing.simulate.forecasting import Forecast, forecast
from offwire.testing.simulate.picture import (
    DARK,
    GAP,
    HEIGHT,
    LEFT,
    LIGHT,
    PANEL,
    RIGHT,
    TOP,
    WIDTH,
    allowed,
    came,
    picture_of,
    wanted,
)
from offwire.testing.simulate.plan import (
    Plan,
    PlannedCall,
    PlannedClient,
    PlannedFaults,
    PlannedLimit,
    Uniform,
)

QUICK = PlannedCall(latency=Uniform(least=0.05, most=0.2))
PLANS = {
    "unknown": Plan(
        workers=6,
        items=80,
        calls=[QUICK],
        limit=PlannedLimit(units=20, per=5.0, known="unknown"),
        title="a <&> b",
    ),
    "declared": Plan(workers=6, items=80, calls=[QUICK], limit=PlannedLimit(units=20, per=5.0), runs=2),
    "bucket": Plan(
        workers=1, lasts=20.0, calls=[QUICK], limit=PlannedLimit(units=1, per=1.0, kind="bucket", burst=3)
    ),
    "concurrency": Plan(workers=6, items=80, calls=[QUICK], limit=PlannedLimit(units=2, kind="concurrency")),
    "free": Plan(
        workers=6, items=80, calls=[QUICK], faults=PlannedFaults(errors=0.5), client=PlannedClient(attempts=1)
    ),
    "one": Plan(workers=1, items=1),
}
FORECASTS = {name: forecast(plan) for name, plan in PLANS.items()}
SVG = "{http://www.w3.org/2000/svg}"
EACH = pytest.mark.parametrize("found", FORECASTS.values(), ids=FORECASTS)


def drawing(found: Forecast, run: int = 0) -> ET.Element:
    return ET.fromstring(picture_of(found, run))


def points(path: str) -> Iterator[tuple[float, float]]:
    """Where a path goes."""
    x = y = 0.0
    for command, text in re.findall(r"([MHVhlzZ])([^MHVhlzZ]*)", path):
        numbers = [float(each) for each in text.split()]
        match command:
            case "M":
                x, y = numbers
            case "H":
                (x,) = numbers
            case "V":
                (y,) = numbers
            case "h":
                x += numbers[0]
            case "l":
                x, y = x + numbers[0], y + numbers[1]
            case _:
                continue
        yield x, y


@EACH
def test_all_is_inside_of_its_frame(found: Forecast) -> None:
    root = drawing(found)
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox") == f"0 0 {WIDTH} {HEIGHT}"
    lines = [path for path in root.iter(f"{SVG}path") if path.get("class", "").split()[0] in ("line", "area")]
    assert len(lines) >= 8
    for path in root.iter(f"{SVG}path"):
        for x, y in points(path.get("d", "")):
            assert LEFT - 5 <= x <= WIDTH - RIGHT + 5
            assert TOP - 24 <= y <= TOP + 3 * PANEL + 2 * GAP
    for text in root.iter(f"{SVG}text"):
        assert text.text
        assert 0 <= float(text.get("x", "-1")) <= WIDTH
        assert 12 <= float(text.get("y", "-1")) <= HEIGHT - 6


@EACH
def test_no_two_labels_of_an_axis_touch(found: Forecast) -> None:
    across = [each for each in drawing(found).iter(f"{SVG}text") if each.get("text-anchor") == "middle"]
    assert len(across) >= 2
    places = [(float(each.get("x", "0")), len(each.text or "")) for each in across]
    for (x, length), (following, more) in pairwise(places):
        assert following - x > 3.4 * (length + more)


@EACH
def test_a_legend_stands_clear_of_its_title(found: Forecast) -> None:
    heads = {
        each.get("y"): len(each.text or "")
        for each in drawing(found).iter(f"{SVG}text")
        if each.get("class") == "head"
    }
    assert len(heads) == 3
    for each in drawing(found).iter(f"{SVG}text"):
        if each.get("class") == "dim" and each.get("y") in heads and each.get("text-anchor") is None:
            assert float(each.get("x", "0")) - 24 > LEFT + 7.5 * heads[each.get("y")]
            assert float(each.get("x", "0")) + 6.4 * len(each.text or "") <= WIDTH


def test_it_needs_nothing_else() -> None:
    text = picture_of(FORECASTS["unknown"])
    assert "<script" not in text
    assert "@import" not in text
    assert "url(" not in text
    assert re.findall(r'(?:href|src)="', text) == []
    assert re.findall(r"https?://\S+", text) == ['http://www.w3.org/2000/svg"']


def test_refusals_are_marked_where_there_are_any() -> None:
    def marks(name: str) -> list[ET.Element]:
        return [
            each for each in drawing(FORECASTS[name]).iter(f"{SVG}path") if "mark" in each.get("class", "")
        ]

    spans = FORECASTS["unknown"].runs[0].timeline.spans
    assert len(marks("unknown")) == 1 + sum(each.throttled > 0 for each in spans)
    said = [title.text or "" for each in marks("unknown") for title in each]
    assert said
    assert all(re.fullmatch(r"\d+ × 429 at .+", each) for each in said)
    assert marks("declared") == []


def test_what_is_said_is_escaped() -> None:
    root = drawing(FORECASTS["unknown"])
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text == "a <&> b"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co", "Cf", "Zl", "Zp"]), max_size=20))
def test_any_title_can_be_drawn(title: str) -> None:
    if not title.isprintable():
        return
    found = FORECASTS["one"]
    root = drawing(evolve(found, plan=evolve(found.plan, title=title)))
    assert root.findtext(f"{SVG}title") == (title or "Forecast")


def test_runs_have_pictures_of_their_own() -> None:
    found = FORECASTS["declared"]
    assert picture_of(found, 0) == picture_of(found)
    assert picture_of(found, 1) != picture_of(found)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unknown", "6 workers, 80 calls; 20 units per 5 s, sliding window, unknown."),
        ("bucket", "1 worker, 20 s; a bucket of 3, 1 unit per second, declared."),
        ("concurrency", "6 workers, 80 calls; 2 requests at a time, declared."),
        ("free", "6 workers, 80 calls; no limit."),
    ],
)
def test_a_plan_in_one_line(name: str, said: str) -> None:
    assert wanted(PLANS[name]) == said


def test_a_window_in_a_few_words() -> None:
    limit = PlannedLimit(units=3600, per=3600.0, kind="fixed", known="points", unit="point")
    assert allowed(Plan(workers=1, items=1, limit=limit)) == "3,600 points per hour, fixed window, points"


def test_a_run_in_one_line() -> None:
    assert re.fullmatch(
        r"[\d.]+ s: 80 calls done, none failed, no 429\.", came(FORECASTS["declared"].runs[0])
    )
    assert re.fullmatch(r".* \d+ failed, no 429\.", came(FORECASTS["free"].runs[0]))
    assert re.fullmatch(r".* none failed, \d+ × 429\.", came(FORECASTS["unknown"].runs[0]))


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    shares = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_colors_stand_out(colors: dict[str, str]) -> None:
    ground = luminance(colors["ground"])
    for name in colors.keys() - {"ground", "rule"}:
        high, low = sorted((luminance(colors[name]), ground), reverse=True)
        contrast = (high + 0.05) / (low + 0.05)
        assert contrast >= (4.5 if name in ("ink", "dim") else 3), name
