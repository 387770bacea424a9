"""Which groups a class is annotated with, in all the forms that annotations have."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar, Generic

import pytest

from offwire import Group, M, Sync
from offwire.operations.wiring import Absent, groups_of, local_groups

if TYPE_CHECKING:
    from somewhere import Unknown  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]

NAMES = globals()
FRAME = sys._getframe()


class Users(Group[M]):
    """A group."""


class Admins(Users[M]):
    """A kind of it."""


def named(owner: type[object]) -> dict[str, str]:
    return {name: kind.__name__ for name, kind in groups_of(owner, Group).items()}


def test_annotations_with_groups_are_found_and_others_are_not() -> None:
    class Shop(Group[M]):
        users: Users[M]
        admins: Admins[M]
        bare: Users  # type: ignore[type-arg]
        name: str
        count: ClassVar[int] = 0
        many: list[Users[M]]
        perhaps: Users[M] | None

    assert named(Shop) == {"users": "Users", "admins": "Admins", "bare": "Users"}


def test_annotations_that_are_no_text_are_read_as_they_are() -> None:
    shop = type(
        "Shop", (Group,), {"__annotations__": {"users": Users, "admins": Admins[Sync], "number": int}}
    )
    assert named(shop) == {"users": "Users", "admins": "Admins"}


def test_groups_of_a_function_are_known_to_the_classes_there() -> None:
    class Orders(Group[M]):
        """A group that only this function knows."""

    class Shop(Group[M]):
        orders: Orders[M]
        users: Users[M]

    assert named(Shop) == {"orders": "Orders", "users": "Users"}


def test_each_run_of_a_function_has_groups_of_its_own() -> None:
    def made() -> tuple[type[object], type[object]]:
        class Orders(Group[M]):
            """Another one each time."""

        class Shop(Group[M]):
            orders: Orders[M]

        return Shop, Orders

    (shop, orders), (other_shop, other_orders) = made(), made()
    assert groups_of(shop, Group) == {"orders": orders}
    assert groups_of(other_shop, Group) == {"orders": other_orders}


def test_names_inside_of_a_class_are_known_to_it() -> None:
    class Shop(Group[M]):
        class Orders(Group[Sync]):
            """A group within."""

        orders: Orders

    assert named(Shop) == {"orders": "Orders"}


def test_groups_are_inherited_and_may_be_exchanged() -> None:
    class HasUsers(Generic[M]):
        users: Users[M]

    class Base(Group[M]):
        people: Users[M]

    class Shop(HasUsers[M], Base[M]):
        people: Admins[M]  # pyright: ignore[reportIncompatibleVariableOverride]

    class Shops(Shop[M]):
        """Nothing of its own."""

    assert named(Base) == {"people": "Users"}
    assert named(Shop) == named(Shops) == {"people": "Admins", "users": "Users"}


def test_an_annotation_takes_the_place_of_a_group_by_another_thing() -> None:
    class Base(Group[M]):
        people: Users[M]

    class Shop(Base[M]):
        people: int  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleVariableOverride]

    assert named(Shop) == {}


def test_a_name_that_is_defined_later_is_found_when_it_is_there() -> None:
    class Shop(Group[M]):
        later: Later[M]  # type: ignore[name-defined]  # noqa: F821  # pyright: ignore[reportUndefinedVariable]

    assert named(Shop) == {}
    try:
        NAMES["Later"] = Users
        assert named(Shop) == {"later": "Users"}
    finally:
        del NAMES["Later"]
    assert named(Shop) == {"later": "Users"}, "what was found is kept"


def test_who_looks_for_a_group_that_is_not_known_is_told_why() -> None:
    class Shop(Group[M]):
        users: Users[M]
        unknown: Unknown[M]
        given: Unknown[M] = 5

    assert named(Shop) == {"users": "Users"}
    shop: Shop[Sync] = Shop()
    with pytest.raises(AttributeError, match=r"Shop has no unknown: its annotation 'Unknown\[M\]' cannot be"):
        _ = shop.unknown
    assert not hasattr(Shop, "unknown")
    assert shop.given == 5
    shop.unknown = 1
    assert shop.unknown == 1


def test_text_that_is_no_annotation_is_passed_over() -> None:
    shop = type("Shop", (Group,), {"__annotations__": {"users": "Users[M]", "odd": "1 +", "worse": "1 / 0"}})
    assert named(shop) == {"users": "Users"}


def test_a_class_of_no_module_is_read_too() -> None:
    shop = type("Shop", (Group,), {"__annotations__": {"users": "Users[M]"}, "__module__": "nowhere"})
    assert named(shop) == {"users": "Users"}, "the function that made it knows the name"


def test_what_is_found_is_kept() -> None:
    class Shop(Group[M]):
        users: Users[M]

    assert groups_of(Shop, Group) is groups_of(Shop, Group)


def test_names_of_a_module_are_looked_up_when_they_are_needed() -> None:
    shop = type("Shop", (), {"__annotations__": {"users": "Users[M]"}})
    assert local_groups(shop, Group, FRAME) == {}
    assert local_groups(shop, Group, sys._getframe()) == {"users": Users}


def test_what_is_absent_says_so_in_a_sentence() -> None:
    class Shop:
        thing = Absent("is closed")

    with pytest.raises(AttributeError, match="Shop is closed"):
        _ = Shop().thing
