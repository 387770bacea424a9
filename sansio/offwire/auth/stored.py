"""Token sources whose tokens outlive the program: what they fetch is kept in a store.

    tokens = stored(login, FileStore("~/.config/shop/tokens.json"), key="shop")
    shop = Shop(client, auth=tokens)

Rules of this file: what is kept is looked at before anything is fetched. A new grant is saved
before any call goes on with it, and neither a cancel nor the end of a block comes in between. What
could not be saved is told, used none the less, and saved with the next one, unless another program
has saved something since. What cannot be read is an error, and is never overwritten: it may be
somebody else's.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, final

from offwire.auth.fetched import Exchange, Placement, TokenSource
from offwire.auth.token import Token, TokenGrant
from offwire.auth.token_store import (
    Claim,
    Claimed,
    Forget,
    KeptToken,
    Load,
    Save,
    TokenQuestion,
    TokenStore,
)
from offwire.errors import SignInFailed, StoreFailed
from offwire.flow import Ask, Flow, Sleep

if TYPE_CHECKING:
    from collections.abc import Callable

    from offwire.secret import Secret
    from offwire.time import Now

S_co = TypeVar("S_co", bound=TokenSource, covariant=True)
S = TypeVar("S", bound=TokenSource)

CLAIM_SECONDS: Final = 20.0
"""How long to wait for another program that renews the same token."""
_FIRST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 0.5


def stored(source: S, store: TokenStore, key: str) -> Stored[S]:
    """`source`, with its tokens kept in `store` under `key`.

    Any number of programs may share a key: one renews, the others find what it got. Take another key
    for each account.

    Raises:
        ValueError: `key` is empty.
    """
    return Stored(source, store, key)


@final
class Stored(Generic[S_co]):
    """A token source around another one; `stored` makes it."""

    __slots__ = ("_found", "_generation", "_unsaved", "key", "source", "store")

    def __init__(self, source: S_co, store: TokenStore, key: str) -> None:
        """See `stored`."""
        if not key:
            raise ValueError("a key is text, such as the API's name, and not empty")
        self.source: Final = source
        self.store: Final = store
        self.key: Final = key
        self._found: Secret | None = None
        """What the store held when it was last asked."""
        self._unsaved: KeptToken | None = None
        """What it should hold, where it did not take that."""
        self._generation: int | None = None
        """Of the claim by which that was got."""

    def __repr__(self) -> str:
        return f"Stored({self.source!r}, {self.store!r}, {self.key!r})"

    @property
    def placement(self) -> Placement:
        """Where the token goes in a request."""
        return self.source.placement

    @property
    def initial(self) -> TokenGrant | None:
        """None: what is kept comes first."""
        return None

    @property
    def is_rotating(self) -> bool:
        """As the source has it."""
        return self.source.is_rotating

    def obtain(self, previous: Token | None, exchange: Exchange) -> Flow[TokenGrant]:
        """The token that is kept, where calls can go on with it; else the source's next one, once kept.

        Raises:
            SignInFailed: the source's, or the store cannot be read, or another program holds the claim
                for too long.
            DeadlineExceeded: the call's time is up before that.
        """
        try:
            grant = _news((yield from self._loaded()), previous, exchange.now)
            if grant is not None:
                return grant
            claimed = yield from self._claimed(exchange.now, exchange.check_wait)
        except StoreFailed as error:
            failure = _unusable(error)
        else:
            try:
                return (yield from self._renewed(previous, exchange, claimed.generation))
            finally:
                claimed.release()
        raise failure  # outside of the except, as in `Engine.perform`

    def keep(self, grant: TokenGrant, now: Now) -> Flow[None]:
        """Keep what a sign-in has brought, in place of what is kept: `client.run(tokens.keep(...))`.

        Raises:
            StoreFailed: the store did not take it. This source goes on with it all the same.
        """
        kept = self._unsaved = KeptToken.of(grant, now.wall)
        self._generation = None
        found: Secret | None = yield from self._asked(Load(self.key))
        if found is not None:
            KeptToken.read(self.key, found)  # what is not ours is not overwritten
        self._found = found
        claimed = yield from self._claimed(now, _patient)
        try:
            yield from self._saved(kept, claimed.generation)
        finally:
            claimed.release()

    def forget(self) -> Flow[None]:
        """Sign out: keep nothing any more. An API that has a token goes on with it until it ends.

        Raises:
            StoreFailed: the store cannot be written.
        """
        yield from self._asked(Forget(self.key))
        self._found = self._unsaved = None

    def has_token(self, now: Now) -> Flow[bool]:
        """Whether something is kept that calls can go on with, or renew.

        Raises:
            StoreFailed: the store cannot be read.
        """
        kept = yield from self._loaded()
        return kept is not None and (kept.grant.refresh is not None or kept.is_usable(now.wall))

    def _renewed(
        self, previous: Token | None, exchange: Exchange, generation: int | None
    ) -> Flow[TokenGrant]:
        """As `obtain`, by whoever has the claim."""
        began = exchange.now.wall
        try:
            # Somebody else may have had the claim. Where one has, since this program could not save, its
            # own refresh token may be used up: nothing is renewed before that can be seen.
            kept = yield from self._loaded(is_needed=self._may_be_passed(generation))
        except StoreFailed as error:
            failure = _unusable(error)
        else:
            grant = _news(kept, previous, exchange.now)
            if grant is not None:
                return grant
            grant = yield from self._fetched(kept, previous, exchange)
            try:
                yield from self._saved(KeptToken.of(grant, began), generation)
            except StoreFailed as error:
                exchange.token_not_kept(str(error))
            return grant
        raise failure  # as in `obtain`

    def _fetched(
        self, kept: KeptToken | None, previous: Token | None, exchange: Exchange
    ) -> Flow[TokenGrant]:
        base = previous if kept is None else kept.as_previous()
        if base is None and self.source.initial is not None:
            return self.source.initial
        try:
            grant = yield from self.source.obtain(base, exchange)
        except SignInFailed as error:
            if kept is not None and error.code == "invalid_grant":
                yield from self._dropped()
            raise
        return grant if base is None or base.refresh is None else grant.keeping_refresh(base.refresh)

    def _dropped(self) -> Flow[None]:
        """Forget a refresh token that the server has refused, so that the next sign-in asks the user."""
        with suppress(StoreFailed):
            yield from self.forget()

    def _may_be_passed(self, generation: int | None) -> bool:
        """Whether others may have had a claim between the one of `_unsaved` and this one."""
        return generation is not None and self._generation is not None and generation > self._generation + 1

    def _loaded(self, *, is_needed: bool = False) -> Flow[KeptToken | None]:
        """What is kept; what could not be saved counts as kept until somebody else has saved something.

        It also stands in for what cannot be read, but where `is_needed`.
        """
        try:
            found: Secret | None = yield from self._asked(Load(self.key))
        except StoreFailed:
            if self._unsaved is None or is_needed:
                raise
            return self._unsaved
        if self._unsaved is not None and found == self._found:
            return self._unsaved
        self._found, self._unsaved = found, None
        return None if found is None else KeptToken.read(self.key, found)

    def _saved(self, kept: KeptToken, generation: int | None) -> Flow[None]:
        text = kept.text()
        self._unsaved, self._generation = kept, generation
        yield from self._asked(Save(self.key, text, generation))
        self._found, self._unsaved = text, None

    def _claimed(self, now: Now, check_wait: Callable[[float], None]) -> Flow[Claimed]:
        pause, end = _FIRST_PAUSE, now.monotonic + CLAIM_SECONDS
        while True:
            claimed: Claimed | None = yield from self._asked(Claim(self.key))
            if claimed is not None:
                return claimed
            if now.monotonic >= end:
                raise StoreFailed(
                    f"another program has been renewing {self.key!r} for {CLAIM_SECONDS:.0f} s: does it hang?"
                )
            check_wait(now.monotonic + pause)
            yield Sleep(now.monotonic + pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _asked(self, question: TokenQuestion) -> Flow[Any]:
        """The store's answer. Whatever it raises is a StoreFailed, which shows nothing of what is kept."""
        try:
            # A claim that nobody holds would bar all others, and what is saved may be the only one.
            return (yield Ask(self.store, question, shielded=not isinstance(question, Load)))
        except StoreFailed:
            raise
        except Exception as error:  # noqa: BLE001 - a store may be anybody's
            kind = type(error).__name__
        raise StoreFailed(f"the token store raised {kind}")


def _patient(_until: float) -> None:
    """Who keeps a token has the time for it."""


def _news(kept: KeptToken | None, previous: Token | None, now: Now) -> TokenGrant | None:
    """The grant that is kept, where calls can go on with it and it is not the one that they have had."""
    if kept is None or not kept.is_usable(now.wall):
        return None
    is_had = previous is not None and kept.grant.access == previous.access
    return None if is_had else kept.granted(now.wall)


def _unusable(error: StoreFailed) -> SignInFailed:
    return SignInFailed(message=f"the token store cannot be used: {error}")
