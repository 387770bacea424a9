"""A modelled store of quotas and tokens, as a fleet shares one: what goes wrong with it, and what it keeps.

Rules of this file: the store's own clock counts, and nobody else's. What it decides is the core's `Ledger`
for a quota; for tokens, a claim that runs out, and a generation by which it is known who was too late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

from attrs import field, frozen

from offwire.auth.token_store import Claim, Claimed, Forget, KeptToken, Load, Save, TokenQuestion
from offwire.bounds import above, at_least
from offwire.errors import StoreFailed
from offwire.quota_store import Exchange, Lease
from offwire.secret import Secret
from offwire.state.away import FailClosed, FailOpen, LocalShare, WhenAway
from offwire.state.ledger import Ledger
from offwire.testing.simulate.records import Accounted, Exchanged, Kept, Record

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from offwire.testing.simulate.parts import Weather

Question: TypeAlias = Exchange | TokenQuestion

BEGINS_AT: Final = 1000.0
"""What the store's clock shows at the world's 0."""
KEY: Final = "sim"
"""Of the quota, and of the token."""


def _share(_instance: object, attribute: object, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"Shared.{getattr(attribute, 'name', '')} is a share from 0 to 1, not {value!r}")


def _way(_instance: object, _attribute: object, value: str) -> None:
    if value not in _WAYS:
        raise ValueError(f"Shared.when_away is one of {', '.join(_WAYS)}, not {value!r}")


@frozen(kw_only=True)
class Shared:
    """The store that the processes of a scenario share, and what goes wrong with it and them.

    Raises at birth:
        ValueError: a number is out of its range, or `when_away` is none of these.
    """

    lasts: float = field(default=10.0, validator=above(0))
    """Seconds of a lease."""
    stray: float = field(default=5.0, validator=at_least(0))
    """Seconds that a request may come late, whose process has died."""
    when_away: str = field(default="closed", validator=_way)
    """`closed`, `share` or `open`."""
    away: tuple[tuple[float, float], ...] = ()
    """When the store answers nobody, in seconds."""
    loses: float = field(default=0.0, validator=_share)
    """The share of exchanges of which something is lost: the question, the answer, or both in time."""
    takes: float = field(default=0.005, validator=at_least(0))
    """Seconds one way, at most."""
    timeout: float = field(default=0.5, validator=above(0))
    """Seconds after which nobody waits for an answer any more."""
    claim_lasts: float = field(default=15.0, validator=above(0))
    """Seconds after which the claim of a token runs out."""
    kills: float = field(default=0.0, validator=at_least(0))
    """Processes that die in a second, each of which another one takes the place of."""
    skew: float = 0.0
    """By what share the store's clock is faster than the world's."""

    @property
    def policy(self) -> WhenAway:
        """What a process does while the store does not answer."""
        return _WAYS[self.when_away]


_WAYS: Final[dict[str, WhenAway]] = {
    "closed": FailClosed(),
    "share": LocalShare(1 / 8),
    "open": FailOpen(),
}


class SharedStore:
    """The store itself: one ledger, one token."""

    def __init__(
        self,
        shared: Shared,
        chance: Random,
        weather: Weather,
        *,
        world: Callable[[], float],
        record: Callable[[Record], object],
        token: Callable[[str], int],
    ) -> None:
        """Begin empty. `world` reads the world's clock, and `token` numbers an access token."""
        self.shared: Final = shared
        self._chance = chance
        self._weather = weather
        self._world = world
        self._record = record
        self._token = token
        self._ledger = Ledger()
        self._holders: dict[str, int] = {}
        self._text: Secret | None = None
        self._granted = self._saved = 0
        self._claimed_until = 0.0

    @property
    def now(self) -> float:
        """The store's time."""
        return BEGINS_AT + self._world() * (1 + self.shared.skew)

    @property
    def is_away(self) -> bool:
        """Whether it answers nobody."""
        at = self._world()
        return not self._weather.is_calm and any(since <= at < until for since, until in self.shared.away)

    def way(self) -> float:
        """Seconds that a message takes one way."""
        return self.shared.takes * self._chance.random()

    def fate(self) -> str:
        """What is lost of an exchange: `question`, `answer`, `time` where it comes late, or nothing."""
        if self._weather.is_calm or self._chance.random() >= self.shared.loses:
            return ""
        return self._chance.choice(("question", "answer", "answer", "time"))

    def late(self) -> float:
        """How many seconds a question takes whose asker waits no more."""
        return self.shared.timeout * (1 + 5 * self._chance.random())

    def answer(self, question: Question, process: int, *, is_heard: bool) -> object:
        """Answer one question of a process.

        Raises:
            StoreFailed: as a store does.
        """
        if isinstance(question, Exchange):
            return self._exchange(question, process, is_heard=is_heard)
        match question:
            case Load():
                self._keep("Load", process, 0, self._token_in(self._text))
                return self._text
            case Save():
                self._save(question, process)
            case Forget():
                self._text = None
                self._keep("Forget", process)
            case Claim():
                return self._claim(process)
            case _:
                assert_never(question)
        return None

    def account(self) -> None:
        """Record what is in the ledger."""
        state, now = self._ledger.state(), self.now
        origin = state["origin"]
        leases = tuple(
            (self._holders[holder], units, expires_at + origin)
            for holder, _, units, expires_at, _, _ in state["leases"]
        )
        line = tuple(self._holders[holder] for holder, _, lost_at in state["line"] if lost_at + origin > now)
        self._record(Accounted(now, leases, line))

    def released(self, process: int, generation: int) -> None:
        """Claims: this one is given back. No-op where it has run out."""
        is_held = generation == self._granted and self.now < self._claimed_until
        if is_held:
            self._claimed_until = 0.0
        self._keep("Release", process, generation, is_done=is_held)

    def _exchange(self, question: Exchange, process: int, *, is_heard: bool) -> Lease:
        self._holders[question.holder] = process
        failure: StoreFailed | None = None
        lease = Lease(granted=0.0)
        try:
            lease = self._ledger.exchange(question, self.now)
        except StoreFailed as error:
            failure = error
        blocked = lease.blocked if question.blocked < lease.blocked else 0.0
        self._record(
            Exchanged(
                self.now, process, question.number, question.flying, question.finished, question.strayed,
                lease.granted, blocked, is_heard, "" if failure is None else str(failure),
            )
        )  # fmt: skip
        if failure is not None:
            raise failure
        return lease

    def _save(self, save: Save, process: int) -> None:
        generation = self._granted if save.generation is None else save.generation
        is_late = generation < self._saved
        self._keep("Save", process, generation, self._token_in(save.text), is_done=not is_late)
        if is_late:
            raise StoreFailed("another program has renewed it since: its token is kept")
        self._saved, self._text = generation, save.text

    def _claim(self, process: int) -> Claimed | None:
        if self.now < self._claimed_until:
            self._keep("Claim", process, is_done=False)
            return None
        self._granted += 1
        self._claimed_until = self.now + self.shared.claim_lasts
        self._keep("Claim", process, self._granted)
        return _Held(self, process, self._granted)

    def _keep(
        self, question: str, process: int, generation: int = 0, token: int = 0, *, is_done: bool = True
    ) -> None:
        self._record(Kept(self.now, process, question, generation, token, is_done))

    def _token_in(self, text: Secret | None) -> int:
        return 0 if text is None else self._token(KeptToken.read(KEY, text).grant.access.reveal())


class _Held:
    """A claim that was granted."""

    def __init__(self, store: SharedStore, process: int, generation: int) -> None:
        self._store = store
        self._process = process
        self.generation: Final = generation

    def release(self) -> None:
        self._store.released(self._process, self.generation)
