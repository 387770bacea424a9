"""A sign-in of several steps, written as a flow."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from offwire.auth.fetched import Exchange, InHeader, Placement
from offwire.auth.token import Token, TokenGrant
from offwire.flow import Flow


@frozen(kw_only=True)
class SignIn:
    """A token source out of a generator function.

        def steps(exchange: Exchange, previous: Token | None) -> Flow[TokenGrant]:
            session = yield from exchange(Call.post("/signIn", form={...}, returns=Session))
            answer = yield from exchange(Call.post("/webToken", headers={...}, returns=WebToken))
            return TokenGrant(access=Secret(answer.token), lifetime=answer.expires_in)

    What `steps` returns is kept until it runs out or is refused; `previous` is what was kept
    before, its refresh token and extra fields included. A step that fails ends the sign-in: all
    who wait for the token get a `SignInFailed`, which the steps may raise themselves to say more.
    """

    steps: Callable[[Exchange, Token | None], Flow[TokenGrant]]
    placement: Placement = InHeader()
    initial: TokenGrant | None = None
    is_rotating: bool = False
    """Whether a cancel has to wait until a sign-in that has begun is through."""

    def obtain(self, previous: Token | None, exchange: Exchange) -> Flow[TokenGrant]:
        """Run the steps.

        Raises:
            CallError: whatever ends a step. Callers of the API see it as a `SignInFailed`.
        """
        return (yield from self.steps(exchange, previous))
