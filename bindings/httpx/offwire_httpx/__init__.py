"""What the bindings share about httpx and httpx2: settings, TLS, and one request at a time.

Nothing here knows what a call is. `import offwire_httpx` loads neither library; the first client does.
"""

from offwire_httpx.settings import ClientCertificate, LibraryName, Limits, Proxy, Tls

__all__ = ["ClientCertificate", "LibraryName", "Limits", "Proxy", "Tls"]
