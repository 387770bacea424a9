"""What becomes of a call's request on its way to an API, and to elsewhere."""

from __future__ import annotations

from random import Random

import pytest

from offwire.addressing import Addressing, base_url
from offwire.auth import ApiKey, Bearer
from offwire.auth.credentials import FixedCredential
from offwire.context import Context
from offwire.message.headers import Headers
from offwire.message.request import Request
from offwire.message.url import Url
from offwire.operations.options import NO_OPTIONS, Options
from offwire.policies import IdempotencyPolicy
from offwire.safety import Safety
from offwire.secret import Secret
from offwire.state.line import Place
from tests.sansio.kit import context_in, new_runtime

BASE = "https://api.test/v2"
FIELDS = {"Accept": "text/plain", "Cookie": "own=1"}


def addressing(fixed: FixedCredential | None = None, keys: IdempotencyPolicy | None = None) -> Addressing:
    return Addressing(base_url(BASE, secure=True), Headers(FIELDS), fixed, keys, Random(0))


def context(safety: Safety = Safety.SAFE) -> Context:
    return context_in(new_runtime(), safety, secrets=(Secret("s"),))


@pytest.mark.parametrize(
    ("target", "url"),
    [
        pytest.param("/things", f"{BASE}/things", id="a path"),
        pytest.param("things", f"{BASE}/things", id="without a slash"),
        pytest.param("?a=b", f"{BASE}?a=b", id="a query alone"),
        pytest.param("", BASE, id="nothing"),
        pytest.param("https://api.test/x", "https://api.test/x", id="absolute"),
        pytest.param("https://o.test/x", "https://o.test/x", id="elsewhere"),
    ],
)
def test_relative_targets_go_below_the_base_url(target: str, url: str) -> None:
    resolved = addressing().resolved(Url(target))
    assert resolved.text == url
    assert resolved == Url(url)


def test_a_plain_request_gets_the_fields_of_the_api_and_its_own_count_more() -> None:
    plain = addressing(Bearer("t"))
    assert plain.is_plain
    request = plain.addressed(Request("GET", "/x", headers={"accept": "a/b"}), context(), NO_OPTIONS)
    assert dict(request.headers.pairs()) == {"Cookie": "own=1", "Authorization": "Bearer t", "accept": "a/b"}


def test_fields_of_options_lie_between_those_of_the_api_and_the_call() -> None:
    options = Options(headers={"Accept": "o/o", "X": "o"})
    request = addressing().addressed(Request("GET", "/x", headers={"X": "call"}), context(), options)
    assert dict(request.headers.pairs()) == {"Cookie": "own=1", "Accept": "o/o", "X": "call"}


def test_elsewhere_nothing_is_sent_that_may_be_secret_and_nothing_has_to_be_masked() -> None:
    options = Options(headers={"Authorization": "own", "X": "1"})
    account = context()
    for each in (addressing(Bearer("t")), addressing(ApiKey(query={"key": "k"}))):
        request = each.addressed(Request("GET", "https://o.test/x"), account, options)
        assert dict(request.headers.pairs()) == {"Accept": "text/plain", "X": "1"}
        assert request.url.query == ""
        assert account.secrets == ()


@pytest.mark.parametrize(
    ("target", "query"),
    [
        ("/x", "key=k&z=1"),
        ("/x?a=b", "a=b&key=k&z=1"),
        ("/x?key=k", "key=k&z=1"),
        ("/x?key=other", "key=other&key=k&z=1"),
    ],
)
def test_a_key_goes_into_the_query_once(target: str, query: str) -> None:
    keyed = addressing(ApiKey(query={"key": "k", "z": "1"}))
    assert not keyed.is_plain
    assert keyed.addressed(Request("GET", target), context(), NO_OPTIONS).url.query == query


KEYS = IdempotencyPolicy()


@pytest.mark.parametrize(
    ("keys", "method", "safety", "options", "given", "key", "after"),
    [
        pytest.param(KEYS, "POST", Safety.UNKNOWN, {}, {}, "drawn", Safety.KEYED, id="drawn"),
        pytest.param(KEYS, "POST", Safety.IDEMPOTENT, {}, {}, None, Safety.IDEMPOTENT, id="needless"),
        pytest.param(KEYS, "DELETE", Safety.UNKNOWN, {}, {}, None, Safety.UNKNOWN, id="another method"),
        pytest.param(
            KEYS, "POST", Safety.UNKNOWN, {}, {"Idempotency-Key": "k"}, "k", Safety.KEYED, id="there"
        ),
        pytest.param(
            None, "PUT", Safety.IDEMPOTENT, {"idempotency_key": "k"}, {}, "k", Safety.IDEMPOTENT, id="options"
        ),
    ],
)
def test_a_key_makes_a_request_repeatable(
    keys: IdempotencyPolicy | None,
    method: str,
    safety: Safety,
    options: dict[str, str],
    given: dict[str, str],
    key: str | None,
    after: Safety,
) -> None:
    account = context(safety)
    request = addressing(None, keys).addressed(
        Request(method, "/x", headers=given), account, Options(idempotency_key=options.get("idempotency_key"))
    )
    found = request.headers.get("Idempotency-Key")
    assert found == (f"{Random(0).getrandbits(128):032x}" if key == "drawn" else key)
    assert account.safety is after


@pytest.mark.parametrize(
    ("options", "place"),
    [
        pytest.param(Options(), None, id="nothing said"),
        pytest.param(Options(priority=3), Place(3, ""), id="a priority"),
        pytest.param(Options(flow="batch"), Place(0, "batch"), id="a flow"),
    ],
)
def test_options_say_where_a_call_waits(options: Options, place: Place | None) -> None:
    account = context()
    addressing().addressed(Request("GET", "/x"), account, options)
    assert account.place == place


def test_a_sign_in_gets_the_fields_and_no_credential() -> None:
    signing_in = addressing(Bearer("t"))
    here = signing_in.without_credentials(Request("POST", "/token"))
    assert (here.url.text, dict(here.headers.pairs())) == (f"{BASE}/token", FIELDS)
    elsewhere = signing_in.without_credentials(Request("POST", "https://id.test/token", headers={"X": "1"}))
    assert dict(elsewhere.headers.pairs()) == {"Accept": "text/plain", "X": "1"}


@pytest.mark.parametrize(
    ("text", "secure", "message"),
    [
        ("", False, "needs a base URL"),
        ("/v2", False, "absolute"),
        ("https://api.test?a", False, "no query"),
        ("http://api.test", True, "has to be https"),
    ],
)
def test_a_base_url_is_checked(text: str, secure: bool, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        base_url(text, secure=secure)


def test_a_slash_at_the_end_of_a_base_url_does_not_count() -> None:
    assert base_url("http://api.test//", secure=False).text == "http://api.test"
