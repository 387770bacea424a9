"""The listener for asyncio and trio: a task for each connection.

Rules of this file: as for blocking programs. The browser is opened in a thread, since some block
until they are closed; a wait that is over does not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from anyio import (
    BrokenResourceError,
    CancelScope,
    ClosedResourceError,
    EndOfStream,
    Event,
    create_task_group,
    create_tcp_listener,
    move_on_after,
    to_thread,
)
from anyio.abc import SocketAttribute, SocketStream

from offwire.auth.authorization_code import Authorization
from offwire.auth.browser import timed_out
from offwire.auth.loopback_redirect import LoopbackAddress, LoopbackRedirect
from offwire.errors import SignInFailed
from offwire.secret import Secret
from offwire_login.visit import CHUNK, MOST_VISITS, Visit


async def redirected(
    address: LoopbackAddress,
    begin: Callable[[str], Authorization],
    opened: Callable[[Authorization], object],
    seconds: float,
) -> tuple[Authorization, Secret]:
    """Listen at `address`, begin a sign-in, have the browser opened, and wait for the code.

    Raises:
        OSError: the port is taken.
        SignInFailed: the redirect brings an error instead, or `seconds` are over.
    """
    listener = await create_tcp_listener(local_host=address.bound_host, local_port=address.port)
    async with listener:
        port = listener.extra(SocketAttribute.local_port)  # noqa: S610 - anyio's, not Django's
        authorization = begin(address.redirect_uri(port))
        redirect = LoopbackRedirect(authorization)
        over = Event()
        visits: dict[CancelScope, None] = {}

        async def visit(stream: SocketStream) -> None:
            if len(visits) >= MOST_VISITS:
                next(iter(visits)).cancel()
            async with stream:
                with CancelScope() as scope:
                    visits[scope] = None
                    try:
                        await _answered(stream, Visit(redirect))
                    finally:
                        del visits[scope]
            if redirect.outcome is not None:
                over.set()

        failure: Exception | None = None

        async def open_browser() -> None:
            nonlocal failure
            try:
                await to_thread.run_sync(opened, authorization, abandon_on_cancel=True)
            except Exception as error:  # noqa: BLE001 - it is raised as itself, not as a group
                failure = error
                over.set()

        with move_on_after(seconds):
            async with create_task_group() as group:
                group.start_soon(listener.serve, visit)
                group.start_soon(open_browser)
                await over.wait()
                group.cancel_scope.cancel()
    if failure is not None:
        raise failure
    if redirect.outcome is None:
        raise timed_out(seconds)
    if isinstance(redirect.outcome, SignInFailed):
        raise redirect.outcome
    return authorization, redirect.outcome


async def _answered(stream: SocketStream, visit: Visit) -> None:
    with suppress(BrokenResourceError, ClosedResourceError):
        answer = None
        while answer is None:
            try:
                data = await stream.receive(CHUNK)
            except EndOfStream:
                data = b""
            answer = visit.received(data)
        if answer:
            await stream.send(answer)
            await stream.send_eof()
