"""Offwire for asyncio: `async with offwire_asyncio.Client() as client: ...`.

Importing this loads no HTTP library; the first client does.
"""

from offwire_asyncio.client import Client
from offwire_httpx.settings import ClientCertificate, Limits, Proxy, Tls

__all__ = ["Client", "ClientCertificate", "Limits", "Proxy", "Tls"]
