"""Where ESO Logs is: its site, its token endpoint, and where a user is sent to sign in.

Rules of this file: addresses and scopes, and nothing else.
"""

from __future__ import annotations

from typing import Final

SITE: Final = "https://www.esologs.com"
"""What stands before the path of everything below."""

TOKEN_PATH: Final = "/oauth/token"
TOKEN_URL: Final = f"{SITE}{TOKEN_PATH}"
"""Where tokens are had, by whichever grant; id and secret go there by HTTP Basic."""

AUTHORIZE_URL: Final = f"{SITE}/oauth/authorize"
"""Where a user is sent to sign in (RFC 6749 section 4.1.1)."""

SCOPES: Final = ("view-user-profile",)
"""What a user is asked to allow, so that `EsoLogs.users` can answer."""

CLIENT_PATH: Final = "/api/v2/client"
"""What is public, for a program that has signed in as itself."""

USER_PATH: Final = "/api/v2/user"
"""The same, and what is a user's own, for a user who has signed in."""
