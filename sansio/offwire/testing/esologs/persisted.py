"""`PersistedQueries`: documents that clients name by their hash, once they have sent them whole.

Rules of this file: the protocol is that of automatic persisted queries (Apollo's, and Lighthouse's,
which ESO Logs is made with): `extensions.persistedQuery` holds `version` 1 and `sha256Hash`.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from offwire.json_value import Json
from offwire.testing.esologs.documents import BadDocument


class PersistedQueries:
    """The documents that are known by their hash."""

    def __init__(self, *, supported: bool) -> None:
        self._supported = supported
        self._texts: dict[str, str] = {}

    def text(self, asked: Mapping[str, Json]) -> str:
        """The document that the body of a request asks for; one that is sent with its hash is kept.

        Raises:
            BadDocument: there is none, its hash is wrong, or nobody has sent it before.
        """
        text, extensions = asked.get("query"), asked.get("extensions")
        named = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
        if not isinstance(named, dict):
            if not isinstance(text, str) or not text:
                raise _bad("The request has no query.", "BAD_REQUEST")
            return text
        if not self._supported:
            raise _bad("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
        digest = str(named.get("sha256Hash"))
        if isinstance(text, str) and text:
            if sha256(text.encode()).hexdigest() != digest:
                raise _bad("The hash is not the query's.", "BAD_REQUEST")
            self._texts[digest] = text
        elif digest not in self._texts:
            raise _bad("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
        return self._texts[digest]


def _bad(message: str, code: str) -> BadDocument:
    return BadDocument([{"message": message, "extensions": {"code": code}}])
