"""Settings: their defaults, their text, and what is refused."""

from __future__ import annotations

import pytest

from offwire.codegen.graphql.problems import GenerationError
from offwire.codegen.graphql.settings import GroupSettings, Settings, read_settings

TEXT = """
package = "shop.generated"
never_null = ["Query.*"]
compact_lists = true
line_length = 88

[scalars]
DateTime = "datetime"

[groups.users]
doc = "Those who buy."
operations = { getUser = "get" }
"""


def test_an_empty_text_is_all_defaults() -> None:
    assert read_settings("") == Settings()


def test_a_text_is_read() -> None:
    assert read_settings(TEXT) == Settings(
        package="shop.generated",
        never_null=("Query.*",),
        compact_lists=True,
        line_length=88,
        scalars={"DateTime": "datetime"},
        groups={"users": GroupSettings(doc="Those who buy.", operations={"getUser": "get"})},
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("=", "settings: is not TOML", id="no TOML"),
        pytest.param("colour = 1", "settings: colour is no setting (there are command,", id="unknown"),
        pytest.param("package = 1", "settings: package is text, not 1", id="type"),
        pytest.param("never_null = [1]", "settings: never_null holds text only", id="type in a list"),
        pytest.param("scalars = {A = 1}", "settings: scalars holds text only", id="type in a table"),
        pytest.param("groups = {a = 1}", "settings: groups.a is a table", id="no group"),
        pytest.param("[groups.a]\nb = 1", "settings: groups.a.b is no setting", id="unknown in a group"),
        pytest.param("package = 'a b'", "settings: 'package' must match", id="no package"),
        pytest.param("line_length = 20", "settings: 'line_length' must be >= 60", id="too short"),
    ],
)
def test_what_is_no_setting_is_refused_by_name(text: str, problem: str) -> None:
    with pytest.raises(GenerationError) as caught:
        read_settings(text)
    assert any(str(each).startswith(problem) for each in caught.value.problems), str(caught.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(GenerationError) as caught:
        read_settings("a = 1\nb = 2")
    assert len(caught.value.problems) == 2
