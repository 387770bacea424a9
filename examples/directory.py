"""An API written once: the directory of users that the stand-in serves."""

from __future__ import annotations

from attrs import frozen

from offwire import Api, Call, Group, M, Pages, numbered, operation, pages
from offwire.formats.naming import camel_case, wire_names


@frozen
class Address:
    """Where a user lives."""

    street: str
    city: str


@wire_names(camel_case)
@frozen
class User:
    """One user of the directory."""

    id: int
    name: str
    email: str
    active: bool
    created_at: str
    tags: list[str]
    address: Address


@frozen
class UserPage:
    """One page of users."""

    items: list[User]
    total: int


class Users(Group[M]):
    """The users of the directory."""

    @operation
    def get(self, id: int) -> Call[User]:
        """One user."""
        return Call.get("/users/{id}", path={"id": id}, returns=User)

    @pages
    def list(self, per_page: int = 100) -> Pages[User]:
        """All users, page by page."""
        first = Call.get("/users", query={"per_page": per_page}, returns=UserPage)
        return numbered(first, items=lambda page: page.items, pages=lambda page: -(-page.total // per_page))


class Directory(Api[M]):
    """The whole directory."""

    users: Users[M]
