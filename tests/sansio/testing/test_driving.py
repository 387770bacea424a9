"""A flow driven by hand: one effect at a time, and mistakes told in words."""

from __future__ import annotations

from random import Random

import pytest

from offwire.errors import NeverSent
from offwire.events import BreakerChanged, Event
from offwire.flow import Flow, Send, Sleep
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.runtime import Runtime
from offwire.state.connections import ConnectionQueue
from offwire.testing.driving import Driven
from offwire.timeouts import Timeouts

GET = Request("GET", "https://shop.test/users/7")
OK = Response(200)
EVENT = BreakerChanged(at=0.0, origin="https://shop.test:443", before="closed", after="open")


def retrying(log: list[str]) -> Flow[int]:
    try:
        while True:
            try:
                response: Response = yield Send(GET, Timeouts())
            except NeverSent:
                yield Sleep(5.0)
            else:
                return response.status
    finally:
        log.append("cleaned up")


def test_a_flow_is_driven_from_effect_to_effect() -> None:
    driven = Driven(retrying([]))
    assert driven.expect(Send).request == GET
    driven.fail(NeverSent(message="no way"))
    assert driven.expect(Sleep).until == 5.0
    assert isinstance(driven.effect, Sleep)
    driven.answer()
    driven.expect(Send)
    assert not driven.done
    driven.answer(OK)
    assert (driven.done, driven.result) == (True, 200)


def test_a_result_that_is_asked_for_too_early_says_where_the_flow_is() -> None:
    driven = Driven(retrying([]))
    with pytest.raises(AssertionError, match="has not ended: it waits at send GET https://shop"):
        driven.result  # noqa: B018


def test_an_error_of_the_flow_is_its_result() -> None:
    driven = Driven(retrying([]))
    driven.fail(KeyError("lost"))
    assert driven.done
    with pytest.raises(KeyError, match="lost"):
        driven.result  # noqa: B018


def test_an_unexpected_effect_is_told_with_the_one_expected() -> None:
    driven = Driven(retrying([]))
    with pytest.raises(AssertionError, match="expected Sleep, but the flow waits at send GET"):
        driven.expect(Sleep)


def test_after_its_end_a_flow_has_no_effect_and_takes_no_answer() -> None:
    driven = Driven(retrying([]))
    driven.answer(OK)
    with pytest.raises(AssertionError, match="expected Send, but the flow returned 200"):
        driven.expect(Send)
    with pytest.raises(AssertionError, match="nothing is to be answered: the flow returned 200"):
        driven.answer(OK)
    with pytest.raises(AssertionError, match="nothing is to be answered"):
        driven.fail(KeyError())


def test_after_its_error_a_flow_shows_the_error_as_the_cause() -> None:
    driven = Driven(retrying([]))
    driven.fail(KeyError("lost"))
    with pytest.raises(AssertionError, match=r"ended with KeyError\('lost'\)") as caught:
        driven.expect(Send)
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_closed_flow_is_cleaned_up_once_and_has_no_result() -> None:
    log: list[str] = []
    driven = Driven(retrying(log))
    driven.close()
    driven.close()
    assert (driven.done, driven.effect, log) == (True, None, ["cleaned up"])
    with pytest.raises(AssertionError, match="the flow was closed"):
        driven.result  # noqa: B018


def test_closing_after_the_end_changes_nothing() -> None:
    driven = Driven(retrying([]))
    driven.answer(OK)
    driven.close()
    assert driven.result == 200


def test_an_error_of_the_clean_up_is_raised() -> None:
    def leaky() -> Flow[None]:
        try:
            yield Sleep(1.0)
        finally:
            raise KeyError("clean-up")

    with pytest.raises(KeyError, match="clean-up"):
        Driven(leaky()).close()


def test_observers_are_told_after_each_step() -> None:
    runtime = Runtime(random=Random(0), connections=ConnectionQueue())
    told: list[Event] = []

    def telling() -> Flow[None]:
        runtime.tell(told.append, EVENT)
        try:
            yield Sleep(1.0)
            runtime.tell(told.append, EVENT)
            yield Sleep(2.0)
        finally:
            runtime.tell(told.append, EVENT)

    driven = Driven(telling(), runtime)
    assert len(told) == 1
    driven.answer()
    assert len(told) == 2
    driven.close()
    assert len(told) == 3
