"""Parsing a page of 100 objects into typed values, from bytes."""

from __future__ import annotations

import json
from datetime import datetime

import msgspec
from attrs import frozen
from pydantic import BaseModel, ConfigDict, Field

from benchmarks.harness import Case, Comparison
from offwire import Response
from offwire.formats.decode import decode
from offwire.formats.naming import camel_case, wire_names

PAGE = json.dumps(
    [
        {
            "id": number, "name": f"User {number}", "email": f"user{number}@example.com",
            "isActive": number % 2 == 0, "score": number / 7, "createdAt": "2026-01-02T03:04:05+00:00",
            "tagNames": ["a", "b", "c"], "loginCount": number * 3, "homeCity": None,
            "owner": {"ownerId": number, "ownerName": "Ada"}, "unknownToUs": "kept out",
        }
        for number in range(100)
    ]
).encode()  # fmt: skip


@wire_names(camel_case)
@frozen
class Owner:
    owner_id: int
    owner_name: str


@wire_names(camel_case)
@frozen
class Item:
    id: int
    name: str
    email: str
    is_active: bool
    score: float
    created_at: datetime
    tag_names: list[str]
    login_count: int
    home_city: str | None
    owner: Owner


class PydanticOwner(BaseModel):
    owner_id: int = Field(alias="ownerId")
    owner_name: str = Field(alias="ownerName")


class PydanticItem(BaseModel):
    model_config = ConfigDict(frozen=True)
    id: int
    name: str
    email: str
    is_active: bool = Field(alias="isActive")
    score: float
    created_at: datetime = Field(alias="createdAt")
    tag_names: list[str] = Field(alias="tagNames")
    login_count: int = Field(alias="loginCount")
    home_city: str | None = Field(alias="homeCity")
    owner: PydanticOwner


class PydanticPage(BaseModel):
    items: list[PydanticItem]


class MsgspecOwner(msgspec.Struct, frozen=True, rename="camel"):
    owner_id: int
    owner_name: str


class MsgspecItem(msgspec.Struct, frozen=True, rename="camel"):
    id: int
    name: str
    email: str
    is_active: bool
    score: float
    created_at: datetime
    tag_names: list[str]
    login_count: int
    home_city: str | None
    owner: MsgspecOwner


def page() -> Comparison:
    """The page."""
    response = Response(200, headers={"Content-Type": "application/json"}, content=PAGE)
    wrapped = b'{"items":' + PAGE + b"}"
    decoder = msgspec.json.Decoder(list[MsgspecItem])
    assert len(decode(response, list[Item])) == len(PydanticPage.model_validate_json(wrapped).items)
    return Comparison(
        "parse a page of 100 objects, 10 fields and one nested object each",
        [
            Case("offwire (strict, attrs)", lambda: decode(response, list[Item])),
            Case("pydantic v2", lambda: PydanticPage.model_validate_json(wrapped)),
            Case("msgspec", lambda: decoder.decode(PAGE)),
            Case("json.loads alone", lambda: json.loads(PAGE)),
        ],
    )
