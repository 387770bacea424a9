"""Plain data to typed values."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.errors import DecodeError
from offwire.formats.json import dumps, loads
from offwire.formats.naming import camel_case, wire_names
from offwire.formats.structure import as_list, structure
from offwire.formats.unstructure import unstructure
from offwire.json_value import Json
from offwire.unset import UNSET, Unset


class Colour(Enum):
    RED = "red"


@wire_names(camel_case)
@attrs.frozen
class Part:
    part_id: UUID
    price: Decimal
    colour: Colour
    tags: frozenset[str] = frozenset()


@wire_names(camel_case)
@attrs.frozen
class Thing:
    thing_id: int
    weight: float
    name: str | None
    made_at: datetime
    made_on: date | None
    parts: tuple[Part, ...]
    by_name: dict[str, Part]
    content: bytes = b""
    note: str | None | Unset = UNSET


def test_data_becomes_what_is_declared() -> None:
    part = {"partId": "12345678-1234-5678-1234-567812345678", "price": "1.50", "colour": "red"}
    assert structure([part], list[Part]) == [
        Part(UUID("12345678-1234-5678-1234-567812345678"), Decimal("1.50"), Colour.RED)
    ]


def test_strict_is_the_default() -> None:
    assert structure("42", int, lenient=True) == 42
    with pytest.raises(DecodeError) as raised:
        structure("42", int)
    assert raised.value.path == "$"
    assert "42" not in str(raised.value)
    with pytest.raises(DecodeError):
        structure("1.7", int, lenient=True)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param([1, 2], [1, 2], id="a list"),
        pytest.param([], [], id="an empty list"),
        pytest.param(None, [], id="null"),
        pytest.param({"a": 1}, [{"a": 1}], id="one object"),
        pytest.param({}, [{}], id="an empty object"),
        pytest.param("", [""], id="empty text"),
        pytest.param(0, [0], id="zero"),
    ],
)
def test_a_list_of_one_may_come_without_the_list(data: Json, expected: list[Json]) -> None:
    assert as_list(data) == expected


TEXT = st.text(st.characters(codec="utf-8"), max_size=5)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
PARTS = st.builds(
    Part,
    part_id=st.uuids(),
    price=st.decimals(allow_nan=False, allow_infinity=False),
    colour=st.sampled_from(Colour) | TEXT.map(lambda text: structure(text, Colour)),
    tags=st.frozensets(TEXT, max_size=3),
)
THINGS = st.builds(
    Thing,
    thing_id=st.integers(),
    weight=FINITE,
    name=st.none() | TEXT,
    made_at=st.datetimes(timezones=st.none() | st.just(UTC)),
    made_on=st.none() | st.dates(),
    parts=st.lists(PARTS, max_size=2).map(tuple),
    by_name=st.dictionaries(TEXT, PARTS, max_size=2),
    content=st.binary(max_size=5),
    note=st.just(UNSET) | st.none() | TEXT,
)


@given(THINGS)
def test_what_is_written_is_read(thing: Thing) -> None:
    for lenient in (False, True):
        assert structure(unstructure(thing), Thing, lenient=lenient) == thing
        assert structure(loads(dumps(thing)), Thing, lenient=lenient) == thing


JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["thingId", "weight", "partId", "price", "parts", "byName"]) | TEXT, inner
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_data_is_read_or_is_a_decode_error_with_a_path(data: Json) -> None:
    kinds: list[Any] = [Thing, list[Part], dict[str, Part], Thing | Part, int | str | None]
    for kind in kinds:
        for lenient in (False, True):
            try:
                structure(data, kind, lenient=lenient)
            except DecodeError as error:
                path, message = error.path, error.message
            else:
                continue
            assert path.startswith("$")
            assert message.startswith(path)


def test_cattrs_is_loaded_when_something_is_first_read() -> None:
    program = (
        "import sys, offwire.formats.decode, offwire.formats.structure as module\n"
        "assert 'cattrs' not in sys.modules\n"
        "assert module.structure(1, int) == 1\n"
        "assert 'cattrs' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_converter_is_made_at_its_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[bool, object] = {}
    monkeypatch.setattr("offwire.formats.structure._structurers", made)
    assert structure(1, int) == 1
    assert set(made) == {False}
    assert structure("1", int, lenient=True) == 1
    assert set(made) == {False, True}
