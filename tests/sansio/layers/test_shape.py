"""Layers lie around each other in order, and small middleware is made of pure functions."""

from __future__ import annotations

from offwire.context import Context
from offwire.flow import Flow, Sleep
from offwire.layers.shape import Forward, Middleware, nested, transform_request, transform_response
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing import Answer, Script, World
from tests.sansio.kit import GET, OK, context_in, sending, through


def noting(diary: list[str], name: str) -> Middleware:
    def layer(forward: Forward, request: Request, context: Context) -> Flow[Response]:
        diary.append(f"{name} in")
        response = yield from forward(request, context)
        diary.append(f"{name} out")
        return response

    return layer


def test_the_first_layer_is_the_outermost() -> None:
    diary: list[str] = []
    forward = nested((noting(diary, each) for each in "abc"), sending)
    with World(Script(Answer(OK))) as world:
        assert world.run(forward(GET, context_in(world.runtime))) == OK
    assert diary == ["a in", "b in", "c in", "c out", "b out", "a out"]


def test_without_layers_the_innermost_is_all() -> None:
    assert nested([], sending) is sending


def test_a_request_is_changed_on_its_way_out() -> None:
    layer = transform_request(lambda request: request.with_headers({"X-Trace": "1"}))
    with World(Script(Answer(OK))) as world:
        world.run(through(layer, world))
    assert world.requests == (GET.with_headers({"X-Trace": "1"}),)


def test_a_response_is_changed_on_its_way_back() -> None:
    layer = transform_response(lambda response: Response(response.status + 4))
    with World(Script(Answer(OK))) as world:
        assert world.run(through(layer, world)).status == 204


def test_a_layer_may_send_several_times_wait_and_answer_by_itself() -> None:
    def twice(forward: Forward, request: Request, context: Context) -> Flow[Response]:
        yield from forward(request, context)
        yield Sleep(context.now.monotonic + 5.0)
        return (yield from forward(request, context))

    def never(forward: Forward, request: Request, context: Context) -> Flow[Response]:
        yield Sleep(context.now.monotonic)
        return Response(304)

    with World(Script(Answer(OK), Answer(Response(201)))) as world:
        assert world.run(through(twice, world)).status == 201
        assert world.now == 5.0
        assert world.run(through(never, world)).status == 304
    assert len(world.requests) == 2
