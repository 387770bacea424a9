"""Offwire for trio: `async with offwire_trio.Client() as client: ...`.

Importing this loads no HTTP library; the first client does.
"""

from offwire_httpx.settings import ClientCertificate, Limits, Proxy, Tls
from offwire_trio.client import Client

__all__ = ["Client", "ClientCertificate", "Limits", "Proxy", "Tls"]
