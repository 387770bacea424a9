"""Errors: one tree, facts that travel, and words that say what to do next."""

from __future__ import annotations

import builtins
import copy
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from offwire import errors
from offwire.errors import (
    AuthenticationError,
    CallError,
    CircuitOpen,
    ClientClosed,
    Conflict,
    ConnectTimeout,
    DeadlineExceeded,
    DecodeError,
    GraphQLError,
    GraphQLProblem,
    MaybeSent,
    NetworkError,
    NeverSent,
    NotFound,
    OffwireError,
    PagingLoop,
    PermissionDenied,
    RateLimited,
    RedirectRefused,
    ResponseTimeout,
    ServerError,
    SignInFailed,
    StatusError,
    StoreFailed,
    StrayRedirect,
    Timeout,
    UsageError,
    ValidationFailed,
    WrongEventLoop,
)
from offwire.message.response import Response

TREE: dict[type[OffwireError], tuple[type[Exception], ...]] = {
    OffwireError: (Exception,),
    UsageError: (OffwireError,),
    ClientClosed: (UsageError,),
    WrongEventLoop: (UsageError,),
    CallError: (OffwireError,),
    NetworkError: (CallError,),
    NeverSent: (NetworkError,),
    MaybeSent: (NetworkError,),
    Timeout: (NetworkError,),
    ConnectTimeout: (NeverSent, Timeout),
    ResponseTimeout: (MaybeSent, Timeout),
    DeadlineExceeded: (CallError,),
    CircuitOpen: (CallError,),
    RedirectRefused: (CallError,),
    PagingLoop: (CallError,),
    SignInFailed: (CallError,),
    StrayRedirect: (SignInFailed,),
    StoreFailed: (OffwireError,),
    DecodeError: (CallError,),
    GraphQLError: (CallError,),
    StatusError: (CallError,),
    AuthenticationError: (StatusError,),
    PermissionDenied: (StatusError,),
    NotFound: (StatusError,),
    Conflict: (StatusError,),
    ValidationFailed: (StatusError,),
    RateLimited: (StatusError,),
    ServerError: (StatusError,),
}
CALL_ERRORS = [kind for kind in TREE if issubclass(kind, CallError)]


def filled(kind: type[CallError]) -> CallError:
    """An error of this kind, each of whose facts is set to what is not its default."""
    values: dict[str, Any] = {
        "attempts": 2,
        "cause": MaybeSent(message="inner", attempts=1),
        "elapsed": 2.5,
        "is_final": True,
        "problems": (GraphQLProblem(message="no", path=("a", 1)),),
        "response": Response(500, text="oops"),
        "retry_after": 3.5,
        "retry_safe": False,
        "status": 500,
        "waited": 1.5,
    }
    return kind(**{name: values.get(name, "x") for name in kind(message="").facts()})


def facts_of(error: CallError) -> dict[str, object]:
    """Facts that can be compared: errors are not equal to their copies."""
    facts = error.facts()
    return {name: facts_of(fact) if isinstance(fact, CallError) else fact for name, fact in facts.items()}


def test_the_tree_is_the_one_that_is_drawn() -> None:
    defined = {
        each
        for name, each in vars(errors).items()
        if isinstance(each, type) and issubclass(each, OffwireError) and name[0] != "_"
    }
    assert defined == set(TREE)
    assert {kind: kind.__bases__ for kind in TREE} == {**TREE, CallError: CallError.__bases__}
    assert issubclass(CallError, OffwireError)
    drawn = errors.__doc__ or ""
    assert all(kind.__name__ in drawn for kind in TREE)


def drawn_depths() -> Iterator[tuple[str, int]]:
    for line in (errors.__doc__ or "").splitlines():
        head, branch, rest = line.partition("── ")
        if branch:
            yield rest.split()[0], len(head)


def test_the_drawing_is_in_order() -> None:
    depths = dict(drawn_depths())
    for name, depth in depths.items():
        kind = getattr(errors, name)
        parents = [each for each in kind.__mro__[1:] if each.__name__ in depths]
        above = depths[parents[0].__name__] + 4 if parents else 5
        assert depth == above, name


def test_no_name_shadows_a_builtin() -> None:
    assert [kind.__name__ for kind in TREE if hasattr(builtins, kind.__name__)] == []


@pytest.mark.parametrize("kind", CALL_ERRORS, ids=lambda kind: kind.__name__)
def test_an_error_travels_with_all_of_its_facts(kind: type[CallError]) -> None:
    error = filled(kind)
    assert all(error.facts()[name] != value for name, value in kind(message="").facts().items())
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(other) is kind
        assert (str(other), other.args) == (str(error), error.args)
        assert facts_of(other) == facts_of(error)


def test_an_error_can_be_made_with_other_facts_and_stays_what_it_was() -> None:
    error = MaybeSent(message="it broke")
    other = error.with_facts(attempts=2, url="https://api.test/")
    assert type(other) is MaybeSent
    assert (other.message, other.attempts, other.url) == ("it broke", 2, "https://api.test/")
    assert (error.attempts, error.url) == (0, "")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        pytest.param(
            {"message": "no", "statsu": 404}, "NotFound has no 'statsu'; its facts are", id="unknown"
        ),
        pytest.param({"status": 404}, "NotFound needs a 'message'; its facts are", id="missing"),
    ],
)
def test_facts_are_given_by_name_and_a_slip_is_told(facts: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        NotFound(**facts)


def test_an_error_of_a_users_own_may_have_facts_of_its_own() -> None:
    error = pickle.loads(pickle.dumps(QuotaUsedUp(message="no", left=3).with_facts(attempts=2)))
    assert (type(error), error.left, error.unit, error.attempts) == (QuotaUsedUp, 3, "calls", 2)


class QuotaUsedUp(StatusError):
    left: int = 0
    unit: str = "calls"


def test_an_error_of_a_users_own_is_one_like_all() -> None:
    class PaymentRequired(StatusError):
        hint = "Pay."

    error = PaymentRequired(message="the server answered 402", status=402).with_facts(method="GET", url="/x")
    assert type(error) is PaymentRequired
    assert str(error) == "GET /x: the server answered 402. Pay."


@pytest.mark.parametrize(
    ("error", "text"),
    [
        pytest.param(
            MaybeSent(message="it broke"),
            "it broke. Find out whether the server did it before you send it again, "
            "or declare the operation repeatable.",
            id="without a place",
        ),
        pytest.param(
            NotFound(message="the server answered 404", method="GET", url="https://api.test/x"),
            "GET https://api.test/x: the server answered 404. Check the identifiers and the base URL.",
            id="with one",
        ),
        pytest.param(
            NetworkError(message="it broke", attempts=3, waited=1.25),
            "it broke (after 3 attempts, 1.2 s of waiting)",
            id="attempts",
        ),
        pytest.param(
            CircuitOpen(message="the circuit is open", attempts=1, retry_after=29.96),
            "the circuit is open; come back in 30.0 s. Come back later; nothing was sent.",
            id="a wait",
        ),
        pytest.param(
            StatusError(
                message="the server answered 418", code="teapot", detail="I am one", request_id="r-1"
            ),
            "the server answered 418 [teapot] [I am one] [r-1]",
            id="what the server says",
        ),
        pytest.param(
            StatusError(message="the server answered 418", detail="I am one"),
            "the server answered 418 [I am one]",
            id="what it does not say is left out",
        ),
    ],
)
def test_what_an_error_says(error: CallError, text: str) -> None:
    assert str(error) == text
    assert repr(error) == f"{type(error).__name__}({text!r})"
    assert error.args == (error.message,)


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_a_hint_is_one_sentence(kind: type[OffwireError]) -> None:
    assert kind.hint == "" or (kind.hint[0].isupper() and kind.hint.endswith(".") and "\n" not in kind.hint)


def test_what_was_never_sent_can_be_sent_again() -> None:
    assert [kind.__name__ for kind in CALL_ERRORS if kind(message="").retry_safe] == [
        "NeverSent",
        "ConnectTimeout",
        "CircuitOpen",
    ]


def test_errors_are_told_apart_by_identity() -> None:
    one, other = NotFound(message="no"), NotFound(message="no")
    assert one != other
    assert len({one, other}) == 2


def test_the_codes_of_problems() -> None:
    problems = tuple(GraphQLProblem(code=code) for code in ("A", None, "B", "A"))
    assert GraphQLError(message="no", problems=problems).codes == {"A", "B"}
    assert "secret" not in repr(GraphQLProblem(extensions={"a": "secret"}))
