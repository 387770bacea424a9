"""An iteration takes a flow as far as it is asked, and closes it whatever happens."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import cast

import pytest

from offwire.errors import ClientClosed
from offwire.flow import Emit, Flow
from offwire_sync import Client
from tests.bindings.flows import Running


@pytest.fixture
def client() -> Iterator[Client]:
    with Client() as client:
        yield client


def nothing() -> Flow[None]:
    yield Emit([])


def test_a_forgotten_iteration_is_closed_with_the_next_step(client: Client) -> None:
    ends: list[str] = []

    def flow() -> Flow[None]:
        try:
            yield Emit([1, 2])
        finally:
            ends.append("closed")

    items = client.iterate(flow())
    next(items)
    del items
    gc.collect()
    assert ends == []
    client.run(nothing())
    assert ends == ["closed"]


def test_a_forgotten_iteration_that_fails_is_warned_about(client: Client) -> None:
    def flow() -> Flow[None]:
        try:
            yield Emit([1])
        finally:
            raise LookupError("nobody's")

    next(client.iterate(flow()))
    gc.collect()
    with pytest.warns(RuntimeWarning, match="forgotten iteration raised LookupError"):
        client.run(nothing())


def test_an_iteration_is_over_after_an_error(client: Client) -> None:
    def flow() -> Flow[None]:
        yield Emit([1])
        raise LookupError

    items = client.iterate(flow())
    assert next(items) == 1
    with pytest.raises(LookupError):
        next(items)
    assert list(items) == []


def test_an_iteration_is_a_context_too(client: Client) -> None:
    ends: list[str] = []

    def flow() -> Flow[None]:
        try:
            yield Emit([1, 2])
        finally:
            ends.append("closed")

    with client.iterate(flow()) as items:
        assert next(items) == 1
    assert ends == ["closed"]


def test_threads_may_share_an_iteration(client: Client) -> None:
    def flow() -> Flow[None]:
        for each in range(300):
            yield Emit([each])

    items = client.iterate(flow())
    parts = [Running(lambda: list(items)) for _ in range(4)]
    found: list[int] = []
    for part in parts:
        found += cast(list[int], part.join())
    assert sorted(found) == list(range(300))


def test_an_iteration_ends_with_its_client(client: Client) -> None:
    ends: list[str] = []

    def flow() -> Flow[None]:
        try:
            yield Emit([1])
        except GeneratorExit:
            ends.append("closed")
            raise

    items = client.iterate(flow())
    assert next(items) == 1
    client.close()
    with pytest.raises(ClientClosed):
        next(items)
    assert ends == ["closed"]
    assert list(items) == []
