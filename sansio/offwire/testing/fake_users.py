"""`Users`: invented people, the same for the same seed, and the rules for changing them.

Rules of this file: the first n users of a larger directory are those of a smaller one. A document
is checked whole, so that all that is wrong with it is told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from offwire.json_value import Json

if TYPE_CHECKING:
    from random import Random

User: TypeAlias = "dict[str, Json]"

ROLES: Final = ("admin", "editor", "viewer")
SORTABLE: Final = ("id", "name", "email", "createdAt", "score")
"""The fields by which a list can be sorted."""

_FIRST: Final = ("Ada", "Alan", "Barbara", "Edsger", "Emmy", "Grace", "Katherine", "Niels", "Sofia", "Tim")
_LAST: Final = ("Dijkstra", "Hopper", "Johnson", "Lee", "Liskov", "Lovelace", "Noether", "Turing", "Vance")
_STREETS: Final = ("Analytical Row", "Compiler Street", "Halting Lane", "Lambda Avenue", "Ring Road")
_CITIES: Final = (("Amsterdam", "NL"), ("Göttingen", "DE"), ("London", "GB"), ("Stockholm", "SE"))
_TAGS: Final = ("beta", "early", "internal", "newsletter", "partner", "trial")
_ADDRESS: Final = ("street", "city", "postalCode", "country")
_SET_BY_SERVER: Final = ("id", "createdAt")
_FIRST_DAY: Final = 1_577_836_800
_SECONDS: Final = 157_680_000
"""Users were created in the five years from 2020-01-01 on."""


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_email(value: Json) -> bool:
    return isinstance(value, str) and value.count("@") == 1 and not set(value) & set(" \r\n")


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_tags(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_address(value: Json) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == set(_ADDRESS)
        and all(isinstance(each, str) for each in value.values())
    )


_FIELDS: Final[dict[str, tuple[Callable[[Json], bool], str]]] = {
    "name": (_is_text, "is text, and not empty"),
    "email": (_is_email, "is an email address"),
    "active": (lambda value: isinstance(value, bool), "is true or false"),
    "role": (lambda value: value in ROLES, f"is one of {', '.join(ROLES)}"),
    "score": (_is_number, "is a number"),
    "tags": (_is_tags, "is a list of texts"),
    "address": (_is_address, f"is an object of the texts {', '.join(_ADDRESS)}"),
}
_REQUIRED: Final = ("name", "email")


class Users:
    """A directory of users, by id."""

    def __init__(self, count: int, chance: Random) -> None:
        """Invent `count` users, with ids from 1 on."""
        self._by_id: dict[int, User] = {number: _invented(number, chance) for number in range(1, count + 1)}
        self._last_id = count

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids that exist, in order."""
        return tuple(self._by_id)

    def get(self, number: int) -> User | None:
        """One user; not to be changed."""
        return self._by_id.get(number)

    def having(self, active: bool | None, role: str | None) -> Iterable[User]:
        """The users with these properties; None takes any."""
        return (
            each
            for each in self._by_id.values()
            if (active is None or each["active"] is active) and (role is None or each["role"] == role)
        )

    def create(self, document: User, wall: float) -> User:
        """A new user out of a checked document, created at `wall` seconds since 1970."""
        self._last_id += 1
        return self._put(self._last_id, _iso(wall), document)

    def replace(self, number: int, document: User) -> User:
        """The user, who has to exist, with everything set anew from a checked document."""
        return self._put(number, self._by_id[number]["createdAt"], document)

    def change(self, number: int, document: User) -> User:
        """The user, who has to exist, with the fields of a checked document changed."""
        return self._put(number, self._by_id[number]["createdAt"], {**self._by_id[number], **document})

    def delete(self, number: int) -> bool:
        """Remove a user; False where there is none."""
        return self._by_id.pop(number, None) is not None

    def _put(self, number: int, created: Json, document: User) -> User:
        user: User = {
            "id": number,
            "name": document["name"],
            "email": document["email"],
            "active": document.get("active", True),
            "role": document.get("role", "viewer"),
            "createdAt": created,
            "score": document.get("score", 0.0),
            "tags": document.get("tags", []),
            "address": document.get("address", dict.fromkeys(_ADDRESS, "")),
        }
        self._by_id[number] = user
        return user


def complaints(document: User, *, partial: bool) -> list[dict[str, Json]]:
    """What is wrong with a document for a user, each with its `field` and a `message`.

    Args:
        document: what was sent; what the server sets itself is passed over.
        partial: whether fields may be missing that a user has to have.
    """
    found: list[dict[str, Json]] = []
    if not partial:
        found.extend({"field": name, "message": "is missing"} for name in _REQUIRED if name not in document)
    for name, value in document.items():
        if name in _SET_BY_SERVER:
            continue
        if name not in _FIELDS:
            found.append({"field": name, "message": "is not known"})
            continue
        accepts, rule = _FIELDS[name]
        if not accepts(value):
            found.append({"field": name, "message": rule})
    return found


def _invented(number: int, chance: Random) -> User:
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    city, country = chance.choice(_CITIES)
    return {
        "id": number,
        "name": f"{first} {last}",
        "email": f"{first}.{last}.{number}@example.com".lower(),
        "active": chance.random() < 0.8,
        "role": chance.choice(ROLES),
        "createdAt": _iso(_FIRST_DAY + chance.randrange(_SECONDS)),
        "score": round(chance.uniform(0, 100), 2),
        "tags": [tag for tag in _TAGS if chance.random() < 0.3],
        "address": {
            "street": f"{chance.randint(1, 99)} {chance.choice(_STREETS)}",
            "city": city,
            "postalCode": f"{chance.randrange(100_000):05d}",
            "country": country,
        },
    }


def _iso(wall: float) -> str:
    return datetime.fromtimestamp(int(wall), UTC).isoformat().replace("+00:00", "Z")
