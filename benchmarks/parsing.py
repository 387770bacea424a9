"""Parsing into typed values and tables, from bytes: a page of 100 objects, and one of 10,000 events."""

from __future__ import annotations

import json
from datetime import datetime
from random import Random
from typing import Any

import msgspec
import polars as pl
from attrs import field, frozen
from pydantic import BaseModel, ConfigDict, Field

from benchmarks.harness import Case, Comparison
from offwire import Response
from offwire.formats.decode import decode
from offwire.formats.document import read_document
from offwire.formats.fast import fast_reader
from offwire.formats.json import loads
from offwire.formats.naming import camel_case, wire, wire_fields, wire_names
from offwire.formats.structure import structure
from offwire_frames import pandas_frame, polars_frame, to_polars

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
            Case("offwire without msgspec", lambda: structure(loads(PAGE), list[Item])),
            Case("pydantic v2", lambda: PydanticPage.model_validate_json(wrapped)),
            Case("msgspec", lambda: decoder.decode(PAGE)),
            Case("json.loads alone", lambda: json.loads(PAGE)),
        ],
        goal="at most as long as pydantic",
    )


KEYS = ("data", "reportData", "report", "events", "data")


@wire_names(camel_case)
@frozen(kw_only=True)
class Event:
    """An event of a fight, such as ESO Logs sends by the ten thousand; each kind has fields of its own."""

    timestamp: int
    type: str
    source_id: int = field(metadata=wire("sourceID"))
    target_id: int = field(metadata=wire("targetID"))
    ability_game_id: int = field(metadata=wire("abilityGameID"))
    fight: int
    amount: int | None = None
    hit_type: int | None = None
    overheal: int | None = None
    absorbed: int | None = None
    blocked: int | None = None
    mitigated: int | None = None
    multiplier: float | None = None
    tick: bool | None = None
    cast_track_id: int | None = field(default=None, metadata=wire("castTrackID"))
    source_instance: int | None = None
    target_instance: int | None = None
    target_is_friendly: bool | None = None
    extra_ability_game_id: int | None = field(default=None, metadata=wire("extraAbilityGameID"))


class PydanticEvent(BaseModel):
    model_config = ConfigDict(frozen=True)
    timestamp: int
    type: str
    source_id: int = Field(alias="sourceID")
    target_id: int = Field(alias="targetID")
    ability_game_id: int = Field(alias="abilityGameID")
    fight: int
    amount: int | None = None
    hit_type: int | None = Field(None, alias="hitType")
    overheal: int | None = None
    absorbed: int | None = None
    blocked: int | None = None
    mitigated: int | None = None
    multiplier: float | None = None
    tick: bool | None = None
    cast_track_id: int | None = Field(None, alias="castTrackID")
    source_instance: int | None = Field(None, alias="sourceInstance")
    target_instance: int | None = Field(None, alias="targetInstance")
    target_is_friendly: bool | None = Field(None, alias="targetIsFriendly")
    extra_ability_game_id: int | None = Field(None, alias="extraAbilityGameID")


class PydanticEvents(BaseModel):
    data: list[PydanticEvent]


class PydanticReport(BaseModel):
    events: PydanticEvents


class PydanticReportData(BaseModel):
    report: PydanticReport


class PydanticData(BaseModel):
    report_data: PydanticReportData = Field(alias="reportData")


class PydanticAnswer(BaseModel):
    data: PydanticData


def _events(count: int) -> list[dict[str, object]]:
    """Damage, healing, casts and buffs, with the fields that such events have."""
    random = Random(0)
    made = []
    for number in range(count):
        kind = random.choice(("damage", "damage", "heal", "cast", "applybuff"))
        event: dict[str, object] = {
            "timestamp": number * 17, "type": kind, "sourceID": random.randrange(60),
            "targetID": random.randrange(60), "abilityGameID": random.randrange(200_000), "fight": 7,
        }  # fmt: skip
        if kind in ("damage", "heal"):
            event |= {
                "amount": random.randrange(60_000),
                "hitType": random.choice((1, 2)),
                "castTrackID": number,
            }
            event |= {"tick": True} if random.random() < 0.4 else {}
            event |= {"overheal": random.randrange(9_000)} if kind == "heal" else {"multiplier": 1.25}
        elif kind == "cast":
            event |= {"castTrackID": number, "targetIsFriendly": False}
        else:
            event |= {"targetIsFriendly": True, "extraAbilityGameID": random.randrange(200_000)}
        if random.random() < 0.3:
            event |= {"sourceInstance": random.randrange(9), "notKnownToUs": "passed over"}
        made.append(event)
    return made


EVENTS = json.dumps(_events(10_000), separators=(",", ":")).encode()
ANSWER = b'{"data":{"reportData":{"report":{"events":{"data":' + EVENTS + b"}}}}}"


def events() -> Comparison:
    """A page of events, in the envelope of GraphQL."""
    read = fast_reader(list[Event], KEYS, ("errors",))
    assert read is not None
    theirs = PydanticAnswer.model_validate_json(ANSWER).data.report_data.report.events.data
    ours = read(ANSWER)
    assert [each.amount for each in ours] == [each.amount for each in theirs]
    return Comparison(
        "parse 10,000 events of 19 fields, most of them optional, out of an answer of GraphQL",
        [
            Case("offwire (strict, attrs)", lambda: read(ANSWER)),
            Case("offwire without msgspec", lambda: structure(_at_keys(loads(ANSWER)), list[Event])),
            Case("pydantic v2", lambda: PydanticAnswer.model_validate_json(ANSWER)),
            Case("json.loads alone", lambda: json.loads(ANSWER)),
        ],
        goal="at most as long as pydantic",
    )


def frames() -> Comparison:
    """The same page as a table."""
    schema = to_polars([], Event).schema
    wires = {own: schema[name] for name, own in wire_fields(Event).items()}
    return Comparison(
        "the same 10,000 events as a table of polars",
        [
            Case("offwire (strict)", lambda: polars_frame([ANSWER], Event, within=KEYS)),
            Case("polars.read_json, schema given, no envelope", lambda: pl.read_json(EVENTS, schema=wires)),
            Case("polars.read_json, inferred", lambda: pl.read_json(EVENTS, infer_schema_length=None)),
            Case(
                "offwire, by way of objects",
                lambda: to_polars(read_document(ANSWER, list[Event], within=KEYS)),
            ),
            Case("offwire, pandas", lambda: pandas_frame([ANSWER], Event, within=KEYS)),
        ],
        goal="at most 1.5 × polars' own reader",
    )


def _at_keys(data: Any) -> Any:
    for key in KEYS:
        data = data[key]
    return data
