"""Errors of ESO Logs: kinds of what a program handles anyhow, and picklable."""

from __future__ import annotations

import pickle

from offwire.apis.esologs.errors import EventsTooDense, UserNeeded
from offwire.errors import CallError, PagingLoop, SignInFailed


def test_kinds() -> None:
    assert issubclass(UserNeeded, SignInFailed)
    assert issubclass(EventsTooDense, PagingLoop)


def test_they_say_what_to_do() -> None:
    assert "user=" in str(UserNeeded(message="no user has signed in"))
    assert "Narrow the filters" in str(EventsTooDense(message="too many"))


def test_they_survive_pickling() -> None:
    for error in (UserNeeded(message="a", is_final=True), EventsTooDense(message="b")):
        again: CallError = pickle.loads(pickle.dumps(error))
        assert (type(again), again.facts()) == (type(error), error.facts())
