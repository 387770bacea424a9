"""The whole language between the core and its bindings.

A `Flow` is a generator that yields effects and is sent their results; what it returns is the
flow's own. Layers nest with `yield from`, and a `finally` is the clean-up.

What a driver owes, for each effect that a flow yields:

- it sets `Runtime.now`, then answers **exactly once**: `send(result)` or `throw(error)`;
- it closes the flow when it gives up for whatever reason, a cancel included, and calls nothing
  in between: closing gives back, in that one step, each place, permit and reservation;
- it steps flows of one Runtime one at a time, and performs effects outside of that.

| effect | result | errors to throw in |
|---|---|---|
| `Send` | the `Response` | `NeverSent`, `MaybeSent` and their kinds |
| `Sleep` | None, not before `until` | none |
| `Wait` | None, at a wake of the ticket or at `until` | none |
| `Gather` | the flows' results, in order | the first error; the other flows have been closed |
| `Race` | the first result that is not None, or None; the other flows have been closed | the first error |
| `Emit` | None, when the consumer asks for more | none |
| `Ask` | what the store answers | whatever the store raises |
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from attrs import frozen

from offwire.message.body import Body
from offwire.message.headers import Headers
from offwire.message.request import Request, RequestDraft
from offwire.message.url import Url
from offwire.ticket import Ticket
from offwire.timeouts import Timeouts

T = TypeVar("T")
Q = TypeVar("Q")
Q_contra = TypeVar("Q_contra", contravariant=True)


@frozen(weakref_slot=False)
class Send:
    """Send the request, read the whole answer."""

    request: Request
    """Its URL is absolute; its headers hold all but Host and Content-Length."""
    timeouts: Timeouts
    deadline: float | None = None
    """The monotonic time by which a driver gives up, with the error that a timeout would have had."""
    shielded: bool = False
    """Whether a cancel has to wait: for an exchange whose answer may not be lost."""


_new = object.__new__


class _Draft:
    """A Send that can still be written to; see `offwire.message.request.made`."""

    __slots__ = ("request", "timeouts", "deadline", "shielded")  # noqa: RUF023 - the order is Send's


def to_send(request: Request, timeouts: Timeouts, deadline: float | None, shielded: bool) -> Send:
    """A Send, without the price of a frozen class's constructor, which every attempt would pay."""
    draft: Any = _Draft()
    draft.request = request
    draft.timeouts = timeouts
    draft.deadline = deadline
    draft.shielded = shielded
    draft.__class__ = Send
    send: Send = draft
    return send


def to_send_at(
    origin: str,
    text: str,
    method: str,
    headers: Headers,
    body: Body | None,
    timeouts: Timeouts,
    deadline: float | None,
) -> Send:
    """A Send of a new Request to a new Url, unshielded: nearly every call makes these three.

    As `to_send`, `offwire.message.request.made` and `offwire.message.url.placed` do, which see, in one
    function.
    """
    url = _new(Url)
    url.text = text
    url._parts = None
    url.origin = origin
    request: Any = RequestDraft()
    request.method = method
    request.url = url
    request.headers = headers
    request.body = body
    request.__class__ = Request
    draft: Any = _Draft()
    draft.request = request
    draft.timeouts = timeouts
    draft.deadline = deadline
    draft.shielded = False
    draft.__class__ = Send
    send: Send = draft
    return send


@frozen
class Sleep:
    """Go on at `until`, monotonic, or later."""

    until: float


@frozen
class Wait:
    """Go on when the ticket is woken, or at `until`, monotonic, whichever comes first."""

    ticket: Ticket
    until: float | None = None


@frozen
class Gather:
    """Run flows side by side; where a driver cannot, one after another."""

    flows: tuple[Flow[Any], ...]


@frozen
class Race:
    """Run flows side by side until one has a result; one that returns None drops out.

    What ends first decides, be it a result or an error. In that same step the others are closed; where
    one may not be closed yet, since it is shielded, the answer waits for it.
    """

    flows: tuple[Flow[Any], ...]


@frozen
class Emit:
    """Hand items to whoever iterates."""

    items: Sequence[Any]


class Store(Protocol[Q_contra]):
    """Keeps something outside of this process: in a file, a keyring, a database.

    Any number of threads may ask at once.
    """

    def answer(self, question: Q_contra, /) -> object:
        """The answer; what type it has, the question says. May block."""
        ...


@frozen
class Ask(Generic[Q]):
    """Put a question to a store. It may block: where there is an event loop, a thread of its own asks."""

    store: Store[Q]
    question: Q
    shielded: bool = False
    """Whether a cancel has to wait: for an answer that may not be lost.

    One that came in an effect before waits on, where that was shielded too.
    """


Effect: TypeAlias = Send | Sleep | Wait | Gather | Race | Emit | Ask[Any]
"""All that a core can ask for. The set is closed: drivers match on it with `assert_never`."""

Flow: TypeAlias = Generator[Effect, Any, T]
"""A computation that asks for effects and returns a T."""


def is_shielded(effect: Effect | None) -> bool:
    """Drivers: whether a cancel has to wait until the effect is answered."""
    return isinstance(effect, (Send, Ask)) and effect.shielded
