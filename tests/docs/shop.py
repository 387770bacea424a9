"""The shop that the documentation talks to: a pure fake, which the tests serve over loopback."""

from __future__ import annotations

import json

from offwire import Request, Response
from offwire.testing import Answer
from offwire.time import Now

PAGES = 2


def shop(request: Request, _now: Now) -> Answer:
    """Users by number, and a list of them in two pages."""
    path, query = request.url.path, dict(request.url.params)
    if path == "/users" and request.method == "POST":
        body = json.loads(request.body.content) if request.body else {}
        return Answer(Response(201, json={"id": 1000, **body}))
    if path == "/users":
        page = int(query.get("page", "1"))
        users = [_user(2 * page - 1), _user(2 * page)]
        link = {"Link": f'</users?page={page + 1}>; rel="next"'} if page < PAGES else {}
        return Answer(Response(200, headers=link, json=users))
    if path.startswith("/users/"):
        return Answer(Response(200, json=_user(int(path.removeprefix("/users/")))))
    return Answer(Response(404))


def _user(number: int) -> dict[str, str | int]:
    return {"id": number, "name": f"User {number}"}
