"""The whole way: what is generated is what is committed, and it runs against graphql-core."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

import pytest
from graphql import GraphQLSchema, graphql_sync

from offwire import Api, M, Request, Response
from offwire.codegen.graphql.schema import read_schema
from offwire.formats.enums import is_known
from offwire.json_value import Json
from offwire.testing import Answer, Client
from offwire.time import Now
from tests.sansio.codegen.graphql import kit
from tests.sansio.codegen.graphql.golden.diary.generated import Operations as Entries
from tests.sansio.codegen.graphql.golden.shop.generated import (
    Between,
    Desk,
    ProductInput,
    Products,
    Sort,
    Status,
    Where,
)
from tests.sansio.codegen.graphql.golden.zoo.generated import (
    AnimalLion,
    Operations,
    OtherAnimal,
    ResidentsParrot,
)

Resolvers = Mapping[str, object]


class Zoo(Api[M]):
    base_url = "https://zoo.test/graphql"
    all: Operations[M]


class Shop(Api[M]):
    base_url = "https://shop.test/graphql"
    products: Products[M]
    desk: Desk[M]


class Diary(Api[M]):
    base_url = "https://diary.test/graphql"
    entries: Entries[M]


class Fake:
    """A server that executes documents, and keeps the variables that it was sent."""

    def __init__(self, schema: GraphQLSchema, root: Resolvers) -> None:
        self.schema = schema
        self.root = root
        self.variables: list[dict[str, Json]] = []

    def __call__(self, request: Request, _now: Now) -> Answer:
        assert request.body is not None
        asked = json.loads(request.body.content)
        self.variables.append(asked.get("variables", {}))
        found = graphql_sync(
            self.schema,
            asked["query"],
            self.root,
            variable_values=asked.get("variables"),
            operation_name=asked["operationName"],
        )
        assert found.errors is None, found.errors
        return Answer(Response(200, json=cast(Json, {"data": found.data})))


def fake(name: str, root: Resolvers) -> Fake:
    schema, _, _ = kit.sources(name)
    return Fake(read_schema(schema, name), root)


@pytest.mark.parametrize("name", kit.GOLDEN)
def test_what_is_generated_is_what_is_committed(name: str) -> None:
    folder = kit.GOLDEN[name] / "generated"
    committed = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}
    assert kit.generated(name) == committed, "run python -m tests.sansio.codegen.graphql.golden"


@pytest.mark.parametrize("name", kit.GOLDEN)
def test_the_formatter_and_the_linter_have_nothing_to_do(name: str) -> None:
    folder = str(kit.GOLDEN[name] / "generated")
    for arguments in (["format", "--check", "--quiet", folder], ["check", "--quiet", folder]):
        run = subprocess.run([sys.executable, "-m", "ruff", *arguments], capture_output=True, check=False)
        assert run.returncode == 0, run.stdout.decode() + run.stderr.decode()


LION = {
    "__typename": "Lion",
    "id": "1",
    "name": "Leo",
    "parent": None,
    "mane": {"length": 2.5, "colour": None},
}
EMU = {"__typename": "Emu", "id": "2", "name": None, "parent": LION}
PENGUIN = {"__typename": "Penguin", "id": "3", "name": "Pip", "wingspan": 0.4}


def test_members_of_a_union_are_told_apart() -> None:
    zoo = Zoo(Client(fake("zoo", {"animal": LION, "residents": [LION, PENGUIN], "newest": LION})))
    animal = zoo.all.get_animal(1)
    assert isinstance(animal, AnimalLion)
    assert animal.mane is not None
    assert animal.mane.length == 2.5
    _, second = zoo.all.list_residents(near="pool")
    assert isinstance(second, ResidentsParrot)
    assert (second.typename, second.wingspan) == ("Penguin", 0.4)
    newest = zoo.all.newest()
    assert newest is not None
    assert newest.typename == "Lion"


def test_a_type_that_is_not_known_yet_survives() -> None:
    call = Operations.get_animal(2)
    animal = call.parse(Response(200, json=cast(Json, {"data": {"animal": EMU}})))
    assert isinstance(animal, OtherAnimal)
    assert (animal.typename, animal.id) == ("Emu", "2")


def test_a_known_type_with_wrong_data_does_not_pass_for_another() -> None:
    wrong = {**LION, "mane": 7}
    with pytest.raises(Exception, match=r"\$"):
        Operations.get_animal(1).parse(Response(200, json=cast(Json, {"data": {"animal": wrong}})))


def test_mutations_and_conditional_fields() -> None:
    root = {"rename": lambda _info, **given: {**LION, **given}, "keeper": {"id": "9"}}
    server = fake("zoo", root)
    zoo = Zoo(Client(server))
    assert zoo.all.rename(1, "Leona").name == "Leona"
    keeper = zoo.all.get_keeper(9)
    assert keeper is not None
    assert not keeper.favourites
    assert server.variables[1] == {"id": 9}


def product(number: int) -> dict[str, object]:
    return {"id": str(number), "title": f"No. {number}", "status": "active", "price": 1.5, "oldPrice": None}


def connection(_info: object, *, first: int = 2, after: str | None = None, **_: object) -> object:
    start = int(after or 0)
    edges = [{"cursor": str(each), "node": product(each)} for each in range(start, min(start + first, 5))]
    return {
        "edges": [None, *edges, {"cursor": "x", "node": None}],
        "nodes": [each["node"] for each in edges],
        "pageInfo": {"hasNextPage": start + first < 5, "endCursor": str(start + first)},
        "totalCount": 5,
    }


def test_connections_are_walked_to_their_end() -> None:
    server = fake("shop", {"viewer": {"products": connection}, "product": {"variants": connection}})
    shop = Shop(Client(server))
    where = Where(and_=[Where(price=Between(min=1.0)), Where(not_=Where(status="active"))])
    found = list(shop.products.search(first=2, where=where, sort=[Sort.FROM, "price_asc"]))
    assert [each.id for each in found] == ["0", "1", "2", "3", "4"]
    assert [each.get("cursor") for each in server.variables] == [None, "2", "4"]
    assert server.variables[0] == {
        "first": 2,
        "where": {"and": [{"price": {"min": 1.0}}, {"not": {"status": "active"}}]},
        "sort": ["from", "price_asc"],
    }
    assert len(list(shop.products.variants(7))) == 10 // 2


def test_results_are_what_was_asked_for_and_not_the_way_to_it() -> None:
    shop = Shop(Client(fake("shop", {"product": product(7), "quota": {"left": 3}})))
    found = shop.products.get(7)
    assert found is not None
    assert (found.title, found.old_price, found.status) == ("No. 7", None, Status.ACTIVE)
    assert shop.products.price(7) == 1.5
    assert shop.products.status(7) is Status.ACTIVE
    gone = Shop(Client(fake("shop", {})))
    assert gone.products.get(7) is None
    assert gone.products.price(7) is None


def test_mutations_take_input_objects() -> None:
    server = fake("shop", {"saveProduct": {"product": product(1), "problems": []}})
    saved = Shop(Client(server)).desk.save(ProductInput(title="No. 1"))
    assert saved.problems == []
    assert server.variables == [{"input": {"title": "No. 1"}}]


def test_a_new_value_of_an_enum_survives() -> None:
    status = Products.status(7).parse(Response(200, json={"data": {"product": {"status": "sold"}}}))
    assert status is not None
    assert (status.value, is_known(status)) == ("sold", False)


WRITTEN = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def entry(number: int) -> dict[str, object]:
    return {
        "id": number, "writtenAt": WRITTEN.isoformat(), "last_message": "a", "class": "b", "price": "1.10",
        "lastMessage": {"text": "c", "at": None}, "fightIDs": None, "enemyNPCs": [[1, None], None],
        "list": [1, None], "secret": {"x": 1}, "data": [1], "_id": "d", "from": 1, "date": None,
    }  # fmt: skip


def pages(_info: object, *, limit: int = 2, page: int = 1, **_: object) -> object:
    numbers = range((page - 1) * limit, min(page * limit, 5))
    facts = {"total": -1, "current_page": page, "has_more_pages": page * limit < 5}
    return {"data": [None, *map(entry, numbers)], **facts}


def test_numbered_pages_are_walked_to_their_end() -> None:
    server = fake("diary", {"diary": {"entries": pages}})
    found = list(Diary(Client(server)).entries.list_entries(limit=2, since=WRITTEN, class_="b"))
    assert [each.id for each in found] == [0, 1, 2, 3, 4]
    assert server.variables[0] == {"limit": 2, "since": "2026-05-04T03:02:01+00:00", "class": "b"}
    assert [each.get("page") for each in server.variables] == [None, 2, 3]
    first = found[0]
    assert (first.written_at, first.price) == (WRITTEN, Decimal("1.10"))
    assert (first.fight_ids, first.enemy_npcs, first.list_) == ([], [[1]], [1])
    assert (first.last_message, first.class_, first.from_, first.id_2) == ("a", "b", 1, "d")
    assert first.last_message_2 is not None
    assert first.last_message_2.text == "c"


def test_plain_data_and_lists_of_scalars() -> None:
    diary = Diary(Client(fake("diary", {"diary": {"summary": {"a": [1]}, "days": [WRITTEN.isoformat()]}})))
    assert diary.entries.summary() == {"a": [1]}
    assert diary.entries.days() == [WRITTEN]
    assert diary.entries.all() == []


def test_importing_a_package_makes_no_classes() -> None:
    package = "tests.sansio.codegen.graphql.golden.shop.generated"
    code = f"import sys, {package} as made; made.Products; made.Desk; print(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {each for each in run.stdout.split() if each.startswith(package)}
    assert loaded == {package, f"{package}.products", f"{package}.saving"}


def test_an_unknown_name_is_an_attribute_error() -> None:
    from tests.sansio.codegen.graphql.golden.zoo import generated as package

    with pytest.raises(AttributeError, match="Xyzzy"):
        _ = package.Xyzzy  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def test_without_graphql_core_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each.startswith("offwire.codegen.graphql.")]:
        if not name.endswith(("problems", "settings")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "graphql", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'offwire\[graphql\]'"):
        kit.generated("zoo")


def test_another_missing_module_is_not_explained_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "offwire.codegen.graphql.generating", None)
    with pytest.raises(ModuleNotFoundError, match="generating"):
        kit.generated("zoo")
