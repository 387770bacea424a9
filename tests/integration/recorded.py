"""A client whose quota and tokens are watched: what each step of a thread asked of them, and was told.

Rules of this file: a step is one transaction. It is stamped before its thread asks for the client's lock
and after it has given that back, so that steps overlap as threads do. What counts the stamps is the one
thing that threads share, and it is no lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from math import inf
from threading import local
from typing import Any

import httpx
import pytest
from attrs import frozen

import offwire_sync
from offwire import Api, Call, ClientCredentials, Group, Limit, M, Policies, Sync, operation
from offwire.state import token_box
from offwire.state.quota import Quota
from offwire.state.token_box import TokenBox
from tests.linearizability import Operation


@frozen
class Seen:
    """One input of a machine, and its answer."""

    verb: str
    arguments: tuple[Any, ...]
    answer: Any


Transaction = tuple[Seen, ...]


class _Step(local):
    """What the thread's current step has done."""

    invoked = 0
    entered = 0
    inner = False

    def __init__(self) -> None:
        self.seen: dict[str, list[Seen]] = {}


class Recorder(AbstractContextManager[None]):
    """Stands in for the client's lock, and for the machines that it guards."""

    def __init__(self, lock: AbstractContextManager[Any]) -> None:
        self._lock = lock
        self._stamp = count()
        self._step = _Step()
        self._steps: dict[str, list[tuple[int, int, int, Transaction]]] = {"quota": [], "tokens": []}

    def __enter__(self) -> None:
        step = self._step
        step.seen = {}
        step.invoked = next(self._stamp)
        self._lock.__enter__()
        step.entered = next(self._stamp)

    def __exit__(self, *how: object) -> None:
        self._lock.__exit__(None, None, None)
        step = self._step
        returned = next(self._stamp)
        for machine, seen in step.seen.items():
            self._steps[machine].append((step.invoked, returned, step.entered, tuple(seen)))

    def history(self, machine: str) -> list[Operation[Transaction]]:
        """The steps that had to do with this machine: `quota` or `tokens`."""
        return [
            Operation(invoked, returned, seen, float(entered))
            for invoked, returned, entered, seen in self._steps[machine]
        ]

    def watched(self, machine: str, kind: type, verbs: Sequence[str]) -> type:
        """The class `kind`, whose instances have these of their methods recorded."""
        return type(kind.__name__, (kind,), {verb: self._watching(machine, kind, verb) for verb in verbs})

    def _watching(self, machine: str, kind: type, verb: str) -> Callable[..., Any]:
        original = getattr(kind, verb)

        def method(this: Any, *arguments: Any, **named: Any) -> Any:
            step = self._step
            if step.inner:
                return original(this, *arguments, **named)
            step.inner = True
            try:
                answer = original(this, *arguments, **named)
            finally:
                step.inner = False
            step.seen.setdefault(machine, []).append(Seen(verb, arguments, answer))
            return answer

        return method

    def glanced(self) -> property:
        """`TokenBox.handed_out_until`, whose every reading is recorded as what it tells: the token at hand.

        Only for tokens that do not end.
        """
        slot: Any = vars(TokenBox)["handed_out_until"]

        def read(this: TokenBox) -> float:
            until: float = slot.__get__(this)
            step = self._step
            if not step.inner:
                answer = this.token if until > -inf else None
                step.seen.setdefault("tokens", []).append(Seen("at_hand", (), answer))
            return until

        return property(read, slot.__set__)


QUOTA_VERBS = ("try_acquire", "acquire", "poll", "leave", "settle", "refund", "block", "report")
TOKEN_VERBS = ("at_hand", "ask", "poll", "leave", "fulfil", "fail", "abandon", "rejected")


class Things(Group[M]):
    @operation
    def get(self, id: int) -> Call[int]:
        return Call.get("/things/{id}", path={"id": id}, returns=int)


class Service(Api[M]):
    base_url = "https://api.example.com"
    things: Things[M]


class AtOnce(httpx.BaseTransport):
    """A server within the process: each of its tokens is good for so many requests."""

    def __init__(self, uses: int, *, meanwhile: Callable[[], object] = lambda: None) -> None:
        self._uses = uses
        self._served = count()
        self.meanwhile = meanwhile
        self.tokens = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        number = next(self._served)
        newest = 1 + number // self._uses
        if request.method == "POST":
            self.tokens += 1
            return httpx.Response(200, json={"access_token": f"token-{newest}", "expires_in": 10**9})
        token = int(request.headers["authorization"].rpartition("-")[2])
        if token < newest:
            return httpx.Response(401)
        self.meanwhile()
        return httpx.Response(200, content=b"7", headers={"content-type": "application/json"})


@contextmanager
def watched_service(
    recorder: Recorder, transport: AtOnce, limits: Sequence[Limit]
) -> Iterator[Service[Sync]]:
    """An API over one client, both watched by `recorder`."""
    with offwire_sync.Client(transport=transport, seed=7) as client:
        client._lock = recorder  # type: ignore[assignment] # pyright: ignore[reportAttributeAccessIssue]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("offwire.engine.Quota", recorder.watched("quota", Quota, QUOTA_VERBS))
            watched = recorder.watched("tokens", TokenBox, TOKEN_VERBS)
            watched.handed_out_until = recorder.glanced()  # type: ignore[attr-defined]
            patch.setattr(token_box, "TokenBox", watched)
            auth = ClientCredentials(
                token_url="https://api.example.com/token", client_id="x", client_secret="not-a-real-secret"
            )
            service = Service(client, auth=auth, policies=Policies(quota=limits))
            assert service.snapshot().quota.waiting == 0
        yield service
