"""The vocabulary of fake servers, and the scripted one."""

from __future__ import annotations

import pytest

from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing.servers import (
    Answer,
    Drop,
    Refuse,
    Reply,
    Script,
    ScriptEnded,
    Stall,
    Truncate,
    json_answer,
)
from offwire.time import Now

GET = Request("GET", "https://shop.test/users?token=abc")
POST = Request("POST", "https://shop.test/users")
OK = Answer(Response(200))


def is_post(request: Request) -> bool:
    return request.method == "POST"


@pytest.mark.parametrize("after", [-0.1, float("nan"), float("inf")])
def test_a_delay_is_a_finite_number_of_seconds_from_0_on(after: float) -> None:
    for make in (lambda: Answer(Response(200), after), lambda: Truncate(Response(200), after)):
        with pytest.raises(ValueError, match=r"after has to be a number from 0 on"):
            make()
    with pytest.raises(ValueError, match=r"Refuse.after"):
        Refuse(after)
    with pytest.raises(ValueError, match=r"Drop.after"):
        Drop(after)


def test_a_json_answer_is_an_answer_with_a_json_body() -> None:
    assert json_answer({"id": 7}, 201, after=0.5) == Answer(Response(201, json={"id": 7}), 0.5)
    assert json_answer(None).response.status == 200


def test_a_script_gives_its_replies_in_order() -> None:
    replies: list[Reply] = [OK, Refuse(), Stall()]
    script = Script(*replies)
    assert [script(GET, Now()) for _ in replies] == replies
    assert script.requests == (GET, GET, GET)
    assert script.remaining == 0


def test_a_reply_with_a_matcher_waits_for_a_request_that_it_is_meant_for() -> None:
    created = json_answer({}, 201)
    script = Script((is_post, created), OK)
    assert script(GET, Now()) == OK
    assert script.remaining == 1
    assert script(POST, Now()) == created


def test_the_first_reply_that_is_meant_for_a_request_is_taken() -> None:
    script = Script(OK, (is_post, Drop()))
    assert script(POST, Now()) == OK
    assert script(POST, Now()) == Drop()


def test_a_script_that_is_used_up_names_the_request_without_its_secrets() -> None:
    script = Script(OK)
    script(GET, Now())
    with pytest.raises(ScriptEnded) as caught:
        script(GET, Now())
    said = "no reply for request 2, GET https://shop.test/users?token=***: all replies have been given"
    assert str(caught.value) == said
    assert script.requests == (GET, GET)


def test_a_script_without_a_reply_for_a_request_says_how_many_are_left() -> None:
    script = Script((is_post, OK), (is_post, OK))
    with pytest.raises(ScriptEnded, match="none of the 2 replies left is meant for it"):
        script(GET, Now())
    assert script.remaining == 2
