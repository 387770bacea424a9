"""What a GraphQL answer says: its data, and the errors beside them (specification, section 7).

Rules of this file: whatever a server makes of `errors`, it becomes problems that can be shown: on
one line, and short. An answer at 401, 403, 429 or 5xx is that status's error, which says more than
that there were errors; at all other statuses one that tells of errors is a `GraphQLError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import field, frozen

from offwire.errors import CallError, DecodeError, GraphQLError, GraphQLProblem
from offwire.formats.json import loads
from offwire.formats.mismatch import kind_of
from offwire.formats.path import path_text
from offwire.formats.problem import one_line, read_problem
from offwire.formats.server_wait import server_wait
from offwire.json_value import Json
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.operations.status import status_error
from offwire.time import Now

_SAY_MORE: Final = frozenset({401, 403, 429})
_MOST_PROBLEMS: Final = 100
_MOST_SHOWN: Final = 3
_LONGEST_CODE: Final = 80
_NO_CLOCK: Final = Now()


@frozen(kw_only=True)
class Answer:
    """A GraphQL answer of a server, or one call's share of it."""

    data: Json
    """An object, or None where there is none."""
    problems: tuple[GraphQLProblem, ...] = ()
    response: Response = field(repr=False)

    def error(self, message: str = "") -> GraphQLError:
        """What is wrong with this answer, as an error; `message` where the problems do not say."""
        response = self.response
        said = read_problem(response)
        return GraphQLError(
            message=message or _summary(self.problems),
            problems=self.problems,
            data=self.data,
            status=response.status,
            request_id=said.request_id if said else None,
            retry_after=server_wait(response, _NO_CLOCK),
            response=response,
        )


def read_answer(response: Response, request: Request) -> Answer:
    """What `response` says, whatever its problems.

    Raises:
        StatusError: the status is no 2xx, and says more than the body does.
        GraphQLError: the status is no 2xx, and the body tells of errors.
        DecodeError: the status is 2xx, and the body is no answer of a GraphQL server.
    """
    if not response.is_success:
        raise _failure(response, request)
    try:
        return _answer(response)
    except DecodeError as error:
        raise error.with_facts(status=response.status, response=response) from None


def problems_in(errors: Json) -> tuple[GraphQLProblem, ...]:
    """The problems that the `errors` of an answer stand for, `_MOST_PROBLEMS` at the most.

    Entries that are not what the specification says are taken as far as they can be.
    """
    if errors is None:
        return ()
    entries = errors if isinstance(errors, list) else [errors]
    return tuple(map(_problem, entries[:_MOST_PROBLEMS]))


def _failure(response: Response, request: Request) -> CallError:
    try:
        answer = _answer(response)
    except DecodeError:
        return status_error(response, request)
    if answer.problems and response.status < 500 and response.status not in _SAY_MORE:
        return answer.error()
    error = status_error(response, request)
    codes = [each.code for each in answer.problems if each.code]
    return error.with_facts(code=codes[0]) if codes and error.code is None else error


def _answer(response: Response) -> Answer:
    try:
        said = loads(response.content)
    except DecodeError as error:
        kind = response.media_type or "no Content-Type"
        raise error.with_facts(message=f"{error.message} ({kind})") from None
    if not isinstance(said, dict):
        raise DecodeError(message=f"$ should be an object, not {kind_of(said)}")
    problems = problems_in(said.get("errors"))
    data = said.get("data")
    if data is None and not problems:
        state = "null" if "data" in said else "missing"
        raise DecodeError(message=f"$.data is {state}, and the answer tells of no errors", path="$.data")
    if data is not None and not isinstance(data, dict):
        raise DecodeError(message=f"$.data should be an object, not {kind_of(data)}", path="$.data")
    return Answer(data=data, problems=problems, response=response)


def _problem(entry: Json) -> GraphQLProblem:
    if not isinstance(entry, dict):
        return GraphQLProblem(message=one_line(entry) if isinstance(entry, str) else "")
    extensions, message = entry.get("extensions"), entry.get("message")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return GraphQLProblem(
        message=one_line(message) if isinstance(message, str) else "",
        path=_path(entry.get("path")),
        code=one_line(str(code), _LONGEST_CODE) if isinstance(code, str | int) else None,
        locations=_locations(entry.get("locations")),
        extensions=extensions,
    )


def _path(found: Json) -> tuple[str | int, ...] | None:
    if not isinstance(found, list):
        return None
    steps = tuple(each for each in found if isinstance(each, str | int))
    return steps if len(steps) == len(found) else None


def _locations(found: Json) -> tuple[tuple[int, int], ...]:
    places: list[tuple[int, int]] = []
    for each in found if isinstance(found, list) else ():
        if isinstance(each, dict):
            line, column = each.get("line"), each.get("column")
            if isinstance(line, int) and isinstance(column, int):
                places.append((line, column))
    return tuple(places)


def _summary(problems: Sequence[GraphQLProblem]) -> str:
    shown = "; ".join(map(_shown, problems[:_MOST_SHOWN]))
    others = len(problems) - _MOST_SHOWN
    more = f"; and {others} more" if others > 0 else ""
    count = "an error" if len(problems) == 1 else f"{len(problems)} errors"
    return f"the server tells of {count}: {shown}{more}"


def _shown(problem: GraphQLProblem) -> str:
    where = f" at {path_text(('data', *problem.path))}" if problem.path else ""
    code = f" [{problem.code}]" if problem.code else ""
    # The words go on behind it: what ends in a full stop would end twice.
    return f"{problem.message.removesuffix('.') or 'no message'}{where}{code}"
