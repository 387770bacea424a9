"""The test kit: fake servers, and worlds in virtual time to run against them.

Nothing here sleeps or touches a network. `Client` tests a program that uses an API, `World` many
calls at once, `Driven` one flow step by step. `offwire.testing.rest_server` holds a whole fake
REST service.
"""

from offwire.testing.client import Client
from offwire.testing.driving import Driven
from offwire.testing.memory_store import MemoryStore
from offwire.testing.servers import (
    Answer,
    Drop,
    Matcher,
    Refuse,
    Reply,
    Script,
    ScriptEnded,
    Server,
    Stall,
    Truncate,
    json_answer,
)
from offwire.testing.task import Cancelled, Task
from offwire.testing.world import Deadlock, LawBroken, World

__all__ = [
    "Answer",
    "Cancelled",
    "Client",
    "Deadlock",
    "Driven",
    "Drop",
    "LawBroken",
    "Matcher",
    "MemoryStore",
    "Refuse",
    "Reply",
    "Script",
    "ScriptEnded",
    "Server",
    "Stall",
    "Task",
    "Truncate",
    "World",
    "json_answer",
]
