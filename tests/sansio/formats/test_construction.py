"""Objects of attrs classes out of the values of their fields."""

from __future__ import annotations

import abc
import functools
import pickle
import weakref
from typing import Any, ClassVar, Final, Generic, TypeVar

import attrs
import pytest
from attrs import NOTHING

from offwire.formats.construction import Part, constructor, is_sum_of_its_fields

T = TypeVar("T")


def read_text(value: object, _kind: object) -> str:
    return str(value)


@attrs.frozen
class Frozen:
    a: int
    b: str = "b"
    c: list[int] = attrs.Factory(list)


@attrs.define
class Mutable:
    a: int
    b: str = "b"
    c: list[int] = attrs.Factory(list)


@attrs.frozen
class Child(Frozen):
    d: int | None = None


@attrs.frozen(kw_only=True)
class ByName:
    b: str = "b"
    a: int
    _c: tuple[int, ...] = ()


@attrs.frozen(slots=False)
class WithDict:
    a: int
    b: str = "b"


@attrs.frozen
class OfGeneric(Generic[T]):
    a: T


@attrs.frozen
class Validated:
    a: int = attrs.field(validator=attrs.validators.ge(0))
    b: int = attrs.field(default=1, kw_only=True)


@attrs.frozen
class Converted:
    a: str = attrs.field(converter=str)


@attrs.frozen
class AfterInit:
    a: int
    b: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "b", self.a + 1)


@attrs.frozen
class NotInInit:
    a: int
    b: int = attrs.field(init=False, default=5)


@attrs.frozen
class OnOthers:
    a: int
    b: int = attrs.Factory(lambda self: self.a + 1, takes_self=True)


@attrs.frozen(cache_hash=True)
class Hashed:
    a: int


@attrs.frozen
class Cached:
    a: int

    @functools.cached_property
    def twice(self) -> int:
        return self.a * 2


@attrs.define
class OwnStore:
    a: int

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, (value, "stored"))


class OneSlot:
    __slots__ = ("extra",)


@attrs.frozen
class WithOneSlot(OneSlot):
    a: int


class Abstract(abc.ABC):  # noqa: B024 - its metaclass is what matters
    __slots__ = ()


@attrs.frozen
class Concrete(Abstract):
    a: int


class Registry:
    __slots__ = ()
    known: ClassVar[list[str]] = []

    def __init_subclass__(cls) -> None:
        Registry.known.append(cls.__name__)


@attrs.frozen
class Registered(Registry):
    a: int


@attrs.frozen
class Failed(Exception):
    a: int


FILLED = [Frozen, Mutable, Child, ByName]
CALLED = [
    WithDict, Validated, AfterInit, NotInInit, OnOthers, Hashed, Cached, OwnStore,
    WithOneSlot, Concrete, Registered, Failed,
]  # fmt: skip


def made(kind: type, values: dict[str, object]) -> Any:
    """What is made of these values by name; those that are not there are absent."""
    names = [each.name for each in attrs.fields(kind) if each.init]
    return constructor(kind, [Part(name, f"s.get({name!r}, NOTHING)") for name in names])(values, None)


@pytest.mark.parametrize("kind", FILLED + CALLED, ids=lambda kind: kind.__name__)
def test_an_object_is_what_the_constructor_makes(kind: Any) -> None:
    once, expected = made(kind, {"a": 4}), kind(a=4)
    assert type(once) is kind
    assert repr(once) == repr(expected)
    for each in attrs.fields(kind):
        value = getattr(once, each.name)
        assert value == getattr(expected, each.name)
        assert type(value) is type(getattr(expected, each.name))
    if kind is not Failed:
        assert once == expected


@pytest.mark.parametrize("kind", FILLED, ids=lambda kind: kind.__name__)
def test_an_object_that_is_filled_is_like_any_other(kind: Any) -> None:
    once: Any = made(kind, {"a": 4})
    assert pickle.loads(pickle.dumps(once)) == once
    assert weakref.ref(once)() is not None
    assert attrs.evolve(once, a=5) == kind(a=5)
    if kind is not Mutable:
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            once.a = 5


def test_a_factory_is_called_for_each() -> None:
    construct = constructor(Frozen, [Part("a", "s"), Part("b", "NOTHING"), Part("c", "NOTHING")])
    assert construct(1, None) == Frozen(1)
    assert construct(1, None).c is not construct(1, None).c  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def test_what_may_be_seen_of_subclasses_is_one_and_only_where_nobody_is_told() -> None:
    for _ in range(3):
        made(Mutable, {"a": 1})
        made(Registered, {"a": 1})
    assert [each.__name__ for each in Mutable.__subclasses__()] == ["Mutable"]
    assert Registered.__subclasses__() == []
    assert "Registered" in Registry.known


def test_the_checks_of_a_class_are_run() -> None:
    with pytest.raises(ValueError):
        made(Validated, {"a": -1})
    assert made(Validated, {"a": 1, "b": 3}) == Validated(1, b=3)


@pytest.mark.parametrize(
    ("part", "came", "expected"),
    [
        pytest.param(Part("a", "s"), 1, 1, id="as it came"),
        pytest.param(Part("a", "s", read_text), 1, "1", id="converted"),
        pytest.param(Part("a", "s", read_text, (int,)), 1, 1, id="of a class that is not converted"),
        pytest.param(Part("a", "s", read_text, (int,)), True, "True", id="of a subclass of it"),
        pytest.param(
            Part("a", "s", read_text, (int, type(None))), None, None, id="None, which is not converted"
        ),
        pytest.param(Part("a", "s", read_text, (int, type(None))), 1.5, "1.5", id="of another class"),
        pytest.param(Part("b", "s"), NOTHING, "b", id="absent"),
        pytest.param(Part("b", "s", read_text), NOTHING, "b", id="absent, and would be converted"),
        pytest.param(Part("b", "s", read_text, (int,)), NOTHING, "b", id="absent, and might be converted"),
        pytest.param(Part("b", "s", read_text, (int,)), 1, 1, id="not absent"),
        pytest.param(Part("b", "s", read_text, (int,)), 1.5, "1.5", id="not absent, and converted"),
    ],
)
def test_a_value_is_what_came_or_what_is_made_of_it(part: Part, came: object, expected: object) -> None:
    others = [] if part.name == "a" else [Part("a", "0")]
    for kind in (Frozen, WithDict):
        assert getattr(constructor(kind, [*others, part])(came, None), part.name) == expected


def test_a_source_is_read_once() -> None:
    read: list[int] = []
    construct = constructor(Frozen, [Part("a", "s(1)", read_text, (bool, type(None)))])
    construct(read.append, None)
    assert read == [1]


@attrs.define(init=False)
class OwnInit:
    a: int

    def __init__(self) -> None:
        self.a = 1


@attrs.define(init=False)
class NoInit:
    a: int


@attrs.frozen
class Constant:
    a: Final = 5


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param(Frozen, True, id="plain"),
        pytest.param(Validated, True, id="with validators"),
        pytest.param(AfterInit, True, id="with a hook"),
        pytest.param(OwnInit, False, id="an __init__ of its own"),
        pytest.param(NoInit, False, id="no __init__"),
        pytest.param(OfGeneric, False, id="generic"),
        pytest.param(Converted, False, id="with converters"),
        pytest.param(Constant, False, id="a type by the default"),
    ],
)
def test_a_class_is_read_by_its_fields_or_not(kind: type, expected: bool) -> None:
    attrs.resolve_types(kind)
    assert is_sum_of_its_fields(kind) is expected
