"""Keeps tokens and quotas outside of a client: across runs, and between programs.

They answer what `offwire.auth.token_store` has to ask, for `offwire.stored`; those that programs can
share a limit by also what `offwire.quota_store` has to ask. What a store needs is loaded with it: a
program that keeps a file loads no database.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from offwire_store.file_store import FileStore
    from offwire_store.in_process_store import InProcessStore
    from offwire_store.keyring_store import KeyringStore
    from offwire_store.redis_store import RedisStore
    from offwire_store.sqlite_store import SqliteStore

__all__ = ["FileStore", "InProcessStore", "KeyringStore", "RedisStore", "SqliteStore"]

_MODULES: Final = {
    "FileStore": "file_store",
    "InProcessStore": "in_process_store",
    "KeyringStore": "keyring_store",
    "RedisStore": "redis_store",
    "SqliteStore": "sqlite_store",
}

if not TYPE_CHECKING:  # pragma: no branch - as in `offwire`

    def __getattr__(name: str) -> object:
        """Load a store when it is first named (PEP 562)."""
        if name not in _MODULES:
            raise AttributeError(f"module 'offwire_store' has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(f"offwire_store.{_MODULES[name]}"), name)
        return found
