"""Chance that can be repeated: where the test kit seeds its generators."""

from __future__ import annotations

from random import Random


def seeded(seed: int, purpose: str) -> Random:
    """A generator of its own for each `purpose`, so that draws for one do not shift another's."""
    return Random(f"{purpose} {seed}")  # noqa: S311 - repeatable is what it has to be
