"""How calls to ESO Logs behave, where a program does not say otherwise.

Rules of this file: each setting has a reason. It is imported when a client is made, and not when
one is defined.
"""

from __future__ import annotations

from typing import Final

from offwire import __version__
from offwire.apis.esologs.points import POINTS
from offwire.policies import Policies
from offwire.timeouts import Timeouts

DEFAULT_POLICIES: Final = Policies(
    # So that the site's people can tell whom to ask when a program misbehaves.
    headers={"User-Agent": f"offwire/{__version__} (esologs)"},
    # A large page of events is worked out by the server before its first byte comes.
    timeouts=Timeouts(connect=10.0, read=60.0, write=30.0),
    # Each answer tells how the hour's points stand; calls wait for their share of them.
    quota=(POINTS,),
    # For retries and short waits. Points come back by the hour: who wants to wait so long says so.
    deadline=180.0,
)
