"""The Link header (RFC 8288): where related things are, such as the next page of a list.

Rules of this file: whatever the field holds, nothing is raised; a part that does not follow the
grammar is skipped up to the next comma, and the others are kept. Reading takes time in
proportion to the length of the field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from offwire.message.headers import Headers

_TARGET: Final = re.compile(r"[\s,]*<([^<>]*)>\s*")
_PARAM: Final = re.compile(r"""[\s;]*;\s*([^\s=;,<>"]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?\s*""")
_END: Final = re.compile(r"[\s;]*(?:,|$)")
_ESCAPED: Final = re.compile(r"\\(.)")


@frozen(kw_only=True)
class Link:
    """One link."""

    target: str
    """A URI reference, as it was sent: `Url.join` tells what it means."""
    rel: tuple[str, ...] = ()
    """The relation types, in lower case, since they are compared without regard to case."""
    params: tuple[tuple[str, str], ...] = ()
    """All parameters as they came, `rel` included: names in lower case, values without their
    quotes; one without a value has an empty one."""

    def param(self, name: str) -> str | None:
        """The first parameter of that name, given in lower case, or None."""
        return next((value for each, value in self.params if each == name), None)


def read_links(headers: Headers) -> tuple[Link, ...]:
    """All links, in order, of all Link fields."""
    return tuple(link for value in headers.values("link") for link in _links(value))


def link_to(headers: Headers, rel: str) -> str | None:
    """The target of the first link from this very answer with the relation `rel`, or None.

    A link whose `anchor` says that it starts elsewhere is passed over (RFC 8288 section 3.2).
    """
    if "link" not in headers:
        return None
    rel = rel.lower()
    for link in read_links(headers):
        if rel in link.rel and link.param("anchor") is None:
            return link.target
    return None


def _links(text: str) -> Iterator[Link]:
    position = 0
    while position < len(text):
        target = _TARGET.match(text, position)
        end = None
        if target is not None:
            position = target.end()
            params = []
            while param := _PARAM.match(text, position):
                position = param.end()
                name, quoted, token = param.groups()
                params.append((name.lower(), _unquoted(quoted) if quoted is not None else token or ""))
            end = _END.match(text, position)
            if end is not None:
                yield _link(target[1].strip(), tuple(params))
        if end is None:
            comma = text.find(",", position)
            position = len(text) if comma < 0 else comma + 1
        else:
            position = end.end()


def _link(target: str, params: tuple[tuple[str, str], ...]) -> Link:
    rel = next((value for name, value in params if name == "rel"), "")  # later ones do not count: section 3.3
    return Link(target=target, rel=tuple(rel.lower().split()), params=params)


def _unquoted(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text
