"""The default policies: who we are, how long a call may take, and that what is broken is left alone."""

from __future__ import annotations

from offwire import __version__
from offwire.apis.esologs.policies import DEFAULT_POLICIES


def test_defaults() -> None:
    assert DEFAULT_POLICIES.headers["user-agent"] == f"offwire/{__version__} (esologs)"
    assert DEFAULT_POLICIES.timeouts.read == 60.0
    assert DEFAULT_POLICIES.deadline == 180.0
    assert DEFAULT_POLICIES.breaker is not None
