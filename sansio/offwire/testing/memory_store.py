"""`MemoryStore`: a token store that forgets all with the program, for tests.

Rules of this file: it keeps what a store on a disk would keep, and a test can read and spoil it. A
claim is had by one at a time, whoever asks.
"""

from __future__ import annotations

from typing import assert_never, final

from offwire.auth.token_store import Claim, Claimed, Forget, Load, Save, TokenQuestion
from offwire.secret import Secret


@final
class MemoryStore:
    """Keeps tokens in `kept`, and notes each question in `asked`."""

    def __init__(self) -> None:
        """Begin empty."""
        self.kept: dict[str, Secret] = {}
        """The texts, by key."""
        self.claimed: set[str] = set()
        """The keys that somebody has claimed."""
        self.asked: list[TokenQuestion] = []
        """All questions, in order."""
        self.failures: dict[type[TokenQuestion], Exception] = {}
        """What to raise for a kind of question, instead of an answer."""

    def answer(self, question: TokenQuestion, /) -> object:
        """Answer one question.

        Raises:
            Exception: the one of `failures`.
        """
        self.asked.append(question)
        failure = self.failures.get(type(question))
        if failure is not None:
            raise failure
        match question:
            case Load(key):
                return self.kept.get(key)
            case Save(key, text):
                self.kept[key] = text
            case Forget(key):
                self.kept.pop(key, None)
            case Claim(key):
                return self._claim(key)
            case _:
                assert_never(question)
        return None

    def _claim(self, key: str) -> Claimed | None:
        if key in self.claimed:
            return None
        self.claimed.add(key)
        return _Held(self.claimed, key)


class _Held:
    """A claim that was granted."""

    def __init__(self, claimed: set[str], key: str) -> None:
        self._claimed = claimed
        self._key = key

    def release(self) -> None:
        self._claimed.discard(self._key)
