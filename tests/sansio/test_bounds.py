"""Numbers of a policy: what passes is finite and in its range, and refusals say what would pass."""

from math import inf, nan
from typing import Any

import pytest
from attrs import field, frozen

from offwire.bounds import Validator, above, at_least, count, none_or, share


@frozen
class Above:
    size: float = field(validator=above(0))


@frozen
class AtLeast:
    size: float = field(validator=at_least(0.5))


@frozen
class Count:
    size: int = field(validator=count(1))


@frozen
class NoneOr:
    size: float | None = field(validator=none_or(above(0)))


@frozen
class Share:
    size: float = field(validator=share)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param(Above, 1e-9, id="above"),
        pytest.param(AtLeast, 0.5, id="at least, its edge"),
        pytest.param(Count, 1, id="count, its edge"),
        pytest.param(Share, 1, id="share, its edge"),
        pytest.param(Share, 0.01, id="share"),
    ],
)
def test_a_number_in_its_range_passes(kind: type[Above | AtLeast | Share], value: float) -> None:
    assert kind(value).size == value


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        pytest.param(Above, 0, "a number above 0", id="above, its edge"),
        pytest.param(Above, inf, "a number above 0", id="above, infinity"),
        pytest.param(Above, nan, "a number above 0", id="above, nan"),
        pytest.param(Above, "1", "a number above 0", id="above, text"),
        pytest.param(AtLeast, True, "a number from 0.5 on", id="at least, a bool"),
        pytest.param(Share, None, "a number above 0 and up to 1", id="share, nothing"),
        pytest.param(AtLeast, 0.49, "a number from 0.5 on", id="at least, below"),
        pytest.param(AtLeast, inf, "a number from 0.5 on", id="at least, infinity"),
        pytest.param(AtLeast, nan, "a number from 0.5 on", id="at least, nan"),
        pytest.param(Count, 0, "a whole number from 1 on", id="count, below"),
        pytest.param(Count, 1.5, "a whole number from 1 on", id="count, a fraction"),
        pytest.param(Count, True, "a whole number from 1 on", id="count, a bool"),
        pytest.param(Share, 0, "a number above 0 and up to 1", id="share, zero"),
        pytest.param(Share, 1.01, "a number above 0 and up to 1", id="share, more than all"),
        pytest.param(Share, nan, "a number above 0 and up to 1", id="share, nan"),
    ],
)
def test_a_refusal_names_the_field_and_what_would_pass(
    kind: type[Above | AtLeast | Share], value: Any, wanted: str
) -> None:
    with pytest.raises(ValueError) as caught:
        kind(value)
    assert str(caught.value) == f"{kind.__name__}.size has to be {wanted}, not {value!r}"


def test_none_may_stand_for_no_number() -> None:
    assert NoneOr(None).size is None
    assert NoneOr(1.5).size == 1.5
    with pytest.raises(ValueError, match=r"NoneOr\.size has to be a number above 0, not -1"):
        NoneOr(-1)


def test_validators_are_of_one_type() -> None:
    validators: list[Validator] = [above(0), at_least(0), count(0), share]
    assert all(callable(each) for each in validators)
