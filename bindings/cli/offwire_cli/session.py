"""`session`: a client of ESO Logs for one command, and what its calls cost.

Rules of this file: a stand-in lives as long as the command that asks for it, on a loopback port of
this machine, and knows no credentials of the user's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from attrs import evolve, frozen

from offwire_cli.account import Logins, environment, no_credentials, no_sign_in, site_of

if TYPE_CHECKING:
    from offwire.apis.esologs import EsoLogs
    from offwire.message.response import Response
    from offwire.metrics import Metrics
    from offwire.mode import Sync
    from offwire.policies import Policies
    from offwire.state.points import PointsReport
    from offwire.testing.esologs import FakeEsoLogs
    from offwire_sync import Client

F = TypeVar("F", bound=Callable[..., object])

STAND_IN: Final = "stand-in"
"""What stands for the stand-in's address, which is another one each time."""
_ATTEMPTS: Final = 6


@frozen(kw_only=True)
class Whom:
    """Whom to ask, and as whom."""

    stand_in: bool = False
    stand_in_events: int = 20_000
    stand_in_faults: float = 0.0
    as_user: bool = False
    patient: bool = False


class PointsWatch:
    """Remembers what answers say of the points."""

    def __init__(self) -> None:
        self.last: PointsReport | None = None

    def __call__(self, response: Response) -> Response:
        """Look at an answer, and hand it on."""
        from offwire.apis.esologs.points import read_points  # noqa: PLC0415 - as in `session`

        self.last = read_points(response) or self.last
        return response


@frozen(kw_only=True)
class Session:
    """A client of ESO Logs, and what it counts."""

    eso: EsoLogs[Sync]
    site: str
    metrics: Metrics
    points: PointsWatch


def connection_options(command: F) -> F:
    """Give a command the options that say whom it asks; it gets a `Whom`."""
    options = [
        click.option("--as-user", is_flag=True, help="Ask as the user who has signed in."),
        click.option("--patient", is_flag=True, help="Wait for the next hour where points run out."),
        click.option("--stand-in", is_flag=True, help="Ask a stand-in on this machine, which invents all."),
        click.option(
            "--stand-in-events",
            type=click.IntRange(0),
            default=20_000,
            show_default=True,
            help="How many events each of its reports has.",
        ),
        click.option(
            "--stand-in-faults",
            type=click.FloatRange(0, 0.9),
            default=0.0,
            show_default=True,
            help="The share of its answers that go wrong.",
        ),
    ]
    for each in reversed(options):
        command = each(command)
    return command


def whom(arguments: dict[str, object]) -> Whom:
    """Take what `connection_options` has added out of a command's arguments."""
    names = ("stand_in", "stand_in_events", "stand_in_faults", "as_user", "patient")
    given: dict[str, Any] = {name: arguments.pop(name) for name in names}
    return Whom(**given)


@contextmanager
def session(asked: Whom) -> Iterator[Session]:
    """A client for the block.

    Raises:
        Failure: there are no credentials.
    """
    from offwire.apis.esologs.policies import DEFAULT_POLICIES  # noqa: PLC0415 - arguments come first
    from offwire.layers.shape import transform_response  # noqa: PLC0415 - as above
    from offwire.metrics import Metrics  # noqa: PLC0415 - as above
    from offwire_sync import Client  # noqa: PLC0415 - as above

    metrics, points = Metrics(), PointsWatch()
    policies = evolve(
        DEFAULT_POLICIES,
        observers=[metrics],
        attempt_middleware=[*DEFAULT_POLICIES.attempt_middleware, transform_response(points)],
        deadline=None if asked.patient else DEFAULT_POLICIES.deadline,
        # Somebody waits for the end of many calls, and not for this one.
        retry=evolve(DEFAULT_POLICIES.retry, max_attempts=_ATTEMPTS),
    )
    if asked.stand_in:
        with standing_in(asked) as (base_url, fake), Client() as client:
            refresh = fake.issue_refresh_token() if asked.as_user else None
            eso = _of_stand_in(client, base_url, refresh, policies)
            yield Session(eso=eso, site=STAND_IN, metrics=metrics, points=points)
        return
    with Client() as client:
        eso = _of_site(client, policies, asked)
        yield Session(eso=eso, site=site_of(environment()), metrics=metrics, points=points)


@contextmanager
def standing_in(asked: Whom) -> Iterator[tuple[str, FakeEsoLogs]]:
    """The stand-in, and its address, for the block."""
    from offwire.testing.esologs import FakeEsoLogs  # noqa: PLC0415 - graphql-core is heavy
    from offwire.testing.fake_faults import Faults  # noqa: PLC0415 - as above
    from offwire_serve import serve  # noqa: PLC0415 - as above

    fake = FakeEsoLogs(
        events=asked.stand_in_events,
        faults=evolve(Faults.evenly(asked.stand_in_faults), retry_after=0, slow_by=0.2),
    )
    with serve(fake) as address:
        yield address.base_url, fake


def _of_stand_in(client: Client, base_url: str, refresh: str | None, policies: Policies) -> EsoLogs[Sync]:
    from offwire.apis.esologs import EsoLogs  # noqa: PLC0415 - as in `session`
    from offwire.apis.esologs.addresses import TOKEN_PATH  # noqa: PLC0415 - as in `session`
    from offwire.auth.oauth2 import ClientCredentials, RefreshToken  # noqa: PLC0415 - as in `session`
    from offwire.secret import Secret  # noqa: PLC0415 - as in `session`

    token_url, secret = f"{base_url}{TOKEN_PATH}", Secret("secret")
    if refresh is None:
        auth = ClientCredentials(token_url=token_url, client_id="client", client_secret=secret)
        return EsoLogs(client, auth=auth, base_url=base_url, policies=policies)
    user = RefreshToken(
        token_url=token_url, client_id="client", client_secret=secret, refresh_token=Secret(refresh)
    )
    return EsoLogs(client, user=user, base_url=base_url, policies=policies)


def _of_site(client: Client, policies: Policies, asked: Whom) -> EsoLogs[Sync]:
    from offwire.apis.esologs import EsoLogs  # noqa: PLC0415 - as in `session`

    environ, logins = environment(), Logins()
    site = site_of(environ)
    kept = logins.find(site)
    user = None if kept is None else logins.tokens(site, kept, environ)
    if asked.as_user and user is None:
        raise no_sign_in()
    if user is not None and (asked.as_user or not environ.get("ESOLOGS_SECRET")):
        return EsoLogs(client, user=user, base_url=site, policies=policies)
    try:
        return EsoLogs.from_env(client, environ, user=user, policies=policies)
    except ValueError as error:
        raise no_credentials(str(error).partition(":")[0]) from None
