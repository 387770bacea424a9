"""Records are plain values."""

from __future__ import annotations

from offwire.testing.simulate.records import Answered, Marks


def test_a_record_shows_all_that_it_holds() -> None:
    assert repr(Answered(1.0, 2, 3, 200, "")).startswith("Answered(at=1.0, call=2, exchange=3, status=200")
    assert Marks() == Marks("api", "", 0, 0)
