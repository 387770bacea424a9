"""`offwire login esologs` and `offwire logout esologs`.

Rules of this file: a sign-in is kept in a file that only its user can read, or in the system's
keyring; where, and by which API client, is noted beside it, so that later commands need no arguments.
"""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from offwire_cli.account import KeptLogin, Logins, environment, login_at, no_credentials, site_of
from offwire_cli.codes import FAILED
from offwire_cli.groups import Failure
from offwire_cli.session import Whom, standing_in

if TYPE_CHECKING:
    from offwire.auth.loopback_redirect import LoopbackAddress

_REDIRECT: Final = "http://localhost:8765/callback"


@click.command()
@click.option(
    "--redirect",
    default=_REDIRECT,
    show_default=True,
    help="Where the browser comes back to, as the API client has it registered.",
)
@click.option("--keyring", "in_keyring", is_flag=True, help="Keep it in the system's keyring.")
@click.option("--no-browser", is_flag=True, help="Show the address to open, and open nothing.")
@click.option(
    "--timeout", type=click.FloatRange(1), default=300.0, show_default=True, help="Seconds to finish in."
)
@click.option("--stand-in", is_flag=True, help="Sign in at a stand-in on this machine, and keep nothing.")
def login(redirect: str, in_keyring: bool, no_browser: bool, timeout: float, stand_in: bool) -> None:
    """Sign in at ESO Logs with a browser, and keep that for later commands.

    ESOLOGS_ID is the id of an API client; one that is not public needs ESOLOGS_SECRET as well.
    """
    if stand_in:
        _at_stand_in(timeout)
        return
    from offwire_login import sign_in  # noqa: PLC0415 - options come first
    from offwire_sync import Client  # noqa: PLC0415 - as above

    environ, logins = environment(), Logins()
    site, client_id = site_of(environ), environ.get("ESOLOGS_ID", "").strip()
    if not client_id:
        raise no_credentials("ESOLOGS_ID is not set")
    kept = KeptLogin(client_id=client_id, in_keyring=in_keyring)
    tokens = logins.tokens(site, kept, environ)
    with Client() as client:
        try:
            sign_in(
                client,
                tokens,
                address=_address(redirect),
                open_url=_shown if no_browser else _opened,
                timeout=timeout,
                anew=True,
            )
        except OSError as error:
            raise Failure(
                f"nobody can listen at {redirect}: {error.strerror}. Name another --redirect", FAILED
            ) from None
    logins.note(site, kept)
    where = "the keyring" if in_keyring else str(logins.folder / "tokens.json")
    click.echo(f"Signed in. That is kept in {where}.", err=True)


@click.command()
def logout() -> None:
    """Forget the sign-in at ESO Logs."""
    from offwire_sync import Client  # noqa: PLC0415 - as above

    environ, logins = environment(), Logins()
    site = site_of(environ)
    kept = logins.find(site)
    if kept is None:
        click.echo("Nobody has signed in.", err=True)
        return
    with Client() as client:
        client.run(logins.tokens(site, kept, environ).forget())
    logins.drop(site)
    click.echo("Signed out.", err=True)


def _address(redirect: str) -> LoopbackAddress:
    from offwire.auth.loopback_redirect import LoopbackAddress  # noqa: PLC0415 - as above

    try:
        parts = urlsplit(redirect)
        if parts.scheme == "http" and parts.hostname is not None:
            return LoopbackAddress(host=parts.hostname, port=parts.port or 80, path=parts.path or "/")
    except ValueError as error:
        raise click.UsageError(f"--redirect is no address of this machine: {error}") from None
    raise click.UsageError(f"--redirect begins with http:// and the name of this machine, unlike {redirect}")


def _opened(url: str) -> bool:
    # The address holds the state of the sign-in: it is shown where no browser opens, and only there.
    if webbrowser.open(url):
        click.echo("Finish the sign-in in the browser.", err=True)
        return True
    _shown(url)
    return True


def _shown(url: str) -> None:
    click.echo(f"Open this address in a browser of this machine to sign in:\n\n    {url}\n", err=True)
    sys.stderr.flush()


def _at_stand_in(timeout: float) -> None:
    from offwire_login import sign_in  # noqa: PLC0415 - as above
    from offwire_sync import Client  # noqa: PLC0415 - as above

    with standing_in(Whom(stand_in=True)) as (base_url, _), Client() as client:
        sign_in(client, login_at(base_url, "client", "secret"), open_url=_visiting(), timeout=timeout)
    click.echo("Signed in at the stand-in, which is gone again: nothing was kept.", err=True)


def _visiting() -> Callable[[str], object]:
    """What takes the place of a browser: it follows the stand-in, which sends it back at once."""
    import httpx  # noqa: PLC0415 - as above

    def visit(url: str) -> None:
        # A thread, since whoever calls this listens for the redirect afterwards.
        Thread(target=httpx.get, args=(url,), kwargs={"follow_redirects": True}, daemon=True).start()

    return visit
