"""`signed_out`: stands around the calls that need a user, where none has signed in.

Rules of this file: it fails when a call needs the user, and not before, since most programs need
none.
"""

from __future__ import annotations

from offwire.apis.esologs.errors import UserNeeded
from offwire.context import Context
from offwire.flow import Flow
from offwire.layers.shape import Forward
from offwire.message.request import Request
from offwire.message.response import Response


def signed_out(_forward: Forward, _request: Request, _context: Context) -> Flow[Response]:
    """A middleware that sends nothing.

    Raises:
        UserNeeded: always.
    """
    raise UserNeeded(message="no user has signed in", is_final=True)
