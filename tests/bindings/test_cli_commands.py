"""The command as a whole: what it shows, what it ends with, and how little it loads for its help."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import polars as pl
import pytest
from keyring.backend import KeyringBackend

from offwire.errors import (
    AuthenticationError,
    CircuitOpen,
    DeadlineExceeded,
    DecodeError,
    GraphQLError,
    GraphQLProblem,
    MaybeSent,
    NotFound,
    OffwireError,
    PermissionDenied,
    RateLimited,
    ServerError,
    SignInFailed,
    StoreFailed,
    UsageError,
)
from offwire.testing.esologs import FakeEsoLogs
from offwire_cli import codes, groups
from offwire_cli.failures import exit_code, told
from tests.bindings.cli import Ended, Site, ended, environment, run, served, started
from tests.canaries import Canary

IN = "--stand-in"


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("ESOLOGS_ID", "ESOLOGS_SECRET", "ESOLOGS_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment(tmp_path, {}).items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.fixture
def where(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A site, and the environment that leads there."""
    secret = canary("cli client secret")
    with served(Site(FakeEsoLogs(client_secret=secret)), secret) as environ:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        yield environ


# What it ends with


def graphql_error(message: str) -> GraphQLError:
    return GraphQLError(message="an error", problems=(GraphQLProblem(message=message),))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AuthenticationError(message="no"), 3),
        (PermissionDenied(message="no"), 3),
        (SignInFailed(message="no", is_final=True), 3),
        (SignInFailed(message="down"), 75),
        (StoreFailed("unreadable"), 3),
        (NotFound(message="no"), 4),
        (graphql_error("This report does not exist or is private."), 4),
        (graphql_error("Something else."), 1),
        (MaybeSent(message="broken"), 75),
        (DeadlineExceeded(message="late"), 75),
        (DeadlineExceeded(message="late", cause=AuthenticationError(message="no")), 3),
        (CircuitOpen(message="down"), 75),
        (RateLimited(message="slow"), 75),
        (ServerError(message="down"), 75),
        (DecodeError(message="strange"), 1),
        (UsageError("wrong"), 1),
        (OSError(28, "No space left on device"), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_each_error_has_its_code(error: OffwireError | OSError, code: int) -> None:
    assert exit_code(error) == code


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (graphql_error("There is none."), "There is none"),
        (GraphQLError(message="an error"), "an error"),
        (NotFound(message="404 Not Found", attempts=2), "404 Not Found (after 2 attempts)"),
        (RateLimited(message="slow", retry_after=90.0), "slow. Run the same command again in 90 s"),
        (RateLimited(message="slow", retry_after=1800.0), "slow. Run the same command again in 30 min"),
        (ServerError(message="down"), "down. Run the same command again later"),
        (UsageError("wrong"), "wrong"),
        (OSError(28, "No space left on device", "e.csv"), "e.csv cannot be written: No space left on device"),
    ],
    ids=str,
)
def test_what_is_told_says_what_to_do(error: OffwireError | OSError, text: str) -> None:
    assert told(error) == text


def test_without_credentials_it_says_what_to_set() -> None:
    result = run("esologs", "zones")
    assert (result.code, result.out) == (3, "")
    for word in ("ESOLOGS_ID is not set", "ESOLOGS_SECRET", "offwire login esologs", "--stand-in"):
        assert word in result.err
    unsigned = run("esologs", "zones", "--as-user")
    assert (unsigned.code, "ESOLOGS" in unsigned.err) == (3, False)
    assert unsigned.err.startswith("offwire: nobody has signed in. Sign in with `offwire login esologs`")


def test_half_of_the_credentials_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESOLOGS_ID", "client")
    assert run("esologs", "zones").err.startswith("offwire: ESOLOGS_SECRET is not set")


def test_credentials_that_are_refused(where: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESOLOGS_SECRET", "wrong")
    result = run("esologs", "zones")
    assert result.code == 3
    assert "Check ESOLOGS_ID and ESOLOGS_SECRET" in result.err


def test_a_site_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch, canary: Canary) -> None:
    monkeypatch.setattr("offwire_cli.session._ATTEMPTS", 1)
    for name, value in (
        ("ESOLOGS_URL", "http://127.0.0.1:9"),
        ("ESOLOGS_ID", "client"),
        ("ESOLOGS_SECRET", canary("cli client secret")),
    ):
        monkeypatch.setenv(name, value)
    result = run("esologs", "points")
    assert result.code == 75
    assert "Traceback" not in result.err


def test_what_nobody_foresaw_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: object, _ctx: object) -> object:
        raise LookupError("a mistake of ours")

    monkeypatch.setattr(groups.LazyGroup, "invoke", broken)
    with pytest.raises(LookupError):
        run("esologs", "zones")


# Looking things up


def test_reports_of_a_guild() -> None:
    shown = run("esologs", "reports", "--guild-id", "1", "--limit", "3", IN)
    assert shown.code == 0, shown.err
    found = json.loads(run("esologs", "reports", "--guild-id", "1", "--limit", "3", "--to", "-", IN).out)
    assert len(found) == 3
    for each in found:
        assert each["code"] in shown.out
        assert each["title"] in shown.out


def test_reports_of_a_guild_by_name_and_in_a_span_of_time() -> None:
    guild = json.loads(run("esologs", "guild", "2", "--to", "-", IN).out)[0]
    server = guild["server"]
    by_name = ["--guild", guild["name"], "--server", server["slug"], "--region", server["region"]["slug"]]
    span = ["--since", "2026-01-10", "--until", "2026-01-20", "--zone", "3"]
    assert run("esologs", "reports", *by_name, *span, "--to", "r.csv", IN).code == 0
    with Path("r.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {json.loads(each["guild"])["id"] for each in rows} <= {2}
    assert run("esologs", "reports", "--user-id", "1", "--to", "r.ndjson", IN).code == 0
    assert len(Path("r.ndjson").read_text().splitlines()) > 0


def test_nothing_found_is_a_table_all_the_same() -> None:
    arguments = ["esologs", "reports", "--guild-id", "1", "--since", "2036-01-01"]
    assert run(*arguments, "--to", "-", IN).out == "[]\n"
    assert run(*arguments, "--to", "r.parquet", IN).code == 0
    assert "code" in pl.read_parquet("r.parquet").columns
    assert "0 reports" in run(*arguments, IN).out


def test_characters() -> None:
    found = json.loads(run("esologs", "character", "3", "--to", "-", IN).out)[0]
    shown = run("esologs", "character", "3", IN).out
    assert found["name"] in shown
    region = found["server"]["region"]["slug"]
    by_name = ["--name", found["name"], "--server", found["server"]["slug"], "--region", region]
    assert json.loads(run("esologs", "character", *by_name, "--to", "-", IN).out)[0]["id"] == 3


def test_members_of_a_guild() -> None:
    shown = run("esologs", "guild", "2", "--members", IN)
    assert "40 members" in shown.out
    assert run("esologs", "guild", "2", "--members", "--to", "m.parquet", IN).code == 0
    members = pl.read_parquet("m.parquet")
    assert len(members) == 40
    assert all(each in shown.out for each in members["name"])


def test_guild_zones_and_points() -> None:
    assert "faction" in run("esologs", "guild", "1", IN).out
    assert "12 zones" in run("esologs", "zones", IN).out
    only = json.loads(run("esologs", "zones", "--expansion", "1", "--to", "-", IN).out)
    assert {each["expansion"]["id"] for each in only} == {1}
    assert "18,000 an hour" in run("esologs", "points", IN).out
    assert "18,000 an hour" in run("esologs", "points", "--as-user", "--patient", IN).out


def test_the_price_of_a_harvest() -> None:
    shown = run("esologs", "price", "reports.events=30", "system.rate_limit=7", "reports.events=4", IN)
    assert shown.code == 0, shown.err
    rows = dict(line.split(maxsplit=1) for line in shown.out.splitlines()[1:])
    assert (rows["expected"].strip(), rows["guessed"].strip()) == (
        "347.0 points",
        "reports.events, system.rate_limit",
    )
    assert rows["waits"].strip() == "not at all"
    assert re.search(r"waits +\d+:\d\d min", run("esologs", "price", "reports.events=20000", IN).out)
    assert re.search("waits +unknown", run("esologs", "price", "users.current=1", IN).out)
    assert re.search("waits +not at all", run("esologs", "price", "users.current=1", "--as-user", IN).out)
    only = json.loads(run("esologs", "price", "reports.events=34", "--to", "-", IN).out)
    assert (only[0]["most"], only[0]["guessed"]) == (340.0, ["reports.events"])


def test_wrong_calls_have_no_price_and_cost_no_point(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = canary("cli client secret")
    site = Site(FakeEsoLogs(client_secret=secret))
    with served(site, secret) as environ:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        assert run("esologs", "price", "report.events=1").code == 2
        assert site.fake.stats.points_spent == {}
        assert run("esologs", "price", "reports.events=1").code == 0
        assert sum(site.fake.stats.points_spent.values()) > 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param("price", 2, "CALL=COUNT", id="no calls"),
        pytest.param("price reports.events", 2, "lacks the number of calls", id="no count"),
        pytest.param("price reports.events=x", 2, "'x' is not a valid integer", id="no number"),
        pytest.param("price reports.events=-1", 2, "-1 is not in the range", id="fewer than none"),
        pytest.param("price report.event=1", 2, "close to it: reports.events", id="unknown call"),
        pytest.param("character 999999", 4, "no such character", id="character"),
        pytest.param("guild 999999", 4, "no such guild", id="guild"),
        pytest.param("character", 2, "either an id, or --name", id="nobody"),
        pytest.param("character 3 --name El-Fi", 2, "either an id, or --name", id="twice"),
        pytest.param("character --name El-Fi --server x", 2, "either an id, or --name", id="in part"),
        pytest.param("reports --guild-id 0", 2, "--guild-id", id="id"),
        pytest.param("reports --guild-id 99999", 4, "no such guild", id="reports of no guild"),
        pytest.param("reports --guild X --server s --region r", 4, "no such guild", id="no guild's name"),
        pytest.param("reports", 2, "all reports of the site: give --guild-id, ", id="all reports"),
        pytest.param("reports --until 2026-01-20", 2, "all reports of the site", id="nearly all reports"),
        pytest.param(
            "reports --guild X",
            2,
            "Error: --guild means nothing without --server and --region: give them together",
            id="guild in part",
        ),
        pytest.param(
            "reports --since 2026-01-20 --until 2026-01-10",
            2,
            "Error: --since has to be before --until; they are ",
            id="order",
        ),
        pytest.param(
            "guild --name x --server y_z --region=", 2, "Error: --region is a short name", id="slug"
        ),
        pytest.param("zones --to z.txt", 2, "no format is known", id="ending"),
        pytest.param("zones --to no/z.csv", 1, "No such file", id="no folder"),
        pytest.param("nothing", 2, "No such command", id="no command"),
    ],
)
def test_what_is_wrong_is_told(arguments: str, code: int, words: str) -> None:
    result = run("esologs", *arguments.split(), *([] if arguments == "nothing" else [IN]))
    assert result.code == code
    assert words in result.err


def test_with_credentials_from_the_environment(where: dict[str, str]) -> None:
    assert "points" in run("esologs", "points").out.lower()


# Signing in


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Instead of a browser: follows the site at once. Holds the addresses that were opened."""
    from offwire_cli.signing_in import _visiting

    opened: list[str] = []

    def visit(url: str) -> bool:
        opened.append(url)
        _visiting()(url)
        return True

    monkeypatch.setattr("webbrowser.open", visit)
    return opened


LOGIN = ["login", "esologs", "--redirect", "http://127.0.0.1:0/back", "--timeout", "20"]


def test_a_sign_in_is_kept_until_it_is_forgotten(
    where: dict[str, str], browser: list[str], inside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(*LOGIN)
    assert first.code == 0, first.err
    assert "Signed in" in first.err
    assert "code_challenge=" in browser[0]
    kept = inside / "config" / "offwire" / "tokens.json"
    assert kept.stat().st_mode & 0o077 == 0
    assert run("esologs", "points", "--as-user").code == 0
    monkeypatch.delenv("ESOLOGS_SECRET")
    assert run("esologs", "points").code == 0, "the token that was kept will do"
    assert "Signed out" in run("logout", "esologs").err
    assert run("esologs", "points").code == 3
    assert "Nobody has signed in" in run("logout", "esologs").err


def test_a_sign_in_needs_a_client(browser: list[str]) -> None:
    result = run(*LOGIN)
    assert (result.code, browser) == (3, [])
    assert "ESOLOGS_ID is not set" in result.err


def test_a_sign_in_that_the_user_declines(
    canary: Canary, browser: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = canary("cli client secret")
    with served(Site(FakeEsoLogs(client_secret=secret, consents=False)), secret) as environ:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        result = run(*LOGIN)
    assert result.code == 3
    assert "The user said no" in result.err


def test_without_a_browser_the_address_is_shown(
    where: dict[str, str], browser: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    result = run(*LOGIN[:-1], "1")
    assert result.code == 75
    assert "Open this address" in result.err
    assert "/oauth/authorize?" in run(*LOGIN[:-1], "1", "--no-browser").err


@pytest.mark.parametrize(
    "redirect", ["https://127.0.0.1/", "http://example.com/", "http://127.0.0.1:99999/", "x"]
)
def test_a_redirect_leads_to_this_machine(where: dict[str, str], redirect: str) -> None:
    result = run("login", "esologs", "--redirect", redirect)
    assert result.code == 2
    assert "--redirect" in result.err


def test_a_port_that_is_taken(where: dict[str, str]) -> None:
    port = where["ESOLOGS_URL"].rpartition(":")[2]
    result = run("login", "esologs", "--redirect", f"http://127.0.0.1:{port}/")
    assert result.code == 1
    assert "Name another --redirect" in result.err


def test_a_keyring_that_is_not_there(where: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    result = run(*LOGIN, "--keyring")
    assert result.code == 1
    assert "offwire[keyring]" in result.err


class MemoryKeyring(KeyringBackend):
    """A keyring in memory."""

    priority = 1  # pyright: ignore[reportAssignmentType]

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[username]


def test_a_sign_in_can_be_kept_in_the_keyring(
    where: dict[str, str], browser: list[str], inside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = MemoryKeyring()
    monkeypatch.setattr("keyring.get_keyring", lambda: backend)
    assert "the keyring" in run(*LOGIN, "--keyring").err
    assert list(backend.kept) == [f"esologs {where['ESOLOGS_URL']}"]
    assert not (inside / "config" / "offwire" / "tokens.json").exists()
    assert run("esologs", "points", "--as-user").code == 0
    assert run("logout", "esologs").code == 0
    assert backend.kept == {}


def test_notes_that_cannot_be_read(where: dict[str, str], inside: Path) -> None:
    notes = inside / "config" / "offwire" / "logins.json"
    notes.parent.mkdir(parents=True)
    notes.write_text("{")
    result = run("esologs", "points")
    assert result.code == 3
    assert "remove it, and sign in again" in result.err
    notes.unlink()
    notes.mkdir()
    result = run("esologs", "points")
    assert result.code == 1
    assert f"{notes} cannot be read: " in result.err


def test_a_sign_in_at_the_stand_in_keeps_nothing(inside: Path) -> None:
    assert "nothing was kept" in run("login", "esologs", IN).err
    assert not (inside / "config").exists()


# As a program


def test_help_loads_next_to_nothing() -> None:
    code = (
        "import sys; from offwire_cli.main import main; code = main(sys.argv[1:]); "
        "print([each for each in ('offwire.engine', 'httpx', 'rich', 'polars', 'graphql', 'cattrs')"
        " if each in sys.modules]); sys.exit(code)"
    )
    for arguments in (["--help"], ["esologs", "--help"], ["--version"]):
        command = [sys.executable, "-c", code, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "[]")


def test_every_command_has_help() -> None:
    for arguments in (
        *(["esologs", each] for each in ("events", "reports", "character", "guild", "zones", "points")),
        ["login", "esologs"],
        ["logout", "esologs"],
        ["generate", "graphql"],
    ):
        result = run(*arguments, "--help")
        assert result.code == 0
        assert result.out.startswith("Usage: offwire ")


def test_help_lists_what_it_ends_with() -> None:
    said = " ".join(run("--help").out.split())
    listed = re.findall(r"(\d+): ", said.partition("Ends with ")[2])
    assert listed == re.findall(r"^\| (\d+) ", str(codes.__doc__), re.MULTILINE)


def test_the_script_is_installed(inside: Path) -> None:
    script = Path(sys.executable).with_name("offwire")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.startswith("offwire, version ")) == (0, True)


def test_without_click_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['click'] = None; from offwire_cli.main import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "pip install 'offwire[cli]'" in done.stderr


def test_another_package_that_is_missing_is_told_by_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    result = run("esologs", "zones", "--to", "z.csv", IN)
    assert result.code == 1
    assert "offwire[frames]" in result.err


def test_as_a_module(inside: Path) -> None:
    result: Ended = ended(started(inside, ["esologs", "zones", "--to", "-", IN], {}))
    assert (result.code, len(json.loads(result.out))) == (0, 12)


def test_a_full_disk_at_the_other_end_of_stdout(inside: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "offwire_cli", "esologs", "zones", "--to", "-", IN],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=dict(os.environ),
        )  # fmt: skip
    assert done.returncode == 1
    assert "No space left on device" in done.stderr


def test_a_failure_is_one_line() -> None:
    failure = groups.Failure("wrong", 7)
    shown = io.StringIO()
    failure.show(shown)
    assert isinstance(failure, click.ClickException)
    assert failure.exit_code == 7
