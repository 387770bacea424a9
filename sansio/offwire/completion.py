"""What an error says by the time it leaves the engine: all of the call's facts, none of its secrets.

Rules of this file: an error that left no longer knows a credential, whatever the server echoed. A
network error past the deadline is a passed deadline. Errors are made anew, never changed. That
sending again can do no harm is said of what may be repeated, and of what was never sent.
"""

from __future__ import annotations

from typing import cast

from attrs import evolve

from offwire.context import Context
from offwire.errors import (
    CallError,
    DeadlineExceeded,
    DecodeError,
    GraphQLError,
    GraphQLProblem,
    NetworkError,
    StatusError,
)
from offwire.formats.server_wait import server_wait
from offwire.json_value import Json
from offwire.message.headers import Headers
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.secret import MASK, Secret, scrub

_SAID = ("message", "code", "detail", "request_id", "path")


def completed(error: CallError, request: Request, context: Context) -> CallError:
    """`error` with the facts of its call, and without the call's credentials."""
    deadline = context.deadline
    if isinstance(error, NetworkError) and deadline is not None and context.now.monotonic >= deadline:
        error = DeadlineExceeded(message="the deadline passed during an attempt", cause=error)
    if isinstance(error, DeadlineExceeded) and error.cause is not None:
        error = error.with_facts(cause=_told(error.cause, request, context))
    return _told(error, request, context)


def _told(error: CallError, request: Request, context: Context) -> CallError:
    if isinstance(error, StatusError | DecodeError | GraphQLError):
        error = _unechoed(error, context)
    retry_safe = error.retry_safe
    if retry_safe is None and (context.safety.repeatable or not context.attempts):
        retry_safe = True
    return error.with_facts(
        retry_safe=retry_safe,
        operation=context.operation,
        method=request.method,
        url=str(request.url),
        attempts=context.attempts,
        waited=context.waited,
        elapsed=context.elapsed,
    )


def _unechoed(error: StatusError | DecodeError | GraphQLError, context: Context) -> CallError:
    """The error with credentials masked in the server's words, and with the server's wait."""
    facts: dict[str, object] = {}
    for name in _SAID:
        said = cast("str | None", getattr(error, name, None))
        if said is not None:
            facts[name] = scrub(said, context.secrets)
    if isinstance(error, GraphQLError) and context.secrets:
        facts["problems"] = tuple(_unechoed_problem(each, context.secrets) for each in error.problems)
        facts["data"] = _scrubbed(error.data, context.secrets)
    if error.response is not None:
        facts["response"] = _harmless(error.response, context.secrets)
        if error.retry_after is None:
            facts["retry_after"] = server_wait(error.response, context.now)
    return error.with_facts(**facts)


def _unechoed_problem(problem: GraphQLProblem, secrets: tuple[Secret, ...]) -> GraphQLProblem:
    path = problem.path
    return evolve(
        problem,
        message=scrub(problem.message, secrets),
        path=path and tuple(scrub(each, secrets) if isinstance(each, str) else each for each in path),
        code=problem.code and scrub(problem.code, secrets),
        extensions=_scrubbed(problem.extensions, secrets),
    )


def _scrubbed(value: Json, secrets: tuple[Secret, ...]) -> Json:
    """Plain data with credentials masked, anywhere in it; None where it nests too deeply to look."""

    def masked(value: Json) -> Json:
        match value:
            case str():
                return scrub(value, secrets)
            case list():
                return [masked(each) for each in value]
            case dict():
                return {scrub(name, secrets): masked(each) for name, each in value.items()}
            case _:
                return value

    try:
        return masked(value)
    except RecursionError:
        return None


def _harmless(response: Response, secrets: tuple[Secret, ...]) -> Response:
    """The response less its cookies, with every echo of a credential masked."""
    content = response.content
    # The longest first: where one is a part of another, the rest of it must not stay behind.
    for text in sorted([each.reveal() for each in secrets], key=len, reverse=True):
        content = content.replace(text.encode(), MASK.encode())
    pairs = response.headers.without("set-cookie").pairs()
    return Response(
        response.status,
        headers=Headers.of_checked(tuple((name, scrub(value, secrets)) for name, value in pairs)),
        content=content,
        elapsed=response.elapsed,
    )
