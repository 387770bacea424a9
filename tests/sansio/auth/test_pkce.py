"""PKCE: verifiers and challenges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offwire.auth.pkce import challenge_of, checked_verifier, url_safe, verifier_of
from offwire.secret import Secret

# RFC 7636 appendix B.
OCTETS = bytes(
    [116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186,
     22, 212, 37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121]
)  # fmt: skip
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_example_of_the_specification() -> None:
    assert url_safe(OCTETS) == VERIFIER
    assert verifier_of(OCTETS) == Secret(VERIFIER)
    assert challenge_of(Secret(VERIFIER)) == CHALLENGE


@given(st.binary(min_size=32, max_size=96))
def test_random_bytes_make_a_verifier_that_has_a_challenge(random: bytes) -> None:
    verifier = verifier_of(random)
    assert checked_verifier(verifier) is verifier
    assert len(challenge_of(verifier)) == 43


@pytest.mark.parametrize("size", [0, 31, 97])
def test_too_little_chance_or_too_much_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="a code verifier"):
        verifier_of(bytes(size))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a" * 42, id="short"),
        pytest.param("a" * 129, id="long"),
        pytest.param("a" * 43 + "=", id="padded"),
        pytest.param("a" * 43 + "\n", id="a line"),
        pytest.param("é" * 43, id="not ASCII"),
    ],
)
def test_what_is_no_verifier_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match="43 to 128") as caught:
        checked_verifier(Secret(text))
    assert text not in str(caught.value)
