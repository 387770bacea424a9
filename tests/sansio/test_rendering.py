"""Events as fields and as one line."""

from __future__ import annotations

from typing import Any, get_args

import attrs
import pytest

from offwire.events import AttemptEnded, BreakerChanged, CallEnded, Event, TokenReceived
from offwire.rendering import fields, line

ENDED = AttemptEnded(at=12.0, call=3, attempt=1, status=200, error=None, elapsed=0.0123)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        pytest.param(ENDED, "attempt_ended call=3 attempt=1 status=200 elapsed=0.012", id="answered"),
        pytest.param(
            attrs.evolve(ENDED, status=None, error="MaybeSent"),
            "attempt_ended call=3 attempt=1 error=MaybeSent elapsed=0.012",
            id="failed",
        ),
        pytest.param(
            TokenReceived(at=1.0, call=2, generation=4, lifetime=3600.0),
            "token_received call=2 generation=4 lifetime=3600.000",
            id="a token",
        ),
        pytest.param(
            BreakerChanged(at=1.0, origin="https://api.test:443", before="closed", after="open"),
            "breaker_changed origin=https://api.test:443 before=closed after=open",
            id="a breaker",
        ),
    ],
)
def test_an_event_on_one_line(event: Event, text: str) -> None:
    assert line(event) == text


def test_an_event_as_fields() -> None:
    assert fields(ENDED) == {
        "event": "attempt_ended",
        "at": 12.0,
        "call": 3,
        "attempt": 1,
        "status": 200,
        "error": None,
        "elapsed": 0.0123,
    }


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_every_kind_of_event_can_be_rendered(kind: type[Event]) -> None:
    values: dict[str, Any] = {each.name: "x" if "str" in str(each.type) else 1 for each in attrs.fields(kind)}
    text = line(kind(**values))
    name, _, rest = text.partition(" ")
    assert name.replace("_", "") == kind.__name__.lower()
    assert rest.count("=") == len(values) - 1
    assert "\n" not in text


def test_a_call_that_was_cancelled_says_so() -> None:
    ended = CallEnded(
        at=1.0,
        call=1,
        operation="Things.get",
        status=None,
        error="Cancelled",
        attempts=1,
        waited=0.0,
        elapsed=1.0,
    )
    assert line(ended) == (
        "call_ended call=1 operation=Things.get error=Cancelled attempts=1 waited=0.000 elapsed=1.000"
    )
