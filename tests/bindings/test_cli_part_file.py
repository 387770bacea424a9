"""The part file of a harvest: whatever it is cut off at, what is in it is whole, and can be gone on from."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from offwire.apis.esologs import Event, EventPage, EventsCursor
from offwire.json_value import Json
from offwire_cli.part_file import PartFile, PartUnusable

QUERY: dict[str, Json] = {"site": "stand-in", "code": "abc", "fight_ids": [3]}
PAGES = [
    EventPage(
        events=[Event(timestamp=float(10 * page + each), type="damage", amount=each) for each in range(page)],
        cursor=EventsCursor(timestamp=float(10 * page + 10), given={"digest": page + 1}),
        is_last=page == 3,
    )
    for page in range(4)
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.csv.part"


def filled(path: Path, pages: int = len(PAGES)) -> bytes:
    with PartFile.open(path, QUERY) as part:
        for page in PAGES[part.pages : pages]:
            part.append(page)
    return path.read_bytes()


def events_in(path: Path) -> list[float]:
    with PartFile.open(path, QUERY) as part:
        return [each["timestamp"] for one in part.documents() for each in json.loads(one)["events"]]


def test_a_new_one_is_empty(path: Path) -> None:
    with PartFile.open(path, QUERY) as part:
        assert (part.pages, part.events, part.cursor, part.is_whole) == (0, 0, None, False)
        assert list(part.documents()) == []


def test_what_was_kept_is_there_again(path: Path) -> None:
    filled(path, 3)
    with PartFile.open(path, QUERY) as part:
        assert (part.pages, part.events, part.is_whole) == (3, 3, False)
        assert part.cursor == PAGES[2].cursor
        part.append(PAGES[3])
    with PartFile.open(path, QUERY) as part:
        assert (part.pages, part.events, part.is_whole) == (4, 6, True)
    assert events_in(path) == [10, 20, 21, 30, 31, 32]


def test_it_goes_on_from_wherever_it_was_cut_off(path: Path) -> None:
    whole = filled(path)
    ends = [end for end, byte in enumerate(whole, 1) if byte == ord("\n")]
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        with PartFile.open(path, QUERY) as part:
            assert part.pages == max(0, sum(end <= cut for end in ends) - 1)
            assert part.cursor == (PAGES[part.pages - 1].cursor if part.pages else None)
        assert filled(path) == whole


def test_what_a_crash_of_the_machine_has_spoilt_is_dropped_with_all_behind_it(path: Path) -> None:
    whole = filled(path)
    ends = [end for end, byte in enumerate(whole, 1) if byte == ord("\n")]
    for place in range(ends[0], len(whole)):
        spoilt = bytearray(whole)
        spoilt[place] ^= 0x20
        path.write_bytes(spoilt)
        with PartFile.open(path, QUERY) as part:
            assert part.pages == sum(end <= place for end in ends) - 1
        assert filled(path) == whole


def test_a_spoilt_head_begins_anew(path: Path) -> None:
    whole = filled(path)
    path.write_bytes(whole[:20] + b"#" + whole[21:])
    with PartFile.open(path, QUERY) as part:
        assert part.pages == 0


def test_another_harvest_is_refused_and_left(path: Path) -> None:
    before = filled(path, 2)
    other = QUERY | {"fight_ids": [4], "source_id": 7}
    message = r"fight_ids was \[3\], not \[4\], source_id was not given, not 7.*--restart"
    with pytest.raises(PartUnusable, match=message):
        PartFile.open(path, other)
    assert path.read_bytes() == before
    with PartFile.open(path, other, restart=True) as part:
        assert part.pages == 0


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"offwire party\n", b"{}"])
@pytest.mark.parametrize("restart", [False, True])
def test_what_is_no_part_file_is_never_written(path: Path, content: bytes, restart: bool) -> None:
    path.write_bytes(content)
    with pytest.raises(PartUnusable, match="no part file"):
        PartFile.open(path, QUERY, restart=restart)
    assert path.read_bytes() == content


def test_two_programs_do_not_write_one(path: Path) -> None:
    with PartFile.open(path, QUERY), pytest.raises(PartUnusable, match="another program is writing"):
        PartFile.open(path, QUERY)
    PartFile.open(path, QUERY).close()


def test_one_that_is_finished_while_another_program_opens_it_is_made_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path)
    samestat = os.path.samestat

    def finished(one: os.stat_result, other: os.stat_result) -> bool:
        monkeypatch.undo()
        path.unlink()
        filled(path, 1)
        return samestat(one, os.stat(path))

    monkeypatch.setattr(os.path, "samestat", finished)
    with PartFile.open(path, QUERY) as part:
        assert part.pages == 1


def test_a_full_disk_leaves_what_was_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    with PartFile.open(path, QUERY) as part:
        part.append(PAGES[0])
        before = path.read_bytes()

        def full(handle: int, data: bytes) -> int:
            if path.stat().st_size > len(before):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return write(handle, data[:10])

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space left"):
            part.append(PAGES[1])
        monkeypatch.undo()
        assert path.read_bytes() == before
        assert part.pages == 1
        part.append(PAGES[1])  # somebody made room
    assert filled(path).count(b"\n") == 5


def test_it_reaches_the_disk_from_time_to_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    monkeypatch.setattr("offwire_cli.part_file._SYNC_SECONDS", 0.0)
    filled(path)
    assert len(synced) == len(PAGES)


def test_it_can_be_removed_and_closed_twice(path: Path) -> None:
    part = PartFile.open(path, QUERY)
    part.remove()
    part.close()
    assert not path.exists()
