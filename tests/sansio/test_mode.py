"""The mode of a client is a type, and a client is whatever has these four."""

from __future__ import annotations

from typing import get_args

from offwire import testing
from offwire.flow import Flow
from offwire.mode import Async, Client, M, M_co, Sync
from offwire.runtime import Runtime
from tests.sansio.kit import new_runtime


class AsyncClient:
    """A client of mode Async, as its protocol has it."""

    @property
    def mode(self) -> Async:
        return Async()

    @property
    def runtime(self) -> Runtime:
        return new_runtime()

    def run(self, flow: Flow[object]) -> object:
        return flow

    def iterate(self, flow: Flow[None]) -> object:
        return flow


def test_a_client_is_known_by_what_it_has() -> None:
    clients: list[Client[Sync] | Client[Async]] = [testing.Client(testing.Script()), AsyncClient()]
    assert [type(each.mode) for each in clients] == [Sync, Async]
    assert all(isinstance(each.runtime, Runtime) for each in clients)


def test_there_are_two_modes() -> None:
    assert get_args(M.__bound__) == (Sync, Async)
    assert M_co.__bound__ == M.__bound__
