"""The vocabulary of a fake server: a function from a request to a reply.

Rules of this file: a reply is a frozen value out of a closed set, and says all that the wire does
with a request once it has arrived. Who performs replies (`World` in virtual time, `offwire_serve`
on a socket) matches on them with `assert_never`. A server may keep state of its own; it is asked
about one request at a time, and changes nothing that it is handed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from attrs import field, frozen

from offwire.bounds import at_least
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.time import Now


@frozen
class Answer:
    """The whole response is there `after` seconds."""

    response: Response
    after: float = field(default=0.0, validator=at_least(0))


@frozen
class Refuse:
    """Nobody takes the connection: the client sees `NeverSent`."""

    after: float = field(default=0.0, validator=at_least(0))


@frozen
class Drop:
    """The connection breaks before the first byte of an answer: the client sees `MaybeSent`."""

    after: float = field(default=0.0, validator=at_least(0))


@frozen
class Truncate:
    """The answer breaks off half way: the client sees `MaybeSent`."""

    response: Response
    after: float = field(default=0.0, validator=at_least(0))


@frozen
class Stall:
    """No answer, ever: the client's read timeout or deadline ends it, and where it has none nothing does."""


Reply: TypeAlias = Answer | Refuse | Drop | Truncate | Stall
"""All that can become of a request that arrives. The set is closed."""

Server: TypeAlias = Callable[[Request, Now], Reply]
"""A fake server. The time that it is handed is its own clock's, at the request's arrival."""

Matcher: TypeAlias = Callable[[Request], bool]
"""Says whether a scripted reply is meant for a request."""


def json_answer(value: object, status: int = 200, *, after: float = 0.0) -> Answer:
    """An `Answer` with `value` as its JSON body."""
    return Answer(Response(status, json=value), after)


class ScriptEnded(AssertionError):
    """A request came for which a `Script` has no reply left."""


class Script:
    """A server that gives out a list of replies.

    Each request takes the first reply left that is meant for it: a bare one is meant for any, one
    of a pair `(matcher, reply)` for those that the matcher accepts. So replies to calls that run
    side by side need no order.

        Script(json_answer({"id": 7}), (lambda request: request.method == "POST", Refuse()))
    """

    def __init__(self, *replies: Reply | tuple[Matcher, Reply]) -> None:
        self._replies = list(replies)
        self._requests: list[Request] = []

    def __call__(self, request: Request, now: Now) -> Reply:
        """The reply for `request`.

        Raises:
            ScriptEnded: none is left for it; the message names the request.
        """
        self._requests.append(request)
        for index, each in enumerate(self._replies):
            matches, reply = each if isinstance(each, tuple) else (None, each)
            if matches is None or matches(request):
                del self._replies[index]
                return reply
        left = len(self._replies)
        why = f"none of the {left} replies left is meant for it" if left else "all replies have been given"
        which = f"request {len(self._requests)}, {request.method} {request.url}"
        raise ScriptEnded(f"no reply for {which}: {why}")

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests that arrived, in order, the one without a reply included."""
        return tuple(self._requests)

    @property
    def remaining(self) -> int:
        """How many replies have not been given."""
        return len(self._replies)
