"""`FakeEsoLogs`: the stand-in of ESO Logs, a whole GraphQL service as a pure function of requests and time.

    fake = FakeEsoLogs(events=100_000)
    client = Client(fake)                       # in virtual time
    with serve(fake) as address: ...            # on a loopback socket: `offwire_serve`

| route | what it does |
|---|---|
| `POST /oauth/token` | grants by client credentials, by code (with PKCE), by refresh token |
| `GET /oauth/authorize` | sends the browser back at once, with a code or with the user's no |
| `POST /api/v2/client` | executes a document; any token will do |
| `POST /api/v2/user` | executes a document; takes a user's token, and knows the current user |

Rules of this file: what the service knows follows from its seed; same seed and requests, same
answers. A request meets, in this order: its route, a fault that does nothing, the token, the points,
the document. Points are spent by whatever gets to its document, wrong documents and answers that
break off included; both API routes spend from the same points. What is asked of GraphQL is answered
with status 200, errors included.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, assert_never

from attrs import frozen

from offwire.json_value import Json
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing.chance import seeded
from offwire.testing.esologs.documents import BadDocument, Documents
from offwire.testing.esologs.event_log import Boundary, Event
from offwire.testing.esologs.facts import Facts
from offwire.testing.esologs.persisted import PersistedQueries
from offwire.testing.esologs.points import Operation, Points, PointsWindow
from offwire.testing.esologs.service import Service
from offwire.testing.esologs.tokens import Tokens
from offwire.testing.fake_faults import NO_FAULTS, Fault, Faults
from offwire.testing.fake_tokens import TokenSettings
from offwire.testing.servers import Answer, Drop, Reply, Truncate
from offwire.time import Now

_ROUTES: Final = {
    "/oauth/token": "POST",
    "/oauth/authorize": "GET",
    "/api/v2/client": "POST",
    "/api/v2/user": "POST",
}
_USER_PATH: Final = "/api/v2/user"
_DEFAULT_POINTS: Final = Points()


@frozen(kw_only=True)
class EsoLogsStats:
    """What a FakeEsoLogs has seen so far. Requests are answers by status, plus those cut off by faults."""

    requests: int
    by_status: Mapping[int, int]
    """Answers that went out whole."""
    throttled: int
    """Requests for which no points were left: 429s, those cut off included."""
    faults: Mapping[str, int]
    """How often each kind of fault struck, such as `truncated`."""
    token_requests: int
    tokens_issued: int
    operations: Mapping[str, int]
    """How often each operation was executed, by name; the empty name stands for none."""
    points_spent: Mapping[int, float]
    """By hours of the server's clock, counted from 0; hours without any are not there."""
    events_served: Mapping[str, int]
    """How many events of each report went out whole, by its code; repeated ones count again."""


@frozen
class _Handled:
    """What a route does with a request."""

    response: Response
    served: Sequence[tuple[str, Sequence[int]]] = ()


class FakeEsoLogs:
    """The stand-in of ESO Logs. Call it with a request and the time; it is a `Server`."""

    def __init__(
        self,
        *,
        events: int = 2000,
        guilds: int = 20,
        members: int = 40,
        reports: int = 30,
        seed: int = 0,
        client_id: str = "client",
        client_secret: str = "secret",
        token_lifetime: float = 3600.0,
        user: int = 1,
        consents: bool = True,
        public_client: bool = False,
        points: Points = _DEFAULT_POINTS,
        faults: Faults = NO_FAULTS,
        boundary: Boundary = "whole",
        burst: int = 60,
        progress_race: bool = False,
        persisted_queries: bool = False,
    ) -> None:
        """Set the service up.

        Args:
            events: how many each report has; none is made before it is asked for.
            guilds: how many there are, with ids from 1 on.
            members: how many characters each guild has; at least 12, who fill a report.
            reports: how many each guild has.
            seed: of all that is invented, of the tokens and of the faults.
            client_id: who may ask for tokens.
            client_secret: with which secret.
            token_lifetime: seconds.
            user: who is signed in where a token is a user's; there are three for each guild.
            consents: whether that user agrees to sign in.
            public_client: whether a client without a secret may sign users in; it needs PKCE then.
            points: how many may be spent, and what costs how many.
            faults: what goes wrong, and how often.
            boundary: whether pages of events end after a `"whole"` millisecond, or within one that the
                next page `"repeats"`.
            burst: the most events that come in one millisecond, except by chance. Where it is above a
                client's `limit`, whole pages get longer than that, and repeating ones lead nowhere.
            progress_race: whether there is one; asking for it is an error otherwise.
            persisted_queries: whether documents can be named by their hash.

        Raises:
            ImportError: graphql-core is not installed; the message names the extra.
            ValueError: a number is out of its range, or there is no such boundary.
        """
        facts = Facts(seed, guilds=guilds, members=members, reports=reports, events=events)
        if not 1 <= user <= facts.users:
            raise ValueError(f"user is one from 1 to {facts.users}, three for each guild, not {user}")
        self._service = Service(facts, boundary=boundary, burst=burst, race=progress_race)
        self._documents = Documents()
        self._persisted = PersistedQueries(supported=persisted_queries)
        settings = TokenSettings(client_id=client_id, client_secret=client_secret, lifetime=token_lifetime)
        self._tokens = Tokens(
            settings, seeded(seed, "tokens"), consents=consents, public_client=public_client
        )
        self._points = points
        self._window = PointsWindow(points)
        self._faults = faults
        self._chance = seeded(seed, "faults")
        self._user = user
        self._requests = 0
        self._by_status: Counter[int] = Counter()
        self._struck: Counter[str] = Counter()
        self._operations: Counter[str] = Counter()
        self._served: dict[str, Counter[int]] = {}

    def __call__(self, request: Request, now: Now) -> Reply:
        """The reply to `request` at `now`."""
        self._requests += 1
        method = _ROUTES.get(request.url.path)
        if method is None:
            return self._replied(_Handled(_failed(404, "There is nothing at this path.")), None)
        if method != request.method:
            refused = _failed(405, "This path has another method.", {"Allow": method})
            return self._replied(_Handled(refused), None)
        is_for_token = request.url.path.startswith("/oauth/")
        fault = None if is_for_token and not self._faults.on_tokens else self._faults.draw(self._chance)
        if fault is not None:
            self._struck[fault.value] += 1
        if fault is Fault.SERVER_ERROR:
            handled = _Handled(_failed(500, "Server Error"))
        elif fault is Fault.UNAVAILABLE:
            wait = {"Retry-After": str(self._faults.retry_after)}
            handled = _Handled(_failed(503, "Service Unavailable", wait))
        else:
            handled = self._handled(request, now.monotonic)
        return self._replied(handled, fault)

    @property
    def stats(self) -> EsoLogsStats:
        """What has happened so far."""
        return EsoLogsStats(
            requests=self._requests,
            by_status=MappingProxyType(dict(self._by_status)),
            throttled=self._window.refused,
            faults=MappingProxyType({each.value: self._struck[each.value] for each in Fault}),
            token_requests=self._tokens.requests,
            tokens_issued=self._tokens.issued,
            operations=MappingProxyType(dict(self._operations)),
            points_spent=MappingProxyType(dict(self._window.spent)),
            events_served=MappingProxyType(
                {code: positions.total() for code, positions in self._served.items()}
            ),
        )

    # The truth, past tokens, points and stats

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all reports, the latest last; the guilds take turns, the first one first."""
        facts = self._service.facts
        return tuple(facts.code(number) for number in range(1, facts.reports + 1))

    def events(self, code: str, arguments: Mapping[str, Json] = MappingProxyType({})) -> list[Event]:
        """The events of a report, all that a client gets who follows the pages to their end.

        Args:
            code: the report's.
            arguments: those of the field `Report.events`; `limit` does not matter.

        Raises:
            KeyError: no report has this code.
            Complaint: an argument is given that the stand-in does not understand.
        """
        return self._service.events(code, arguments)

    def served(self, code: str) -> Mapping[int, int]:
        """How often each event of a report went out whole, by its position in the log; 0 is the first."""
        return MappingProxyType(dict(self._served.get(code, {})))

    def issue_refresh_token(self) -> str:
        """A refresh token, as from a sign-in that the user has made before."""
        return self._tokens.issue_refresh_token()

    def revoke_tokens(self) -> None:
        """Make every code and token void, as after an incident on the server's side."""
        self._tokens.revoke_all()

    # Every request

    def _handled(self, request: Request, now: float) -> _Handled:
        path = request.url.path
        if path == "/oauth/token":
            return _Handled(self._tokens.answer(request, now))
        if path == "/oauth/authorize":
            return _Handled(self._tokens.authorize(request, now))
        is_users = path == _USER_PATH
        refusal = self._tokens.refusal(request, now, for_users=is_users)
        if refusal is not None:
            return _Handled(refusal)
        if not self._window.admits(now):
            wait = {"Retry-After": str(self._window.reset_in(now))} if self._points.tells_wait else {}
            return _Handled(_failed(429, "The points of this hour are used up.", wait))
        try:
            asked = json.loads(request.body.content if request.body else b"")
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            return _Handled(_failed(400, "The body has to be a JSON object."))
        return self._answered(asked, now, self._user if is_users else None)

    def _answered(self, asked: dict[str, Json], now: float, user: int | None) -> _Handled:
        name, variables = asked.get("operationName"), asked.get("variables")
        name = name if isinstance(name, str) else None
        variables = variables if isinstance(variables, dict) else {}
        try:
            prepared = self._documents.prepared(self._persisted.text(asked), name)
        except BadDocument as bad:
            self._spent(Operation(name=name, fields={}, variables=variables), now)
            return _Handled(Response(200, json={"errors": bad.errors}))
        self._operations[prepared.name or ""] += 1
        cost = self._spent(Operation(name=prepared.name, fields=prepared.fields, variables=variables), now)
        served: list[tuple[str, Sequence[int]]] = []
        root = self._service.root(
            points=lambda _: dict(self._window.reading(now, cost)),
            user=user,
            told=lambda code, positions: served.append((code, positions)),
        )
        answer = self._documents.executed(prepared, variables, root)
        content = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json"}
        return _Handled(Response(200, content=content, headers=headers), served)

    def _spent(self, operation: Operation, now: float) -> float:
        cost = self._points.cost(operation)
        self._window.spend(cost, now)
        return cost

    def _replied(self, handled: _Handled, fault: Fault | None) -> Reply:
        response, after = handled.response, 0.0
        match fault:
            case Fault.TRUNCATED:
                return Truncate(response)
            case Fault.DROPPED:
                return Drop()
            case Fault.SLOW:
                after = self._faults.slow_by
            case None | Fault.SERVER_ERROR | Fault.UNAVAILABLE:
                pass
            case _:
                assert_never(fault)
        self._by_status[response.status] += 1
        for code, positions in handled.served:
            self._served.setdefault(code, Counter()).update(positions)
        return Answer(response, after)


def _failed(status: int, message: str, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    return Response(status, json={"status": status, "error": message}, headers=headers)
