"""Parts of a modelled server: each is put around an app, which gives the answers proper.

    server = served(app, Down((10.0, 20.0)), Flaky(chance, 0.05), Limited(SlidingWindow(100, 60.0)))

Rules of this file: a part decides from the request, the server's time and the chance that it was
handed. It answers by itself, or has the rest answer and changes what comes of that. The first part
is the outermost one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from math import ceil, inf
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import evolve, field, frozen

from offwire.bounds import at_least
from offwire.message.headers import Headers
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing.servers import Answer, Drop, Refuse, Reply, Server, Stall, Truncate
from offwire.testing.simulate.limits import Reading, ServerLimit
from offwire.time import Now

if TYPE_CHECKING:
    from random import Random

Part: TypeAlias = Callable[[Request, Now, Server], Reply]
"""Answers a request, with the rest of the server at hand."""
Witness: TypeAlias = Callable[[float, float, bool], object]
"""Is told when a limit was asked, at what cost, and whether it admitted."""


@frozen
class Told(Answer):
    """An answer, with what it says in a form that needs no reading."""

    wait: float | None = field(default=None, kw_only=True)
    remaining: float | None = field(default=None, kw_only=True)
    reset: float | None = field(default=None, kw_only=True)
    arrived: float = field(default=0.0, kw_only=True)
    issued: int = field(default=0, kw_only=True)
    lifetime: float = field(default=inf, kw_only=True)


def served(app: Server, *parts: Part) -> Server:
    """`app` inside of `parts`, the first one outermost."""
    server = app
    for part in reversed(parts):
        server = _around(part, server)
    return server


def _around(part: Part, onward: Server) -> Server:
    def server(request: Request, now: Now) -> Reply:
        return part(request, now, onward)

    return server


class Weather:
    """Whether things go wrong at all: parts that share one are calmed together."""

    __slots__ = ("is_calm",)

    def __init__(self) -> None:
        self.is_calm: bool = False
        """Set it, and nothing goes wrong any more."""


class Limited:
    """Admits requests by a limit, and tells of it in header fields."""

    def __init__(
        self,
        limit: ServerLimit,
        *,
        says: str = "fields",
        cost: Callable[[Request], float] | None = None,
        witness: Witness | None = None,
    ) -> None:
        """Keep to `limit`.

        Args:
            limit: admits, or does not.
            says: `fields` for X-RateLimit fields and Retry-After, `wait` for the latter only, `date`
                for the latter as a date, `nothing`.
            cost: of a request, in units; one each where there is no such function.
            witness: is told of each request.

        Raises:
            ValueError: `says` is none of these.
        """
        if says not in _WAYS:
            raise ValueError(f"Limited.says is one of {', '.join(sorted(_WAYS))}, not {says!r}")
        self._limit = limit
        self._says = says
        self._cost = cost
        self._witness = witness

    def __call__(self, request: Request, now: Now, onward: Server) -> Reply:
        """Ask the limit first."""
        cost = 1.0 if self._cost is None else self._cost(request)
        at = now.monotonic
        reading = self._limit.ask(at, cost)
        if self._witness is not None:
            self._witness(at, cost, reading.admitted)
        if not reading.admitted:
            return self._refused(reading, now)
        reply = onward(request, now)
        self._limit.lasts(at, _until(reply))
        if self._says != "fields" or reading.remaining is None or not isinstance(reply, Answer):
            return reply
        return self._telling(reply.response, reply.after, reading, at, getattr(reply, "wait", None))

    def _refused(self, reading: Reading, now: Now) -> Reply:
        wait: float | None = ceil(reading.reset * 1000) / 1000
        fields: dict[str, str] = {}
        match self._says:
            case "date":
                # A date has whole seconds: both are rounded away from each other.
                sent = int(now.wall)
                wait = float(ceil(now.wall + reading.reset) - sent)
                fields = {"Date": http_date(sent), "Retry-After": http_date(int(sent + wait))}
            case "nothing":
                wait = None
            case _:
                fields = {"Retry-After": f"{wait:.3f}"}
        response = Response(429, headers=fields)
        if self._says == "fields" and reading.remaining is not None:
            return self._telling(response, 0.0, reading, now.monotonic, wait)
        return Told(response, wait=wait or None, arrived=now.monotonic)

    def _telling(
        self, response: Response, after: float, reading: Reading, at: float, wait: float | None
    ) -> Told:
        reset = ceil(reading.reset * 1000) / 1000
        said = (
            ("X-RateLimit-Limit", str(int(reading.limit))),
            ("X-RateLimit-Remaining", str(int(reading.remaining or 0.0))),
            ("X-RateLimit-Reset", f"{reset:.3f}"),
        )
        return Told(
            Response(
                response.status,
                headers=Headers.of_checked((*response.headers.pairs(), *said)),
                content=response.content,
            ),
            after,
            wait=wait or None,
            remaining=float(int(reading.remaining or 0.0)),
            reset=reset,
            arrived=at,
        )


def http_date(seconds: int) -> str:
    """A date as servers write it (RFC 9110 section 5.6.7)."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


_WAYS: Final = frozenset({"fields", "wait", "date", "nothing"})
_STALLED_FOR: Final = 30.0


def _until(reply: Reply) -> float:
    """For how long the server works on it."""
    return _STALLED_FOR if isinstance(reply, Stall) else reply.after


def _share(_instance: object, attribute: object, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{getattr(attribute, 'name', '')} is a share from 0 to 1, not {value!r}")


@frozen(kw_only=True)
class Network:
    """What goes wrong on the way, as shares of requests; one thing each at most.

    Raises at birth:
        ValueError: a share is not in 0…1.
    """

    refused: float = field(default=0.0, validator=_share)
    """No connection: the request was never sent."""
    lost: float = field(default=0.0, validator=_share)
    """The connection breaks before the request has arrived, which the caller cannot know."""
    reset: float = field(default=0.0, validator=_share)
    """The connection breaks when the server has done its work."""
    truncated: float = field(default=0.0, validator=_share)
    """The answer breaks off."""
    stalled: float = field(default=0.0, validator=_share)
    """The answer never comes."""
    doubled: float = field(default=0.0, validator=_share)
    """The request comes twice, as through a proxy that repeats it."""
    slow: float = field(default=0.0, validator=_share)
    """The answer comes late, so that others overtake it."""
    slow_by: float = field(default=1.0, validator=at_least(0))
    """Seconds."""


class Unreliable:
    """A `Network` as a part."""

    def __init__(self, network: Network, chance: Random, weather: Weather | None = None) -> None:
        """Have go wrong what `network` says, until the weather is calm."""
        self._network = network
        self._chance = chance
        self._weather = weather or Weather()

    def __call__(self, request: Request, now: Now, onward: Server) -> Reply:
        """Draw what becomes of the request."""
        if self._weather.is_calm:
            return onward(request, now)
        network = self._network
        drawn = self._chance.random() - network.refused
        if drawn < 0:
            return Refuse()
        drawn -= network.lost
        if drawn < 0:
            return Drop()
        reply = onward(request, now)
        drawn -= network.reset
        if drawn < 0:
            return Drop(_until(reply))
        drawn -= network.truncated
        if drawn < 0:
            return Truncate(reply.response, reply.after) if isinstance(reply, Answer) else reply
        drawn -= network.stalled
        if drawn < 0:
            return Stall()
        drawn -= network.doubled
        if drawn < 0:
            onward(request, now)
            return reply
        if drawn < network.slow and isinstance(reply, Answer):
            return evolve(reply, after=reply.after + network.slow_by * (1 + self._chance.random()))
        return reply


class Flaky:
    """Answers a share of requests with a status of its own, and does nothing."""

    def __init__(
        self,
        share: float,
        chance: Random,
        *,
        statuses: tuple[int, ...] = (500, 502, 503),
        wait: float | None = None,
        echo: bool = False,
        weather: Weather | None = None,
    ) -> None:
        """Fail `share` of requests; `wait` is a Retry-After in seconds, `echo` repeats what was sent."""
        self._share = share
        self._chance = chance
        self._statuses = statuses
        self._wait = None if wait is None else round(wait, 3)
        self._echo = echo
        self._weather = weather or Weather()

    def __call__(self, request: Request, now: Now, onward: Server) -> Reply:
        """Fail, or have the rest answer."""
        if self._weather.is_calm or self._chance.random() >= self._share:
            return onward(request, now)
        headers = {} if self._wait is None else {"Retry-After": f"{self._wait:.3f}"}
        text = " ".join(value for _, value in request.headers.pairs()) if self._echo else "failed"
        status = self._statuses[int(self._chance.random() * len(self._statuses))]
        return Told(Response(status, headers=headers, text=text), wait=self._wait or None)


class Down:
    """Answers nobody for a time: each span is from and to, in seconds of the server's clock."""

    def __init__(
        self,
        *spans: tuple[float, float],
        refuses: bool = False,
        wait: float | None = None,
        weather: Weather | None = None,
    ) -> None:
        """Be down in `spans`; `refuses` takes no connection, else it is a 503, with `wait` where given."""
        self._spans = spans
        self._refuses = refuses
        self._wait = None if wait is None else round(wait, 3)
        self._weather = weather or Weather()

    def __call__(self, request: Request, now: Now, onward: Server) -> Reply:
        """Fail where the time is one of those."""
        at = now.monotonic
        if self._weather.is_calm or not any(start <= at < end for start, end in self._spans):
            return onward(request, now)
        if self._refuses:
            return Refuse()
        headers = {} if self._wait is None else {"Retry-After": f"{self._wait:.3f}"}
        return Told(Response(503, headers=headers), wait=self._wait or None)


class Redirects:
    """Points a share of requests to other places, by 302, 303, 307 and 308."""

    def __init__(self, share: float, chance: Random, origins: tuple[str, ...]) -> None:
        """Send `share` of requests to one of `origins`, which may be their own."""
        self._share = share
        self._chance = chance
        self._origins = origins

    def __call__(self, request: Request, now: Now, onward: Server) -> Reply:
        """Redirect, or have the rest answer; what was redirected before is not again."""
        url = request.url
        if ("?" in url.text and url.query) or self._chance.random() >= self._share:
            return onward(request, now)
        origin = self._origins[int(self._chance.random() * len(self._origins))]
        status = _REDIRECTS[int(self._chance.random() * len(_REDIRECTS))]
        return Answer(Response(status, headers={"Location": f"{origin}{url.path}?moved=1"}))


_REDIRECTS: Final = (302, 303, 307, 308)
