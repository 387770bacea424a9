"""Timeouts are positive, or lifted."""

from __future__ import annotations

import pytest

from offwire.timeouts import Timeouts


def test_there_are_limits_unless_they_are_lifted() -> None:
    usual = Timeouts()
    assert (usual.connect, usual.read, usual.write) == (10.0, 30.0, 30.0)
    assert Timeouts(connect=None, read=None, write=None).read is None
    assert Timeouts(read=0.5).read == 0.5


@pytest.mark.parametrize("name", ["connect", "read", "write"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_limit_is_a_positive_number(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"Timeouts\.{name} is a positive number of seconds"):
        Timeouts(**{name: value})
