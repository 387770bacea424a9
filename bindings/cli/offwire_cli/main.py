"""`offwire`: where the command begins.

Rules of this file: it loads nothing but click, and says what to install where even that is absent.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from offwire_cli.codes import FAILED, INTERRUPTED


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return what it ends with; `offwire_cli.codes` lists that."""
    try:
        from offwire_cli.commands import offwire  # noqa: PLC0415 - needs click, which is an extra
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        print("The command offwire needs more packages: pip install 'offwire[cli]'", file=sys.stderr)  # noqa: T201 - there is nothing else to print with
        return FAILED
    try:
        offwire.main(list(arguments) if arguments is not None else None, prog_name="offwire")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
