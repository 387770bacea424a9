"""Errors of the client in the words of a shell: options for arguments, and nothing else changed."""

from __future__ import annotations

import click
import pytest

from offwire_cli.arguments import argument_errors, in_options
from offwire_cli.event_filters import EventFilters
from offwire_cli.events import events
from offwire_cli.lookups import character, reports


@pytest.mark.parametrize(
    ("command", "text", "told"),
    [
        pytest.param(events, "code is a report's code", "CODE is a report's code", id="argument"),
        pytest.param(events, "limit is a number", "--page-size is a number", id="first word"),
        pytest.param(
            events, "each of fight_ids is 1 or more", "each of --fight is 1 or more", id="each of a list"
        ),
        pytest.param(
            events,
            "start_time has to be before end_time; they are 2 and 1",
            "--start has to be before --end; they are 2 and 1",
            id="two",
        ),
        pytest.param(
            character, "name is a name; server_slug", "--name is a name; --server", id="a word of English"
        ),
        pytest.param(events, "translate is True", "--translate is True", id="yes or no"),
        pytest.param(reports, "fight_ids is a list", "fight_ids is a list", id="no option of this command"),
        pytest.param(reports, "nothing of a limit", "nothing of a limit", id="no argument"),
    ],
)
def test_options_stand_for_arguments(command: click.Command, text: str, told: str) -> None:
    assert in_options(text, command) == told


def test_each_filter_can_be_told() -> None:
    for name in EventFilters.__annotations__:
        assert in_options(f"{name} is wrong", events).startswith("--")


@pytest.mark.parametrize("error", [TypeError, ValueError])
def test_it_is_the_command_that_runs(error: type[Exception]) -> None:
    with (
        click.Context(reports),
        pytest.raises(click.UsageError, match=r"^--zone is wrong$"),
        argument_errors(),
    ):
        raise error("zone_id is wrong")
