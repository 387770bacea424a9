"""Classes as text: names on the wire, defaults, and enums."""

from __future__ import annotations

from offwire.codegen.graphql.settings import Settings
from offwire.codegen.graphql.shapes import Choice, Choices, Expression, Member, OneOf, Record
from offwire.codegen.graphql.writing import Place
from offwire.codegen.graphql.writing_models import write_enums, write_models

INT = Expression("int")
PLACE = Place(settings=Settings(package="shop"), modules={"A": "m", "B": "m", "C": "m", "Other": "n"})


def member(name: str, wire: str, **more: object) -> Member:
    return Member(name=name, wire=wire, type=INT, **more)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def written(*models: Record | OneOf) -> str:
    bases = {each.name: each for each in models if isinstance(each, Record)}
    return write_models(PLACE, "m", "Models.", models, bases)


def test_fields_are_named_by_a_rule_where_it_does_for_most() -> None:
    fields = [member("start_time", "startTime"), member("fight_ids", "fightIDs"), member("id", "id")]
    text = written(Record(name="A", members=fields, doc="A thing."))
    assert "@wire_names(camel_case)\n@frozen(kw_only=True)\nclass A:\n" in text
    assert '    start_time: int\n    fight_ids: int = field(metadata=wire("fightIDs"))\n    id: int\n' in text
    assert "from offwire.formats.naming import camel_case, wire, wire_names\n" in text


def test_fields_are_named_one_by_one_else() -> None:
    text = written(
        Record(name="A", members=[member("per_page", "per_page"), member("class_", "class")], doc="A.")
    )
    assert "wire(" not in text
    assert "wire_names" not in text
    assert "    per_page: int\n    class_: int\n" in text
    assert "naming" not in text


def test_a_class_that_extends_another_is_named_as_that_is() -> None:
    base = Record(name="A", members=[member("start_time", "startTime")], doc="A.")
    above = Record(
        name="B", members=[member("per_page", "per_page"), member("end_time", "endTime")], doc="B.", base="A"
    )
    text = written(base, above)
    assert text.count("@wire_names") == 1
    assert 'class B(A):\n    """B."""\n\n    per_page: int = field(metadata=wire("per_page"))\n' in text
    assert "    end_time: int\n" in text


def test_what_may_be_absent_is_unset() -> None:
    text = written(
        Record(
            name="A", members=[member("a", "a", optional=True), member("b", "bC", optional=True)], doc="A."
        )
    )
    assert "    a: int | Unset = UNSET\n" in text
    assert '    b: int | Unset = field(default=UNSET, metadata=wire("bC"))\n' in text
    assert "from offwire.unset import UNSET, Unset\n" in text


def test_what_is_refused_and_told() -> None:
    fields = [member("a", "a", refused=("X",), doc="One.\n\nTwo."), member("b", "b", refused=("X", "Y"))]
    text = written(Record(name="A", members=fields, doc="A."))
    assert 'a: int = field(validator=validators.not_(validators.in_(("X",))))\n    """One.\n' in text
    assert '\n\n    Two.\n    """\n' in text
    assert 'validators.in_(("X", "Y"))' in text
    assert "from attrs import field, frozen, validators\n" in text


def test_unions_are_aliases() -> None:
    text = written(OneOf(name="C", options=["A", "B", "Other"], doc="Any."))
    assert '\n\n\nC: TypeAlias = A | B | Other\n"""Any."""\n' in text
    assert "from shop.n import Other\n" in text
    assert "attrs" not in text
    many = [f"{'Long' * 10}{number}" for number in range(3)]
    place = Place(settings=Settings(), modules=dict.fromkeys(many, "m"))
    long = write_models(place, "m", "Models.", [OneOf(name="C", options=many, doc="Any.")], {})
    assert f"C: TypeAlias = (\n    {many[0]}\n    | {many[1]}\n    | {many[2]}\n)\n" in long


def test_enums() -> None:
    choices = [Choice(name="RED", value="red", doc="As blood."), Choice(name="BLUE", value="blue")]
    text = write_enums(PLACE, [Choices(name="Colour", choices=choices, doc="A colour.")])
    assert 'class Colour(str, OpenEnum):\n    """A colour."""\n\n    RED = "red"\n' in text
    assert '    """As blood."""\n    BLUE = "blue"\n' in text
    assert 'ColourValue: TypeAlias = Literal["red", "blue"]\n' in text
    assert "ColourLike: TypeAlias = Colour | ColourValue\n" in text


def test_nothing_makes_an_empty_module() -> None:
    assert written().endswith("from __future__ import annotations\n")
