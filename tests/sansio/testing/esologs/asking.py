"""What the tests of the stand-in's rooms share: a small world, and a way to ask its nodes."""

from __future__ import annotations

from typing import Any

from offwire.testing.esologs.facts import Facts, ReportFacts
from offwire.testing.esologs.nodes import Node

SIZES = {"guilds": 3, "members": 13, "reports": 6, "events": 900}


def small(seed: int = 0, **sizes: int) -> Facts:
    return Facts(seed, **{**SIZES, **sizes})


def first_report(facts: Facts) -> ReportFacts:
    return facts.report(1)


def got(node: Node | None, *path: str, **arguments: Any) -> Any:
    """The value that a path of fields leads to; the arguments are the last one's. Lists give lists."""
    assert node is not None
    name, *rest = path
    value: Any = node[name]
    if callable(value):
        value = value({} if rest else arguments)
    if not rest:
        return value
    if isinstance(value, list):
        return [got(each, *rest, **arguments) for each in value]
    return got(value, *rest, **arguments)
