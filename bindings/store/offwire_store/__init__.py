"""Keeps tokens across runs: in a file, or in the system's keyring.

Both answer what `offwire.auth.token_store` has to ask, for `offwire.stored`.
"""

from offwire_store.file_store import FileStore
from offwire_store.keyring_store import KeyringStore

__all__ = ["FileStore", "KeyringStore"]
