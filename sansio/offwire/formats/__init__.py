"""Formats: how data becomes the bytes of a message, and back.

Import from the module that knows the format. Here is only what a user's own classes are
declared with.
"""

from offwire.formats.enums import OpenEnum, is_known
from offwire.formats.naming import camel_case, kebab_case, pascal_case, wire, wire_names

__all__ = [
    "OpenEnum",
    "camel_case",
    "is_known",
    "kebab_case",
    "pascal_case",
    "wire",
    "wire_names",
]
