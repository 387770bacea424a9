"""The ways to get and to show a credential.

Those that are known from the start (`ApiKey`, `Basic`, `Bearer`) are added to each request;
those that have to be fetched (`ClientCredentials`, `RefreshToken`, `SignIn`) are flows, and what
they fetch is kept, shared and renewed by a token box.
"""

from offwire.auth.credentials import ApiKey, Basic, Bearer
from offwire.auth.fetched import Exchange, InHeader, InQuery, Placement, TokenSource
from offwire.auth.oauth2 import ClientAuthentication, ClientCredentials, RefreshToken
from offwire.auth.sign_in import SignIn
from offwire.auth.token import Token, TokenGrant

__all__ = [
    "ApiKey",
    "Basic",
    "Bearer",
    "ClientAuthentication",
    "ClientCredentials",
    "Exchange",
    "InHeader",
    "InQuery",
    "Placement",
    "RefreshToken",
    "SignIn",
    "Token",
    "TokenGrant",
    "TokenSource",
]
