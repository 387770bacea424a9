"""`InProcessStore`: what the clients and APIs of one process share.

Rules of this file: it forgets all with the process. Any thread may ask. A forked process has its own
from then on.
"""

from __future__ import annotations

from threading import Lock
from time import monotonic
from typing import assert_never, final

from offwire.auth.token_store import Claim, Claimed, Forget, Load, Save, TokenQuestion
from offwire.quota_store import Exchange, Lease, QuotaQuestion
from offwire.secret import Secret
from offwire.state.ledger import Ledger


@final
class InProcessStore:
    """Keeps tokens, and the accounts of quotas, in the memory of this process."""

    def __init__(self) -> None:
        """Begin empty."""
        self._texts: dict[str, Secret] = {}
        self._claims: dict[str, object] = {}
        self._ledgers: dict[str, Ledger] = {}
        self._lock = Lock()

    def __repr__(self) -> str:
        return "InProcessStore()"

    def answer(self, question: TokenQuestion | QuotaQuestion, /) -> object:
        """Answer one question; see `offwire.auth.token_store` and `offwire.quota_store`.

        Raises:
            StoreFailed: those who share a quota do not agree on it.
        """
        match question:
            case Exchange():
                return self._exchange(question)
            case Load(key):
                return self._texts.get(key)
            case Save(key, text):
                self._texts[key] = text
            case Forget(key):
                self._texts.pop(key, None)
            case Claim(key):
                return self._claim(key)
            case _:
                assert_never(question)
        return None

    def _exchange(self, question: Exchange) -> Lease:
        with self._lock:
            ledger = self._ledgers.setdefault(question.key, Ledger())
            try:
                return ledger.exchange(question, monotonic())
            finally:
                if ledger.lasts <= 0:
                    del self._ledgers[question.key]

    def _claim(self, key: str) -> Claimed | None:
        mark = object()
        # One step of a dictionary, so that no lock is held when a forgotten claim is collected.
        return (
            _InProcessClaim(self._claims, key, mark) if self._claims.setdefault(key, mark) is mark else None
        )


@final
class _InProcessClaim:
    """A claim that was granted."""

    __slots__ = ("_claims", "_key", "_mark")

    def __init__(self, claims: dict[str, object], key: str, mark: object) -> None:
        self._claims = claims
        self._key = key
        self._mark = mark

    @property
    def generation(self) -> None:
        return  # it cannot be lost

    def release(self) -> None:
        if self._claims.get(self._key) is self._mark:
            del self._claims[self._key]

    def __del__(self) -> None:
        # A call that was interrupted between the claim and whoever was to hold it.
        self.release()
