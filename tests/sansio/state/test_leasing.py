"""Which machines lease their units, and the instant after an instant."""

from __future__ import annotations

import pytest

from offwire.state.leasing import Leasing, due
from offwire.state.limits import WindowLimit
from offwire.state.shared import SharedLimit


class NoStore:
    def answer(self, _question: object, /) -> object:
        raise AssertionError("nobody is asked here")


def test_a_shared_limit_leases_and_others_do_not() -> None:
    limit = WindowLimit(1, 1.0)
    assert isinstance(SharedLimit(limit, NoStore(), "shop").machine(), Leasing)
    assert not isinstance(limit.machine(), Leasing)


@pytest.mark.parametrize("now", [0.0, 1.5, 1e9, -3.0])
def test_what_is_due_is_later_than_now_and_sooner_than_all_else(now: float) -> None:
    assert now < due(now) < now + 1e-6
    assert due(due(now)) > due(now)
