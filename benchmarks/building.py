"""Building a request: a GET with a path parameter, four query parameters and three headers; a JSON POST."""

from __future__ import annotations

from itertools import count, cycle

import httpx
import requests
import snug
from gidgethub import sansio
from uritemplate import expand

from benchmarks.harness import Case, Comparison
from offwire import Call, Group, M, Request, operation

BASE = "https://api.example.com"
HEADERS = {"Accept": "application/json", "X-Request-Id": "c3ab8ff1", "If-None-Match": '"33a64df5"'}
QUERY: dict[str, str | int] = {"page": 3, "per_page": 100, "sort": "created", "direction": "desc"}
NEW: dict[str, str | int | float | bool] = {
    "name": "Ada",
    "email": "ada@example.com",
    "age": 36,
    "active": True,
    "score": 9.5,
}
IDS = [f"user{number}" for number in range(5003)]


class Users(Group[M]):
    """The operations, as a user of the library writes them."""

    @operation
    def repos(self, id: str, page: int, per_page: int, sort: str, direction: str) -> Call[None]:
        """Four parameters in the query, one in the path, three headers."""
        return Call.get(
            "/users/{id}/repos",
            path={"id": id},
            query={"page": page, "per_page": per_page, "sort": sort, "direction": direction},
            headers=HEADERS,
        )

    @operation
    def traced(self, id: str, trace: str) -> Call[None]:
        """The same, with a header value that is another one each time."""
        headers = {**HEADERS, "X-Request-Id": trace}
        return Call.get("/users/{id}/repos", path={"id": id}, query=QUERY, headers=headers)

    @operation
    def create(self, new: object) -> Call[None]:
        """A JSON body of five fields."""
        return Call.post("/users", json=new)


def get_request() -> Comparison:
    """The GET."""
    ids = cycle(IDS)
    repos = Users.repos
    client = httpx.Client(base_url=BASE)
    session = requests.Session()

    def ours() -> Request:
        return repos(next(ids), 3, 100, "created", "desc").request

    def with_httpx() -> httpx.Request:
        return client.build_request("GET", f"/users/{next(ids)}/repos", params=QUERY, headers=HEADERS)

    def with_requests() -> requests.PreparedRequest:
        request = requests.Request("GET", f"{BASE}/users/{next(ids)}/repos", params=QUERY, headers=HEADERS)
        return session.prepare_request(request)

    def with_snug() -> snug.Request:
        request = snug.GET(f"/users/{next(ids)}/repos", params={k: str(v) for k, v in QUERY.items()})
        return request.with_headers(HEADERS).with_prefix(BASE)

    def with_gidgethub() -> object:
        url = expand(
            f"{BASE}/users/{{id}}/repos{{?page,per_page,sort,direction}}",
            id=next(ids),
            page="3",
            per_page="100",
            sort="created",
            direction="desc",
        )
        return url, {**sansio.create_headers("offwire"), **HEADERS}

    return Comparison(
        "build a GET: 1 path parameter, 4 query parameters, 3 headers",
        [
            Case("offwire", ours),
            Case("httpx.Client.build_request", with_httpx),
            Case("requests.Session.prepare_request", with_requests),
            Case("snug", with_snug),
            Case("gidgethub (uritemplate, create_headers)", with_gidgethub),
        ],
        goal="httpx at least 30 times ours",
    )


def get_request_anew() -> Comparison:
    """The GET with a header value that varies, so that no set of header fields is known from before."""
    ids, numbers = cycle(IDS), count()
    traced = Users.traced
    client = httpx.Client(base_url=BASE)

    def with_httpx() -> httpx.Request:
        headers = {**HEADERS, "X-Request-Id": f"r{next(numbers)}"}
        return client.build_request("GET", f"/users/{next(ids)}/repos", params=QUERY, headers=headers)

    return Comparison(
        "build the same GET, one header value varying",
        [
            Case("offwire", lambda: traced(next(ids), f"r{next(numbers)}").request),
            Case("httpx.Client.build_request", with_httpx),
        ],
        goal="httpx at least 30 times ours",
    )


def post_request() -> Comparison:
    """The POST."""
    create = Users.create
    client = httpx.Client(base_url=BASE)
    session = requests.Session()

    def with_requests() -> requests.PreparedRequest:
        return session.prepare_request(requests.Request("POST", f"{BASE}/users", json=NEW))

    return Comparison(
        "build a POST: JSON of 5 fields",
        [
            Case("offwire", lambda: create(NEW).request),
            Case("httpx.Client.build_request", lambda: client.build_request("POST", "/users", json=NEW)),
            Case("requests.Session.prepare_request", with_requests),
        ],
    )
