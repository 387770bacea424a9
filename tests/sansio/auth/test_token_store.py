"""The text that a store keeps: what it says, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire import Secret, TokenGrant
from offwire.auth.token import Token
from offwire.auth.token_store import LEAST_LEFT, KeptToken, Save
from offwire.errors import StoreFailed
from offwire.json_value import Json

Canary = Callable[[str], str]

GRANT = TokenGrant(
    "access", lifetime=3600, refresh="refresh", token_type="DPoP", scope="a b", extra={"id_token": [1, None]}
)
GOOD: dict[str, Json] = {
    "version": 1,
    "access_token": "access",
    "refresh_token": "refresh",
    "token_type": "DPoP",
    "scope": "a b",
    "expires_at": 5600.0,
    "extra": {"id_token": [1, None]},
}

texts = st.text(min_size=1)
grants = st.builds(
    TokenGrant,
    texts,
    lifetime=st.none() | st.floats(min_value=1, max_value=1e9),
    refresh=st.none() | texts,
    token_type=texts,
    scope=st.none() | st.text(),
    extra=st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text()),
)


def test_the_text_is_json_of_a_known_form() -> None:
    kept = KeptToken.of(GRANT, 2000.0)
    assert json.loads(kept.text().reveal()) == GOOD
    assert KeptToken.read("shop", Secret(json.dumps(GOOD))).text() == kept.text()


@given(grants, st.floats(min_value=0, max_value=1e10))
def test_what_is_kept_is_read_again(grant: TokenGrant, wall: float) -> None:
    kept = KeptToken.of(grant, wall)
    read = KeptToken.read("shop", kept.text())
    assert read.expires_at == kept.expires_at == (None if grant.lifetime is None else wall + grant.lifetime)
    if read.is_usable(wall):
        again = read.granted(wall)
        assert again.lifetime == pytest.approx(grant.lifetime, abs=1e-3)
        assert (again.access, again.refresh, again.token_type) == (
            grant.access,
            grant.refresh,
            grant.token_type,
        )
        assert (again.scope, again.extra) == (grant.scope, grant.extra)


@pytest.mark.parametrize(
    ("expires_at", "usable"),
    [
        pytest.param(None, True, id="nobody knows"),
        pytest.param(1000.0 + LEAST_LEFT, True, id="long enough"),
        pytest.param(999.0 + LEAST_LEFT, False, id="not long"),
        pytest.param(5.0, False, id="over"),
    ],
)
def test_it_is_usable_while_it_lives_long_enough(expires_at: float | None, usable: bool) -> None:
    assert KeptToken(GRANT, expires_at).is_usable(1000.0) is usable


def test_a_renewal_starts_from_it() -> None:
    assert KeptToken.of(GRANT, 0.0).as_previous() == Token(
        access=GRANT.access,
        generation=0,
        expires_at=None,
        refresh=GRANT.refresh,
        token_type="DPoP",
        scope="a b",
        extra={"id_token": [1, None]},
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("secret-text", id="no JSON"),
        pytest.param("[" * 100_000, id="too deep"),
        pytest.param("[]", id="a list"),
        pytest.param("{}", id="no version"),
        pytest.param(json.dumps({**GOOD, "version": 2}), id="a later version"),
        *[
            pytest.param(
                json.dumps({key: value for key, value in GOOD.items() if key != name}), id=f"no {name}"
            )
            for name in GOOD
        ],
        *[
            pytest.param(json.dumps({**GOOD, name: value}), id=f"{name} {value!r}")
            for name, value in [
                ("access_token", None),
                ("access_token", ""),
                ("refresh_token", 7),
                ("refresh_token", ""),
                ("token_type", None),
                ("scope", 7),
                ("extra", None),
                ("expires_at", "soon"),
                ("expires_at", True),
                ("expires_at", float("nan")),
            ]
        ],
    ],
)
def test_what_is_not_ours_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(StoreFailed, match="what is kept under 'shop' is no token") as caught:
        KeptToken.read("shop", Secret(text))
    assert "access" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_nothing_is_shown(canary: Canary) -> None:
    kept = KeptToken.of(TokenGrant(canary("access"), refresh=canary("refresh")), 0.0)
    shown = f"{kept!r} {kept.text()!r} {Save('shop', kept.text())!r} {kept.as_previous()!r}"
    assert canary("access") not in shown
    assert canary("refresh") not in shown
    with pytest.raises(StoreFailed):
        KeptToken.read("shop", Secret(kept.text().reveal().replace('"version": 1', '"version": 9')))
