"""Validators for the numbers of a policy.

Rules of this file: a number that passes is finite, so that no NaN or infinity gets into a
machine. What is refused is named with its class and field, and with what would be accepted.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from attrs import Attribute

Validator: TypeAlias = "Callable[[object, Attribute[Any], float], None]"
OptionalValidator: TypeAlias = "Callable[[object, Attribute[Any], float | None], None]"


def above(low: float) -> Validator:
    """Accept finite numbers above `low`."""

    def validate(instance: object, attribute: Attribute[Any], value: float) -> None:
        if not (_is_number(value) and low < value):
            raise ValueError(_refusal(instance, attribute, f"a number above {low:g}", value))

    return validate


def at_least(low: float) -> Validator:
    """Accept finite numbers from `low` on."""

    def validate(instance: object, attribute: Attribute[Any], value: float) -> None:
        if not (_is_number(value) and low <= value):
            raise ValueError(_refusal(instance, attribute, f"a number from {low:g} on", value))

    return validate


def count(low: int) -> Validator:
    """Accept whole numbers from `low` on."""

    def validate(instance: object, attribute: Attribute[Any], value: float) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or value < low:
            raise ValueError(_refusal(instance, attribute, f"a whole number from {low} on", value))

    return validate


def none_or(validator: Validator) -> OptionalValidator:
    """Accept None, and what `validator` accepts."""

    def validate(instance: object, attribute: Attribute[Any], value: float | None) -> None:
        if value is not None:
            validator(instance, attribute, value)

    return validate


def share(instance: object, attribute: Attribute[Any], value: float) -> None:
    """Accept numbers above 0 and up to 1."""
    if not (_is_number(value) and 0 < value <= 1):
        raise ValueError(_refusal(instance, attribute, "a number above 0 and up to 1", value))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _refusal(instance: object, attribute: Attribute[Any], wanted: str, value: object) -> str:
    return f"{type(instance).__name__}.{attribute.name} has to be {wanted}, not {value!r}"
