"""Greedy callers of the real engine, in virtual time: every layer is on that an Api has by default.

Rules of this file: the client knows of the server's limit what its `Policies` say, and what the
server's answers tell. A caller whose call fails goes on with the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from math import ceil

from benchmarks.quota_settings import Count, Run, Setting
from offwire import Api, Call, Group, Limit, M, Policies, Request, Response, operation
from offwire.errors import CallError
from offwire.testing import Answer
from offwire.testing.servers import Reply, Server
from offwire.testing.simulate import Fleet, Limited, served
from offwire.testing.simulate.parts import Part
from offwire.time import Now

OK = Answer(Response(204))

Speaking = Callable[[Setting, int, Count], Part]
"""Makes the part of the server that keeps the limit, and tells of it."""


class Things(Group[M]):
    """One operation."""

    @operation
    def get(self, id: int) -> Call[None]:
        """One thing."""
        return Call.get("/things/{id}", path={"id": id})


class Service(Api[M]):
    """Its API."""

    base_url = "https://api.example.com"
    things: Things[M]


def silent(setting: Setting, seed: int, count: Count) -> Part:
    """A server that says nothing of its limit, but Retry-After to those it refuses."""
    return Limited(setting.limit(seed), says="wait", witness=count)


def reporting(setting: Setting, seed: int, count: Count) -> Part:
    """A server whose answers tell in X-RateLimit fields what is left, and until when."""
    return Limited(setting.limit(seed), says="fields", witness=count)


def reporting_ietf(setting: Setting, seed: int, count: Count) -> Part:
    """A server whose answers tell the same in the IETF's fields, where seconds are whole ones."""
    limit = setting.limit(seed)

    def part(request: Request, now: Now, onward: Server) -> Reply:
        reading = limit.ask(now.monotonic, 1.0)
        count(now.monotonic, 1.0, reading.admitted)
        left, seconds = int(reading.remaining or 0.0), ceil(reading.reset)
        fields = {
            "RateLimit-Policy": f'"default";q={setting.calls};w={ceil(setting.period)}',
            "RateLimit": f'"default";r={left};t={seconds}',
        }
        if reading.admitted:
            return Answer(Response(204, headers=fields))
        return Answer(Response(429, headers={**fields, "Retry-After": str(seconds)}))

    return part


def engine(limits: Callable[[Setting], Sequence[Limit]], speaking: Speaking = silent) -> Run:
    """Runs of the engine, with these limits declared."""
    return _runs(lambda setting: Policies(quota=limits(setting)), speaking)


def learned(speaking: Speaking = reporting, *, probe: bool | None = None) -> Run:
    """Runs of the engine that knows nothing but what answers tell."""
    return _runs(lambda _setting: Policies(probe=probe), speaking)


def _runs(policies: Callable[[Setting], Policies], speaking: Speaking) -> Run:
    def run(setting: Setting, seed: int) -> Count:
        count = Count(setting, seed)
        server = served(answer, speaking(setting, seed, count))
        with Fleet(server, seed=seed, latency=setting.latency, max_connections=setting.callers) as fleet:
            service = Service(fleet.client, policies=policies(setting))

            async def greedy(caller: int) -> None:
                while fleet.now < setting.end:
                    with suppress(CallError):
                        await service.things.get(caller)

            callers = [fleet.start(greedy(number)) for number in range(setting.callers)]
            fleet.run()
            for each in callers:
                each.result()
        return count

    return run


def answer(_request: Request, _now: Now) -> Answer:
    """What is behind the limit."""
    return OK
