"""A Call: what is sent for the arguments of an operation, and what an answer means."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, cast
from uuid import UUID

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from offwire import UNSET, Body, Call, Expect, Headers, Options, Request, Response, Safety, Timeouts, Url
from offwire.errors import DecodeError, NotFound, ServerError, ValidationFailed
from offwire.formats.multipart import File
from offwire.message.query import QueryValue, Scalar
from offwire.message.styles import Brackets, Comma, DeepObject, Exploded
from offwire.operations import call as call_module
from offwire.operations.call import Verb, make_body

Canary = Callable[[str], str]


@frozen
class User:
    id: int
    name: str


class Colour(Enum):
    RED = "red & hot"


ADA = User(7, "Ada")
OK = Response(200, json={"id": 7, "name": "Ada"})
VERBS = [
    pytest.param(Call.get, "GET", Safety.SAFE, id="get"),
    pytest.param(Call.head, "HEAD", Safety.SAFE, id="head"),
    pytest.param(Call.options, "OPTIONS", Safety.SAFE, id="options"),
    pytest.param(Call.post, "POST", Safety.UNKNOWN, id="post"),
    pytest.param(Call.put, "PUT", Safety.IDEMPOTENT, id="put"),
    pytest.param(Call.patch, "PATCH", Safety.UNKNOWN, id="patch"),
    pytest.param(Call.delete, "DELETE", Safety.IDEMPOTENT, id="delete"),
]


@pytest.mark.parametrize(("verb", "method", "safety"), VERBS)
def test_a_verb_makes_calls_of_its_method(verb: Verb, method: str, safety: Safety) -> None:
    call = verb("/users/{id}", path={"id": 7}, query={"page": 2}, headers={"X-A": "b"}, returns=User)
    assert call.request == Request(method, "/users/7?page=2", headers={"X-A": "b"})
    assert call.safety is safety
    assert call.parse(OK) == ADA
    assert verb("/users", safety=Safety.KEYED).safety is Safety.KEYED
    assert verb("/users").parse(Response(200, content=b"whatever")) is None


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        pytest.param(7, "7", id="a number"),
        pytest.param("a/b?c", "a%2Fb%3Fc", id="what would end a segment"),
        pytest.param("a b#c%", "a%20b%23c%25", id="what would end a path"),
        pytest.param("é", "%C3%A9", id="what is not in ASCII"),
        pytest.param("...", "...", id="three dots"),
        pytest.param(True, "true", id="a bool"),
        pytest.param(1.5, "1.5", id="a fraction"),
        pytest.param(date(2024, 5, 1), "2024-05-01", id="a date"),
        pytest.param(datetime(2024, 5, 1, 12, tzinfo=UTC), "2024-05-01T12%3A00%3A00%2B00%3A00", id="a time"),
        pytest.param(UUID(int=1), "00000000-0000-0000-0000-000000000001", id="a UUID"),
        pytest.param(Decimal("1.50"), "1.50", id="a Decimal"),
        pytest.param(Colour.RED, "red%20%26%20hot", id="an Enum"),
    ],
)
def test_a_path_value_is_one_quoted_segment(value: Scalar, segment: str) -> None:
    assert Call.get("/users/{id}/posts", path={"id": value}).request.url.text == f"/users/{segment}/posts"
    call = Call.get("https://x.test/{id}?a=1", path={"id": value})
    assert call.request.url.text == f"https://x.test/{segment}?a=1"


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        pytest.param({"id": ".."}, ValueError, "'id' may not be '..'", id="two dots"),
        pytest.param({"id": "."}, ValueError, "'id' may not be '.'", id="a dot"),
        pytest.param({"id": ""}, ValueError, "'id' may not be ''", id="nothing"),
        pytest.param({"id": None}, TypeError, "'id' needs a value", id="None"),
        pytest.param({"id": UNSET}, TypeError, "'id' needs a value", id="UNSET"),
        pytest.param({"id": b"7"}, TypeError, "'id' cannot be a bytes", id="bytes"),
        pytest.param({"id": float("nan")}, ValueError, "'id' is nan", id="no number"),
        pytest.param({}, TypeError, "needs a path value for 'id'", id="a missing value"),
        pytest.param(
            {"id": 7, "ids": 8}, TypeError, "no place for the path value 'ids'", id="a surplus value"
        ),
    ],
)
def test_a_path_value_that_would_change_the_path_is_refused(
    path: Mapping[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Call.get("/users/{id}", path=path)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        pytest.param({"a": 1, "b": "x y", "c": True}, "a=1&b=x%20y&c=true", id="scalars"),
        pytest.param({"a": None, "b": UNSET, "c": ""}, "c=", id="left out: UNSET and None, not the empty"),
        pytest.param({"a": UNSET}, "", id="nothing left"),
        pytest.param({"a": [1, 2]}, "a=1&a=2", id="a list"),
        pytest.param({"a": []}, "", id="an empty list"),
        pytest.param({"a": Comma([1, "x,y"])}, "a=1,x%2Cy", id="a joined list"),
        pytest.param({"a": Brackets([1])}, "a%5B%5D=1", id="brackets"),
        pytest.param({"a": DeepObject({"b": 1})}, "a%5Bb%5D=1", id="a deep object"),
        pytest.param({"a": Exploded({"b": 1, "c": None})}, "b=1", id="an exploded object"),
        pytest.param({"a&b": "c=d"}, "a%26b=c%3Dd", id="a name to be quoted"),
        pytest.param({"d": date(2024, 5, 1), "e": Colour.RED}, "d=2024-05-01&e=red%20%26%20hot", id="others"),
    ],
)
def test_a_query_has_its_parameters_in_their_order(query: Mapping[str, QueryValue], text: str) -> None:
    assert Call.get("/users", query=query).request.url.query == text
    assert Call.get("/users", query=query).request.url.path == "/users"


def test_a_fixed_query_in_the_template_comes_first() -> None:
    assert Call.get("/users?v=1", query={"a": 2}).request.url.text == "/users?v=1&a=2"
    assert (
        Call.get("/users{?a,b*}", path={"a": 1, "b": cast(Any, ["x", "y"])}).request.url.text
        == "/users?a=1&b=x&b=y"
    )


def test_header_fields_are_text_and_leave_out_what_is_not_there() -> None:
    call = Call.get(
        "/", headers={"X-A": "é", "X-B": 5, "X-C": None, "X-D": UNSET, "X-E": "", "X-F": Colour.RED}
    )
    assert call.request.headers.pairs() == (("X-A", "é"), ("X-B", "5"), ("X-E", ""), ("X-F", "red & hot"))


@pytest.mark.parametrize(
    ("headers", "error", "words"),
    [
        pytest.param({"X A": "b"}, ValueError, "'X A' is no header name", id="a name with a blank"),
        pytest.param({5: "b"}, TypeError, "header names", id="a number as name"),
        pytest.param({"X": "a\r\nX-B: c"}, ValueError, "'X' holds a character", id="a smuggled field"),
        pytest.param({"X": " a"}, ValueError, "white space", id="a blank before"),
        pytest.param({"X": "λ"}, ValueError, "latin-1", id="what is not in latin-1"),
        pytest.param({"X": ["a"]}, TypeError, "'X' cannot be a list", id="a list"),
        pytest.param(
            {"Content-Type": "a/b", "content-type": "a/b"}, ValueError, "one Content-Type", id="twice"
        ),
        pytest.param([("X", "a")], TypeError, "headers is a mapping", id="pairs"),
        pytest.param(Headers({"X": "a"}), TypeError, "headers is a mapping", id="Headers"),
    ],
)
def test_a_header_that_cannot_be_sent_is_refused(headers: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Call.get("/users", headers=headers)


@pytest.mark.parametrize(
    ("arguments", "content", "content_type"),
    [
        pytest.param({"json": {"a": UNSET, "b": None}}, b'{"b":null}', "application/json", id="JSON"),
        pytest.param({"json": ADA}, b'{"id":7,"name":"Ada"}', "application/json", id="JSON out of attrs"),
        pytest.param({"json": None}, b"null", "application/json", id="JSON null"),
        pytest.param({"json": {}}, b"{}", "application/json", id="an empty object"),
        pytest.param(
            {"form": {"a": "b c", "d": None, "e": [1, 2]}},
            b"a=b+c&e=1&e=2",
            "application/x-www-form-urlencoded",
            id="a form",
        ),
        pytest.param({"form": {}}, b"", "application/x-www-form-urlencoded", id="an empty form"),
        pytest.param({"body": Body(content=b"x", content_type="a/b")}, b"x", "a/b", id="a body of one's own"),
        pytest.param({"body": Body(content=b"x")}, b"x", None, id="a body of no type"),
    ],
)
def test_a_body_has_the_one_content_type_that_describes_it(
    arguments: dict[str, Any], content: bytes, content_type: str | None
) -> None:
    request = Call.post("/users", **arguments).request
    assert request.body == Body(content=content, content_type=content_type)
    kinds = [value for name, value in request.fields() if name.lower() == "content-type"]
    assert kinds == ([] if content_type is None else [content_type])
    request = Call.post("/users", headers={"content-type": "x/y"}, **arguments).request
    assert [value for name, value in request.fields() if name.lower() == "content-type"] == ["x/y"]


def test_files_make_a_form_multipart() -> None:
    file = File(b"%PDF", "a.pdf", "application/pdf")
    both = Call.post("/upload", form={"title": "A"}, files={"file": file}).request.body
    alone = Call.post("/upload", files={"file": [file, file]}).request.body
    assert both is not None
    assert alone is not None
    for body in (both, alone):
        assert body.content_type == "multipart/form-data; boundary=offwire-000000000000"
        assert b'name="file"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF' in body.content
    assert b'name="title"\r\n\r\nA\r\n' in both.content
    assert alone.content.count(b"%PDF") == 2


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        pytest.param({"json": 1, "form": {}}, ValueError, "one of json, form", id="JSON and a form"),
        pytest.param({"json": None, "files": {}}, ValueError, "one of json, form", id="JSON and files"),
        pytest.param(
            {"form": {}, "body": Body(content=b"")}, ValueError, "one of json, form", id="form and body"
        ),
        pytest.param({"body": b"x"}, TypeError, "body is a Body", id="bytes"),
        pytest.param({"json": {"a": object()}}, TypeError, r"\$.a", id="what has no form in JSON"),
        pytest.param({"json": float("nan")}, ValueError, "JSON", id="NaN"),
        pytest.param({"form": {"a": b"x"}}, TypeError, "'a' cannot be a bytes", id="bytes in a form"),
    ],
)
def test_a_body_that_cannot_be_sent_is_refused(
    arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Call.post("/users", **arguments)
    with pytest.raises(ValueError, match="give one of"):
        make_body(UNSET, None, None, None)


def test_a_body_alone_is_the_body() -> None:
    body = Body(content=b"x")
    assert make_body(UNSET, None, None, body) is body


@pytest.mark.parametrize(
    ("template", "path", "text"),
    [
        pytest.param("https://x.test/a/{id}", {"id": "b/c"}, "https://x.test/a/b%2Fc", id="with a path"),
        pytest.param("https://x.test", {}, "https://x.test", id="an origin"),
        pytest.param("HTTPS://x.test:8443?a={id}", {"id": 1}, "HTTPS://x.test:8443?a=1", id="with a query"),
        pytest.param("", {}, "", id="the base URL itself"),
        pytest.param("/", {}, "/", id="its root"),
    ],
)
def test_a_template_is_below_the_base_url_or_absolute(template: str, path: dict[str, Any], text: str) -> None:
    assert Call.get(template, path=path).request.url.text == text


@pytest.mark.parametrize(
    ("template", "error", "words"),
    [
        pytest.param("users/{id}", ValueError, "starts with '/'", id="no slash"),
        pytest.param("{id}", ValueError, "starts with '/'", id="a value first"),
        pytest.param("?a=1", ValueError, "starts with '/'", id="a query only"),
        pytest.param("https://{host}/a", ValueError, "written out", id="a value as host"),
        pytest.param("https://x{host}.test/a", ValueError, "written out", id="a value within the host"),
        pytest.param("ftp://x.test/a", ValueError, "starts with '/'", id="another scheme"),
        pytest.param("https://a:b@x.test/a", ValueError, "user name or password", id="a password"),
        pytest.param("//x.test/a", ValueError, "starts with http", id="no scheme"),
        pytest.param("/users/{id", ValueError, "never closed", id="an open brace"),
        pytest.param("/users#top", ValueError, "fragment", id="a fragment"),
        pytest.param(None, TypeError, "a template is a str", id="None"),
        pytest.param(Url("/a"), TypeError, "a template is a str", id="a Url"),
    ],
)
def test_a_template_that_leads_nowhere_is_refused(template: Any, error: type[Exception], words: str) -> None:
    for _ in range(2):
        with pytest.raises(error, match=words):
            Call.get(template, path={})


def test_a_call_is_a_value() -> None:
    one = Call.post("/users", json={"a": 1}, returns=User)
    other = Call.post("/users", json={"a": 1}, returns=list[User])
    values: list[object] = [one, other, copy.copy(one)]
    assert values == [one] * 3
    assert len({hash(each) for each in values}) == 1
    for different in (
        Call.post("/users", json={"a": 2}),
        Call.put("/users", json={"a": 1}),
        Call.post("/users?a", json={"a": 1}),
        Call.post("/users", json={"a": 1}, headers={"X": "y"}),
        one.with_options(Options(deadline=5.0)),
    ):
        assert one != different
    with pytest.raises(AttributeError):
        one.request = other.request  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_the_repr_of_a_call_shows_no_secret(canary: Canary) -> None:
    text = canary("argument")
    call = Call.post("/users", query={"key": text}, headers={"X-Key": text}, form={"password": text})
    shown = repr(call.with_options(Options(headers={"X-Key": text}, idempotency_key=text)))
    assert text not in shown
    assert shown.startswith("Call(request=Request(method='POST', url=Url('/users?key=***')")


def test_parse_tells_what_an_answer_means() -> None:
    call = Call.get("/users/{id}", path={"id": 7}, returns=User)
    assert call.parse(OK) == ADA
    with pytest.raises(NotFound) as missing:
        call.parse(Response(404, json={"message": "no such user"}))
    assert (missing.value.detail, missing.value.method, missing.value.url) == (
        "no such user",
        "GET",
        "/users/7",
    )
    with pytest.raises(DecodeError) as wrong:
        call.parse(Response(200, json={"id": 7, "name": None}))
    assert wrong.value.path == "$.name"


def test_or_none_takes_statuses_for_nothing() -> None:
    call = Call.get("/users/{id}", path={"id": 7}, returns=User).or_none(404).or_none(410, 204)
    assert [call.parse(Response(status)) for status in (404, 410, 204)] == [None] * 3
    assert call.parse(OK) == ADA
    with pytest.raises(ServerError):
        call.parse(Response(500))


def test_or_empty_takes_statuses_for_an_empty_list() -> None:
    call = Call.get("/users", returns=list[User]).or_empty(404)
    assert call.parse(Response(404)) == []
    assert call.parse(Response(200, json=[{"id": 7, "name": "Ada"}])) == [ADA]
    assert Call.get("/users", returns=list).or_empty(204).parse(Response(204)) == []
    first, second = call.parse(Response(404)), call.parse(Response(404))
    assert first is not second, "who changes a list changes it for nobody else"


def test_what_means_nothing_passes_by_the_mappings_before_it() -> None:
    named = Call.get("/users/7", returns=User).mapped(lambda user, _: [user.name])
    assert named.or_none(404).parse(Response(404)) is None
    assert named.or_empty(404).parse(Response(404)) == []
    assert named.or_none(404).mapped(lambda names, _: names or ["?"]).parse(Response(404)) == ["?"]
    later = Call.get("/users", returns=list[User]).or_empty(404).mapped(lambda users, _: len(users))
    assert later.parse(Response(404)) == 0
    assert later.or_none(404).parse(Response(404)) is None


@pytest.mark.parametrize("statuses", [(), (404, 4040), (True,), ("404",), (0,)])
def test_what_means_nothing_is_a_status(statuses: tuple[Any, ...]) -> None:
    call = Call.get("/users", returns=list[User])
    for declare in (call.or_none, call.or_empty):
        with pytest.raises(ValueError, match="such as 404"):
            declare(*statuses)


def test_or_empty_is_for_lists() -> None:
    with pytest.raises(TypeError, match="use or_none"):
        Call.get("/users/7", returns=User).or_empty(404)  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_mapped_results_see_the_answer_too() -> None:
    call = (
        Call.get("/users", returns=list[User])
        .mapped(lambda users, response: (users, response.headers["x-total"]))
        .mapped(lambda pair, _: (pair[0][0].name, int(pair[1])))
    )
    answer = Response(200, json=[{"id": 7, "name": "Ada"}], headers={"X-Total": "99"})
    assert call.parse(answer) == ("Ada", 99)


def test_a_call_is_made_of_a_request_too() -> None:
    request = Request("REPORT", "/users", headers={"Depth": "1"})
    call = Call.of(request, returns=User, expect=Expect(success={207}))
    assert (call.request, call.safety) == (request, Safety.UNKNOWN)
    assert call.parse(Response(207, json={"id": 7, "name": "Ada"})) == ADA
    assert Call.of(request, returns=User, safety=Safety.SAFE).safety is Safety.SAFE


def test_options_go_over_those_that_a_call_has() -> None:
    call = Call.get("/").with_options(Options(deadline=5.0, headers={"X-A": "a"}))
    call = call.with_options(Options(timeouts=Timeouts(read=1.0), headers={"X-B": "b"}))
    assert call.overrides == Options(
        deadline=5.0, timeouts=Timeouts(read=1.0), headers={"X-A": "a", "X-B": "b"}
    )


@pytest.mark.parametrize(
    ("url", "params", "expected"),
    [
        pytest.param("/u", {"page": 2}, "/u?page=2", id="the first parameter"),
        pytest.param("/u?a=1&page=1&b=2", {"page": 2}, "/u?a=1&b=2&page=2", id="another value"),
        pytest.param("/u?a=1&a=2", {"a": 3}, "/u?a=3", id="in place of all"),
        pytest.param("/u?a=1&a=2", {"a": [3, 4]}, "/u?a=3&a=4", id="several in place of several"),
        pytest.param("/u?a=1&b=2", {"a": None}, "/u?b=2", id="None removes"),
        pytest.param("/u?a=1", {"a": UNSET}, "/u", id="UNSET removes"),
        pytest.param("/u?a%5B%5D=1&a[]=2&a=3", {"a": Brackets([9])}, "/u?a%5B%5D=9", id="brackets"),
        pytest.param(
            "/u?p[size]=1&p%5bno%5d=2", {"p": DeepObject({"no": 3})}, "/u?p[size]=1&p%5Bno%5D=3", id="deep"
        ),
        pytest.param("/u?a+b=1&a%20b=2&c=3", {"a b": 4}, "/u?c=3&a%20b=4", id="both ways to write a space"),
        pytest.param("/u?flag&a=1", {"flag": "x"}, "/u?a=1&flag=x", id="a name without a value"),
        pytest.param("/u?&a=1&", {}, "/u?a=1", id="nothing between the marks"),
        pytest.param("/u", {"e": Exploded({"a": 1})}, "/u?a=1", id="exploded"),
        pytest.param("https://x.test/u?a=1", {"a": 2}, "https://x.test/u?a=2", id="an absolute URL"),
    ],
)
def test_with_params_replaces_parameters_by_name(
    url: str, params: Mapping[str, QueryValue], expected: str
) -> None:
    call = Call.of(Request("POST", url, body=Body(content=b"x")), returns=User)
    changed = call.with_params(params)
    assert changed.request == Request("POST", expected, body=Body(content=b"x"))
    assert changed.parse(OK) == ADA


def test_with_target_goes_elsewhere_with_the_same_call() -> None:
    call = Call.post("/users", json=1, headers={"X": "y"}, returns=User).with_options(Options(deadline=1.0))
    moved = call.with_target("https://x.test/next?a=1")
    assert moved.request.url == Url("https://x.test/next?a=1")
    assert (moved.request.body, moved.request.headers) == (call.request.body, call.request.headers)
    assert moved.overrides == call.overrides
    assert moved.parse(OK) == ADA
    with pytest.raises(ValueError, match="starts with http"):
        call.with_target("ftp://x.test")


# Nothing is remembered that arguments change

NAMES = st.sampled_from(["a", "b", "page", "a b", "é", "a[]"])
VALUES: st.SearchStrategy[QueryValue] = st.one_of(
    st.none(),
    st.just(UNSET),
    st.booleans(),
    st.integers(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    st.lists(st.integers(), max_size=3),
)
SEGMENTS = st.one_of(st.integers(), st.text(st.characters(exclude_categories=["Cs"]), max_size=5))
KEPT = Verb("GET")


@given(
    template=st.sampled_from(["/u/{id}", "/u/{id}?v=1", "https://x.test/{id}", "/u/{id}{?page}", "/x"]),
    path=st.dictionaries(st.sampled_from(["id", "page"]), SEGMENTS, max_size=2),
    query=st.none() | st.dictionaries(NAMES, VALUES, max_size=3),
    returns=st.sampled_from([None, User, list[User], bytes]),
    lenient=st.booleans(),
)
def test_what_is_kept_of_a_shape_changes_no_result(
    template: str, path: dict[str, Any], query: dict[str, Any] | None, returns: Any, lenient: bool
) -> None:
    def outcome(verb: Verb) -> object:
        try:
            call = verb(template, path=path, query=query, returns=returns, expect=Expect(lenient=lenient))
        except (TypeError, ValueError) as error:
            return type(error), str(error)
        meaning = call.meaning
        return call.request, meaning.returns, meaning.expect, meaning.safety

    assert outcome(KEPT) == outcome(Verb("GET"))


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_module, "_KEPT_SHAPES", 8)
    verb = Verb("GET")
    for _ in range(2):
        for number in range(50):
            assert verb("/u", query={f"p{number}": number}).request.url.text == f"/u?p{number}={number}"
            assert len(verb._shapes) <= 8


def test_calls_of_one_shape_differ_in_their_arguments_only() -> None:
    expect = Expect(lenient=True)
    one = Call.get("/users/{id}", path={"id": 1}, query={"a": 1}, returns=User, expect=expect)
    two = Call.get("/users/{id}", path={"id": 2}, query={"a": 2}, returns=User, expect=expect)
    assert (one.request.url.text, two.request.url.text) == ("/users/1?a=1", "/users/2?a=2")
    assert one.meaning is two.meaning
    strict = Call.get("/users/{id}", path={"id": 1}, query={"a": 1}, returns=User)
    text = Response(200, json={"id": "7", "name": "Ada"})
    assert one.parse(text) == ADA
    with pytest.raises(DecodeError):
        strict.parse(text)


def test_a_declared_error_goes_before_the_usual_one() -> None:
    class Locked(ValidationFailed):
        """423."""

    call = Call.get("/users/7", expect=Expect(errors={423: Locked}))
    with pytest.raises(Locked):
        call.parse(Response(423))


def test_json_is_loaded_by_the_first_json_body() -> None:
    call_module._json_body.cache_clear()
    for _ in range(2):
        body = Call.post("/users", json={"name": "Ada"}).request.body
        assert body is not None
        assert body.content == b'{"name":"Ada"}'
    assert call_module._json_body.cache_info().misses == 1
