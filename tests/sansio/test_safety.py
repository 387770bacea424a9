"""How often a request may reach the server."""

from __future__ import annotations

import pytest

from offwire.safety import Safety, safety_of


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("GET", Safety.SAFE),
        ("HEAD", Safety.SAFE),
        ("OPTIONS", Safety.SAFE),
        ("TRACE", Safety.SAFE),
        ("PUT", Safety.IDEMPOTENT),
        ("DELETE", Safety.IDEMPOTENT),
        ("POST", Safety.UNKNOWN),
        ("PATCH", Safety.UNKNOWN),
        ("CONNECT", Safety.UNKNOWN),
        ("REPORT", Safety.UNKNOWN),
        ("get", Safety.UNKNOWN),
    ],
)
def test_a_method_is_as_safe_as_the_standard_says(method: str, expected: Safety) -> None:
    assert safety_of(method) is expected


@pytest.mark.parametrize("safety", Safety)
def test_all_but_the_unknown_may_be_sent_again(safety: Safety) -> None:
    assert safety.repeatable is (safety is not Safety.UNKNOWN)
