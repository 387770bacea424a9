"""Fixed credentials: what they add to a request, what they refuse, and that they never show."""

from __future__ import annotations

import copy
import pickle
from base64 import b64decode
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire import Api, ApiKey, Basic, Bearer, Call, Group, M, Response, Secret, operation
from offwire.auth.credentials import FixedCredential, basic
from offwire.errors import AuthenticationError
from offwire.message.request import Request
from offwire.testing import Answer, Client, Script, json_answer
from offwire.time import Now

Canary = Callable[[str], str]


class Users(Group[M]):
    @operation
    def get(self) -> Call[object]:
        return Call.get("/users/7", query={"page": 2}, returns=object)

    @operation
    def elsewhere(self) -> Call[object]:
        return Call.get("https://other.test/users", returns=object)


class Shop(Api[M]):
    base_url = "https://shop.test"
    users: Users[M]


@pytest.mark.parametrize(
    ("credential", "pairs", "query"),
    [
        pytest.param(ApiKey(headers={"X-Key": "k"}), (("X-Key", "k"),), "", id="a key in a header"),
        pytest.param(
            ApiKey(headers={"Api-Auth-Id": "i", "Api-Auth-Signature": Secret("s")}),
            (("Api-Auth-Id", "i"), ("Api-Auth-Signature", "s")),
            "",
            id="keys in several headers",
        ),
        pytest.param(ApiKey(query={"key": "a b&c"}), (), "key=a%20b%26c", id="a key in the query"),
        pytest.param(
            ApiKey(headers={"X-Key": "k"}, query={"a": "1", "b": "é"}),
            (("X-Key", "k"),),
            "a=1&b=%C3%A9",
            id="keys in both",
        ),
        pytest.param(
            Basic("Aladdin", "open sesame"),
            (("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),),
            "",
            id="the example of RFC 7617 section 2",
        ),
        pytest.param(
            Basic("test", "123£"),
            (("Authorization", "Basic dGVzdDoxMjPCow=="),),
            "",
            id="the UTF-8 example of RFC 7617 section 2.1",
        ),
        pytest.param(Basic("", "p"), (("Authorization", "Basic OnA="),), "", id="no user name"),
        pytest.param(
            Bearer("mF_9.B5f-4.1JqM"),
            (("Authorization", "Bearer mF_9.B5f-4.1JqM"),),
            "",
            id="the example of RFC 6750 section 2.1",
        ),
    ],
)
def test_a_credential_says_what_it_adds(
    credential: FixedCredential, pairs: tuple[tuple[str, str], ...], query: str
) -> None:
    assert credential.header_pairs() == pairs
    assert credential.query_text() == query


def test_an_api_sends_its_keys_to_its_own_origin_only() -> None:
    client = Client(Script(json_answer(1), json_answer(2)))
    shop = Shop(client, auth=ApiKey(headers={"X-Key": "k"}, query={"key": "q"}))
    shop.users.get()
    shop.users.elsewhere()
    here, there = client.requests
    assert (here.headers["x-key"], here.url.text) == ("k", "https://shop.test/users/7?page=2&key=q")
    assert ("x-key" in there.headers, there.url.text) == (False, "https://other.test/users")


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        pytest.param(lambda _: ApiKey(), ValueError, "needs a place", id="an ApiKey without a key"),
        pytest.param(
            lambda text: ApiKey(headers=text), TypeError, "mappings of names to keys", id="a key without name"
        ),
        pytest.param(
            lambda _: ApiKey(headers=cast(Any, {"X": 5})), TypeError, "holds a str, not int", id="a number"
        ),
        pytest.param(lambda _: ApiKey(query={"key": ""}), ValueError, "may not be empty", id="an empty key"),
        pytest.param(
            lambda text: ApiKey(headers={"X-Key": f"{text}\n"}),
            ValueError,
            "'X-Key'",
            id="a key with a line break",
        ),
        pytest.param(
            lambda text: ApiKey(headers={"X Key": text}), ValueError, "'X Key'", id="no header name"
        ),
        pytest.param(
            lambda text: ApiKey(query={"key": f"{text}\ud800"}),
            ValueError,
            "surrogate",
            id="half a character",
        ),
        pytest.param(lambda text: Basic("a:b", text), ValueError, "no colon", id="a colon in the user name"),
        pytest.param(
            lambda text: Basic(cast(Any, 7), text), TypeError, "user name is a str", id="no text as user name"
        ),
        pytest.param(
            lambda text: Basic("ada\n", text),
            ValueError,
            "user name has no control",
            id="a break in the name",
        ),
        pytest.param(
            lambda text: Basic("ada", f"{text}\r\n"),
            ValueError,
            "password has no control",
            id="a break behind",
        ),
        pytest.param(
            lambda text: Basic("ada", f"{text}\ud800"), ValueError, "surrogate", id="half a character behind"
        ),
        pytest.param(lambda _: Basic("ada", ""), ValueError, "may not be empty", id="an empty password"),
        pytest.param(
            lambda text: Bearer(f"{text}\n"), ValueError, "strip its line break", id="a token's break"
        ),
        pytest.param(
            lambda text: Bearer(f"Bearer {text}"),
            ValueError,
            "leave out the word Bearer",
            id="the scheme too",
        ),
        pytest.param(lambda text: Bearer(f"{text}é"), ValueError, "visible ASCII", id="a token not in ASCII"),
        pytest.param(
            lambda _: Bearer(cast(Any, None)), TypeError, "holds a str, not NoneType", id="no token"
        ),
    ],
)
def test_what_cannot_be_sent_is_refused_at_birth_without_showing_it(
    make: Callable[[str], object], error: type[Exception], words: str, canary: Canary
) -> None:
    text = canary("fixed credential")
    with pytest.raises(error, match=words) as caught:
        make(text)
    shown: BaseException | None = caught.value
    while shown is not None:
        assert text not in f"{shown} {shown!r} {vars(shown)}"
        assert text not in str(getattr(shown, "object", ""))
        shown = shown.__cause__ or shown.__context__


CREDENTIALS = [
    pytest.param(lambda text: ApiKey(headers={"X-Key": text}, query={"key": text}), id="ApiKey"),
    pytest.param(lambda text: Basic("ada", text), id="Basic"),
    pytest.param(Bearer, id="Bearer"),
]


@pytest.mark.parametrize("make", CREDENTIALS)
def test_a_credential_never_shows_and_does_not_travel(
    make: Callable[[str], FixedCredential], canary: Canary
) -> None:
    text = canary("fixed credential")
    credential = make(text)
    for shown in (repr(credential), str(credential), f"{credential}", repr([credential])):
        assert text not in shown
        assert "***" in shown
    with pytest.raises(TypeError, match="a Secret is not pickled"):
        pickle.dumps(credential)
    assert copy.deepcopy(credential) == credential == make(text)


@pytest.mark.parametrize("make", CREDENTIALS)
def test_what_a_server_echoes_of_a_credential_is_masked(make: Callable[[str], FixedCredential]) -> None:
    credential = make("s3cret-of-the-shop")

    def echo(request: Request, _now: Now) -> Answer:
        said = " ".join([request.url.text, *(value for _, value in request.headers.pairs())])
        return Answer(Response(401, json={"message": f"refused {said}", "code": said}))

    with pytest.raises(AuthenticationError) as caught:
        Shop(Client(echo), auth=credential).users.get()
    error = caught.value
    assert error.response is not None
    for each in credential.secrets():
        assert each.reveal() not in f"{error} {error!r} {error.detail} {error.code} {error.url}"
        assert each.reveal().encode() not in error.response.content
    assert b"***" in error.response.content


@given(
    username=st.text(st.characters(exclude_characters=":", exclude_categories=["C"])),
    password=st.text(st.characters(exclude_categories=["C"]), min_size=1),
)
def test_basic_credentials_can_be_taken_apart_again(username: str, password: str) -> None:
    credential = Basic(username, password)
    ((_, value),) = credential.header_pairs()
    name, _, secret = b64decode(value.removeprefix("Basic ")).decode().partition(":")
    assert (name, secret) == (username, password)
    assert Secret(basic(username, credential.password)) in credential.secrets()
