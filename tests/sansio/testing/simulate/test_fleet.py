"""A fleet runs callers of one's own in virtual time: calls, lists, sleeps, errors and cancels."""

from __future__ import annotations

import pytest

from offwire import (
    Api,
    Call,
    Group,
    M,
    Options,
    Pages,
    Policies,
    Response,
    Timeouts,
    linked,
    operation,
    pages,
)
from offwire.errors import MaybeSent, NotFound
from offwire.flow import Emit, Flow, Send, Sleep
from offwire.message.request import Request
from offwire.testing.servers import Answer, Drop, Reply, Stall
from offwire.testing.simulate.fleet import Fleet
from offwire.testing.task import Cancelled
from offwire.testing.world import Deadlock
from offwire.time import Now


class Things(Group[M]):
    @operation
    def get(self, id: int) -> Call[int]:
        return Call.get("/things/{id}", path={"id": id}, returns=int)

    @operation
    def missing(self) -> Call[Response]:
        return Call.get("/missing", returns=Response)


class Stock(Api[M]):
    base_url = "https://stock.test"
    things: Things[M]


def server(request: Request, now: Now) -> Reply:
    if request.url.path == "/missing":
        return Answer(Response(404))
    if request.url.path == "/things/99":
        return Stall()
    return Answer(Response(200, json=int(request.url.path.rpartition("/")[2])), 1.0)


def test_callers_run_side_by_side() -> None:
    with Fleet(server, seed=3, latency=0.25) as fleet:
        stock = Stock(fleet.client, policies=Policies(probe=False))

        async def caller(first: int) -> list[int]:
            found = [await stock.things.get(first)]
            await fleet.sleep(10.0)
            found.append(await stock.things.get(first + 1))
            return found

        tasks = [fleet.start(caller(number)) for number in range(5)]
        fleet.run()
        assert [task.result() for task in tasks] == [[number, number + 1] for number in range(5)]
        assert fleet.now == 1.5 + 10.0 + 1.5
        assert fleet.statuses == {200: 10}
        assert len(fleet.requests) == 10


def test_errors_are_raised_where_they_are_awaited() -> None:
    with Fleet(server) as fleet:
        stock = Stock(fleet.client)

        async def caller() -> str:
            try:
                await stock.things.missing()
            except NotFound as error:
                return error.operation
            return ""

        task = fleet.start(caller(), name="caller")
        fleet.run()
        assert task.result() == "Things.missing"


def test_a_caller_is_cancelled() -> None:
    with Fleet(server) as fleet:
        task = fleet.start(Stock(fleet.client).things.get(7))
        fleet.advance(0.5)
        task.cancel()
        fleet.run()
        with pytest.raises(Cancelled):
            task.result()


def test_a_caller_that_waits_for_ever_is_told() -> None:
    with Fleet(server, shuffle=True, max_connections=1) as fleet:
        endless = Options(timeouts=Timeouts(connect=None, read=None, write=None))
        fleet.start(Stock(fleet.client).with_options(endless).things.get(99))
        with pytest.raises(Deadlock):
            fleet.run()


def test_a_list_is_iterated_over() -> None:
    def listing() -> Flow[None]:
        yield Emit((1, 2))
        yield Sleep(5.0)
        yield Emit((3,))

    with Fleet(server) as fleet:

        async def caller() -> list[object]:
            return [item async for item in fleet.client.iterate(listing())]

        task = fleet.start(caller())
        fleet.run()
        assert task.result() == [1, 2, 3]
        assert fleet.now == 5.0


def test_an_error_reaches_the_flow_of_a_list() -> None:
    def listing() -> Flow[None]:
        try:
            yield Send(Request("GET", "https://stock.test/"), Timeouts())
        except MaybeSent:
            yield Emit(("broken",))

    with Fleet(lambda _request, _now: Drop()) as fleet:

        async def caller() -> list[object]:
            return [item async for item in fleet.client.iterate(listing())]

        task = fleet.start(caller())
        fleet.run()
        assert task.result() == ["broken"]
        assert not fleet.statuses


def test_a_client_has_the_mode_of_coroutines() -> None:
    assert type(Fleet(server).client.mode).__name__ == "Async"


def test_pages_are_lists_too() -> None:
    class Lists(Group[M]):
        @pages
        def all(self) -> Pages[int]:
            return linked(Call.get("/all", returns=list[int]), items=lambda page: page)

    class Lister(Api[M]):
        base_url = "https://stock.test"
        lists: Lists[M]

    with Fleet(lambda _request, _now: Answer(Response(200, json=[1, 2]))) as fleet:

        async def caller() -> list[int]:
            return [item async for item in Lister(fleet.client).lists.all()]

        task = fleet.start(caller())
        fleet.run()
        assert task.result() == [1, 2]
