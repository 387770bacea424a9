"""The arguments that verbs take: each one named, each one told of."""

from __future__ import annotations

import inspect

import pytest

from offwire.apis.rest import Rest
from offwire.apis.rest.verbs import CallArguments, PageArguments


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (
            CallArguments,
            "path params headers json data files body timeout deadline idempotency_key safety",
        ),
        (PageArguments, "path params headers items"),
    ],
)
def test_every_argument_is_optional(arguments: type[object], names: str) -> None:
    assert list(arguments.__annotations__) == names.split()
    assert vars(arguments)["__required_keys__"] == frozenset()


def test_help_tells_of_every_argument() -> None:
    for verb in (Rest.get, Rest.post):
        shown = inspect.getdoc(verb) or ""
        for name in CallArguments.__annotations__:
            assert name in shown
    shown = inspect.getdoc(Rest.paginate) or ""
    for name in PageArguments.__annotations__:
        assert name in shown
