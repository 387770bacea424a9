"""`Expect`: which answers count as success, and how strictly their bodies are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from offwire.errors import StatusError

if TYPE_CHECKING:
    from attrs import Attribute

ANY_2XX: Final = frozenset(range(200, 300))


def is_status(value: object) -> bool:
    """Whether `value` is a status that a server can send: a whole number of three digits."""
    return type(value) is int and 100 <= value <= 999


def _statuses(value: object) -> frozenset[int]:
    given = tuple(value) if isinstance(value, set | frozenset | tuple | list | range) else ()
    if not given or not all(is_status(each) for each in given):
        raise ValueError(f"success is a set of statuses such as {{200, 201}}, not {value!r}")
    return frozenset(given)


def _errors(value: object) -> tuple[tuple[int, type[StatusError]], ...]:
    pairs = tuple(value.items()) if isinstance(value, Mapping) else value
    if not isinstance(pairs, tuple) or not all(isinstance(each, tuple) and len(each) == 2 for each in pairs):
        raise TypeError(f"errors maps statuses to kinds of StatusError, not {value!r}")
    for status, kind in pairs:
        if not is_status(status):
            raise ValueError(f"errors maps statuses such as 402 to kinds of StatusError, not {status!r}")
        if not (isinstance(kind, type) and issubclass(kind, StatusError)):
            raise TypeError(f"the error of {status} is a subclass of StatusError, not {kind!r}")
        try:
            kind(message="", status=status).with_facts()
        except (AttributeError, TypeError) as error:
            raise TypeError(
                f"the error of {status}, {kind.__name__}, cannot be made from an answer ({error}): "
                "give fields of its own a default"
            ) from None
    return pairs


def _flag(_instance: object, attribute: Attribute[bool], value: bool) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"Expect.{attribute.name} is True or False, not {value!r}")


@frozen(kw_only=True, cache_hash=True)
class Expect:
    """What an operation declares of its answers. Make one, and share it between operations.

    Raises at birth:
        TypeError: a part is of the wrong type; the message names it.
        ValueError: a status is none, or stands for a success and an error alike.
    """

    success: frozenset[int] = field(default=ANY_2XX, converter=_statuses)
    """The statuses whose body is the result; every other one is an error."""
    lenient: bool = field(default=False, validator=_flag)
    """Take "42" for 42 and the like, wherever nothing is lost by it."""
    one_or_list: bool = field(default=False, validator=_flag)
    """For a declared list: a bare object stands for a list of it, null for an empty one."""
    errors: tuple[tuple[int, type[StatusError]], ...] = field(default=(), converter=_errors)
    """Kinds of error for statuses of which the API has its own idea: `{402: PaymentRequired}`."""

    def __attrs_post_init__(self) -> None:
        for status, _ in self.errors:
            if status in self.success:
                raise ValueError(f"{status} is an error and a success: take it out of one of the two")


DEFAULT_EXPECT: Final = Expect()
"""Any 2xx, read strictly."""
