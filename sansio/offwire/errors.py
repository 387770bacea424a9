"""All that goes wrong, as values.

    OffwireError
    ├── UsageError                  the program has to change
    │   ├── ClientClosed
    │   └── WrongEventLoop
    ├── StoreFailed                 a store could not be read, or not be written
    └── CallError                   one call failed; carries that call's facts
        ├── NetworkError            no answer
        │   ├── NeverSent           … and the request did not leave
        │   │   └── ConnectTimeout  (also a Timeout)
        │   ├── MaybeSent           … and the server may have seen it
        │   │   └── ResponseTimeout (also a Timeout)
        │   └── Timeout
        ├── DeadlineExceeded        the call's time was up, or the next wait would have passed it
        ├── CircuitOpen             not tried: the origin has been failing
        ├── RedirectRefused         the server points somewhere that is not followed
        ├── PagingLoop              a paged list points back to a page that it has given
        ├── SignInFailed            no token could be had
        │   └── StrayRedirect       … or this is not the redirect that is waited for
        ├── DecodeError             answered, but not with what was declared
        ├── GraphQLError            answered, and the answer tells of errors
        └── StatusError             answered with a status that the operation does not declare
            ├── AuthenticationError 401
            ├── PermissionDenied    403
            ├── NotFound            404, 410
            ├── Conflict            409, 412
            ├── ValidationFailed    400, 413, 415, 422
            ├── RateLimited         429
            └── ServerError         5xx

Rules of this file: an error is facts, and whether to retry is a policy's decision. All are
picklable and none holds a live object. What they show is redacted; what a server said is shown
with every credential of the call masked. No name here shadows a builtin.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar, Self, dataclass_transform

from attrs import field, frozen

from offwire.json_value import Json
from offwire.message.response import Response


class OffwireError(Exception):
    """The base of all errors of this library."""

    hint: ClassVar[str] = ""
    """What to do next, in one sentence."""


class UsageError(OffwireError):
    """The program uses a client in a way that cannot work."""


class ClientClosed(UsageError):
    """A call on a client whose `with` block has ended."""

    hint = "Make the call inside of the client's with block, or open another client."


class WrongEventLoop(UsageError):
    """A call from another event loop than the client's own, whose connections live there."""

    hint = "Open one client in each event loop."


class StoreFailed(OffwireError):
    """A store could not be read, or not be written. The message says which, why, and what to do."""


@dataclass_transform(kw_only_default=True, eq_default=False)
class _Facts(OffwireError):
    """An error whose facts are declared as annotations with defaults, as a dataclass's are.

    They are given by name. No `__init__` is generated for each kind: there are many, each is
    seldom needed, and every start of a program would pay for their making.
    """

    _names: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        cls._names = cls._names.union(name for name in inspect.get_annotations(cls) if name[0] != "_")

    def __init__(self, **facts: Any) -> None:
        unknown = facts.keys() - self._names
        if unknown or "message" not in facts:
            name = min(unknown, default="message")
            verb = "has no" if unknown else "needs a"
            raise TypeError(f"{type(self).__name__} {verb} {name!r}; its facts are {sorted(self._names)}")
        super().__init__(facts["message"])
        self.__dict__.update(facts)

    def facts(self) -> dict[str, Any]:
        """All that this error says, by name."""
        return {name: getattr(self, name) for name in sorted(self._names)}

    def with_facts(self, **facts: Any) -> Self:
        """The same error with some facts filled in."""
        return type(self)(**{**self.facts(), **facts})

    def __reduce__(self) -> tuple[Any, ...]:
        given = {name: value for name, value in self.__dict__.items() if name in self._names}
        beside = {name: value for name, value in self.__dict__.items() if name not in self._names}
        return (_rebuilt, (type(self), given), beside or None)  # notes are beside the facts


def _rebuilt(kind: type[_Facts], facts: dict[str, Any]) -> _Facts:
    return kind(**facts)


class CallError(_Facts):
    """One call failed. The attributes say which, how far it got, and what it cost."""

    message: str
    """What happened, in a few words."""
    operation: str = ""
    """The operation's name, such as `Users.get`."""
    method: str = ""
    url: str = ""
    """The URL with every query parameter masked that is not known to be harmless."""
    attempts: int = 0
    """How many requests were sent or tried for this call, sign-in apart."""
    waited: float = 0.0
    """Seconds spent waiting between attempts."""
    elapsed: float = 0.0
    """Seconds from the call's start to this error."""
    retry_safe: bool | None = None
    """Whether sending again can do no harm; None where nobody knows."""
    retry_after: float | None = None
    """Seconds to stay away, as the server or a machine of ours asks; None where none does."""

    def __str__(self) -> str:
        where = f"{self.method} {self.url}".strip()
        text = f"{where}: {self.message}" if where else self.message
        if self.attempts > 1:
            text += f" (after {self.attempts} attempts, {self.waited:.1f} s of waiting)"
        if self.retry_after is not None:
            text += f"; come back in {self.retry_after:.1f} s"
        return f"{text}. {self.hint}" if self.hint else text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class NetworkError(CallError):
    """No answer came."""


class NeverSent(NetworkError):
    """The request did not leave this machine: name look-up, connect, TLS or a proxy failed."""

    hint = "Check the base URL, the network and the certificates; a retry can do no harm."
    retry_safe: bool | None = True


class MaybeSent(NetworkError):
    """The exchange broke after the request may have reached the server."""

    hint = "Find out whether the server did it before you send it again, or declare the operation repeatable."


class Timeout(NetworkError):
    """A phase of one attempt took longer than its limit."""


class ConnectTimeout(NeverSent, Timeout):
    """No connection within the limit."""

    hint = "Check that the host is up, or raise Timeouts.connect."


class ResponseTimeout(MaybeSent, Timeout):
    """The server took the request, or part of it, and then fell silent."""

    hint = "Raise Timeouts.read if the server needs longer; it may have done the work."


class DeadlineExceeded(CallError):
    """The call's total time is up, or its next wait would have passed it."""

    hint = "Give the call more time, or come back when the wait is over."
    cause: CallError | None = None
    """What the last attempt ended with, where there was one."""


class CircuitOpen(CallError):
    """Not tried: calls to this origin have been failing, and it is given time to recover."""

    hint = "Come back later; nothing was sent."
    retry_safe: bool | None = True
    origin: str = ""


class RedirectRefused(CallError):
    """The server redirects in a circle, too often, or to where the request may not go."""

    hint = "Correct the base URL, or change the RedirectPolicy."
    status: int = 0
    location: str = ""
    """Where to, redacted like every URL."""


class PagingLoop(CallError):
    """A paged list points back to a page that it has given already."""

    hint = "Report it to the server's people; what was emitted until here is good."


class SignInFailed(CallError):
    """No token could be had. All calls that waited for the same token share one such failure."""

    hint = "Check the credentials; if the token server is down, come back later."
    status: int | None = None
    code: str | None = None
    """The token server's error code, such as `invalid_client` (RFC 6749 section 5.2)."""
    is_final: bool = False
    """Whether the server refused the credentials themselves, so that waiting will not help."""


class StrayRedirect(SignInFailed):
    """A redirect that does not answer the sign-in under way: somebody else's, an old one, or a forged one."""

    hint = "Go on waiting for the right one, or begin the sign-in again."


class DecodeError(CallError):
    """The answer came, but is not what the operation declares."""

    hint = "Correct the declared type, or decode leniently; the server may also have changed."
    path: str = "$"
    """Where in the document, such as `$.items[3].price`."""
    status: int | None = None
    response: Response | None = None


@frozen(kw_only=True)
class GraphQLProblem:
    """One entry of `errors` in a GraphQL answer (GraphQL specification, section 7.1.2)."""

    message: str = ""
    """The server's words, on one line; empty where it has none."""
    path: tuple[str | int, ...] | None = None
    """Where below `data` it happened; None where the server does not say, or the whole request is meant."""
    code: str | None = None
    """The server's own code, from `extensions.code`, such as `NOT_FOUND`."""
    locations: tuple[tuple[int, int], ...] = ()
    """Lines and columns of the document that was sent, counted from 1."""
    extensions: Json = field(default=None, repr=False)
    """What else the server tells, as it came."""


class GraphQLError(CallError):
    """A GraphQL answer that tells of errors; what came of the data none the less is in `data`."""

    hint = "Correct what the messages name; the part of the data that did come is in `data`."
    problems: tuple[GraphQLProblem, ...] = ()
    """The errors, in the server's order."""
    data: Json = None
    """The data beside them, as it came, or None."""
    status: int | None = None
    request_id: str | None = None
    """The id by which the server's people can find the request."""
    response: Response | None = None
    """The answer, less its cookies."""

    @property
    def codes(self) -> frozenset[str]:
        """The codes of all problems: `"NOT_FOUND" in error.codes`."""
        return frozenset(each.code for each in self.problems if each.code is not None)


class StatusError(CallError):
    """Answered with a status that is none of the operation's success codes."""

    status: int = 0
    code: str | None = None
    """The server's own error code, where its answer has one."""
    detail: str | None = None
    """The server's own words, with the call's credentials masked."""
    request_id: str | None = None
    """The id by which the server's people can find the request."""
    response: Response | None = None
    """The answer, less its cookies."""

    def __str__(self) -> str:
        text = super().__str__()
        said = " ".join(f"[{each}]" for each in (self.code, self.detail, self.request_id) if each)
        return f"{text} {said}".strip() if said else text


class AuthenticationError(StatusError):
    """401: the server does not accept the credentials."""

    hint = "Check the credentials, and that they are meant for this API."


class PermissionDenied(StatusError):
    """403: the credentials are good, but not for this."""

    hint = "Ask for the missing scope or role."


class NotFound(StatusError):
    """404 or 410: there is no such thing, or not any more."""

    hint = "Check the identifiers and the base URL."


class Conflict(StatusError):
    """409 or 412: the state of the thing does not allow it."""

    hint = "Fetch the current state, and try with that."


class ValidationFailed(StatusError):
    """400, 413, 415 or 422: the server cannot take what it was sent."""

    hint = "Correct the fields that the server names."


class RateLimited(StatusError):
    """429: too many requests; `retry_after` is the server's wait where it names one."""

    hint = "Declare the server's limit as a quota, so that calls wait instead of failing."


class ServerError(StatusError):
    """5xx: the server failed."""

    hint = "Come back later; if it stays, tell the server's people the request id."
