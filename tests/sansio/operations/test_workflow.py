"""Workflows: the faces of the descriptor, and that steps are conducted as they ask."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from offwire import Api, Call, Group, M, Options, Response, operation
from offwire.errors import NotFound
from offwire.flow import Flow, Gather, Sleep
from offwire.operations.steps import Steps, Together, pause, step, together
from offwire.operations.workflow import conduct, workflow
from offwire.testing import Answer, Client, Script, json_answer
from offwire.time import Now
from tests.sansio.clients import AsyncClient, result


class Users(Group[M]):
    @operation
    def find(self, name: str) -> Call[object | None]:
        return Call.get("/users", query={"name": name}, returns=object).or_none(404)

    @operation
    def create(self, name: str) -> Call[object]:
        return Call.post("/users", json={"name": name}, returns=object)

    @workflow
    def find_or_create(self, name: str, *, wait: float = 0.0) -> Steps[object]:
        """The user of that name, made where there is none."""
        found = yield from step(Users.find(name))
        if found is None:
            yield from pause(wait)
            found = yield from step(Users.create(name))
        return found

    @workflow
    def pair(self, one: str, other: str) -> Steps[tuple[object, object]]:
        return (yield from together(Users.find_or_create(one), Users.find(other)))

    @workflow
    def mistaken(self) -> Steps[object]:
        return 5  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


class Shop(Api[M]):
    base_url = "https://shop.test"
    users: Users[M]


MISSING = Answer(Response(404))


def test_a_workflow_is_a_pure_generator_on_the_class() -> None:
    steps = Users.find_or_create("Ada")
    assert next(steps) == Users.find("Ada")
    with pytest.raises(StopIteration) as end:
        steps.send({"id": 1})
    assert end.value.value == {"id": 1}


def test_a_workflow_returns_its_result_on_a_sync_group() -> None:
    client = Client(Script(MISSING, json_answer({"id": 2})))
    assert Shop(client).users.find_or_create("Ada", wait=3.0) == {"id": 2}
    assert [(each.method, each.url.text) for each in client.requests] == [
        ("GET", "https://shop.test/users?name=Ada"),
        ("POST", "https://shop.test/users"),
    ]


def test_a_workflow_is_awaited_on_an_async_group() -> None:
    client = AsyncClient(Script(json_answer({"id": 1}), json_answer({"id": 2})))
    assert result(Shop(client).users.pair("Ada", "Bob")) == ({"id": 1}, {"id": 2})


def test_a_workflow_heeds_the_options_of_its_view() -> None:
    client = Client(Script(json_answer({"id": 1})))
    shop = Shop(client).with_options(Options(headers={"X-Trace": "t"}))
    shop.users.find_or_create("Ada")
    assert client.requests[0].headers.get("x-trace") == "t"


def test_its_face_looks_like_what_was_written() -> None:
    face = Shop(Client(Script())).users.find_or_create
    assert face.__name__ == "find_or_create"
    assert face.__doc__ == "The user of that name, made where there is none."
    assert list(inspect.signature(face).parameters) == ["name", "wait"]
    assert vars(Users)["find_or_create"].name == "Users.find_or_create"


def test_a_method_that_yields_no_steps_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Users\.mistaken is a workflow, .*, and is not of type int"):
        Shop(Client(Script())).users.mistaken()


def test_the_time_of_a_pause_passes() -> None:
    client = Client(Script(MISSING, json_answer({"id": 2})))
    before = client.runtime.now.monotonic
    Shop(client).users.find_or_create("Ada", wait=3.0)
    assert client.runtime.now.monotonic >= before + 3.0


def performed(effects: list[object]) -> Callable[[Call[Any]], Flow[Any]]:
    """A `perform` whose flow sleeps once, so that a test can answer for the call."""

    def perform(call: Call[Any]) -> Flow[Any]:
        effects.append(call)
        return (yield Sleep(0.0))

    return perform


def test_an_error_of_a_call_can_be_handled_by_the_steps() -> None:
    def steps() -> Steps[str]:
        try:
            yield from step(Users.find("Ada"))
        except NotFound:
            return "handled"
        raise AssertionError

    flow = conduct(steps(), performed([]), Now())
    next(flow)
    with pytest.raises(StopIteration) as end:
        flow.throw(NotFound(message="", status=404))
    assert end.value.value == "handled"


def test_an_error_that_the_steps_do_not_handle_ends_the_workflow() -> None:
    flow = conduct(step(Users.find("Ada")), performed([]), Now())
    next(flow)
    with pytest.raises(NotFound):
        flow.throw(NotFound(message="", status=404))


def test_a_workflow_that_is_closed_closes_its_steps() -> None:
    closed: list[bool] = []

    def steps() -> Steps[None]:
        try:
            yield from step(Users.find("Ada"))
        finally:
            closed.append(True)

    flow = conduct(steps(), performed([]), Now())
    next(flow)
    flow.close()
    assert closed == [True]


def test_together_gathers_the_flows_of_calls_and_of_steps() -> None:
    calls: list[object] = []
    parts = (Users.find("Ada"), step(Users.find("Bob")))

    def steps() -> Steps[object]:
        return (yield Together(parts))

    flow = conduct(steps(), performed(calls), Now())
    gather = next(flow)
    assert isinstance(gather, Gather)
    assert [next(each) for each in gather.flows] == [Sleep(0.0), Sleep(0.0)]
    assert calls == [Users.find("Ada"), Users.find("Bob")]
    with pytest.raises(StopIteration) as end:
        flow.send(["a", "b"])
    assert end.value.value == ["a", "b"]
