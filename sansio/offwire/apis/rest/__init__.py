"""`Rest`: a client for any JSON-over-HTTP API, in three worlds.

with offwire_sync.Client() as client:
    rest = Rest(client, RestConfig(base_url="https://api.example.com"))
    user = rest.get("/users/{id}", path={"id": 7}, returns=User).data
"""

from offwire.apis.rest.client import Rest
from offwire.apis.rest.config import RestConfig
from offwire.apis.rest.paging import ByCursor, ByLink, ByOffset, ByPage, Paging
from offwire.apis.rest.response import RestResponse

__all__ = ["ByCursor", "ByLink", "ByOffset", "ByPage", "Paging", "Rest", "RestConfig", "RestResponse"]
