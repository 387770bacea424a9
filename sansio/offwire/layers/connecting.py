"""Connections: wait for one, in the core's own line.

The transport's pool never queues: the line in front of it lets no more in than it has
connections, so a cancelled call leaves nothing behind in there.

Rules of this file: a turn ends in a slot, or is left. A slot is held from its grant to the end of
the exchange; see `attempting`.
"""

from __future__ import annotations

from offwire.context import Context
from offwire.flow import Flow, Wait
from offwire.state.connections import ConnectionQueue, Slot, Turn


def connected(queue: ConnectionQueue, turn: Turn, context: Context) -> Flow[Slot]:
    """Wait until `turn` has its slot, which the caller then owes to release.

    Raises:
        DeadlineExceeded: the call's time was up before.
    """
    try:
        while (slot := queue.poll(turn)) is None:
            context.check_deadline("while waiting for a connection")
            yield Wait(turn.ticket, context.until(None))
    except BaseException:
        queue.leave(turn)
        raise
    return slot
