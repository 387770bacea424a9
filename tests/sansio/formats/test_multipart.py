"""Forms with files."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from email.policy import HTTP
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.formats.multipart import File, encode_multipart, multipart_body
from offwire.message.body import Body
from offwire.message.styles import Brackets, Comma, DeepObject, Piped
from offwire.unset import UNSET


def head(name: str) -> bytes:
    return f'--BOUNDARY\r\nContent-Disposition: form-data; name="{name}"'.encode()


@pytest.mark.parametrize(
    ("fields", "files", "expected"),
    [
        pytest.param({}, {}, b"", id="nothing"),
        pytest.param({"a": 1}, {}, head("a") + b"\r\n\r\n1\r\n", id="a field"),
        pytest.param({"a": None, "b": UNSET, "c": []}, {}, b"", id="fields left out"),
        pytest.param(
            {"a": [True, "é &"]},
            {},
            head("a") + b"\r\n\r\ntrue\r\n" + head("a") + b"\r\n\r\n\xc3\xa9 &\r\n",
            id="a list",
        ),
        pytest.param({"a": Comma([1, 2])}, {}, head("a") + b"\r\n\r\n1,2\r\n", id="commas"),
        pytest.param({"a": Brackets([1])}, {}, head("a[]") + b"\r\n\r\n1\r\n", id="brackets"),
        pytest.param({"a": DeepObject({"k": 1})}, {}, head("a[k]") + b"\r\n\r\n1\r\n", id="deep"),
        pytest.param(
            {},
            {"f": File(b"\0\r\n", "x.bin")},
            head("f") + b'; filename="x.bin"\r\nContent-Type: application/octet-stream\r\n\r\n\0\r\n\r\n',
            id="a file",
        ),
        pytest.param(
            {},
            {"f": File(b"{}", None, "application/json")},
            head("f") + b"\r\nContent-Type: application/json\r\n\r\n{}\r\n",
            id="a file without a name",
        ),
        pytest.param(
            {"a": 1},
            {"f": [File(b"1", "a", "a/b"), File(b"2", "b", "a/b")], "g": ()},
            head("a")
            + b"\r\n\r\n1\r\n"
            + head("f")
            + b'; filename="a"\r\nContent-Type: a/b\r\n\r\n1\r\n'
            + head("f")
            + b'; filename="b"\r\nContent-Type: a/b\r\n\r\n2\r\n',
            id="several files of one name",
        ),
        pytest.param(
            {'a"\r\nb': 1},
            {"\n": File(b"", 'c"\r\nX: y;é\\')},
            head("a%22%0D%0Ab")
            + b"\r\n\r\n1\r\n"
            + head("%0A")
            + b'; filename="c%22%0D%0AX: y;\xc3\xa9\\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n',
            id="names that would end their quotes",
        ),
    ],
)
def test_fields_and_files_become_parts(fields: Any, files: Any, expected: bytes) -> None:
    body = encode_multipart(fields, files, "BOUNDARY")
    assert body.content == expected + b"--BOUNDARY--\r\n"
    assert body.content_type == "multipart/form-data; boundary=BOUNDARY"


@pytest.mark.parametrize("boundary", ["", "a b", 'a"', "é", "a\r\n", "x" * 71])
def test_a_boundary_that_would_need_quotes_is_refused(boundary: str) -> None:
    with pytest.raises(ValueError, match="a boundary is 1 to 70"):
        encode_multipart({}, {}, boundary)


@pytest.mark.parametrize(
    ("fields", "files"),
    [
        ({"a": "...cut..."}, {}),
        ({"cut": ""}, {}),
        ({}, {"f": File(b"cut")}),
        ({}, {"f": File(b"", "cut.txt")}),
    ],
)
def test_a_boundary_that_occurs_in_a_part_is_refused(fields: Any, files: Any) -> None:
    with pytest.raises(ValueError, match="'cut' occurs in a part"):
        encode_multipart(fields, files, "cut")


@pytest.mark.parametrize(
    ("fields", "files", "error", "message"),
    [
        pytest.param({"a": b"x"}, {}, TypeError, "parameter 'a' cannot be a bytes", id="bytes in a field"),
        pytest.param({1: "x"}, {}, TypeError, "name of a parameter", id="a field's name"),
        pytest.param({"a": Comma(["b,c"])}, {}, ValueError, "delimiter ','", id="a comma between commas"),
        pytest.param({"a": Piped(["b|c"])}, {}, ValueError, "delimiter", id="a pipe between pipes"),
        pytest.param({"\ud800": 1}, {}, ValueError, "lone surrogate", id="a lone surrogate"),
        pytest.param({}, {1: File(b"")}, TypeError, "name of a file's field is a str", id="a file's name"),
        pytest.param({}, {"f": [b"x"]}, TypeError, "file 'f' has to be a File", id="bytes for a file"),
        pytest.param({}, {"f": b"x"}, TypeError, "file 'f' has to be a File", id="bytes for files"),
    ],
)
def test_a_part_that_cannot_be_sent_is_refused(
    fields: Any, files: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        encode_multipart(fields, files, "b")


@pytest.mark.parametrize(
    ("parts", "error", "message"),
    [
        (("text",), TypeError, r"File\.content has to be bytes"),
        ((b"", 1), TypeError, r"File\.filename has to be a str"),
        ((b"", "x", "a/b\r\nX: y"), ValueError, "Content-Type"),
    ],
)
def test_a_file_is_checked_at_birth(parts: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        File(*parts)


def test_a_file_does_not_show_its_content(canary: Callable[[str], str]) -> None:
    file = File(canary("file").encode(), "x.txt")
    assert repr(file) == "File(content=<32 bytes>, filename='x.txt', content_type=None)"


def test_a_pickle_gives_the_same_file() -> None:
    file = File(b"\xff", "x.txt", "text/plain")
    assert pickle.loads(pickle.dumps(file)) == file


def test_our_own_boundary_is_the_first_that_is_free() -> None:
    taken = b"offwire-000000000000, offwire-000000000002"
    body = multipart_body({"a": "offwire-000000000001", "b": "offwire-1"}, {"f": File(taken)})
    assert body.content_type == "multipart/form-data; boundary=offwire-000000000003"
    assert multipart_body({"a": 1}, {}) == encode_multipart({"a": 1}, {}, "offwire-000000000000")


def test_the_same_form_has_the_same_bytes() -> None:
    files = {"f": File(b"x", "x.txt")}
    assert multipart_body({"a": 1}, files) == multipart_body({"a": 1}, files)


def parts_of(body: Body) -> list[Message]:
    message = message_from_bytes(
        f"Content-Type: {body.content_type}\r\n\r\n".encode() + body.content, policy=HTTP
    )
    return list(message.iter_parts())


CONTENTS = st.binary(max_size=20) | st.lists(
    st.sampled_from([b"--", b"\r\n", b"--offwire-000000000000", b"offwire-00000000000", b"1", b"0"]),
    max_size=6,
).map(b"".join)


@given(st.lists(st.tuples(st.text("abc", min_size=1), CONTENTS), min_size=1, max_size=3))
def test_files_read_back_as_they_were_written(files: list[tuple[str, bytes]]) -> None:
    body = multipart_body({}, {f"f{i}": File(content, name) for i, (name, content) in enumerate(files)})
    parts = parts_of(body)
    assert [each.get_filename() for each in parts] == [name for name, _ in files]
    assert body.content_type is not None
    mark = f"--{body.content_type.partition('=')[2]}\r\n".encode()
    pieces = body.content.removesuffix(mark[:-2] + b"--\r\n").split(mark)
    assert [each.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for each in pieces[1:]] == [
        content for _, content in files
    ]


@given(st.text(), st.text())
def test_no_name_can_add_a_line_or_a_parameter(name: str, filename: str) -> None:
    body = encode_multipart({}, {name: File(b"x", filename)}, "b-1234567890-1234567890")
    lines = body.content.split(b"\r\n")
    assert len(lines) == 7
    assert lines[1].count(b'"') == 4
