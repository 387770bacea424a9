"""`Task`: a flow that a `World` runs, and how it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, assert_never, cast, final

from offwire.flow import Ask, Effect, Emit, Flow, Gather, Race, Send, Sleep, Wait, is_shielded
from offwire.message.response import Response
from offwire.testing.agenda import Entry
from offwire.ticket import Ticket

if TYPE_CHECKING:
    from offwire.testing.world import World

T = TypeVar("T")


class Cancelled(Exception):
    """The result of a task that was cancelled."""


@final
class Task(Generic[T]):
    """One flow in a World. `spawn` makes it; the attributes below `cancel` are the World's own."""

    __slots__ = (
        "_cancelled", "_done", "_world", "cancelling", "child_error", "children", "effect", "entry", "error",
        "flow", "is_broken", "items", "name", "parent", "paused", "pauses", "ticket", "value", "winner",
    )  # fmt: skip

    name: str
    """For traces and errors."""
    items: list[object]
    """What the flow has emitted."""
    effect: Effect | None
    """What the flow waits for; None before its first step and after its end."""

    def __init__(
        self,
        world: World,
        flow: Flow[T],
        name: str,
        *,
        parent: Task[Any] | None = None,
        pauses: bool = False,
    ) -> None:
        """Worlds: a task that has not been stepped. With `pauses`, each Emit waits for a consumer."""
        self.name = name
        self.items = []
        self.effect = None
        self._world = world
        self._done = False
        self._cancelled = False
        self.flow: Flow[T] = flow
        self.parent: Task[Any] | None = parent
        self.pauses: bool = pauses
        self.paused: bool = False
        self.cancelling: bool = False
        self.children: tuple[Task[Any], ...] = ()
        self.child_error: Exception | None = None
        self.winner: object = None
        self.is_broken: bool = False
        self.entry: Entry | None = None
        self.ticket: Ticket | None = None
        self.value: object = None
        self.error: Exception | None = None

    @property
    def done(self) -> bool:
        """Whether the flow has ended in any way."""
        return self._done

    @property
    def cancelled(self) -> bool:
        """Whether the flow was closed before its end."""
        return self._cancelled

    def result(self) -> T:
        """What the flow returned.

        Raises:
            Cancelled: it was cancelled.
            RuntimeError: it has not ended.
            Exception: whatever it raised, or the server function for it.
        """
        if not self._done:
            raise RuntimeError(
                f"run the world on: {self.name} has not ended, it waits at {shown(self.effect)}"
            )
        if self._cancelled:
            raise Cancelled(f"{self.name} was cancelled")
        if self.error is not None:
            raise self.error
        return cast(T, self.value)

    def cancel(self) -> None:
        """Close the flow, now; where a shielded effect is under way, when that is answered. Idempotent."""
        self._world.cancel(self)

    @property
    def is_shielded(self) -> bool:
        """Whether a cancel has to wait."""
        return is_shielded(self.effect)

    def stop_waiting(self) -> None:
        """Take back what would have answered the effect, and what was gathered for it."""
        if self.entry is not None:
            self.entry.cancel()
            self.entry = None
        if self.ticket is not None:
            self.ticket.disarm()
            self.ticket = None
        self.children = ()
        self.child_error = None
        self.winner = None
        self.paused = False

    def end(self, value: object, error: Exception | None, *, was_cancelled: bool) -> None:
        """Note how the flow ended."""
        self._done = True
        self._cancelled = was_cancelled
        self.effect = None
        self.value = value
        self.error = error


def shown(effect: Effect | None) -> str:
    """An effect in a few words, without secrets."""
    match effect:
        case None:
            return "its start"
        case Send(request, _, deadline, shielded):
            until = "" if deadline is None else f" until {deadline:.6f}"
            return f"{'shielded ' if shielded else ''}send {request.method} {request.url}{until}"
        case Sleep(until):
            return f"sleep until {until:.6f}"
        case Wait(_, None):
            return "wait for a wake"
        case Wait(_, until):
            return f"wait until {until:.6f}"
        case Gather(flows):
            return f"gather {len(flows)}"
        case Race(flows):
            return f"race {len(flows)}"
        case Emit(items):
            return f"emit {len(items)}"
        case Ask(_, question, shielded):
            return f"{'shielded ' if shielded else ''}ask {type(question).__name__}"
        case _:
            assert_never(effect)


def asked(ask: Ask[T]) -> object:
    """What the store answers, or the error that it raises."""
    try:
        return ask.store.answer(ask.question)
    except Exception as error:  # noqa: BLE001 - the flow is told, and decides
        return error


def described(answer: object) -> str:
    """What an effect was answered with, in a few words."""
    match answer:
        case Response():
            return f"answered {answer.status}"
        case Exception():
            return f"failed {type(answer).__name__}"
        case _:
            return "goes on"
