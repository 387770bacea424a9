"""Tokens: what T1 to T7 promise.

Rules of this file: tokens are the server's numbers. The current one is that which came last, in an
answer or out of a store, where its number may be lower than that of the one before. A call that has
waited for a connection since it got its token may still show the one before.
"""

from __future__ import annotations

from math import inf
from typing import ClassVar

from offwire.events import QuotaWaited, TokenReceived, TokenRequested
from offwire.layers.authenticating import RESENDS
from offwire.state.token_box import TokenPolicy
from offwire.testing.simulate.checks.check import Check
from offwire.testing.simulate.records import Answered, Ended, Looked, Paused, Sent
from offwire.testing.simulate.scenario import Scenario

_ROUNDING = 1e-6
_KNOWN_ENDS = frozenset({"NeverSent", "ConnectTimeout"})


class _OfTokens(Check):
    """Has a subject where callers sign in."""

    @classmethod
    def concerns(cls, scenario: Scenario) -> bool:
        """Whether tokens are fetched at all."""
        return scenario.sign_in is not None


class SingleFlight(_OfTokens):
    """T1: at most one request for a token is under way, and each token that comes is the next one."""

    rule: ClassVar[str] = "T1"

    def _begin(self) -> None:
        self._flying: dict[int, int] = {}
        self._generation = 0

    def sent(self, record: Sent) -> None:
        """One, and no other."""
        if record.marks.kind == "token":
            self._flying[record.call] = record.exchange
            if len(self._flying) > 1:
                self.fail(record.at, record.call, f"{len(self._flying)} requests for a token are under way")

    def answered(self, record: Answered) -> None:
        """It is over."""
        self._flying.pop(record.call, None)

    def ended(self, record: Ended) -> None:
        """It was given up with its call."""
        self._flying.pop(record.call, None)

    def token_received(self, event: TokenReceived) -> None:
        """Generations follow one another."""
        if event.generation != self._generation + 1:
            self.fail(event.at, event.call, f"generation {event.generation} follows {self._generation}")
        self._generation = event.generation


class _InLine(_OfTokens):
    """Knows which calls may have waited for a connection, with a token in hand."""

    def _begin(self) -> None:
        self._in_line: set[int] = set()

    def paused(self, record: Paused) -> None:
        """It waits, for whatever that is."""
        self._in_line.add(record.call)

    def quota_waited(self, event: QuotaWaited) -> None:
        """It was for the quota, and after that a call looks for a token again."""
        self._in_line.discard(event.call)

    def answered(self, record: Answered) -> None:
        """It has been sent."""
        self._in_line.discard(record.call)


class NewestToken(_InLine):
    """T2: no request shows a token that was replaced before its call got one to show."""

    rule: ClassVar[str] = "T2"

    def _begin(self) -> None:
        super()._begin()
        self._current = 0

    def answered(self, record: Answered) -> None:
        """A newer one is here."""
        super().answered(record)
        if record.issued > self._current:
            self._current = record.issued

    def sent(self, record: Sent) -> None:
        """It is shown from now on."""
        marks = record.marks
        if marks.token and marks.token < self._current and record.call not in self._in_line:
            self.fail(record.at, record.call, f"it shows token {marks.token}, and {self._current} has come")


class ResentOnce(_OfTokens):
    """T3: a token that a server has refused to a call is not shown by that call again."""

    rule: ClassVar[str] = "T3"

    def _begin(self) -> None:
        self._shown: dict[int, int] = {}
        self._refused: dict[int, set[int]] = {}

    def sent(self, record: Sent) -> None:
        """Another token than those that were refused, and not too often."""
        token = record.marks.token
        if not token:
            return
        self._shown[record.exchange] = token
        refused = self._refused.get(record.call)
        if refused is None:
            return
        if token in refused:
            self.fail(record.at, record.call, f"it shows token {token} again, which was refused")
        if len(refused) > RESENDS:
            self.fail(record.at, record.call, f"it is sent again after {len(refused)} refusals")

    def answered(self, record: Answered) -> None:
        """Who was refused with which one."""
        token = self._shown.pop(record.exchange, 0)
        if token and record.status == 401:
            self._refused.setdefault(record.call, set()).add(token)


class NoReplay(_OfTokens):
    """T4: a refresh token goes out again only where nobody knows what became of it, or of its answer;
    once more within one fetch, and never after its successor has come.
    """

    rule: ClassVar[str] = "T4"

    def _begin(self) -> None:
        self._shown: dict[int, int] = {}
        self._over: set[int] = set()
        self._sends = 0

    def token_requested(self, _event: TokenRequested) -> None:
        """A fetch of its own."""
        self._sends = 0

    def sent(self, record: Sent) -> None:
        """Not one whose successor is here, and not for the third time."""
        refresh = record.marks.refresh
        if not refresh:
            return
        self._shown[record.exchange] = refresh
        self._sends += 1
        if refresh in self._over:
            self.fail(
                record.at, record.call, f"refresh token {refresh} goes out again, and its successor is here"
            )
        if self._sends > 2:
            self.fail(
                record.at, record.call, f"refresh token {refresh} goes out for the {self._sends}th time"
            )

    def answered(self, record: Answered) -> None:
        """Whether the successor is here, and whether the request counts at all."""
        refresh = self._shown.pop(record.exchange, 0)
        if refresh and record.issued:
            self._over.add(refresh)
        elif refresh and record.error in _KNOWN_ENDS:
            self._sends -= 1


class NeverKnowinglyExpired(_InLine):
    """T5: a token that is over is not shown, unless its call had to wait for a connection since it got
    it, or the token itself took half of its life to come: then it is used for a while, to find out.
    """

    rule: ClassVar[str] = "T5"

    def _begin(self) -> None:
        super()._begin()
        self._asked: dict[int, float] = {}
        self._late: set[int] = set()

    def answered(self, record: Answered) -> None:
        """How old it was when it came."""
        super().answered(record)
        asked = self._asked.pop(record.exchange, record.at)
        if record.issued and record.at - asked > record.lifetime / 2:
            self._late.add(record.issued)

    def sent(self, record: Sent) -> None:
        """It is good for a while yet, by the server's clock."""
        if record.marks.kind == "token":
            self._asked[record.exchange] = record.at
        is_late = record.marks.token in self._late or record.call in self._in_line
        if record.marks.left < 0 and not is_late:
            self.fail(record.at, record.call, f"its token has been over for {-record.marks.left:.6f} s")


class Availability(_OfTokens):
    """T6: while the current token can be used, nobody waits for another one."""

    rule: ClassVar[str] = "T6"

    def looked(self, record: Looked) -> None:
        """No seats beside a usable token."""
        tokens = record.engine.tokens
        if tokens is not None and tokens.waiting and (tokens.usable_until or 0.0) > record.at:
            self.fail(record.at, 0, f"{tokens.waiting} calls wait beside a token that can be used")


class NoStampede(_InLine):
    """T7: a token is fetched when there is none, when it was refused, or when it is about to end.

    Which one came out of a store is seen when a call shows it that got it just before. Until then, and
    where calls are hedged, the refusal of any that is shown since it came is a reason. Numbers do not
    tell: who could not keep its own token goes back to what another process has kept before.
    """

    rule: ClassVar[str] = "T7"

    def _begin(self) -> None:
        super()._begin()
        self._soft = -inf  # from when on the next one may be fetched
        self._issued = 0  # by the fetch under way
        self._current = 0  # 0: it came out of a store, and has not been seen
        self._shown: dict[int, int] = {}  # since it came
        self._requested = 0.0

    def sent(self, record: Sent) -> None:
        """Which token a request shows."""
        token = record.marks.token
        if token:
            self._shown[record.exchange] = token
            if not self._current and record.call not in self._in_line and self.scenario.hedge is None:
                self._current = token

    def answered(self, record: Answered) -> None:
        """A refusal of the current token is a reason."""
        super().answered(record)
        token = self._shown.pop(record.exchange, 0)
        if record.issued:
            self._issued = record.issued
        elif record.status == 401 and token and self._current in (0, token):
            self._soft = -inf

    def token_requested(self, event: TokenRequested) -> None:
        """There has to be a reason."""
        if event.at < self._soft - _ROUNDING:
            self.fail(event.at, event.call, f"a token is fetched {self._soft - event.at:.6f} s early")
        self._requested = event.at
        self._issued = 0

    def token_received(self, event: TokenReceived) -> None:
        """The next one is due in its soft window, which never opens before half of its life."""
        self._current = self._issued
        self._shown.clear()
        self._soft = inf
        if event.lifetime is not None:
            soft = self._requested + event.lifetime - TokenPolicy().soft
            self._soft = max(soft, event.at + event.lifetime / 2)
            hard = self._requested + event.lifetime * 0.9
            self._soft = min(self._soft, max(hard, event.at + event.lifetime / 2))


TOKEN_CHECKS: tuple[type[Check], ...] = (
    SingleFlight, NewestToken, ResentOnce, NoReplay, NeverKnowinglyExpired, Availability, NoStampede,
)  # fmt: skip
"""All of this family."""
