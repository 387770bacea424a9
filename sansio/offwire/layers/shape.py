"""The shape that all layers and middleware have, and how they are put around each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeAlias

from offwire.context import Context
from offwire.flow import Flow
from offwire.message.request import Request
from offwire.message.response import Response

Forward: TypeAlias = Callable[[Request, Context], Flow[Response]]
"""The rest of the way: send a request through all that lies further in."""

Middleware: TypeAlias = Callable[[Forward, Request, Context], Flow[Response]]
"""A generator function around the rest of the way."""

GoingOn: TypeAlias = Callable[[Forward, Request, Response, Context], Flow[Response]]
"""Goes on from the answer that a request has got, and sends what else is to be sent by `forward`."""

Waited: TypeAlias = Callable[[Request, Context], Flow[Request]]
"""Makes a request anew that has waited in line, where what it holds may be over by now."""


def nested(layers: Iterable[Middleware], innermost: Forward) -> Forward:
    """`layers`, the first one outermost, around `innermost`."""
    forward = innermost
    for layer in reversed(tuple(layers)):
        forward = partial(layer, forward)
    return forward


def transform_request(change: Callable[[Request], Request]) -> Middleware:
    """A middleware that changes each request by a pure function."""

    def layer(forward: Forward, request: Request, context: Context) -> Flow[Response]:
        return (yield from forward(change(request), context))

    return layer


def transform_response(change: Callable[[Response], Response]) -> Middleware:
    """A middleware that changes each response by a pure function."""

    def layer(forward: Forward, request: Request, context: Context) -> Flow[Response]:
        return change((yield from forward(request, context)))

    return layer
