"""What comes even later than what comes late."""

from __future__ import annotations

import subprocess
import sys

import pytest

from offwire import deferred
from offwire.auth.authorization_code import AuthorizationCode
from offwire.auth.stored import stored
from offwire.state.away import FailClosed, FailOpen, LocalShare
from offwire.state.line import FairnessPolicy
from offwire.state.shared import SharedLimit


def test_what_needs_a_browser_or_a_store_comes_when_it_is_named() -> None:
    assert deferred.AuthorizationCode is AuthorizationCode
    assert deferred.stored is stored


def test_what_shares_a_limit_comes_when_it_is_named() -> None:
    assert deferred.SharedLimit is SharedLimit
    assert (deferred.FailClosed, deferred.FailOpen, deferred.LocalShare) == (FailClosed, FailOpen, LocalShare)


def test_how_calls_share_comes_when_it_is_named() -> None:
    assert deferred.FairnessPolicy is FairnessPolicy


def test_others_do_not_pay_for_it() -> None:
    names = ["offwire.auth.authorization_code", "offwire.auth.stored", "offwire.auth.token_store"]
    names += ["offwire.quota_store", "offwire.state.shared", "offwire.state.away", "offwire.layers.sharing"]
    names += ["offwire.state.line"]
    code = f"import sys, offwire; offwire.ApiKey; print(*[each for each in {names!r} if each in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == ("\n", "")


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"module 'offwire\.deferred' has no attribute 'Nonsense'"):
        _ = deferred.Nonsense  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
