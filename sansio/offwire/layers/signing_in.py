"""The exchange of a sign-in: how the steps of fetching a token are sent.

They go through retries, cookies and connections like any call, but past the token and the quota,
and carry no credential that the steps do not put in themselves. A sign-in has a time limit of its
own; where it uses something up it is shielded, and heeds that limit only, once it has begun.

Rules of this file: that the call's own time is up says nothing of the token server, and is a
`DeadlineExceeded`; that the sign-in's is, is a `SignInFailed`, which all who wait share.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Final, TypeVar

from offwire.completion import completed
from offwire.context import Context
from offwire.errors import CallError, DeadlineExceeded, SignInFailed
from offwire.flow import Flow
from offwire.layers.shape import Forward
from offwire.message.request import Request
from offwire.time import Now

if TYPE_CHECKING:
    from offwire.events import Event
    from offwire.operations.call import Call

T = TypeVar("T")

SIGN_IN_SECONDS: Final = 30.0
"""How long one fetching of a token may take, retries included."""
EARLY_SIGN_IN_SECONDS: Final = 5.0
"""The same while the old token can still be used: the call that fetches should not wait longer.

A sign-in that uses something up has its whole time even then, since an answer that is not waited
for may be the one with the only refresh token that is good.
"""
EARLY_SHARE: Final = 0.5
"""What an early sign-in takes at most of the time that is left to the call, which can do without."""


class SignInExchange:
    """The `Exchange` of one fetching of a token, on behalf of the call in `outer`."""

    __slots__ = ("_addressed", "_deadline", "_forward", "_has_begun", "_is_calls_time", "_outer", "_shielded")

    def __init__(
        self,
        forward: Forward,
        addressed: Callable[[Request], Request],
        outer: Context,
        *,
        early: bool,
        shielded: bool,
    ) -> None:
        self._forward = forward
        self._addressed = addressed
        self._outer = outer
        self._shielded = shielded
        self._has_begun = False
        now, end = outer.now.monotonic, outer.deadline
        self._is_calls_time = False
        if shielded or end is None:
            self._deadline = now + (EARLY_SIGN_IN_SECONDS if early and not shielded else SIGN_IN_SECONDS)
        elif early:
            self._deadline = min(now + EARLY_SIGN_IN_SECONDS, now + (end - now) * EARLY_SHARE)
            self._is_calls_time = self._deadline < now + EARLY_SIGN_IN_SECONDS
        else:
            self._deadline = min(now + SIGN_IN_SECONDS, end)
            self._is_calls_time = self._deadline == end

    @property
    def now(self) -> Now:
        """The instant."""
        return self._outer.now

    def check_wait(self, until: float, /) -> None:
        """Go on only if there is time for a wait until then: the call's, as long as nothing is used up."""
        end, is_calls_time = self._deadline, self._is_calls_time
        if self._shielded and not self._has_begun:
            end = inf if self._outer.deadline is None else self._outer.deadline
            is_calls_time = True
        if until >= end and is_calls_time:
            raise DeadlineExceeded(message="the time is over before another program has renewed the token")
        if until >= end:
            raise SignInFailed(message="the sign-in took too long: another program renews the token")

    def token_not_kept(self, error: str, /) -> None:
        """Tell observers; where there is none, warn, since the next program will have to sign in again."""
        from offwire.events import TokenNotKept  # noqa: PLC0415 - as in Engine, only who tells pays

        outer = self._outer
        event = TokenNotKept(at=outer.now.monotonic, call=outer.number, error=error)
        if outer.observers:
            outer.tell(event)
        else:
            outer.runtime.tell(partial(_warn, error), event)

    def __call__(self, call: Call[T], /) -> Flow[T]:
        """The flow of one step."""
        outer = self._outer
        context = Context(
            outer.runtime,
            outer.operation,
            call.safety,
            outer.timeouts,
            self._deadline,
            shielded=self._shielded,
        )
        if self._shielded and not self._has_begun:
            # Nothing is used up before the first request is sent: to wait for that is the call's own time.
            context.begin_by = outer.deadline
        request = self._addressed(call.request)
        try:
            try:
                response = yield from self._forward(request, context)
            finally:
                self._has_begun = self._has_begun or context.attempts > 0
            return call.parse(response)
        except CallError as error:
            failure = completed(error, request, context)
            is_calls_time = self._is_calls_time or (context.begin_by is not None and not context.attempts)
            if isinstance(failure, DeadlineExceeded) and not is_calls_time:
                failure = SignInFailed(message="the sign-in took too long", retry_after=failure.retry_after)
        raise failure  # outside of the except, as in `Engine.perform`


def _warn(error: str, _event: Event) -> None:
    warnings.warn(f"a token could not be kept: {error}", RuntimeWarning, stacklevel=2)
