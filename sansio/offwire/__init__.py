"""Offwire: API clients with the wire taken off.

Write an API once, as pure functions. Call it, fully typed, from sync, asyncio or trio. Test it
without a network. A client that sends comes from `offwire_sync`, `offwire_asyncio` or
`offwire_trio`; nothing in this package does.
"""

from typing import TYPE_CHECKING

from offwire import errors
from offwire.errors import OffwireError
from offwire.json_value import Json
from offwire.message import Body, Headers, Request, Response, Url
from offwire.mode import Async, Client, M, Sync
from offwire.operations import Api, Call, Expect, Group, Options, Pages, operation, pages
from offwire.operations.paging import by_cursor, by_offset, linked, numbered, paged
from offwire.safety import Safety
from offwire.secret import Secret
from offwire.timeouts import Timeouts
from offwire.unset import UNSET, Unset

if TYPE_CHECKING:
    from offwire import events
    from offwire.deferred import (
        AdaptiveRateLimit,
        AimdConcurrencyLimit,
        ApiKey,
        AuthorizationCode,
        Backoff,
        Basic,
        Bearer,
        BreakerPolicy,
        BucketLimit,
        ClientAuthentication,
        ClientCredentials,
        ConcurrencyLimit,
        Constant,
        Context,
        Decorrelated,
        Exchange,
        Exponential,
        FailClosed,
        FailOpen,
        FairnessPolicy,
        Flow,
        Forward,
        GradientConcurrencyLimit,
        HedgePolicy,
        IdempotencyPolicy,
        InHeader,
        InQuery,
        Jitter,
        Limit,
        Linear,
        LocalShare,
        Middleware,
        NoBudget,
        PointsForecast,
        PointsLimit,
        PointsReport,
        Policies,
        RatioBudget,
        RedirectPolicy,
        RefreshToken,
        RetryPolicy,
        SharedLimit,
        SignIn,
        Steps,
        TokenBudget,
        TokenGrant,
        TokenPolicy,
        WindowBudget,
        WindowLimit,
        pause,
        step,
        stored,
        together,
        transform_request,
        transform_response,
        workflow,
    )

__version__ = "0.1.0"

__all__ = [
    "AdaptiveRateLimit",
    "AimdConcurrencyLimit",
    "Api",
    "ApiKey",
    "Async",
    "AuthorizationCode",
    "Backoff",
    "Basic",
    "Bearer",
    "Body",
    "BreakerPolicy",
    "BucketLimit",
    "Call",
    "Client",
    "ClientAuthentication",
    "ClientCredentials",
    "ConcurrencyLimit",
    "Constant",
    "Context",
    "Decorrelated",
    "Exchange",
    "Expect",
    "Exponential",
    "FailClosed",
    "FailOpen",
    "FairnessPolicy",
    "Flow",
    "Forward",
    "GradientConcurrencyLimit",
    "Group",
    "Headers",
    "HedgePolicy",
    "IdempotencyPolicy",
    "InHeader",
    "InQuery",
    "Jitter",
    "Json",
    "Limit",
    "Linear",
    "LocalShare",
    "M",
    "Middleware",
    "NoBudget",
    "OffwireError",
    "Options",
    "Pages",
    "PointsForecast",
    "PointsLimit",
    "PointsReport",
    "Policies",
    "RatioBudget",
    "RedirectPolicy",
    "RefreshToken",
    "Request",
    "Response",
    "RetryPolicy",
    "Safety",
    "Secret",
    "SharedLimit",
    "SignIn",
    "Steps",
    "Sync",
    "Timeouts",
    "TokenBudget",
    "TokenGrant",
    "TokenPolicy",
    "UNSET",
    "Unset",
    "Url",
    "WindowBudget",
    "WindowLimit",
    "__version__",
    "by_cursor",
    "by_offset",
    "errors",
    "events",
    "linked",
    "numbered",
    "operation",
    "paged",
    "pages",
    "pause",
    "step",
    "stored",
    "together",
    "transform_request",
    "transform_response",
    "workflow",
]

if not TYPE_CHECKING:  # pragma: no branch - type checkers would take any name for one of ours

    def __getattr__(name: str) -> object:
        """Load what not every program needs when it is first named (PEP 562): a start should not cost it."""
        if name == "events":
            import offwire.events as found  # noqa: PLC0415 - `from offwire` would ask here again
        elif name in __all__:
            from offwire import deferred  # noqa: PLC0415 - as the docstring says

            found = getattr(deferred, name)
        else:
            raise AttributeError(f"module 'offwire' has no attribute {name!r}")
        globals()[name] = found
        return found
