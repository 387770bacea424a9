"""Serve a fake server over a loopback socket: `with serve(server) as address: ...`."""

from offwire_serve.serving import Address, serve

__all__ = ["Address", "serve"]
