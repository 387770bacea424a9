"""The token server gives tokens out, knows the good ones, and finds thieves."""

from __future__ import annotations

from offwire.message.body import Body
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.testing.chance import seeded
from offwire.testing.servers import Answer, Reply
from offwire.testing.simulate.parts import Told, Weather, served
from offwire.testing.simulate.tokens import PATH, SignIn, TokenServer, form
from offwire.time import Now

OK = Answer(Response(200))


class Service:
    """A token server with an app behind it."""

    def __init__(self, sign_in: SignIn, weather: Weather | None = None) -> None:
        self.tokens = TokenServer(sign_in, seeded(1, "tokens"), weather)
        self.server = served(lambda _request, _now: OK, self.tokens)

    def fetch(self, refresh: str | None = None, at: float = 0.0) -> Response:
        content = f"refresh_token={refresh}" if refresh else "grant_type=client_credentials"
        body = Body(content=content.encode(), content_type="application/x-www-form-urlencoded")
        return answer(self.server(Request("POST", f"https://login.test{PATH}", body=body), Now(at)))

    def get(self, token: str = "", at: float = 0.0) -> int:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return answer(self.server(Request("GET", "https://api.test/", headers=headers), Now(at))).status


def answer(reply: Reply) -> Response:
    assert isinstance(reply, Answer)
    return reply.response


def token_of(response: Response, name: str = "access_token") -> str:
    return response.text.partition(f'"{name}": "')[2].partition('"')[0]


def test_a_token_is_good_for_its_lifetime() -> None:
    service = Service(SignIn(lifetime=10.0))
    token = token_of(service.fetch(at=1.0))
    assert [service.get(token, at) for at in (1.0, 10.9, 11.0)] == [200, 200, 401]
    assert service.tokens.access(token, 3.0) == (1, 8.0)
    assert service.tokens.access("other", 3.0)[0] == 0
    assert [service.get(), service.get("other")] == [401, 401]
    assert token in service.tokens.secrets


def test_an_answer_tells_which_token_it_brings() -> None:
    service = Service(SignIn(lifetime=10.0))
    told = service.tokens(Request("POST", f"https://login.test{PATH}"), Now(0.0), lambda _request, _now: OK)
    assert isinstance(told, Told)
    assert (told.issued, told.lifetime, told.after) == (1, 10.0, 0.05)


def test_refresh_tokens_rotate_and_a_used_one_is_taken_for_a_thiefs() -> None:
    service = Service(SignIn(rotating=True))
    first = service.tokens.first
    answered = service.fetch(first)
    second = token_of(answered, "refresh_token")
    assert service.tokens.refresh(second) == 2
    assert service.tokens.refresh("other") == 0
    token = token_of(service.fetch(second, 1.0))
    assert service.get(token) == 200
    assert service.fetch(first, 1.0).status == 400
    assert service.get(token) == 401
    assert service.fetch(second, 1.0).status == 400


def test_within_the_grace_the_same_successor_is_given_again() -> None:
    service = Service(SignIn(rotating=True, grace=5.0))
    first = service.tokens.first
    names = {token_of(service.fetch(first, at), "refresh_token") for at in (0.0, 4.0, 5.0)}
    assert len(names) == 1
    assert service.fetch(first, 5.1).status == 400
    assert service.fetch("unknown").status == 400


def test_it_may_fail_and_forget_until_the_weather_is_calm() -> None:
    weather = Weather()
    service = Service(SignIn(fails=1.0, revoked=1.0), weather)
    assert service.fetch().status == 503
    weather.is_calm = True
    token = token_of(service.fetch())
    assert service.get(token) == 200
    weather.is_calm = False
    assert service.get(token) == 401


def test_a_request_without_a_body_has_no_form() -> None:
    assert form(Request("POST", "https://login.test/token")) == {}
