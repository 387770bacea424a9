"""`PartFile`: a harvest of events that is not whole yet, so that the next run can go on with it.

    offwire part 1 <sum> {"query": …}
    <sum> {"cursor": …, "is_last": false, "events": […]}

Rules of this file: a page is one line, with the cursor behind it, and is there as a whole or not at
all: a line that broke off, or whose check sum is wrong, is cut away with all behind it, when the file
is next opened. Who has it open has it alone. What is no part file is neither written nor removed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, Final, final
from zlib import crc32

from offwire.apis.esologs.events_cursor import EventsCursor
from offwire.apis.esologs.events_paging import EventPage
from offwire.json_value import Json
from offwire_cli.rows import row_of

if sys.platform == "win32":
    import msvcrt

    _FAR: Final = 1 << 40
    """A byte that no harvest reaches: on Windows a locked one cannot be read."""

    def _locked(handle: int) -> bool:
        os.lseek(handle, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _locked(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


_MAGIC: Final = b"offwire part 1 "
_SYNC_SECONDS: Final = 1.0
"""What is written is safe from the end of this program at once, and from that of the machine so soon."""
_FLAGS: Final[int] = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)


class PartUnusable(Exception):
    """There is a part file that this harvest cannot go on with. The message says why, and what to do."""


@final
class PartFile:
    """A part file that is open; `open` makes one. Use it in a `with` block."""

    def __init__(self, path: Path, handle: int) -> None:
        """Take over an open file, with its lock; `open` is the way to one."""
        self.path: Final = path
        self.cursor: EventsCursor | None = None
        """Behind the last page; None before the first."""
        self.events: int = 0
        self.pages: int = 0
        self.is_whole: bool = False
        """Whether the last page is there."""
        self._handle = handle
        self._size = 0
        self._synced = monotonic()

    @classmethod
    def open(cls, path: Path, query: Mapping[str, Json], *, restart: bool = False) -> PartFile:
        """Open the part file of a harvest, or make it; with `restart`, what is in it is dropped.

        Raises:
            PartUnusable: it holds another harvest, is no part file, or another program writes it.
            OSError: it cannot be opened, read or written.
        """
        part = cls(path, _opened(path))
        try:
            part._begin(dict(query), restart=restart)
        except BaseException:
            part.close()
            raise
        return part

    def append(self, page: EventPage) -> None:
        """Keep a page, and the cursor behind it.

        Raises:
            OSError: it could not be written; what was kept before stays.
        """
        document = {
            "cursor": page.cursor.to_json(),
            "is_last": page.is_last,
            "events": [row_of(each) for each in page.events],
        }
        self._write(_line(document))
        self._note(page.cursor, len(page.events), is_last=page.is_last)
        if monotonic() - self._synced >= _SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """See that the machine may crash now.

        Raises:
            OSError: the disk does not take it.
        """
        os.fsync(self._handle)
        self._synced = monotonic()

    def documents(self) -> Iterator[bytes]:
        """Each page as a JSON document, whose events are at `events`.

        Raises:
            OSError: the file cannot be read.
        """
        with self.path.open("rb") as file:
            file.readline()
            for line in file:
                yield line.partition(b" ")[2]

    def remove(self) -> None:
        """Take the file away: it is not needed any more."""
        if sys.platform == "win32":
            self.close()  # an open file cannot be removed there
        with suppress(FileNotFoundError):
            self.path.unlink()
        self.close()

    def close(self) -> None:
        """Leave the file as it is. Idempotent."""
        handle, self._handle = self._handle, -1
        if handle != -1:
            os.close(handle)

    def __enter__(self) -> PartFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, query: dict[str, Json], *, restart: bool) -> None:
        with self.path.open("rb") as file:
            head = file.readline()
            if not (head.startswith(_MAGIC) or _MAGIC.startswith(head)):
                raise PartUnusable(
                    f"{self.path} is no part file of this program, and is left as it is: "
                    "move it away, or name another file with --to"
                )
            kept = _document(head.removeprefix(_MAGIC))
            if kept is not None and not restart:
                different = _differences(kept["query"], query)
                if different:
                    raise PartUnusable(
                        f"{self.path} holds another harvest, of which {different}. Give --restart to drop "
                        "it, or name another file with --to"
                    )
                self._size = len(head)
                for line in file:
                    page = _document(line)
                    if page is None:
                        break
                    self._size += len(line)
                    cursor = EventsCursor.from_json(page["cursor"])
                    self._note(cursor, len(page["events"]), is_last=page["is_last"])
        os.ftruncate(self._handle, self._size)
        if self._size == 0:
            self._write(_MAGIC + _line({"query": query}))

    def _note(self, cursor: EventsCursor, events: int, *, is_last: bool) -> None:
        self.cursor = cursor
        self.events += events
        self.pages += 1
        self.is_whole = is_last

    def _write(self, line: bytes) -> None:
        left = line
        try:
            while left:
                left = left[os.write(self._handle, left) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._handle, self._size)
            raise
        self._size += len(line)


def _opened(path: Path) -> int:
    """The file, locked, and still the one of that name: the one before may just have been removed."""
    while True:
        handle = os.open(path, _FLAGS, 0o666)
        is_locked = _locked(handle)
        with suppress(FileNotFoundError):
            if is_locked and os.path.samestat(os.fstat(handle), os.stat(path)):
                return handle
        os.close(handle)
        if not is_locked:
            raise PartUnusable(f"another program is writing {path}: wait for it, or name another file")


def _line(document: Mapping[str, object]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return b"%08x %s\n" % (crc32(text), text)


def _document(line: bytes) -> dict[str, Any] | None:
    """What a line holds; None where it is not whole."""
    checksum, _, text = line.partition(b" ")
    text = text.removesuffix(b"\n")
    if not line.endswith(b"\n") or checksum != b"%08x" % crc32(text):
        return None
    document: dict[str, Any] = json.loads(text)
    return document


def _differences(kept: Mapping[str, Json], query: Mapping[str, Json]) -> str:
    names = sorted(name for name in kept.keys() | query.keys() if kept.get(name) != query.get(name))
    return ", ".join(f"{name} was {_shown(kept.get(name))}, not {_shown(query.get(name))}" for name in names)


def _shown(value: Json) -> str:
    return "not given" if value is None else json.dumps(value, ensure_ascii=False)
