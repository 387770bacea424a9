"""`FakeRest`: the stand-in, a whole REST service as a pure function of requests and time.

    rest = FakeRest(users=50, quota=FakeQuota(limit=10, per=1.0), faults=Faults.evenly(0.05))
    client = Client(rest)                       # in virtual time
    with serve(rest) as address: ...            # on a loopback socket: `offwire_serve`

| route | what it does |
|---|---|
| `POST /oauth/token` | client credentials and refresh token grants (RFC 6749) |
| `GET /users` | a list, by `page` and `per_page`, by `offset` and `limit`, or by `cursor` and `limit` |
| … | … of those with `active` and `role`, in the order of `sort` |
| `POST /users` | 201; the same Idempotency-Key with the same body brings the same answer |
| `GET`, `PUT`, `PATCH`, `DELETE` `/users/{id}` | one user |
| `GET /redirect?to=` | 302 |
| `GET /cookies/set?name=value`, `GET /cookies` | sets cookies; tells those that came |
| `GET /status/{code}` | that status |
| `POST /upload` | tells the parts of a multipart form |
| `GET /delay/{seconds}` | answers late |

Rules of this file: all of `/users` needs a token. The quota counts every request that is not for a
token, by the server's own clock, before anything else happens. Same seed and requests, same
answers. HEAD and OPTIONS work everywhere; errors are problem+json.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, assert_never, cast

from attrs import evolve, frozen

from offwire.json_value import Json
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing import fake_echo
from offwire.testing.chance import seeded
from offwire.testing.fake_faults import NO_FAULTS, Fault, Faults
from offwire.testing.fake_lists import BadQuery, listed
from offwire.testing.fake_problem import problem
from offwire.testing.fake_quota import FakeQuota, QuotaWindow
from offwire.testing.fake_tokens import TokenEndpoint, TokenSettings
from offwire.testing.fake_users import User, Users, complaints
from offwire.testing.servers import Answer, Drop, Reply, Truncate
from offwire.time import Now

__all__ = ["FakeQuota", "FakeRest", "FakeStats", "Faults"]

TOKEN_PATH: Final = "/oauth/token"
DEFAULT_QUOTA: Final = FakeQuota()


@frozen(kw_only=True)
class FakeStats:
    """What a FakeRest has seen so far. Requests are answers by status, plus those cut off by faults."""

    requests: int
    by_status: Mapping[int, int]
    """Answers that went out whole."""
    allowed: int
    """Requests that the quota admitted."""
    throttled: int
    """Requests that it did not: 429s."""
    faults: Mapping[str, int]
    """How often each kind of fault struck, such as `truncated`."""
    token_requests: int
    tokens_issued: int
    users_served: Mapping[int, int]
    """How often each user, by id, went out whole as the answer to a GET of that user."""
    users_listed: Mapping[int, int]
    """How often each user went out whole on a list."""
    users_created: int


@frozen
class _Handled:
    """What a route does with a request."""

    response: Response
    after: float = 0.0
    served: tuple[int, ...] = ()
    listed: tuple[int, ...] = ()


Handler = Callable[[Request, Now, str], _Handled]


class FakeRest:
    """The stand-in. Call it with a request and the time; it is a `Server`."""

    def __init__(
        self,
        users: int = 2000,
        *,
        seed: int = 0,
        client_id: str = "client",
        client_secret: str = "secret",
        token_lifetime: float = 3600.0,
        quota: FakeQuota | None = DEFAULT_QUOTA,
        faults: Faults = NO_FAULTS,
        page_size_max: int = 100,
    ) -> None:
        """Set the service up.

        Args:
            users: how many there are, with ids from 1 on.
            seed: of the users, the tokens and the faults.
            client_id: who may ask for tokens.
            client_secret: with which secret.
            token_lifetime: seconds.
            quota: how many requests it takes; None is no limit.
            faults: what goes wrong, and how often.
            page_size_max: the most users in one piece of a list.

        Raises:
            ValueError: a number is out of its range.
        """
        if users < 0 or page_size_max < 1:
            raise ValueError("users is a number from 0 on, and page_size_max one from 1 on")
        self._users = Users(users, seeded(seed, "users"))
        settings = TokenSettings(client_id=client_id, client_secret=client_secret, lifetime=token_lifetime)
        self._tokens = TokenEndpoint(settings, seeded(seed, "tokens"))
        self._window = None if quota is None else QuotaWindow(quota)
        self._faults = faults
        self._chance = seeded(seed, "faults")
        self._page_size_max = page_size_max
        self._replays: dict[str, tuple[bytes, _Handled]] = {}
        self._requests = 0
        self._created = 0
        self._by_status: Counter[int] = Counter()
        self._struck: Counter[str] = Counter()
        self._served: Counter[int] = Counter()
        self._listed: Counter[int] = Counter()
        self._routes: tuple[tuple[re.Pattern[str], dict[str, Handler]], ...] = (
            (re.compile(TOKEN_PATH), {"POST": self._sign_in}),
            (re.compile("/users"), {"GET": self._list, "POST": self._create}),
            (
                re.compile(r"/users/([0-9]{1,18})"),
                {"GET": self._get, "PUT": self._replace, "PATCH": self._change, "DELETE": self._delete},
            ),
            (re.compile("/redirect"), {"GET": _echoing(fake_echo.redirect)}),
            (re.compile("/cookies/set"), {"GET": _echoing(fake_echo.set_cookies)}),
            (re.compile("/cookies"), {"GET": _echoing(fake_echo.cookies)}),
            (re.compile("/status/[0-9]{3}"), {"GET": _echoing(fake_echo.status)}),
            (re.compile("/upload"), {"POST": _echoing(fake_echo.upload)}),
            (re.compile(r"/delay/([0-9]{1,6}(?:\.[0-9]{1,6})?)"), {"GET": self._delay}),
        )

    def __call__(self, request: Request, now: Now) -> Reply:
        """The reply to `request` at `now`."""
        self._requests += 1
        is_for_token = request.url.path == TOKEN_PATH
        fields = {"X-Request-Id": f"fake-{self._requests}"}
        if self._window is not None and not is_for_token:
            reading = self._window.admit(now.monotonic)
            fields.update(reading.fields())
            if not reading.admitted:
                refused = problem(429, "too_many_requests", "The quota is used up; come back later.")
                return self._replied(request, _Handled(refused), fields, None)
        fault = None if is_for_token and not self._faults.on_tokens else self._faults.draw(self._chance)
        if fault is not None:
            self._struck[fault.value] += 1
        if fault is Fault.SERVER_ERROR:
            handled = _Handled(problem(500, "internal_error", "Something went wrong on the server."))
        elif fault is Fault.UNAVAILABLE:
            fields["Retry-After"] = str(self._faults.retry_after)
            handled = _Handled(problem(503, "unavailable", "The server is busy; come back later."))
        else:
            handled = self._handled(request, now)
        return self._replied(request, handled, fields, fault)

    @property
    def stats(self) -> FakeStats:
        """What has happened so far."""
        return FakeStats(
            requests=self._requests,
            by_status=MappingProxyType(dict(self._by_status)),
            allowed=self._requests - self._tokens.requests if self._window is None else self._window.allowed,
            throttled=0 if self._window is None else self._window.refused,
            faults=MappingProxyType({each.value: self._struck[each.value] for each in Fault}),
            token_requests=self._tokens.requests,
            tokens_issued=self._tokens.issued,
            users_served=MappingProxyType(dict(self._served)),
            users_listed=MappingProxyType(dict(self._listed)),
            users_created=self._created,
        )

    @property
    def user_ids(self) -> tuple[int, ...]:
        """The ids of the users that exist now, in order."""
        return self._users.ids

    def user(self, number: int) -> Mapping[str, Json] | None:
        """One user as it is now, past tokens, quota and stats."""
        user = self._users.get(number)
        return None if user is None else MappingProxyType(user)

    def issue_refresh_token(self) -> str:
        """A refresh token, as from a sign-in that somebody has made before."""
        return self._tokens.issue_refresh_token()

    def revoke_tokens(self) -> None:
        """Make every token void, as after an incident on the server's side."""
        self._tokens.revoke_all()

    # Every request

    def _handled(self, request: Request, now: Now) -> _Handled:
        path = request.url.path
        matches = ((pattern.fullmatch(path), handlers) for pattern, handlers in self._routes)
        match, handlers = next((found for found in matches if found[0]), (None, {}))
        if match is None:
            return _Handled(problem(404, "no_such_route", "There is nothing at this path."))
        allow = ", ".join([*handlers, *(["HEAD"] if "GET" in handlers else []), "OPTIONS"])
        if request.method == "OPTIONS":
            return _Handled(Response(204, headers={"Allow": allow}))
        handler = handlers.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            return _Handled(
                problem(405, "no_such_method", "This path has other methods.", headers={"Allow": allow})
            )
        if path.startswith("/users"):
            refusal = self._tokens.refusal(request, now.monotonic)
            if refusal is not None:
                return _Handled(refusal)
        return handler(request, now, match[1] if match.lastindex else "")

    def _replied(
        self, request: Request, handled: _Handled, fields: dict[str, str], fault: Fault | None
    ) -> Reply:
        response, after = handled.response, handled.after
        headers, content = response.headers.replacing(fields), response.content
        if request.method == "HEAD":
            headers = headers.replacing({"Content-Length": str(len(content))})
            handled = evolve(handled, served=(), listed=())
            content = b""
        response = Response(response.status, headers=headers, content=content)
        match fault:
            case Fault.TRUNCATED:
                return Truncate(response, after)
            case Fault.DROPPED:
                return Drop(after)
            case Fault.SLOW:
                after += self._faults.slow_by
            case None | Fault.SERVER_ERROR | Fault.UNAVAILABLE:
                pass
            case _:
                assert_never(fault)
        self._by_status[response.status] += 1
        self._served.update(handled.served)
        self._listed.update(handled.listed)
        return Answer(response, after)

    # Routes

    def _delay(self, request: Request, now: Now, seconds: str) -> _Handled:
        return _Handled(Response(200, json={}), float(seconds))

    def _sign_in(self, request: Request, now: Now, _: str) -> _Handled:
        return _Handled(self._tokens.answer(request, now.monotonic))

    def _list(self, request: Request, now: Now, _: str) -> _Handled:
        try:
            response, ids = listed(self._users, request.url, self._page_size_max)
        except BadQuery as bad:
            return _Handled(problem(400, "bad_query", str(bad)))
        return _Handled(response, listed=ids)

    def _get(self, request: Request, now: Now, number: str) -> _Handled:
        user = self._users.get(int(number))
        if user is None:
            return _no_user(number)
        return _Handled(Response(200, json=user), served=(int(number),))

    def _create(self, request: Request, now: Now, _: str) -> _Handled:
        key = request.headers.get("idempotency-key")
        content = request.body.content if request.body else b""
        if key in self._replays:
            before, handled = self._replays[key]
            if before != content:
                detail = "The Idempotency-Key was used for another body."
                return _Handled(problem(422, "idempotency_key_reused", detail))
            return handled
        document = _document(request, partial=False)
        if isinstance(document, _Handled):
            handled = document
        else:
            user = self._users.create(document, now.wall)
            self._created += 1
            handled = _Handled(Response(201, json=user, headers={"Location": f"/users/{user['id']}"}))
        if key is not None:
            self._replays[key] = (content, handled)
        return handled

    def _replace(self, request: Request, now: Now, number: str) -> _Handled:
        return self._updated(request, number, self._users.replace, partial=False)

    def _change(self, request: Request, now: Now, number: str) -> _Handled:
        return self._updated(request, number, self._users.change, partial=True)

    def _updated(
        self, request: Request, number: str, update: Callable[[int, User], User], *, partial: bool
    ) -> _Handled:
        if self._users.get(int(number)) is None:
            return _no_user(number)
        document = _document(request, partial=partial)
        if isinstance(document, _Handled):
            return document
        return _Handled(Response(200, json=update(int(number), document)))

    def _delete(self, request: Request, now: Now, number: str) -> _Handled:
        return _Handled(Response(204)) if self._users.delete(int(number)) else _no_user(number)


def _echoing(echo: Callable[[Request], Response]) -> Handler:
    return lambda request, _now, _part: _Handled(echo(request))


def _no_user(number: str) -> _Handled:
    return _Handled(problem(404, "user_not_found", f"There is no user {number}."))


def _document(request: Request, *, partial: bool) -> User | _Handled:
    """The checked JSON object in a request's body, or the answer that says what is wrong with it."""
    kind = fake_echo.content_type(request).partition(";")[0].strip().lower()
    if kind not in ("application/json", "application/merge-patch+json"):
        return _Handled(problem(415, "not_json", "The body has to be application/json."))
    try:
        document = json.loads(request.body.content if request.body else b"")
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return _Handled(problem(400, "bad_json", "The body has to be a JSON object."))
    errors = complaints(cast(User, document), partial=partial)
    if errors:
        return _Handled(problem(422, "validation_failed", "Some fields are not right.", errors=errors))
    return cast(User, document)
