"""Without a user: the error, before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from offwire import Request
from offwire.apis.esologs.errors import UserNeeded
from offwire.apis.esologs.signed_out import signed_out


def test_sends_nothing() -> None:
    unused: Any = None
    with pytest.raises(UserNeeded, match="no user has signed in") as caught:
        signed_out(unused, Request("POST", "/"), unused)
    assert caught.value.is_final
