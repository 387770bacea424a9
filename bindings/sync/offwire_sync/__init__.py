"""Offwire for blocking code: `with offwire_sync.Client() as client: ...`.

Importing this loads no HTTP library; the first client does.
"""

from offwire_httpx.settings import ClientCertificate, Limits, Proxy, Tls
from offwire_sync.client import Client

__all__ = ["Client", "ClientCertificate", "Limits", "Proxy", "Tls"]
