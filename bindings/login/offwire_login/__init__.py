"""Signs somebody in through their browser, and waits for them on the loopback address (RFC 8252)."""

from offwire_login.signing_in import NoBrowser, sign_in

__all__ = ["NoBrowser", "sign_in"]
