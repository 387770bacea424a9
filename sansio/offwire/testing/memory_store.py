"""`MemoryStore`: a token store that forgets all with the program, for tests.

Rules of this file: it keeps what a store on a disk would keep, and a test can read and spoil it. A
claim is had by one at a time, whoever asks; a test that takes it out of `claimed` lets it run out, as
a store on another machine would. For programs there is `offwire_store.InProcessStore`.
"""

from __future__ import annotations

from typing import Final, assert_never, final

from offwire.auth.token_store import Claim, Claimed, Forget, Load, Save, TokenQuestion
from offwire.errors import StoreFailed
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
        self._granted: dict[str, int] = {}
        self._saved: dict[str, int] = {}

    def answer(self, question: TokenQuestion, /) -> object:
        """Answer one question.

        Raises:
            StoreFailed: what is to be saved is older than what is kept.
            Exception: the one of `failures`.
        """
        self.asked.append(question)
        failure = self.failures.get(type(question))
        if failure is not None:
            raise failure
        match question:
            case Load(key):
                return self.kept.get(key)
            case Save():
                self._save(question)
            case Forget(key):
                self.kept.pop(key, None)
            case Claim(key):
                return self._claim(key)
            case _:
                assert_never(question)
        return None

    def _save(self, save: Save) -> None:
        granted = self._granted.get(save.key, 0)
        generation = granted if save.generation is None else save.generation
        if generation < self._saved.get(save.key, 0):
            raise StoreFailed(f"another program has renewed {save.key!r} since: its token is kept")
        self._saved[save.key] = generation
        self.kept[save.key] = save.text

    def _claim(self, key: str) -> Claimed | None:
        if key in self.claimed:
            return None
        self.claimed.add(key)
        self._granted[key] = generation = self._granted.get(key, 0) + 1
        return _Held(self, key, generation)

    def released(self, key: str, generation: int) -> None:
        """Claims: this one is given back. No-op where it has run out."""
        if generation == self._granted[key]:
            self.claimed.discard(key)


class _Held:
    """A claim that was granted."""

    def __init__(self, store: MemoryStore, key: str, generation: int) -> None:
        self._store = store
        self._key = key
        self.generation: Final = generation

    def release(self) -> None:
        self._store.released(self._key, self.generation)
