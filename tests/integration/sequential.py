"""The quota and the token box of one caller at a time, as functions from a state to the next.

Rules of this file: written from what the machines promise, and not from how they do it. A state is a
frozen value; None means that the machine would have answered otherwise. Time is what the inputs say.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

from attrs import evolve, frozen

from offwire import BucketLimit, ConcurrencyLimit
from offwire.auth.token import Token
from offwire.state.quota import Hold, Turn
from offwire.state.token_box import Lease, Seat
from tests.integration.recorded import Seen, Transaction

_ROUNDING = 1e-9


@frozen
class QuotaState:
    """A quota at one instant. Who waits is known by its turn."""

    last: int = 0
    flying: frozenset[int] = frozenset()
    line: tuple[Any, ...] = ()
    full_at: float = -inf
    """When the bucket is full again."""


def sequential_quota(
    calls: ConcurrencyLimit, bucket: BucketLimit
) -> Callable[[QuotaState, Transaction], QuotaState | None]:
    """A quota with these two limits, in which each call costs one unit."""

    def ready_at(state: QuotaState, now: float) -> float:
        left = bucket.capacity - len(state.flying) - 1
        if len(state.flying) >= calls.calls or left < -_ROUNDING * bucket.capacity:
            return inf
        return max(now, state.full_at - left / bucket.per_second)

    def granted(state: QuotaState, permit: object) -> QuotaState | None:
        if permit != state.last + 1:
            return None
        return evolve(state, last=state.last + 1, flying=state.flying | {state.last + 1})

    def began(state: QuotaState, seen: Seen) -> QuotaState | None:
        now = seen.arguments[0]
        if not state.line and ready_at(state, now) <= now:
            return granted(state, seen.answer)
        if isinstance(seen.answer, Turn):
            return evolve(state, line=(*state.line, seen.answer))
        return state if seen.answer == 0 and seen.verb == "try_acquire" else None

    def polled(state: QuotaState, seen: Seen) -> QuotaState | None:
        turn, now = seen.arguments
        if turn not in state.line:
            return None
        at = ready_at(state, now) if turn is state.line[0] else inf
        if at <= now:
            return granted(evolve(state, line=state.line[1:]), seen.answer)
        return state if seen.answer == Hold(None if at == inf else at) else None

    def settled(state: QuotaState, seen: Seen) -> QuotaState:
        permit, now = seen.arguments
        if permit not in state.flying:
            return state
        full_at = max(state.full_at, now) + 1 / bucket.per_second
        return evolve(state, flying=state.flying - {permit}, full_at=full_at)

    def step(state: QuotaState, transaction: Transaction) -> QuotaState | None:
        for seen in transaction:
            following: QuotaState | None
            match seen.verb:
                case "acquire" | "try_acquire":
                    following = began(state, seen)
                case "poll":
                    following = polled(state, seen)
                case "settle":
                    following = settled(state, seen)
                case "refund":
                    following = evolve(state, flying=state.flying - {seen.arguments[0]})
                case verb:
                    raise AssertionError(f"nobody has thought of {verb}")
            if following is None:
                return None
            state = following
        return state

    return step


@frozen
class TokenState:
    """A token box at one instant, whose tokens do not end, and whose fetches do not fail."""

    generation: int = 0
    is_good: bool = False
    is_leased: bool = False
    seats: frozenset[Seat] = frozenset()


def sequential_tokens(state: TokenState, transaction: Transaction) -> TokenState | None:
    """A token box; the answer of an `ask` is told by its kind and its generation."""
    for seen in transaction:
        following: TokenState | None
        match seen.verb:
            case "at_hand":
                expected = state.generation if state.is_good else None
                found = None if seen.answer is None else seen.answer.generation
                following = state if found == expected else None
            case "ask":
                following = _asked(state, seen.answer)
            case "poll":
                following = _sat(state, seen.arguments[0], seen.answer)
            case "fulfil":
                following = _fulfilled(state, seen.arguments[0], seen.answer)
            case "rejected":
                is_stale = seen.arguments[0] != state.generation
                following = state if is_stale else evolve(state, is_good=False)
            case verb:
                raise AssertionError(f"nobody has thought of {verb}")
        if following is None:
            return None
        state = following
    return state


def _asked(state: TokenState, answer: object) -> TokenState | None:
    if isinstance(answer, Seat):
        is_so = not state.is_good and state.is_leased
        return evolve(state, seats=state.seats | {answer}) if is_so else None
    return _given(state, answer)


def _sat(state: TokenState, seat: Seat, answer: object) -> TokenState | None:
    if seat not in state.seats:
        return None
    if answer is None:
        return state if not state.is_good and state.is_leased else None
    return _given(evolve(state, seats=state.seats - {seat}), answer)


def _given(state: TokenState, answer: object) -> TokenState | None:
    """A token where there is one; else the lease, where nobody has it."""
    if state.is_good:
        return state if isinstance(answer, Token) and answer.generation == state.generation else None
    if state.is_leased or not isinstance(answer, Lease) or answer.generation != state.generation + 1:
        return None
    return evolve(state, is_leased=True)


def _fulfilled(state: TokenState, lease: Lease, token: Token) -> TokenState | None:
    number = state.generation + 1
    if not state.is_leased or lease.generation != number or token.generation != number:
        return None
    return evolve(state, generation=number, is_good=True, is_leased=False)
