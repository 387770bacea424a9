"""What commands there are.

Rules of this file: names, places and lines of help, and nothing that has to be loaded.
"""

from __future__ import annotations

from typing import Final

import click

from offwire_cli.groups import LazyGroup, RootGroup

_ESOLOGS: Final = {
    "events": ("offwire_cli.events:events", "Harvest the events of a report into a file."),
    "reports": ("offwire_cli.lookups:reports", "List the reports of a guild or a user."),
    "character": ("offwire_cli.lookups:character", "Show a character."),
    "guild": ("offwire_cli.lookups:guild", "Show a guild, or list its members."),
    "zones": ("offwire_cli.lookups:zones", "List zones and their encounters."),
    "points": ("offwire_cli.lookups:points", "Show how the points of this hour stand."),
    "price": ("offwire_cli.pricing:price", "Show what calls will cost."),
}

esologs: Final = LazyGroup("esologs", help="Read reports, characters and guilds of ESO Logs.", lazy=_ESOLOGS)
login: Final = LazyGroup(
    "login",
    help="Sign in with a browser, and keep that for later commands.",
    lazy={"esologs": ("offwire_cli.signing_in:login", "Sign in at ESO Logs.")},
)
logout: Final = LazyGroup(
    "logout",
    help="Forget a sign-in.",
    lazy={"esologs": ("offwire_cli.signing_in:logout", "Forget the sign-in at ESO Logs.")},
)
generate: Final = LazyGroup(
    "generate",
    help="Write a typed client for an API.",
    lazy={"graphql": ("offwire_cli.generating:graphql", "Write one from a GraphQL schema and documents.")},
)

offwire: Final = RootGroup(
    "offwire",
    help="Calls APIs from a shell.",
    epilog="Ends with 0: done, 1: failed, 2: wrong arguments, 3: no credentials, or refused, 4: not found, "
    "75: come back later, 130: Ctrl-C, 141: whoever read the output has closed it.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    lazy={
        "esologs": ("offwire_cli.commands:esologs", "Read reports, characters and guilds of ESO Logs."),
        "login": ("offwire_cli.commands:login", "Sign in with a browser."),
        "logout": ("offwire_cli.commands:logout", "Forget a sign-in."),
        "generate": ("offwire_cli.commands:generate", "Write a typed client for an API."),
        "simulate": ("offwire_cli.simulating:simulate", "Show what a harvest will do, before it is run."),
    },
)
click.version_option(package_name="offwire", prog_name="offwire")(offwire)
