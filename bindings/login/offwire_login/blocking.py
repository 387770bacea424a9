"""The listener for blocking programs: one thread, and a selector over all connections.

Rules of this file: nobody blocks anybody; a client that says nothing only has its socket here.
Whatever ends the wait, every socket is closed. What is answered, and when the wait is over, the
core says.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from time import monotonic
from typing import Final

from offwire.auth.browser import timed_out
from offwire.auth.loopback_redirect import LoopbackAddress, LoopbackRedirect
from offwire.errors import SignInFailed
from offwire.secret import Secret
from offwire_login.visit import CHUNK, MOST_VISITS, Visit

_LONGEST_SELECT: Final = 0.5
"""Seconds: some systems tell a program of Ctrl-C only between two waits."""


class Listener:
    """A socket on the loopback address. Use it in a `with` block."""

    def __init__(self, address: LoopbackAddress) -> None:
        """Listen at `address`.

        Raises:
            OSError: the port is taken.
        """
        family = socket.AF_INET6 if ":" in address.bound_host else socket.AF_INET
        self._stack = ExitStack()
        self._socket = self._stack.enter_context(
            socket.create_server((address.bound_host, address.port), family=family)
        )
        self._socket.setblocking(False)
        self._visits: dict[socket.socket, Visit] = {}
        self.redirect_uri: Final = address.redirect_uri(self._socket.getsockname()[1])

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._visits:
            connection.close()
        self._stack.close()

    def outcome(self, redirect: LoopbackRedirect, opened: Callable[[], object], seconds: float) -> Secret:
        """Answer requests until `redirect` has its code; `opened` is called once somebody listens.

        Raises:
            SignInFailed: it has an error instead, or `seconds` are over.
        """
        end = monotonic() + seconds
        opened()
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            while redirect.outcome is None:
                left = end - monotonic()
                if left <= 0:
                    raise timed_out(seconds)
                for key, _ in selector.select(min(left, _LONGEST_SELECT)):
                    if key.fileobj is self._socket:
                        self._accept(selector, redirect)
                    else:
                        assert isinstance(key.fileobj, socket.socket)
                        self._read(selector, key.fileobj)
        if isinstance(redirect.outcome, SignInFailed):
            raise redirect.outcome
        return redirect.outcome

    def _accept(self, selector: selectors.BaseSelector, redirect: LoopbackRedirect) -> None:
        try:
            connection, _ = self._socket.accept()
        except OSError:
            return  # it has left again
        connection.setblocking(False)
        if len(self._visits) >= MOST_VISITS:
            self._close(selector, next(iter(self._visits)))
        self._visits[connection] = Visit(redirect)
        selector.register(connection, selectors.EVENT_READ)

    def _read(self, selector: selectors.BaseSelector, connection: socket.socket) -> None:
        if connection not in self._visits:
            return  # it was closed for another one in this very round
        try:
            answer = self._visits[connection].received(connection.recv(CHUNK))
        except BlockingIOError:
            return
        except OSError:
            answer = b""
        if answer is None:
            return
        with suppress(OSError):
            # An answer is far smaller than what the system buffers for a fresh connection.
            connection.send(answer)
            connection.shutdown(socket.SHUT_WR)
        self._close(selector, connection)

    def _close(self, selector: selectors.BaseSelector, connection: socket.socket) -> None:
        selector.unregister(connection)
        del self._visits[connection]
        connection.close()
