"""What tests of ESO Logs' client share: a client that has signed in to the stand-in, in both ways."""

from __future__ import annotations

from offwire import ClientCredentials, RefreshToken
from offwire.apis.esologs import TOKEN_URL, EsoLogs
from offwire.mode import Client, M
from offwire.testing.esologs import FakeEsoLogs


def signed_in(fake: FakeEsoLogs, client: Client[M]) -> EsoLogs[M]:
    """The client of the stand-in, as a program, and as the stand-in's user."""
    return EsoLogs(
        client,
        auth=ClientCredentials(token_url=TOKEN_URL, client_id="client", client_secret="secret"),
        user=RefreshToken(
            token_url=TOKEN_URL,
            client_id="client",
            client_secret="secret",
            refresh_token=fake.issue_refresh_token(),
        ),
    )
