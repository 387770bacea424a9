"""Addresses: all of one site, and confidential."""

from __future__ import annotations

from offwire.apis.esologs import addresses
from offwire.message.url import Url


def test_all_are_of_one_site_and_confidential() -> None:
    for each in (addresses.TOKEN_URL, addresses.AUTHORIZE_URL):
        assert Url(each).origin == Url(addresses.SITE).origin
        assert Url(each).is_confidential


def test_paths_begin_at_the_root() -> None:
    for each in (addresses.CLIENT_PATH, addresses.USER_PATH, addresses.TOKEN_PATH):
        assert Url(f"{addresses.SITE}{each}").path == each


def test_scopes() -> None:
    assert addresses.SCOPES == ("view-user-profile",)
