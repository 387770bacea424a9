"""`Visit`: one connection to the loopback address, as bytes in and bytes out.

Rules of this file: HTTP is h11's to read, and what is answered is the core's to say. A visit has
one request, of a bounded size, and ends with its answer.
"""

from __future__ import annotations

from typing import Final, final

import h11

from offwire.auth.loopback_redirect import LoopbackRedirect, unreadable
from offwire.message.headers import Headers
from offwire.message.response import Response

LARGEST_HEAD: Final = 16_384
"""Bytes of a request's head; codes and states are far shorter."""
CHUNK: Final = 4_096
"""Bytes to read at a time."""
MOST_VISITS: Final = 50
"""Connections at a time; browsers like to open some that they do not use."""


@final
class Visit:
    """The state of one connection. Feed it what arrives, until there is an answer."""

    __slots__ = ("_http", "_redirect")

    def __init__(self, redirect: LoopbackRedirect) -> None:
        """A connection to whoever waits for `redirect`."""
        self._redirect = redirect
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)

    def received(self, data: bytes) -> bytes | None:
        """What to send before the connection is closed; None while the request is not whole.

        Empty `data` is the end of what the client sends; an empty answer says nothing to it.
        """
        if not data:
            return b""
        try:
            self._http.receive_data(data)
            event = self._http.next_event()
        except h11.RemoteProtocolError:
            return self._sent(unreadable())
        if event is h11.NEED_DATA:
            return None
        assert isinstance(event, h11.Request)
        fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers]
        target = event.target.decode("latin-1")
        return self._sent(self._redirect.answer(event.method.decode("ascii"), target, Headers(fields)))

    def _sent(self, response: Response) -> bytes:
        head = h11.Response(status_code=response.status, headers=list(response.headers.pairs()))
        parts = [self._http.send(head), self._http.send(h11.Data(data=response.content))]
        return b"".join(each for each in parts if each)
