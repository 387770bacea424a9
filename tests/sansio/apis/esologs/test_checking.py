"""`checked`: by the argument's name, by position or keyword, for operations and lists alike."""

from __future__ import annotations

import inspect

import pytest

from offwire import Api, Call, Group, M, Pages, linked, operation, pages
from offwire.apis.esologs.checking import BY_NAME, checked
from offwire.apis.esologs.checks import attendance_limit, instant
from offwire.testing import Client, Script, json_answer


class Things(Group[M]):
    """As it is generated."""

    note = "no operation"

    @operation
    def get(self, id: int, name: str | None = None) -> Call[int]:
        """Get one."""
        return Call.get("/{id}", path={"id": id}, query={"name": name}, returns=int)

    @pages
    def list(self, *, limit: int | None = None, colour: str | None = None) -> Pages[int]:
        return linked(
            Call.get("/", query={"limit": limit, "colour": colour}, returns=list[int]),
            items=lambda page: page,
        )

    @operation
    def since(self, start_time: float) -> Call[int]:
        return Call.get("/since", query={"at": start_time}, returns=int)


@checked({"since": {"start_time": instant}, "list": {"limit": attendance_limit}})
class CheckedThings(Things[M]):
    """As it is used."""

    @operation
    def own(self, id: int) -> Call[int]:
        return CheckedThings.get(id, "own")


@checked(needs={"get": {"id": ("name",)}, "list": {"limit": ("colour", "shape")}})
class NeedyThings(Things[M]):
    """As it is used where some arguments need others."""


class Site(Api[M]):
    base_url = "https://things.test"
    things: CheckedThings[M]


def test_good_arguments_pass() -> None:
    assert CheckedThings.get(7, "Ada").request.url.path == "/7"
    assert CheckedThings.get(7, name="Ada").request.url.query == "name=Ada"
    assert CheckedThings.list(limit=25, colour="red").first.request.url.query == "limit=25&colour=red"
    assert CheckedThings.own(3).request.url.path == "/3"


@pytest.mark.parametrize("arguments", [(0,), (True,), ("7",), (7, " ")])
def test_bad_arguments_are_refused_by_position(arguments: tuple[object, ...]) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^(id|name) "):
        CheckedThings.get(*arguments)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_bad_arguments_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"^limit .* from 1 to 25"):
        CheckedThings.list(limit=26)
    with pytest.raises(ValueError, match=r"^id "):
        CheckedThings.own(id=0)


def test_a_method_may_say_otherwise() -> None:
    assert CheckedThings.since(1e12).request.url.query == "at=1000000000000.0"
    assert Things.list(limit=500).first.request.url.query == "limit=500"


def test_unknown_arguments_are_refused_as_ever() -> None:
    with pytest.raises(TypeError, match="colr"):
        CheckedThings.list(colr="red")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    with pytest.raises(TypeError, match="positional"):
        CheckedThings.get(1, "a", 3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_calls_are_checked_before_anything_is_sent() -> None:
    server = Script(json_answer(7))
    site = Site(Client(server))
    with pytest.raises(ValueError, match=r"^id "):
        site.things.get(-1)
    assert server.requests == ()
    assert site.things.get(1) == 7


def test_a_checked_method_looks_as_before() -> None:
    site = Site(Client(Script()))
    assert list(inspect.signature(site.things.get).parameters) == ["id", "name"]
    assert site.things.get.__doc__ == "Get one."
    assert CheckedThings.note == "no operation"


def test_names_mean_the_same_throughout() -> None:
    assert {"id", "limit", "page", "code", "start_time", "end_time", "fight_ids"} <= BY_NAME.keys()


def test_what_needs_others() -> None:
    assert NeedyThings.get(7, "Ada") is not None
    assert NeedyThings.list(colour="red") is not None
    with pytest.raises(TypeError, match="id means nothing without name"):
        NeedyThings.get(7)
    with pytest.raises(TypeError, match="limit means nothing without colour"):
        NeedyThings.list(limit=7)
