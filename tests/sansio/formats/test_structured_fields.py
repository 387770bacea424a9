"""Structured fields: the public suite, our own table, and whatever Hypothesis finds."""

from __future__ import annotations

import json
from base64 import b32decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.structured_fields import (
    BareItem,
    Date,
    DisplayString,
    InnerList,
    Item,
    Member,
    Parameters,
    Token,
    parse_dictionary,
    parse_item,
    parse_list,
)

SHARED: Final = Path(__file__).parents[3].parent / "shared" / "conformance" / "structured-fields"
"""The public suite of cases; where it is absent our own table has to do."""


def item(value: BareItem, **parameters: BareItem) -> Item:
    return Item(value, parameters)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("-7", item(-7), id="integer"),
        pytest.param("-1.25", item(-1.25), id="decimal"),
        pytest.param(r'"a \"b\" \\"', item('a "b" \\'), id="string"),
        pytest.param("*a/b:c", item(Token("*a/b:c")), id="token"),
        pytest.param(":YQ==:", item(b"a"), id="binary"),
        pytest.param(":YWI:", item(b"ab"), id="binary without its padding"),
        pytest.param("?0", item(False), id="boolean"),
        pytest.param("@-1", item(Date(-1)), id="date"),
        pytest.param('%"f%c3%bc r %25"', item(DisplayString("fü r %")), id="display string"),
        pytest.param("  1;a; b=2;a=?0  ", Item(1, {"a": False, "b": 2}), id="parameters, the last of a name"),
    ],
)
def test_items(text: str, expected: Item) -> None:
    found = parse_item([text])
    assert found == expected
    assert type(found.value) is type(expected.value), "1 and True are not the same here"


def test_lists() -> None:
    assert parse_list([]) == ()
    assert parse_list(["a;x=1 ,\t(1 2 );y", "()"]) == (
        item(Token("a"), x=1),
        InnerList((item(1), item(2)), {"y": True}),
        InnerList((), {}),
    )


def test_dictionaries() -> None:
    assert parse_dictionary([""]) == {}
    assert parse_dictionary(["a=1, b;x, c=(2)", "a=?0"]) == {
        "a": item(False),
        "b": item(True, x=True),
        "c": InnerList((item(2),), {}),
    }


@pytest.mark.parametrize(
    ("text", "place", "wanted"),
    [
        pytest.param("", 0, "a value", id="nothing"),
        pytest.param("1 2", 1, "nothing more", id="two items"),
        pytest.param("1.2345", 0, "a value", id="too many digits"),
        pytest.param("1;A", 2, "a key", id="a key in capitals"),
        pytest.param('%"%ff"', 0, "text in UTF-8", id="not in UTF-8"),
    ],
)
def test_a_malformed_item_is_refused(text: str, place: int, wanted: str) -> None:
    with pytest.raises(ValueError, match=f"at character {place} there should be {wanted}$"):
        parse_item([text])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("1 2", "a comma", id="no comma"),
        pytest.param("1,", "a value", id="a comma too many"),
        pytest.param('("a""b")', "a space or a closing parenthesis", id="no space"),
        pytest.param("(1", "a space or a closing parenthesis", id="no parenthesis"),
    ],
)
def test_a_malformed_list_is_refused(text: str, wanted: str) -> None:
    with pytest.raises(ValueError, match=wanted):
        parse_list([text])


def test_what_is_refused_is_not_shown() -> None:
    with pytest.raises(ValueError, match="malformed") as caught:
        parse_item(['"the door code is 4711'])
    assert "4711" not in str(caught.value)


# --- the public suite ---------------------------------------------------------------------------------


def suite() -> Iterator[Any]:
    for path in sorted(SHARED.glob("*.json")):
        for number, case in enumerate(json.loads(path.read_text())):
            yield pytest.param(case, id=f"{path.stem}-{number}-{case['name']}")


def plain(value: BareItem) -> object:
    """As the suite writes a value down, which is JSON; its binary is in base32."""
    match value:
        case bytes():
            return value
        case Token(text):
            return ("token", text)
        case Date(seconds):
            return ("date", seconds)
        case DisplayString(text):
            return ("displaystring", text)
        case _:
            return (type(value), value)


def plain_parameters(parameters: Parameters) -> list[tuple[str, object]]:
    return [(key, plain(value)) for key, value in parameters.items()]


def plain_member(member: Member) -> object:
    if isinstance(member, Item):
        return (plain(member.value), plain_parameters(member.parameters))
    return ([plain_member(each) for each in member.items], plain_parameters(member.parameters))


def expected_value(value: Any) -> object:
    if not isinstance(value, dict):
        return (type(value), value)
    kind, text = value["__type"], value["value"]
    return b32decode(text) if kind == "binary" else (kind, text)


def expected_member(member: Any) -> object:
    value, parameters = member
    pairs = [(key, expected_value(each)) for key, each in parameters]
    if isinstance(value, list):
        return ([expected_member(each) for each in value], pairs)
    return (expected_value(value), pairs)


def check(case: Any) -> None:
    lines = case["raw"]
    match case["header_type"]:
        case "item":
            found = plain_member(parse_item(lines))
            expected = expected_member(case["expected"])
        case "list":
            found = [plain_member(each) for each in parse_list(lines)]
            expected = [expected_member(each) for each in case["expected"]]
        case _:
            found = [(key, plain_member(each)) for key, each in parse_dictionary(lines).items()]
            expected = [(key, expected_member(each)) for key, each in case["expected"]]
    assert found == expected


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public suite of structured fields is not here")
@pytest.mark.parametrize("case", list(suite()))
def test_the_public_suite(case: Any) -> None:
    """Nothing that a case may refuse is refused here."""
    if case.get("must_fail"):
        parse = {"item": parse_item, "list": parse_list, "dictionary": parse_dictionary}[case["header_type"]]
        with pytest.raises(ValueError, match="malformed structured field"):
            parse(case["raw"])
    else:
        check(case)


# --- whatever comes --------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [*'"\\()=;,: \t@%?-.*1aZ', "a=1", '"a"', ":YQ==:", "@1", '%"', "%c3", "?1", "1.5", "é"]
)


@given(st.lists(st.lists(PIECES, max_size=12).map("".join) | st.text(), max_size=3))
def test_whatever_comes_is_read_or_refused(lines: list[str]) -> None:
    for parse in (parse_item, parse_list, parse_dictionary):
        try:
            parse(lines)
        except ValueError as error:
            assert str(error).startswith("malformed structured field")  # noqa: PT017 - both ends are right


KEYS = st.from_regex(r"[a-z*][a-z0-9_.*-]{0,5}", fullmatch=True)
VALUES = st.one_of(
    st.integers(-(10**15) + 1, 10**15 - 1).map(lambda value: (str(value), value)),
    st.integers(-(10**15) + 1, 10**15 - 1).map(lambda value: (f"@{value}", Date(value))),
    st.tuples(st.booleans(), st.integers(0, 10**12 - 1), st.integers(0, 999)).map(
        lambda parts: (text := f"{'-' * parts[0]}{parts[1]}.{parts[2]:03}", float(text))
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126)).map(
        lambda text: ('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"', text)
    ),
    st.binary().map(lambda value: (f":{b64encode(value).decode()}:", value)),
    st.booleans().map(lambda value: (f"?{value:d}", value)),
    st.text(st.characters(exclude_categories=["Cs"])).map(
        lambda text: ('%"' + "".join(f"%{byte:02x}" for byte in text.encode()) + '"', DisplayString(text))
    ),
)


@given(st.lists(st.tuples(KEYS, VALUES, KEYS, VALUES)))
def test_what_was_written_is_read(entries: list[tuple[str, Any, str, Any]]) -> None:
    text = ", ".join(f"{key}={raw};{name}={given}" for key, (raw, _), name, (given, _) in entries)
    expected = {key: Item(value, {name: of}) for key, (_, value), name, (_, of) in entries}
    found = parse_dictionary([text])
    assert found == expected
    for key, member in found.items():
        assert isinstance(member, Item)
        other = expected[key]
        assert type(member.value) is type(other.value)
