"""What the command ends with, so that scripts can tell what to do next.

| code | means |
|---|---|
| 0 | done |
| 1 | a call failed, or a file could not be written |
| 2 | the arguments are wrong |
| 3 | there are no credentials, or the site refuses them |
| 4 | there is no such report, guild or character |
| 75 | come back later: the network, the site or its quota |
| 130 | Ctrl-C |
| 141 | whoever read the output has closed it |

Rules of this file: numbers and their names, and nothing that has to be loaded.
"""

from __future__ import annotations

from typing import Final

FAILED: Final = 1
USAGE: Final = 2
REFUSED: Final = 3
NOT_FOUND: Final = 4
TRY_LATER: Final = 75
"""EX_TEMPFAIL of sysexits.h."""
INTERRUPTED: Final = 130
"""128 and SIGINT's number, as shells have it."""
PIPE_CLOSED: Final = 141
"""128 and SIGPIPE's number."""
