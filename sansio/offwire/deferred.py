"""What `offwire` loads when it is first named, since not every program needs it (PEP 562).

To define an API takes messages and operations only; policies, credentials and layers are for
whoever calls one. A program that imports ten clients and uses one should not pay for the engine
ten times, nor at its start.
"""

from typing import TYPE_CHECKING

from offwire.auth import (
    ApiKey,
    Basic,
    Bearer,
    ClientAuthentication,
    ClientCredentials,
    Exchange,
    InHeader,
    InQuery,
    RefreshToken,
    SignIn,
    TokenGrant,
)
from offwire.backoff import Backoff, Constant, Decorrelated, Exponential, Jitter, Linear
from offwire.context import Context
from offwire.flow import Flow
from offwire.hedge_policy import HedgePolicy
from offwire.layers.redirecting import RedirectPolicy
from offwire.layers.shape import Forward, Middleware, transform_request, transform_response
from offwire.operations.steps import Steps, pause, step, together
from offwire.operations.workflow import workflow
from offwire.policies import IdempotencyPolicy, Policies
from offwire.retry_policy import RetryPolicy
from offwire.state.adaptive_concurrency import AimdConcurrencyLimit, GradientConcurrencyLimit
from offwire.state.adaptive_rate import AdaptiveRateLimit
from offwire.state.breaker import BreakerPolicy
from offwire.state.limits import BucketLimit, ConcurrencyLimit, Limit, WindowLimit
from offwire.state.points import PointsForecast, PointsLimit, PointsReport
from offwire.state.retry_budget import NoBudget, RatioBudget, TokenBudget
from offwire.state.retry_window import WindowBudget
from offwire.state.token_box import TokenPolicy

if TYPE_CHECKING:
    from offwire.auth.authorization_code import AuthorizationCode
    from offwire.auth.stored import stored
    from offwire.state.away import FailClosed, FailOpen, LocalShare
    from offwire.state.line import FairnessPolicy
    from offwire.state.shared import SharedLimit

__all__ = [
    "AdaptiveRateLimit",
    "AimdConcurrencyLimit",
    "ApiKey",
    "AuthorizationCode",
    "Backoff",
    "Basic",
    "Bearer",
    "BreakerPolicy",
    "BucketLimit",
    "ClientAuthentication",
    "ClientCredentials",
    "ConcurrencyLimit",
    "Constant",
    "Context",
    "Decorrelated",
    "Exchange",
    "Exponential",
    "FailClosed",
    "FailOpen",
    "FairnessPolicy",
    "Flow",
    "Forward",
    "GradientConcurrencyLimit",
    "HedgePolicy",
    "IdempotencyPolicy",
    "InHeader",
    "InQuery",
    "Jitter",
    "Limit",
    "Linear",
    "LocalShare",
    "Middleware",
    "NoBudget",
    "PointsForecast",
    "PointsLimit",
    "PointsReport",
    "Policies",
    "RatioBudget",
    "RedirectPolicy",
    "RefreshToken",
    "RetryPolicy",
    "SharedLimit",
    "SignIn",
    "Steps",
    "TokenBudget",
    "TokenGrant",
    "TokenPolicy",
    "WindowBudget",
    "WindowLimit",
    "pause",
    "step",
    "stored",
    "together",
    "transform_request",
    "transform_response",
    "workflow",
]

if not TYPE_CHECKING:  # pragma: no branch - as in `offwire`

    def __getattr__(name: str) -> object:
        """Load what only programs with a user's browser or a store need."""
        if name == "AuthorizationCode":
            from offwire.auth.authorization_code import AuthorizationCode  # noqa: PLC0415

            return AuthorizationCode
        if name == "stored":
            from offwire.auth.stored import stored  # noqa: PLC0415

            return stored
        if name == "FairnessPolicy":
            from offwire.state.line import FairnessPolicy  # noqa: PLC0415

            return FairnessPolicy
        if name in ("FailClosed", "FailOpen", "LocalShare"):
            from offwire.state import away  # noqa: PLC0415

            found: object = getattr(away, name)
            return found
        if name == "SharedLimit":
            from offwire.state.shared import SharedLimit  # noqa: PLC0415

            return SharedLimit
        raise AttributeError(f"module 'offwire.deferred' has no attribute {name!r}")
