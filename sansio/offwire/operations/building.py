"""`compile_request`: the building of one shape of request, worked out once.

Rules of this file: a shape has its names, of path values, parameters and header fields, and holds no
value. Every request is checked as whole as `Request` checks; what depends on names alone, once. The
source text is generated from counts, so nothing that anybody wrote is ever run. The fast path takes
what is most common, and gives what the slow one would give.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

from offwire.message.body import Body
from offwire.message.compiled import function_of, target_source
from offwire.message.headers import NO_HEADERS, Headers
from offwire.message.query import QueryValue, Scalar
from offwire.message.request import Request, made
from offwire.message.url import Url, is_path, placed
from offwire.operations.fields import header_fields

Build: TypeAlias = Callable[[Mapping[str, Scalar], Mapping[str, QueryValue], Any, Body | None], Request]
"""Makes a request out of path values, query values, header fields and a body."""


def compile_request(
    method: str, template: str, query_names: tuple[str, ...], header_names: tuple[str, ...] | None
) -> Build:
    """The function that builds requests of one shape. Making it is dear, so the caller keeps it.

    `header_names` is None where there is no mapping of header fields at all. The caller of the function
    owes mappings with these names in this order. It raises what `compile_target` and `header_fields` say.

    Raises:
        ValueError: `template` is no URI template or has a fragment, or a name comes twice.
    """
    lines, constants = target_source(template, query_names)
    constants |= {"METHOD": method, "NO_HEADERS": NO_HEADERS, "made": made, "url_of": Url.of_checked}
    url = "url_of(text)"
    if is_path(template):
        constants["placed"] = placed
        url = "placed('', text)"
    fields = "NO_HEADERS"
    if header_names is not None:
        fields = "fields"
        constants |= {"checked": header_fields, "wrap": Headers.of_checked}
        lines = [*lines, *_field_lines(header_names, constants)]
    lines = [*lines, f"return made(METHOD, {url}, {fields}, body)"]
    return cast("Build", function_of("path, query, headers, body", lines, constants, template))


def _field_lines(names: tuple[str, ...], constants: dict[str, object]) -> list[str]:
    """What assigns the Headers to `fields`. Values are checked in one go, with a space around each.

    So a space at either end of a value stands beside another one; an empty value looks like that as well.
    """
    slow = "fields = checked(headers)"
    if not names or not _are_safe(names):
        return [slow]
    constants |= {f"N{i}": name for i, name in enumerate(names)}
    values = [f"h{i}" for i in range(len(names))]
    is_text = " and ".join([f"type({value}) is str" for value in values])
    pairs = "".join([f"(N{i}, {value})," for i, value in enumerate(values)])
    return [
        "fields = None",
        "if type(headers) is dict:",
        f" {', '.join(values)}, = headers.values()",
        f" if {is_text}:",
        f"  all = f' {' '.join([f'{{{value}}}' for value in values])} '",
        "  if all.isascii() and all.isprintable() and '  ' not in all:",
        f"   fields = wrap(({pairs}))",
        "if fields is None:",
        f" {slow}",
    ]


def _are_safe(names: tuple[str, ...]) -> bool:
    """Whether only the values of these fields are left to be checked."""
    try:
        Headers(dict.fromkeys(names, ""))
    except (TypeError, ValueError):
        return False
    # A name that is more than text would stand in for the plain one, which has the same hash.
    return all(type(name) is str for name in names) and [*map(str.lower, names)].count("content-type") < 2
