"""What tests of the generator have in common: the schemas below `golden`, and what is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from offwire.codegen.graphql import GenerationError, Settings, generate, read_settings

ROOT: Final = Path(__file__).parent / "golden"
GOLDEN: Final = {name: ROOT / name for name in ("diary", "shop", "zoo")}
"""The folder of each schema."""


def sources(name: str) -> tuple[str, dict[str, str], Settings]:
    """A schema, its documents, and its settings."""
    folder = GOLDEN[name]
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.graphql"))}
    schema = texts.pop("schema.graphql")
    return schema, texts, read_settings((folder / "settings.toml").read_text(encoding="utf-8"))


def generated(name: str) -> Mapping[str, str]:
    """What is made of a schema of `golden`."""
    return generate(*sources(name))


def made(schema: str, documents: str, settings: str = "") -> Mapping[str, str]:
    """What is made of short texts."""
    return generate(schema, {"documents.graphql": documents}, read_settings(settings))


def trouble(schema: str, documents: str, settings: str = "") -> list[str]:
    """The problems that short texts have, as they are told."""
    with pytest.raises(GenerationError) as caught:
        made(schema, documents, settings)
    return [str(each) for each in caught.value.problems]
