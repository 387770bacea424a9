"""A cut ends an exchange while it holds its connection, whenever that begins, and never afterwards."""

from __future__ import annotations

from threading import current_thread

from offwire_httpx.cut import Cut


class Connection:
    """Counts how often it is shut down."""

    def __init__(self, *, is_hidden: bool = False) -> None:
        self.shut_downs = 0
        self._is_hidden = is_hidden

    def shut(self) -> bool:
        self.shut_downs += 1
        return not self._is_hidden


def test_it_shuts_down_what_the_exchange_holds_once() -> None:
    cut, connection = Cut(), Connection()
    cut.hold(connection)
    assert (cut.is_done, connection.shut_downs) == (False, 0)
    cut.set()
    cut.set()
    assert (cut.is_done, connection.shut_downs) == (True, 1)
    assert cut.thread is current_thread()


def test_it_remembers_that_it_is_wanted() -> None:
    cut, connection = Cut(), Connection()
    cut.set()
    assert not cut.is_done
    cut.hold(connection)
    assert (cut.is_done, connection.shut_downs) == (True, 1)


def test_what_has_been_let_go_is_not_cut() -> None:
    cut, connection = Cut(), Connection()
    cut.hold(connection)
    cut.let_go()
    cut.let_go()
    cut.set()
    assert (cut.is_done, connection.shut_downs) == (False, 0)


def test_a_connection_that_cannot_be_shut_down_leaves_it_undone() -> None:
    cut, connection = Cut(), Connection(is_hidden=True)
    cut.hold(connection)
    cut.set()
    assert (cut.is_done, connection.shut_downs) == (False, 1)
