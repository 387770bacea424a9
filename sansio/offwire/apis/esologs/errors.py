"""What goes wrong with ESO Logs alone.

Rules of this file: each is a kind of an error of `offwire.errors`, so that who handles those
handles these.
"""

from __future__ import annotations

from offwire.errors import PagingLoop, SignInFailed


class UserNeeded(SignInFailed):
    """The call is about the user who has signed in, and none has."""

    hint = "Give EsoLogs(user=...) a token of the user's, such as RefreshToken(...)."


class EventsTooDense(PagingLoop):
    """One millisecond of a report holds more events than the largest page."""

    hint = "Narrow the filters, such as fight_ids, data_type or source_id; what was given until here is good."
