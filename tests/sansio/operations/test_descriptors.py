"""The faces of operations and of paged lists, and that they look like what was written."""

from __future__ import annotations

import inspect
import pydoc
from typing import Any

import pytest

from offwire import Api, Call, Group, M, Pages, linked, operation, pages
from offwire.errors import NotFound
from offwire.testing import Client, Script, json_answer
from tests.sansio.clients import AsyncClient, items, result

PLAIN: Any = vars(pydoc)["plaintext"]


class Users(Group[M]):
    """The users of the shop."""

    @operation
    def get(self, id: int, *, verbose: bool = False) -> Call[object]:
        """Fetch one user."""
        return Call.get("/users/{id}", path={"id": id}, query={"verbose": verbose}, returns=object)

    @operation
    def named(self, group: str, call: str, /, self_: int = 0, **kwargs: int) -> Call[object]:
        return Call.get(
            "/named", query={"group": group, "call": call, "self": self_, **kwargs}, returns=object
        )

    @pages
    def list(self, active: bool | None = None) -> Pages[object]:
        """All users."""
        return linked(
            Call.get("/users", query={"active": active}, returns=list[object]), items=lambda page: page
        )

    @operation
    def forgetful(self) -> Call[object]:
        Call.get("/users", returns=object)
        return None  # type: ignore[return-value]  # pyright: ignore[reportReturnType]

    @pages
    def mistaken(self) -> Pages[object]:
        return Call.get("/users", returns=object)  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


class Customers(Users[M]):
    """Users who have bought something."""


class Shop(Api[M]):
    base_url = "https://shop.test"
    users: Users[M]
    customers: Customers[M]


def sync(*values: Any) -> tuple[Client, Shop[Any]]:
    client = Client(Script(*map(json_answer, values)))
    return client, Shop(client)


def test_an_operation_is_pure_on_the_class() -> None:
    call = Users.get(7, verbose=True)
    assert type(call) is Call
    assert call.request.url.text == "/users/7?verbose=true"
    assert Customers.get(7) == Users.get(7)


def test_an_operation_sends_and_returns_its_result_on_a_sync_group() -> None:
    client, shop = sync({"id": 7}, {"id": 8})
    assert shop.users.get(7, verbose=True) == {"id": 7}
    assert shop.customers.get(id=8) == {"id": 8}
    assert [each.url.text for each in client.requests] == [
        "https://shop.test/users/7?verbose=true",
        "https://shop.test/users/8?verbose=false",
    ]


def test_an_operation_gives_a_coroutine_on_an_async_group() -> None:
    client = AsyncClient(Script(json_answer({"id": 7})))
    coroutine = Shop(client).users.get(7)
    assert inspect.iscoroutine(coroutine)
    assert client.requests == ()
    assert result(coroutine) == {"id": 7}


def test_pages_are_pure_on_the_class() -> None:
    found = Users.list(active=True)
    assert type(found) is Pages
    assert found.first.request.url.text == "/users?active=true"


def test_pages_are_an_iterator_on_a_group() -> None:
    _, shop = sync([1, 2])
    assert list(shop.users.list()) == [1, 2]
    assert items(Shop(AsyncClient(Script(json_answer([1, 2])))).users.list(active=False)) == [1, 2]


def test_errors_name_the_operation() -> None:
    shop = Shop(Client(Script(json_answer({}, 404), json_answer({}, 404))))
    with pytest.raises(NotFound) as caught:
        shop.users.get(7)
    assert caught.value.operation == "Users.get"
    with pytest.raises(NotFound) as caught:
        list(shop.users.list())
    assert caught.value.operation == "Users.list"


def test_a_local_class_has_its_plain_name() -> None:
    class Orders(Group[M]):
        @operation
        def get(self) -> Call[None]:
            return Call.get("/orders")

    assert vars(Orders)["get"].name == "Orders.get"


def test_arguments_of_any_name_arrive() -> None:
    client, shop = sync(1)
    shop.users.named("g", "c", self_=3, args=4, group=5, owner=6)
    assert client.requests[0].url.query == "group=5&call=c&self=3&args=4&owner=6"


FACES = [
    pytest.param(lambda: Users.get, id="on the class"),
    pytest.param(lambda: sync()[1].users.get, id="in mode Sync"),
    pytest.param(lambda: Shop(AsyncClient(Script())).users.get, id="in mode Async"),
]


@pytest.mark.parametrize("face", FACES)
def test_a_face_looks_like_the_function_that_was_written(face: Any) -> None:
    get = face()
    parameters = inspect.signature(get).parameters
    assert list(parameters) == ["id", "verbose"]
    assert parameters["verbose"].default is False
    assert parameters["verbose"].kind is inspect.Parameter.KEYWORD_ONLY
    assert (get.__name__, get.__qualname__, get.__module__) == ("get", "Users.get", __name__)
    assert inspect.getdoc(get) == "Fetch one user."
    shown = pydoc.render_doc(get, renderer=PLAIN)
    assert "get(id: 'int', *, verbose: 'bool' = False)" in shown
    assert "Fetch one user." in shown


def test_help_on_a_group_and_on_pages_is_of_use() -> None:
    shown = pydoc.render_doc(Users, renderer=PLAIN)
    for text in ("The users of the shop.", "get(id: 'int'", "Fetch one user.", "list(active:", "All users."):
        assert text in shown
    found = sync()[1].users.list
    assert list(inspect.signature(found).parameters) == ["active"]
    assert (found.__name__, inspect.getdoc(found)) == ("list", "All users.")


def test_the_declaration_itself_has_the_name_and_the_docstring() -> None:
    get, found = vars(Users)["get"], vars(Users)["list"]
    assert (get.name, get.__name__, get.__doc__) == ("Users.get", "get", "Fetch one user.")
    assert (found.name, found.__name__, found.__doc__) == ("Users.list", "list", "All users.")
    assert get.build(None, 7) == Users.get(7)
    assert found.build(None).first == Users.list().first


def test_a_function_that_returns_something_else_is_named() -> None:
    _, shop = sync()
    with pytest.raises(TypeError, match=r"Users\.forgetful is an operation, so it returns a Call, not None"):
        shop.users.forgetful()
    with pytest.raises(TypeError, match=r"Users\.mistaken is a paged list, so it returns Pages, not Call"):
        shop.users.mistaken()


def test_wrong_arguments_are_refused_as_python_does_and_nothing_is_sent() -> None:
    client, shop = sync()
    faces: tuple[Any, ...] = (Users.get, shop.users.get)
    for face in faces:
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'id'"):
            face()
        with pytest.raises(TypeError, match="unexpected keyword argument 'loud'"):
            face(1, loud=True)
    with pytest.raises(ValueError, match="'id' may not be"):
        shop.users.get("..")
    assert client.requests == ()
