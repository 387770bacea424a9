"""Construction: objects of attrs classes out of the values of their fields.

For each class a function is written, as attrs and cattrs write theirs: to look up for each object
what is the same for all of the class would cost more than the rest.

Rules of this file: what comes out is what the class's own constructor makes. That one is called
wherever it does more than to store: where there are validators or hooks. Where it does not, the
slots are filled without it. Those of a frozen class can only be filled through descriptors, one
call for each, which takes most of the time of its constructor. So an object starts as one of a
subclass without slots of its own that is not frozen, and becomes one of the class when it is whole.
The subclass is made once, shows in `__subclasses__()`, and is made only where nobody is told of
subclasses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Generic

from attrs import NOTHING, Attribute, Factory, fields, frozen

from offwire.formats.scalars import Reader

_TWIN: Final = "__offwire_twin__"
_GENERATED: Final = "<attrs generated"
_HOOKS: Final = ("__attrs_pre_init__", "__attrs_post_init__", "__del__", "__init_subclass__", "__new__")
_FACTORY: Final[Any] = Factory  # of which attrs' types say that it is a function


@frozen
class Part:
    """A field, and where its value comes from."""

    name: str
    """The field's."""
    source: str
    """An expression of `s`, which is what the object is made of. NOTHING is for the field's default."""
    convert: Reader | None = None
    """What reads the field's value out of what came; None where that is the value."""
    as_it_is: tuple[type, ...] = ()
    """The classes of what is not handed to `convert`, but is the value as it came."""


def is_sum_of_its_fields(kind: type) -> bool:
    """Whether an attrs class, whose types are resolved, is read by reading each field by its type.

    It is not where its `__init__` is the user's own, where a type hangs on what a generic class
    stands for, or is `Final` and left to the default, and where a converter makes it another one.
    """
    made: Any = kind
    code = getattr(made.__init__, "__code__", None)
    if code is None or not code.co_filename.startswith(_GENERATED) or Generic in kind.__mro__:
        return False
    return all(each.type is not Final and each.converter is None for each in fields(kind))


def constructor(kind: type, parts: Sequence[Part]) -> Reader:
    """A reader of `s` as a `kind`; `parts` are the fields that `__init__` takes.

    The caller owes that `is_sum_of_its_fields(kind)` holds.
    """
    by_name: dict[str, Attribute[Any]] = {each.name: each for each in fields(kind)}
    names: dict[str, object] = {"NOTHING": NOTHING, "kind": kind}
    is_filled = _may_be_filled(kind)
    values = []
    for number, part in enumerate(parts):
        default: Any = by_name[part.name].default
        absent = ""
        if default is not NOTHING:
            absent = f"default{number}"
            if isinstance(default, _FACTORY):
                # attrs' own code takes NOTHING for: call the factory.
                absent = f"default{number}()" if is_filled else "NOTHING"
                default = default.factory
            names[f"default{number}"] = default
        names[f"convert{number}"] = part.convert
        values.append(_value(part, number, absent))
    if is_filled:
        names |= {"new": object.__new__, "twin": _twin(kind)}
        filled = "".join(f"    o.{part.name} = {value}\n" for part, value in zip(parts, values, strict=True))
        body = f"    o = new(twin)\n{filled}    o.__class__ = kind\n    return o\n"
    else:
        given = [(by_name[part.name], value) for part, value in zip(parts, values, strict=True)]
        in_order = [value for each, value in given if not each.kw_only]
        in_order += [f"{each.alias}={value}" for each, value in given if each.kw_only]
        body = f"    return kind({', '.join(in_order)})\n"
    exec(f"def construct(s, _kind):\n{body}", names)  # noqa: S102 - made of names of fields alone
    construct: Any = names["construct"]
    made: Reader = construct
    return made


def _value(part: Part, number: int, absent: str) -> str:
    """The expression of a field's value."""
    if part.convert is None:
        value = "@"
    else:
        value = f"convert{number}(@, None)"
        if part.as_it_is:
            value = f"@ if {' or '.join(map(_is_one, part.as_it_is))} else {value}"
    if absent:
        value = f"{absent} if @ is NOTHING else {value}"
    return _read_once(value, part.source)


def _is_one(kind: type) -> str:
    return "@ is None" if kind is type(None) else f"@.__class__ is {kind.__name__}"


def _read_once(expression: str, source: str) -> str:
    """The expression with `source` for each "@", of which the one that is run first reads it for all."""
    if expression.count("@") == 1:
        return expression.replace("@", source)
    before, is_if, after = expression.partition(" if ")
    first = after.replace("@", f"(v := {source})", 1)
    return f"({before}{is_if}{first})".replace("@", "v")


def _may_be_filled(kind: type) -> bool:
    """Whether its constructor does nothing but store, into slots that its objects have and no others."""
    if type(kind) is not type or kind.__dictoffset__ or not _stores_plainly(kind):
        return False
    if any(name in each.__dict__ for each in kind.__mro__[:-1] for name in _HOOKS):
        return False
    slots: set[str] = set()
    for each in kind.__mro__[:-1]:
        slots.update(each.__dict__.get("__slots__", ()))
    return slots - {"__weakref__"} == {each.name for each in fields(kind)} and all(
        each.init
        and each.validator is None
        and not (isinstance(each.default, _FACTORY) and each.default.takes_self)
        for each in fields(kind)
    )


def _stores_plainly(kind: type) -> bool:
    # What attrs writes where nothing may be set afterwards is passed by in its own constructor too.
    store: Any = kind.__setattr__
    return store is object.__setattr__ or getattr(store, "__module__", None) == "attr._make"


def _twin(kind: type) -> type:
    twin: type | None = kind.__dict__.get(_TWIN)
    if twin is None:
        free = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
        twin = type(kind.__name__, (kind,), {"__slots__": (), **free})
        setattr(kind, _TWIN, twin)
    return twin
