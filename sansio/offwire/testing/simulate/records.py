"""What a simulation writes down: a closed set of records, beside the core's own events.

Rules of this file: a record is a tuple of plain values, so that equal runs have equal traces, down
to the last digit. No record holds a secret: tokens are numbers, in the order in which they were issued.
"""

from __future__ import annotations

from math import inf
from typing import Final, NamedTuple, Protocol, TypeAlias, TypeVar, cast

from offwire.engine import EngineSnapshot
from offwire.events import Event
from offwire.state.connections import ConnectionQueueSnapshot

R = TypeVar("R")


class _Make(Protocol):
    def __call__(self, kind: type[R], fields: tuple[object, ...], /) -> R: ...


made: Final[_Make] = cast("_Make", tuple.__new__)
"""A record out of all of its fields, in their order: at a fifth of its constructor's price."""


class Marks(NamedTuple):
    """What a request shows of itself."""

    kind: str = "api"
    """`api`, `token` for a request to the token server, or `elsewhere` for another origin."""
    key: str = ""
    """Its idempotency key."""
    token: int = 0
    """The access token that it shows; 0 for none."""
    refresh: int = 0
    """The refresh token that it shows; 0 for none."""
    left: float = inf
    """Seconds for which the server will still take the access token."""
    leak: str = ""
    """Where the request shows a secret that has no business there."""


class Began(NamedTuple):
    """A caller has begun a call."""

    at: float
    call: int
    operation: str
    safety: str
    deadline: float | None
    """Monotonic."""
    priority: int = 0
    flow: str = ""


class Sent(NamedTuple):
    """A request went onto the wire."""

    at: float
    call: int
    exchange: int
    """Numbers each send, from 1."""
    origin: str
    url: str
    method: str
    direct: bool
    """Whether the call has not waited in any line since it began, slept, or got an answer."""
    shielded: bool
    marks: Marks


class Visited(NamedTuple):
    """A request was handled by the server's limit."""

    at: float
    """By the server's clock, in seconds since the beginning."""
    cost: float
    admitted: bool


class Strayed(NamedTuple):
    """A request came to the server after its caller had given it up."""

    at: float
    call: int
    exchange: int


class Answered(NamedTuple):
    """An exchange has ended, at the caller's side."""

    at: float
    call: int
    exchange: int
    status: int | None
    error: str
    """The kind of error, where there is no status."""
    wait: float | None = None
    """Seconds for which the server wants to see nobody."""
    remaining: float | None = None
    """Units that the server has left, as it says."""
    reset: float | None = None
    """Seconds until they are more, as it says."""
    arrived: float = 0.0
    """When the server looked at its limit, by its own clock."""
    issued: int = 0
    """The access token that the answer brings."""
    lifetime: float = inf
    """Seconds that it lives."""


class GivenUp(NamedTuple):
    """A request was given up, and its call was not: another request of the same call has been answered."""

    at: float
    call: int
    exchange: int


class Slept(NamedTuple):
    """A call sleeps."""

    at: float
    call: int
    until: float


class Paused(NamedTuple):
    """A call waits for a wake."""

    at: float
    call: int
    until: float | None


class Cancelled(NamedTuple):
    """A caller has given a call up."""

    at: float
    call: int
    phase: str
    """What the call was doing: `sleep`, `wait`, `send`, or `shielded`."""


class Ended(NamedTuple):
    """A call has ended."""

    at: float
    call: int
    how: str
    """`returned`, `raised` or `cancelled`."""
    error: str
    """The kind of error, where it was raised."""


class Jumped(NamedTuple):
    """The wall clock was set; or, where `monotonic` is not 0, the other one ran backwards."""

    at: float
    wall: float
    """Seconds forward."""
    monotonic: float


class Reported(NamedTuple):
    """A report that is older than another one was learned."""

    at: float
    call: int
    before: float
    """What was left by the reports so far, in units."""
    after: float


class Looked(NamedTuple):
    """A look at what the calls share, when all that happens at this instant has happened."""

    at: float
    active: int
    """Calls that have begun, and not ended."""
    engine: EngineSnapshot
    connections: ConnectionQueueSnapshot
    monotonic: float
    """What the core takes the time to be."""
    is_last: bool
    """Whether all calls have ended."""
    held: int | None = None
    """How much the machines hold, by the lengths of what they keep; None where nobody has counted."""


class Healed(NamedTuple):
    """From here on nothing goes wrong any more."""

    at: float


class Closed(NamedTuple):
    """The client was closed, with whatever was under way."""

    at: float


class Stuck(NamedTuple):
    """Nothing is going to happen any more, and these calls wait."""

    at: float
    calls: tuple[int, ...]


class Shown(NamedTuple):
    """Somebody who must not see a secret would have seen one."""

    at: float
    call: int
    where: str


class Turned(NamedTuple):
    """What follows is of this process, up to the next of these, and in its time."""

    at: float
    """By the world's clock."""
    process: int
    """Numbers each process, from 1; one that takes the place of another has a number of its own."""
    offset: float
    """What the process' clock shows at the world's 0, in seconds."""
    rate: float
    """Its seconds to one of the world."""


class Asked(NamedTuple):
    """A call asks a store."""

    at: float
    call: int
    question: str
    """The question's kind."""


class Replied(NamedTuple):
    """The store has answered, or will not."""

    at: float
    call: int
    question: str
    error: str
    """Empty where it has answered."""


class Exchanged(NamedTuple):
    """The quota's store has heard a holder; what it answers may be lost."""

    at: float
    """By the store's clock."""
    process: int
    number: int
    flying: float
    finished: float
    strayed: float
    granted: float
    blocked: float
    """For how long the server wants to see nobody, as the store says, and the holder did not."""
    is_heard: bool
    error: str
    """Empty where it has answered."""


class Kept(NamedTuple):
    """The token store was asked."""

    at: float
    """By the store's clock."""
    process: int
    question: str
    """The question's kind; `Release` for a claim that is given back."""
    generation: int
    """Of a claim, or of what was to be saved; 0 where there is none."""
    token: int
    """The access token of a Save, or the one that a Load has found; 0 for none."""
    is_done: bool
    """Whether the store has granted it."""


class Killed(NamedTuple):
    """A process is no more: none of its flows is stepped again, nor closed."""

    at: float
    """By the world's clock."""
    process: int


class Accounted(NamedTuple):
    """What the quota's store has in its account at the end."""

    at: float
    """By the store's clock."""
    leases: tuple[tuple[int, float, float], ...]
    """The process, its units, and when its lease runs out."""
    line: tuple[int, ...]
    """The processes that have a place in the line."""


Record: TypeAlias = (
    Began
    | Sent
    | Visited
    | Strayed
    | Answered
    | GivenUp
    | Slept
    | Paused
    | Cancelled
    | Ended
    | Jumped
    | Reported
    | Looked
    | Healed
    | Closed
    | Stuck
    | Shown
    | Turned
    | Asked
    | Replied
    | Exchanged
    | Kept
    | Killed
    | Accounted
    | Event
)
"""All that a trace is made of."""
