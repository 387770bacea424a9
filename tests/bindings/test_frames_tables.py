"""Tables of polars and of pandas."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import attrs
import pandas as pd
import polars as pl
import pytest

from offwire.errors import DecodeError
from offwire.formats.columns import Columns, columns_of
from offwire.formats.naming import camel_case, wire_names
from offwire.secret import Secret
from offwire.unset import UNSET, Unset
from offwire_frames import pandas_frame, polars_frame, to_pandas, to_polars


@wire_names(camel_case)
@attrs.frozen(kw_only=True)
class Event:
    time_stamp: int
    kind: str
    amount: int | None = None
    ratio: float | Unset = UNSET
    is_tick: bool | None = None
    made_at: datetime | None = None
    made_on: date | None = None
    begins: time | None = None
    parts: list[int] = attrs.Factory(list)


POLARS = {
    "time_stamp": pl.Int64(), "kind": pl.String(), "amount": pl.Int64(), "ratio": pl.Float64(),
    "is_tick": pl.Boolean(), "made_at": pl.Datetime("us", "UTC"), "made_on": pl.Date(), "begins": pl.Time(),
    "parts": pl.String(),
}  # fmt: skip
PANDAS = {
    "time_stamp": "Int64", "kind": "string", "amount": "Int64", "ratio": "Float64", "is_tick": "boolean",
    "made_at": "datetime64[us, UTC]", "made_on": "object", "begins": "object", "parts": "string",
}  # fmt: skip
KEYS = ("data", "events")
EAST = timezone(timedelta(hours=2))
EVENTS = [
    Event(time_stamp=1, kind="damage", amount=5, ratio=0.5, made_at=datetime(2026, 1, 2, 3, tzinfo=UTC)),
    Event(time_stamp=2, kind="heal", is_tick=True, made_on=date(2026, 1, 2), begins=time(3, 4, 5, 6)),
    Event(time_stamp=3, kind="cast", parts=[1, 2], made_at=datetime(2026, 1, 2, 5, tzinfo=EAST)),
]  # fmt: skip
ROWS: list[dict[str, object]] = [
    {"timeStamp": 1, "kind": "damage", "amount": 5, "ratio": 0.5, "madeAt": "2026-01-02T03:00:00Z"},
    {"timeStamp": 2, "kind": "heal", "isTick": True, "madeOn": "2026-01-02", "begins": "03:04:05.000006"},
    {"timeStamp": 3, "kind": "cast", "parts": [1, 2], "madeAt": "2026-01-02T05:00:00+02:00", "unknown": {}},
]
EXPECTED: list[tuple[object, ...]] = [
    (1, "damage", 5, 0.5, None, datetime(2026, 1, 2, 3, tzinfo=UTC), None, None, "[]"),
    (2, "heal", None, None, True, None, date(2026, 1, 2), time(3, 4, 5, 6), "[]"),
    (3, "cast", None, None, None, datetime(2026, 1, 2, 3, tzinfo=UTC), None, None, "[1,2]"),
]


def page(rows: object) -> bytes:
    return json.dumps({"data": {"events": rows}}, separators=(",", ":")).encode()


def of_pandas(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    plain = frame.astype("object").where(frame.notna(), None)
    return [tuple(row) for row in plain.itertuples(index=False)]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(EVENTS, id="a list of objects"),
        pytest.param(iter(EVENTS), id="an iterator of objects"),
        pytest.param(columns_of(Event, EVENTS), id="columns"),
        pytest.param((columns_of(Event, [each]) for each in EVENTS), id="an iterator of columns"),
        pytest.param(
            [columns_of(Event, EVENTS[:1]), columns_of(Event, EVENTS[1:]).present()], id="less of them"
        ),
    ],
)
def test_rows_become_a_table_of_polars(rows: Any) -> None:
    frame = to_polars(rows)
    assert frame.schema == POLARS
    assert frame.rows() == EXPECTED


@pytest.mark.parametrize(
    "rows",
    [EVENTS, columns_of(Event, EVENTS), [columns_of(Event, EVENTS[:2]), columns_of(Event, EVENTS[2:])]],
    ids=["objects", "columns", "several columns"],
)
def test_rows_become_a_table_of_pandas(rows: Any) -> None:
    frame = to_pandas(rows)
    assert frame.dtypes.astype(str).to_dict() == PANDAS
    assert of_pandas(frame) == EXPECTED


def test_pages_become_one_table() -> None:
    pages = [page(ROWS[:1]), page([]), page(ROWS[1:])]
    assert polars_frame(iter(pages), Event, within=KEYS).rows() == EXPECTED
    frame = pandas_frame(iter(pages), Event, within=KEYS)
    assert of_pandas(frame) == EXPECTED
    assert list(frame.index) == [0, 1, 2]


@pytest.mark.parametrize("rows", [[], ROWS[:1], ROWS[1:2], ROWS], ids=len)
def test_columns_and_their_types_do_not_hang_on_the_values(rows: Any) -> None:
    assert polars_frame([page(rows)], Event, within=KEYS).schema == POLARS
    assert pandas_frame([page(rows)], Event, within=KEYS).dtypes.astype(str).to_dict() == PANDAS


@pytest.mark.parametrize("make", [polars_frame, pandas_frame])
def test_one_document_and_one_key_are_not_taken_apart(make: Any) -> None:
    with pytest.raises(TypeError, match=r"^pages are several documents, such as \[page\], not a bytes"):
        make(b"[]", Event)
    with pytest.raises(TypeError, match=r"^within are keys, such as \('data',\), not a str"):
        make([b'{"data": []}'], Event, within="data")


def test_without_pages_a_table_is_empty_and_has_its_columns() -> None:
    assert polars_frame([], Event).schema == to_polars([], Event).schema == POLARS
    assert pandas_frame([], Event).dtypes.astype(str).to_dict() == PANDAS
    assert len(to_pandas([], Event)) == 0


def test_columns_may_be_left_out_that_are_empty() -> None:
    assert to_polars(columns_of(Event, EVENTS[2:]).present()).columns == [
        "time_stamp",
        "kind",
        "made_at",
        "parts",
    ]


def test_a_datetime_without_an_offset_is_utc() -> None:
    events = [Event(time_stamp=1, kind="a", made_at=datetime(2026, 1, 2, 3))]
    assert to_polars(events)["made_at"].to_list() == [datetime(2026, 1, 2, 3, tzinfo=UTC)]
    assert to_pandas(events)["made_at"].tolist() == [pd.Timestamp("2026-01-02T03:00:00Z")]


def test_tables_can_be_written() -> None:
    frame = to_polars(EVENTS)
    parquet = io.BytesIO()
    frame.write_parquet(parquet)
    assert pl.read_parquet(parquet.getvalue()).rows() == EXPECTED
    assert frame.write_csv().splitlines()[0] == ",".join(POLARS)
    assert len(frame.write_ndjson().splitlines()) == 3
    assert to_pandas(EVENTS).to_csv(index=False).splitlines()[0] == ",".join(POLARS)


@pytest.mark.parametrize("make", [to_polars, to_pandas], ids=["polars", "pandas"])
@pytest.mark.parametrize(
    "event",
    [
        pytest.param(Event(time_stamp=2**63, kind="a"), id="more than 64 bits"),
        pytest.param(
            Event(time_stamp=1, kind="a", made_at=datetime.min.replace(tzinfo=EAST)),
            id="before the first year, in UTC",
        ),
    ],
)
def test_a_value_that_a_column_cannot_hold_is_told(make: Any, event: Event) -> None:
    with pytest.raises(ValueError, match=r"holds what no .* is") as raised:
        make([event])
    assert str(2**63) not in str(raised.value)
    assert raised.value.__context__ is None


@attrs.frozen
class Other:
    kind: str


@attrs.frozen
class Login:
    password: Secret


@pytest.mark.parametrize("make", [to_polars, to_pandas], ids=["polars", "pandas"])
def test_rows_have_to_be_of_one_class_that_is_known(make: Any, canary: Any) -> None:
    with pytest.raises(ValueError, match="pass kind="):
        make([])
    with pytest.raises(TypeError, match="a row is a int"):
        make([1], Event)
    with pytest.raises(TypeError, match="attrs class"):
        make([1])
    for mixed in ([columns_of(Event, []), EVENTS[0]], [EVENTS[0], columns_of(Event, [])]):
        with pytest.raises(TypeError, match="among the Columns is a Event: give Columns, or rows"):
            make(mixed)
    with pytest.raises(TypeError, match="rows of Event, and not of Other"):
        make([columns_of(Event, EVENTS)], Other)
    with pytest.raises(TypeError, match="password holds a Secret"):
        make([Login(Secret(canary("password")))])


@pytest.mark.parametrize("make", [polars_frame, pandas_frame], ids=["polars", "pandas"])
def test_what_is_wrong_with_a_page_is_told(make: Any) -> None:
    with pytest.raises(DecodeError, match=r"\$\.data is null"):
        make([b'{"data":null}'], Event, within=KEYS)
    with pytest.raises(DecodeError, match=r"\$\[0\]\.timeStamp should be an integer"):
        make([page([{"timeStamp": "x", "kind": "a"}])], Event, within=KEYS)


@pytest.mark.parametrize(
    ("library", "extra", "call"),
    [
        pytest.param("polars", "frames", "to_polars([])", id="polars"),
        pytest.param("polars", "frames", "polars_frame([], int)", id="pages of polars"),
        pytest.param("pandas", "pandas", "to_pandas([])", id="pandas"),
        pytest.param("pandas", "pandas", "pandas_frame([], int)", id="pages of pandas"),
    ],
)
def test_what_is_not_installed_is_told_by_its_extra(library: str, extra: str, call: str) -> None:
    program = (
        "import sys, offwire_frames\n"
        "assert not {'polars', 'pandas', 'msgspec'} & set(sys.modules)\n"
        f"sys.modules[{library!r}] = None\n"
        f"try: offwire_frames.{call}\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == f"a table of {library} needs {library}: pip install 'offwire[{extra}]'"


def test_pages_are_read_without_msgspec_too() -> None:
    program = (
        "import sys, attrs\n"
        "sys.modules['msgspec'] = None\n"
        "from offwire_frames import polars_frame\n"
        "row = attrs.make_class('Row', {'a': attrs.field(type=int)})\n"
        "print(polars_frame([b'[{\"a\":1}]'], row).rows())"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[(1,)]"


def test_an_operation_may_return_columns() -> None:
    from offwire import Call, Response

    call = Call.get("/events", returns=Columns[Event])
    frame = to_polars(call.parse(Response(200, json=ROWS)))
    assert frame.rows()[:2] == EXPECTED[:2]
