"""`offwire esologs events`: killed, interrupted or out of disk, it loses nothing, and repeats nothing."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from random import Random

import polars as pl
import pytest
from attrs import evolve

from offwire.json_value import Json
from offwire.testing.esologs import FakeEsoLogs, Points
from offwire.testing.fake_faults import Faults
from offwire_cli.rows import FORMATS
from tests.bindings.cli import Site, ended, environment, run, served, started
from tests.canaries import Canary

if sys.platform == "win32":
    pytest.skip("processes are killed as on POSIX", allow_module_level=True)

import resource

EVENTS = 4000
SITE = "https://www.esologs.com/reports/"
DAMAGE = ["--type", "DamageDone", "--page-size", "100"]


@pytest.fixture
def site(canary: Canary) -> Site:
    fake = FakeEsoLogs(
        events=EVENTS,
        seed=3,
        client_secret=canary("cli client secret"),
        boundary="repeats",
        faults=evolve(Faults.evenly(0.05), retry_after=0, slow_by=0.05),
    )
    return Site(fake)


@pytest.fixture
def where(site: Site, canary: Canary) -> Iterator[dict[str, str]]:
    with served(site, canary("cli client secret")) as environ:
        yield environ


@pytest.fixture
def inside(tmp_path: Path, where: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """This process stands in the test's folder, and its environment leads to the site."""
    monkeypatch.chdir(tmp_path)
    for name, value in environment(tmp_path, where).items():
        monkeypatch.setenv(name, value)
    return tmp_path


def truth(site: Site) -> list[object]:
    return list(site.fake.events(site.fake.codes[0], {"dataType": "DamageDone"}))


def lines(path: Path) -> list[object]:
    return [json.loads(each) for each in path.read_text().splitlines()]


def struck(
    site: Site, folder: Path, where: dict[str, str], at: int, number: signal.Signals
) -> tuple[int, str]:
    """Run the command, and send it a signal when it asks for its page number `at`."""
    pid: Future[int] = Future()
    first = site.asked

    def strike(asked: int) -> bool:
        if asked - first == at:
            os.kill(pid.result(timeout=30), number)
        return False

    site.strike = strike
    arguments = ["esologs", "events", site.fake.codes[0], *DAMAGE, "--to", "damage.ndjson"]
    process = started(folder, arguments, where)
    pid.set_result(process.pid)
    result = ended(process)
    return result.code, result.err


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)], ids=["SIGKILL", "SIGINT"]
)
def test_killed_again_and_again_it_loses_nothing_and_repeats_nothing(
    site: Site, tmp_path: Path, where: dict[str, str], number: signal.Signals, code: int
) -> None:
    chance = Random(number)
    codes = []
    while True:
        got, told = struck(site, tmp_path, where, chance.randint(1, 6), number)
        codes.append(got)
        assert ("Traceback" in told) is False
        if got == 0:
            break
        assert got == code
        assert not (tmp_path / "damage.ndjson").exists()
    assert len(codes) > 3
    assert lines(tmp_path / "damage.ndjson") == truth(site)
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["damage.ndjson"]


def test_ctrl_c_tells_what_is_kept_and_the_next_run_says_that_it_goes_on(
    site: Site, tmp_path: Path, where: dict[str, str]
) -> None:
    code, told = struck(site, tmp_path, where, 4, signal.SIGINT)
    assert code == 130
    assert "the same command goes on from there" in told
    assert "interrupted" in told
    code, told = struck(site, tmp_path, where, 0, signal.SIGINT)
    assert code == 0
    assert told.startswith("going on from ")
    assert f"{len(truth(site)):,} events in" in told
    assert "points spent, back in" in told


def test_other_arguments_are_refused_until_restart(
    site: Site, inside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = site.fake.codes[0]
    site.strike = lambda asked: asked > 8  # from now on the site is down
    with monkeypatch.context() as impatient:
        impatient.setattr("offwire_cli.session._ATTEMPTS", 1)
        first = run("esologs", "events", code, *DAMAGE, "--to", "e.csv")
    assert first.code == 75
    assert "e.csv.part keeps " in first.err
    assert "Run the same command again later" in first.err
    kept = (inside / "e.csv.part").read_bytes()
    other = run("esologs", "events", code, "--type", "Healing", "--fight", "1", "--to", "e.csv")
    assert other.code == 1
    assert 'data_type was "DamageDone", not "Healing"' in other.err
    assert "fight_ids was not given, not [1]" in other.err
    assert (inside / "e.csv.part").read_bytes() == kept
    site.strike = lambda _: False
    anew = run("esologs", "events", code, "--type", "Healing", "--fight", "1", "--to", "e.csv", "--restart")
    assert anew.code == 0, anew.err
    wanted = site.fake.events(code, {"dataType": "Healing", "fightIDs": [1]})
    assert pl.read_csv(inside / "e.csv")["cast_track_id"].to_list() == [
        each["castTrackID"] for each in wanted
    ]


def test_the_page_size_may_change_between_runs(
    site: Site, inside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = site.fake.codes[0]
    site.strike = lambda asked: asked > 8
    with monkeypatch.context() as impatient:
        impatient.setattr("offwire_cli.session._ATTEMPTS", 1)
        assert run("esologs", "events", code, *DAMAGE, "--start", "5000", "--to", "e.ndjson").code == 75
    site.strike = lambda _: False
    arguments = ["--type", "damagedone", "--start", "5000", "--to", "e.ndjson", "--page-size", "500"]
    assert run("esologs", "events", code, *arguments).code == 0
    wanted = site.fake.events(code, {"dataType": "DamageDone", "startTime": 5000})
    assert lines(inside / "e.ndjson") == list(wanted)


def test_it_goes_on_where_only_the_last_millisecond_is_left(
    site: Site, inside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = site.fake.codes[0]
    end = site.fake.events(code, {"dataType": "DamageDone"})[100]["timestamp"]
    arguments = ["esologs", "events", code, *DAMAGE, "--end", str(end), "--to", "e.ndjson"]
    pages = iter([False])
    site.strike = lambda _: next(pages, True)
    with monkeypatch.context() as impatient:
        impatient.setattr("offwire_cli.session._ATTEMPTS", 1)
        while run(*arguments).code == 75 and not Path("e.ndjson.part").exists():
            pages = iter([False])  # the one page that was answered was a fault
    assert f'"timestamp":{end}'.encode() in Path("e.ndjson.part").read_bytes().replace(b".0", b"")
    site.strike = lambda _: False
    assert run(*arguments).code == 0
    assert lines(inside / "e.ndjson") == site.fake.events(code, {"dataType": "DamageDone", "endTime": end})


@pytest.mark.parametrize("failing", ["part", "file"])
def test_a_full_disk_is_told_and_can_be_gone_on_from(
    site: Site, inside: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    arguments = ["esologs", "events", site.fake.codes[0], *DAMAGE, "--to", "e.ndjson"]
    with monkeypatch.context() as patched:
        if failing == "part":
            write: Callable[[int, bytes], int] = os.write

            def limited(handle: int, data: bytes) -> int:
                if (inside / "e.ndjson.part").stat().st_size > 50_000:
                    raise full
                return write(handle, data)

            patched.setattr(os, "write", limited)
        else:
            patched.setattr("offwire_cli.rows.os.replace", lambda *_: (_ for _ in ()).throw(full))
        first = run(*arguments)
    assert first.code == 1
    assert "No space left on device" in first.err
    assert "e.ndjson.part keeps " in first.err
    assert sorted(each.name for each in inside.iterdir() if each.is_file()) == ["e.ndjson.part"]
    assert run(*arguments).code == 0
    assert lines(inside / "e.ndjson") == truth(site)


def test_a_process_whose_files_may_grow_no_more_leaves_what_it_has(
    site: Site, tmp_path: Path, where: dict[str, str]
) -> None:
    arguments = ["esologs", "events", site.fake.codes[0], *DAMAGE, "--to", "e.ndjson"]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, before[1]))
    try:
        process = started(tmp_path, arguments, where)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    first = ended(process)
    assert first.code == 1
    assert "File too large" in first.err
    assert "e.ndjson.part keeps " in first.err
    assert ended(started(tmp_path, arguments, where)).code == 0
    assert lines(tmp_path / "e.ndjson") == truth(site)


def test_stdout_gets_json_and_stderr_the_summary(site: Site, inside: Path) -> None:
    result = run("esologs", "events", site.fake.codes[0], *DAMAGE)
    assert result.code == 0
    assert json.loads(result.out) == truth(site)
    assert f"{len(truth(site)):,} events in" in result.err
    assert list(inside.glob("*.part")) == []
    quiet = run("esologs", "events", site.fake.codes[0], *DAMAGE, "-q", "--format", "ndjson")
    assert (quiet.err, len(quiet.out.splitlines())) == ("", len(truth(site)))


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_reader_who_leaves_is_no_error(
    site: Site, tmp_path: Path, where: dict[str, str], form: str
) -> None:
    arguments = ["esologs", "events", site.fake.codes[0], *DAMAGE, "--format", form]
    process = started(tmp_path, arguments, where)
    assert process.stdout is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert (process.wait(timeout=60), process.stderr.read()) == (141, "")
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("form", FORMATS)
def test_a_device_is_written_directly(site: Site, inside: Path, form: str) -> None:
    result = run("esologs", "events", site.fake.codes[0], *DAMAGE, "--to", "/dev/full", "--format", form)
    assert result.code == 1
    assert "No space left on device" in result.err
    assert not Path("/dev/full.part").exists()


def test_parquet_has_a_column_for_each_field(site: Site, inside: Path) -> None:
    address = f"{SITE}{site.fake.codes[0]}#type=damage-done"
    assert run("esologs", "events", address, *DAMAGE, "--to", "e.parquet").code == 0
    made = pl.read_parquet(inside / "e.parquet")
    assert len(made) == len(truth(site))
    assert {"timestamp", "source_id", "amount", "overheal"} <= set(made.columns)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(["CODE", "--to", "e.txt"], 2, "no format is known", id="ending"),
        pytest.param(["CODE", "--to", "."], 2, "no format is known", id="folder"),
        pytest.param(["CODE", "--to", ".", "--format", "csv"], 2, "is a folder", id="folder with format"),
        pytest.param(["CODE", "--to", "no/e.csv"], 1, "No such file or directory", id="no folder"),
        pytest.param(["CODE", "--end", "-1"], 2, "Error: --end is a number from 0 on", id="end"),
        pytest.param(
            ["CODE", "--start", "100", "--end", "5"],
            2,
            "Error: --start has to be before --end; they are 100.0 and 5.0",
            id="order",
        ),
        pytest.param(["CODE", "--fight", "0"], 2, "0 is not in the range", id="fight"),
        pytest.param([f"{SITE}CODE#fight=last"], 2, "'last', which is no number: say which", id="last fight"),
        pytest.param([f"{SITE}CODE?fight=0"], 2, "'0', which is no number: say", id="no fight"),
        pytest.param(["CODE", "--page-size", "5"], 2, "--page-size", id="page size"),
        pytest.param(["CODE", "--type", "Nothing"], 2, "--type", id="type"),
        pytest.param(["no code"], 2, "Error: CODE is a report's code", id="code"),
        pytest.param(["abcdefgh", "--to", "e.csv"], 4, "offwire: abcdefgh: ", id="no report"),
        pytest.param(
            ["abcdefgh"],
            4,
            "Check the code, or sign in with `offwire login esologs` and give --as-user",
            id="perhaps private",
        ),
        pytest.param(
            ["abcdefgh", "--as-user", "--stand-in"],
            4,
            "Check the code, or sign in as a user who may see it",
            id="no report of the user's",
        ),
    ],
)
def test_what_is_wrong_is_told(site: Site, inside: Path, arguments: list[str], code: int, words: str) -> None:
    arguments = [each.replace("CODE", site.fake.codes[0]) for each in arguments]
    result = run("esologs", "events", *arguments)
    assert result.code == code
    assert words in result.err
    assert [each.name for each in inside.iterdir() if each.is_file()] == []


@pytest.mark.parametrize(
    ("address", "fights"),
    [
        pytest.param(["#fight=2"], [2], id="fragment"),
        pytest.param(["?fight=2&type=damage-done#x"], [2], id="query"),
        pytest.param(["?type=casts&fight=2"], [2], id="behind another"),
        pytest.param(["#fight=2", "--fight", "1"], [1], id="an option comes first"),
        pytest.param(["#fight=last", "--fight", "1"], [1], id="an option for what is no number"),
        pytest.param([""], None, id="none"),
    ],
)
def test_an_address_leads_to_a_fight(site: Site, inside: Path, address: list[str], fights: Json) -> None:
    code = site.fake.codes[0]
    result = run("esologs", "events", f"{SITE}{code}{address[0]}", *address[1:], *DAMAGE)
    assert result.code == 0, result.err
    wanted = site.fake.events(code, {"dataType": "DamageDone", "fightIDs": fights})
    assert json.loads(result.out) == list(wanted)


def test_filters_that_nothing_passes_are_told(site: Site, inside: Path) -> None:
    result = run("esologs", "events", site.fake.codes[0], "--fight", "999")
    assert (result.code, json.loads(result.out)) == (0, [])
    assert "nothing passed these filters: " in result.err


def test_points_that_run_out_end_it_until_later(
    tmp_path: Path, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = canary("cli client secret")
    fake = FakeEsoLogs(events=EVENTS, client_secret=secret, points=Points(limit=12))
    with served(Site(fake), secret) as where:
        monkeypatch.chdir(tmp_path)
        for name, value in environment(tmp_path, where).items():
            monkeypatch.setenv(name, value)
        result = run("esologs", "events", fake.codes[0], *DAMAGE, "--to", "e.ndjson")
    assert result.code == 75
    assert "e.ndjson.part keeps " in result.err
    assert "Run the same command again in" in result.err
