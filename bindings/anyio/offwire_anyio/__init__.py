"""The one asynchronous driver, over anyio. Clients come from `offwire_asyncio` and `offwire_trio`."""

from offwire_anyio.client import AsyncClient
from offwire_anyio.world import Shielded, World

__all__ = ["AsyncClient", "Shielded", "World"]
