"""One API and one script for all worlds: what the integration tests run."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from offwire import (
    Api,
    Call,
    Client,
    ClientCredentials,
    Constant,
    Group,
    Jitter,
    Limit,
    M,
    Pages,
    Policies,
    RetryPolicy,
    WindowLimit,
    numbered,
    operation,
    pages,
)
from offwire.events import Event
from offwire.rendering import fields


@frozen
class User:
    """What is looked at of a user."""

    id: int
    name: str


@frozen
class UserPage:
    """One page."""

    items: list[User]


class Users(Group[M]):
    """The users."""

    @operation
    def get(self, id: int) -> Call[User]:
        """One user."""
        return Call.get("/users/{id}", path={"id": id}, returns=User)

    @operation
    def find(self, id: int) -> Call[User | None]:
        """One user, or None."""
        return Call.get("/users/{id}", path={"id": id}, returns=User).or_none(404)

    @operation
    def create(self, name: str) -> Call[User]:
        """A new one."""
        body = {"name": name, "email": f"{name.lower()}@example.com"}
        return Call.post("/users", json=body, returns=User)

    @pages
    def list(self, per_page: int) -> Pages[User]:
        """All of them."""
        first = Call.get("/users", query={"per_page": per_page}, returns=UserPage)
        return numbered(first, items=lambda page: page.items)


class Directory(Api[M]):
    """The whole API."""

    users: Users[M]


def directory(
    client: Client[M],
    base_url: str,
    *,
    seen: list[Event] | None = None,
    quota: Sequence[Limit] = (WindowLimit(calls=10_000, period=1.0),),
    attempts: int = 6,
) -> Directory[M]:
    """The API with everything on, and waits that are short."""
    policies = Policies(
        retry=RetryPolicy(max_attempts=attempts, backoff=Constant(0.001, jitter=Jitter.NONE)),
        quota=quota,
        observers=[seen.append] if seen is not None else [],
    )
    auth = ClientCredentials(
        token_url=f"{base_url}/oauth/token", client_id="client", client_secret="client-secret-1"
    )
    return Directory(client, base_url=base_url, auth=auth, policies=policies)


def without_times(events: list[Event], base_url: str) -> list[dict[str, object]]:
    """Events as they are the same in all worlds: without times, and without the server's port."""
    found = []
    for event in events:
        parts: dict[str, object] = dict(fields(event))
        for name in ("at", "elapsed", "waited", "wait", "lifetime"):
            parts.pop(name, None)
        for name in ("url", "origin"):
            if name in parts:
                parts[name] = str(parts[name]).replace(base_url, "")
        found.append(parts)
    return found


__all__ = ["Directory", "User", "Users", "directory", "without_times"]
