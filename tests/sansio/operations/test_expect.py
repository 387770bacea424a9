"""Expect: what an operation declares of its answers, checked when it is declared."""

from __future__ import annotations

from typing import Any

import pytest

from offwire import Call, Expect, Response
from offwire.errors import CallError, Conflict, DecodeError, NotFound, StatusError
from offwire.operations.expect import ANY_2XX, DEFAULT_EXPECT, is_status


class PaymentRequired(StatusError):
    """402, with a fact of its own."""

    hint = "Pay the bill."
    invoice: str = ""


class Gone(NotFound):
    """410."""


class Needy(StatusError):
    """An error that cannot be made out of an answer."""

    invoice: str


class Closed(StatusError):
    """Another one."""

    def __init__(self, invoice: str) -> None:
        super().__init__(message=invoice)


def test_any_2xx_is_a_success_unless_declared_otherwise() -> None:
    assert Expect() == DEFAULT_EXPECT
    assert DEFAULT_EXPECT.success == ANY_2XX == frozenset(range(200, 300))
    call = Call.get("/", returns=object)
    assert call.parse(Response(299, json=1)) == 1
    with pytest.raises(StatusError):
        call.parse(Response(304))


@pytest.mark.parametrize(
    "success",
    [{201, 404}, frozenset({201, 404}), [201, 404], (404, 201)],
    ids=["set", "frozenset", "list", "tuple"],
)
def test_success_is_any_collection_of_statuses(success: Any) -> None:
    expect = Expect(success=success)
    assert expect.success == frozenset({201, 404})
    call = Call.get("/", returns=object, expect=expect)
    assert [call.parse(Response(status, json=status)) for status in (201, 404)] == [201, 404]
    with pytest.raises(StatusError):
        call.parse(Response(200, json=1))


def test_a_range_is_a_collection_too() -> None:
    assert Expect(success=range(100, 1000)).success == frozenset(range(100, 1000))


@pytest.mark.parametrize(
    "success",
    [200, "200", set(), [], {"200"}, {True}, {99}, {1000}, {200.0}, [[200]], None],
    ids=repr,
)
def test_success_that_is_none_is_refused(success: Any) -> None:
    with pytest.raises(ValueError, match=r"success is a set of statuses such as \{200, 201\}, not"):
        Expect(success=success)


def test_a_declared_error_is_raised_with_what_it_declares() -> None:
    expect = Expect(errors={402: PaymentRequired, 410: Gone, 599: Conflict})
    call = Call.get("/bills/1", expect=expect)
    with pytest.raises(PaymentRequired) as caught:
        call.parse(Response(402, json={"message": "no funds"}))
    assert (caught.value.invoice, caught.value.detail, caught.value.status) == ("", "no funds", 402)
    assert str(caught.value) == "GET /bills/1: the server answered 402. Pay the bill. [no funds]"
    with pytest.raises(Gone):
        call.parse(Response(410))
    with pytest.raises(Conflict):
        call.parse(Response(599))
    with pytest.raises(NotFound):
        call.parse(Response(404))


@pytest.mark.parametrize(
    ("errors", "error", "words"),
    [
        pytest.param({402: CallError}, TypeError, "402 is a subclass of StatusError", id="another error"),
        pytest.param({402: ValueError}, TypeError, "402 is a subclass of StatusError", id="a builtin one"),
        pytest.param({402: "x"}, TypeError, "402 is a subclass of StatusError", id="no class"),
        pytest.param({"402": Gone}, ValueError, "statuses such as 402", id="a status as text"),
        pytest.param({42: Gone}, ValueError, "statuses such as 402", id="no status"),
        pytest.param([Gone], TypeError, "errors maps statuses", id="a list"),
        pytest.param((402, Gone), TypeError, "errors maps statuses", id="no pairs"),
        pytest.param(((402, Gone, 1),), TypeError, "errors maps statuses", id="triples"),
        pytest.param(
            {402: Needy}, TypeError, r"402, Needy, .*invoice.*give fields of its own a default", id="needy"
        ),
        pytest.param({402: Closed}, TypeError, r"402, Closed, .*message", id="closed"),
        pytest.param({204: Gone}, ValueError, "204 is an error and a success", id="a success as well"),
    ],
)
def test_an_error_that_could_never_be_raised_is_refused(
    errors: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Expect(errors=errors)


@pytest.mark.parametrize("name", ["lenient", "one_or_list"])
@pytest.mark.parametrize("value", [1, "yes", None])
def test_a_switch_is_on_or_off(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"Expect.{name} is True or False"):
        Expect(**{name: value})


def test_lenient_reading_takes_what_means_the_same() -> None:
    answer = Response(200, json=["1", 2])
    assert Call.get("/", returns=list[int], expect=Expect(lenient=True)).parse(answer) == [1, 2]
    with pytest.raises(DecodeError, match=r"\$\[0\]"):
        Call.get("/", returns=list[int]).parse(answer)


def test_one_or_list_takes_a_bare_object_and_null_for_a_list() -> None:
    call = Call.get("/", returns=list[int], expect=Expect(one_or_list=True))
    assert [call.parse(Response(200, json=json)) for json in (1, None, [1, 2])] == [[1], [], [1, 2]]
    with pytest.raises(DecodeError):
        Call.get("/", returns=list[int]).parse(Response(200, json=1))


def test_an_expect_is_a_value() -> None:
    one = Expect(success=[201], errors={402: PaymentRequired})
    assert one == Expect(success={201}, errors=((402, PaymentRequired),))
    assert hash(one) == hash(Expect(success=(201,), errors={402: PaymentRequired}))
    assert one != Expect(success=[201])


@pytest.mark.parametrize(
    ("value", "expected"),
    [(100, True), (999, True), (99, False), (1000, False), (True, False), ("200", False)],
)
def test_a_status_has_three_digits(value: object, expected: bool) -> None:
    assert is_status(value) is expected
