"""What `offwire` loads when it is first named, since not every program needs it (PEP 562).

To define an API takes messages and operations only; policies, credentials and layers are for
whoever calls one. A program that imports ten clients and uses one should not pay for the engine
ten times, nor at its start.
"""

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
from offwire.layers.redirecting import RedirectPolicy
from offwire.layers.shape import Forward, Middleware, transform_request, transform_response
from offwire.policies import IdempotencyPolicy, Policies
from offwire.retry_policy import RetryPolicy
from offwire.state.breaker import BreakerPolicy
from offwire.state.limits import BucketLimit, ConcurrencyLimit, Limit, WindowLimit
from offwire.state.retry_budget import NoBudget, RatioBudget, TokenBudget
from offwire.state.token_box import TokenPolicy

__all__ = [
    "ApiKey",
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
    "Flow",
    "Forward",
    "IdempotencyPolicy",
    "InHeader",
    "InQuery",
    "Jitter",
    "Limit",
    "Linear",
    "Middleware",
    "NoBudget",
    "Policies",
    "RatioBudget",
    "RedirectPolicy",
    "RefreshToken",
    "RetryPolicy",
    "SignIn",
    "TokenBudget",
    "TokenGrant",
    "TokenPolicy",
    "WindowLimit",
    "transform_request",
    "transform_response",
]
