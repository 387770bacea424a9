"""`compile_target`: the building of one shape of target, worked out once.

Rules of this file: a target is built from a template, path values and query values without
parsing anything at call time. Source text is generated from counts alone: names and literal text
reach the generated function as constants, so nothing that anybody wrote is ever run. Fast paths
handle what is most common, and give what the plain functions of `query` would give.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from offwire.message.query import QueryValue, Scalar, encode_parameter, quote_query, segment
from offwire.unset import UNSET

if TYPE_CHECKING:
    from offwire.message.template import UriTemplate

Target: TypeAlias = Callable[[Mapping[str, Scalar], Mapping[str, QueryValue]], str]
"""Makes path and query out of path values and query values."""

# Patterns for shapes, which are made once; `re` compiles them when they are first needed.
_SCHEME: Final = r"(?i)https?:"
_ORIGIN: Final = r"(?i)https?://[^/?]+[/?]"
_LEADS_ELSEWHERE: Final = r"//|[^/?]*:"
_DOT_SEGMENT: Final = r"(?i)(?:\.|%2e){1,2}"


Source: TypeAlias = tuple[list[str], dict[str, object]]
"""Lines of a function's body, and what the names in them stand for."""


def compile_target(template: str, query_names: tuple[str, ...]) -> Target:
    """The function that builds targets of one shape. Making it is dear, so the caller keeps it.

    `template` holds `{name}` for each path value, which becomes one segment or a part of one.
    With other operators of RFC 6570 it is expanded as such, more slowly; a `{+name}` may then
    hold slashes, but nothing that leads out of where the template stands. The parameters of
    the query come in the order of `query_names`.

    The caller of the function owes a value for exactly these names: UNSET or None leaves a query
    parameter out, and an expression with an operator empty. The function raises:
        TypeError: a name is missing or surplus, or a value is of a kind that has no text.
        ValueError: a value cannot be sent, or would change the path; see `query.segment`.

    Raises:
        ValueError: `template` is no URI template or has a fragment, or a name comes twice.
    """
    lines, constants = target_source(template, query_names)
    return cast("Target", function_of("path, query", [*lines, "return text"], constants, template))


def target_source(template: str, query_names: tuple[str, ...]) -> Source:
    """What assigns the target to `text`, given `path` and `query`: for a function that goes on with it.

    See `compile_target` for what it takes and raises. Its other names hold a digit, or are whole words.
    """
    from offwire.message.template import UriTemplate  # noqa: PLC0415 - for the first shape, not for every start

    parsed = UriTemplate(template)
    if len(set(query_names)) < len(query_names):
        raise ValueError(f"a query parameter of {template!r} is named twice: {query_names!r}")
    has_query = False
    is_simple = True
    for part in parsed.parts:
        if isinstance(part, str):
            if "#" in part:
                raise ValueError(
                    f"the template {template!r} has a fragment, which is never sent: leave it out"
                )
            has_query = has_query or "?" in part
        elif part.operator == "#":
            raise ValueError(f"the template {template!r} has a fragment, which is never sent: leave it out")
        else:
            is_simple = is_simple and not has_query and part.simple_name is not None
    if is_simple:
        return _generated(parsed, query_names, has_query)
    return ["text = expand(path, query)"], {"expand": _interpreted(parsed, query_names)}


def function_of(
    parameters: str, lines: list[str], constants: dict[str, object], template: str
) -> Callable[..., object]:
    """The function with these lines; they may hold no text but that of this library."""
    source = "\n ".join([f"def build({parameters}):", *lines])
    exec(compile(source, f"<target of {template!r}>", "exec"), constants)  # noqa: S102 - see above
    return cast("Callable[..., object]", constants["build"])


def _generated(template: UriTemplate, query_names: tuple[str, ...], has_query: bool) -> Source:
    """Lines for these very counts of values, as attrs makes its constructors."""
    names = template.names
    constants: dict[str, object] = {
        "UNSET": UNSET,
        "segment": segment,
        "added": _added,
        "refusal": _refusal_for(template, query_names),
    }
    for i, name in enumerate(names):
        constants[f"P{i}"] = name
    for i, name in enumerate(query_names):
        mark = "&" if i or has_query else "?"
        start = f"{mark}{quote_query(name)}="
        constants |= {
            f"Q{i}": name,
            f"M{i}": mark,
            f"E{i}": start,
            f"T{i}": f"{start}true",
            f"F{i}": f"{start}false",
        }
    places: list[str] = []
    for i, part in enumerate(template.parts):
        if isinstance(part, str):
            constants[f"L{i}"] = part
            places.append(f"L{i}")
        else:
            places.append(f"v{names.index(part.variables[0].name)}")
    return _lines(places, len(names), len(query_names), has_query), constants


def _lines(places: list[str], values: int, parameters: int, has_query: bool) -> list[str]:
    """The text. Its names: value `v`, parameter `q`; the capitals are constants.

    First for what is most common: numbers and plain words, looked at all at once. Then for anything.
    """
    given = [*(f"v{i}" for i in range(values)), *(f"q{i}" for i in range(parameters))]
    path = "".join([f"{{{place}}}" for place in places])
    if not given:
        return ["if path or query:", " raise refusal(path, query)", f"text = f'{path}'"]
    query = "".join([f"{{E{i}}}{{q{i}}}" for i in range(parameters)])
    are_plain = " and ".join([f"(type({it}) is int or type({it}) is str and {it}.isalnum())" for it in given])
    return [
        "try:",
        *(f" v{i} = path[P{i}]" for i in range(values)),
        *(f" q{i} = query[Q{i}]" for i in range(parameters)),
        "except KeyError:",
        " raise refusal(path, query) from None",
        f"if len(path) != {values} or len(query) != {parameters}:",
        " raise refusal(path, query)",
        f"text = f'{path}{query}' if {are_plain} else None",
        "if text is None or not text.isascii():",
        *(f" {line}" for line in _careful_lines(path, values, parameters, has_query)),
    ]


def _careful_lines(path: str, values: int, parameters: int, has_query: bool) -> list[str]:
    lines: list[str] = []
    for i in range(values):
        lines += [
            f"kind = type(v{i})",
            f"if not (kind is int or kind is str and v{i}.isascii() and v{i}.isalnum()):",
            f" v{i} = segment(P{i}, v{i})",
        ]
    for i in range(parameters):
        lines += [
            f"kind = type(q{i})",
            f"if kind is int or kind is str and q{i}.isascii() and q{i}.isalnum():",
            f" q{i} = f'{{E{i}}}{{q{i}}}'",
            f"elif q{i} is UNSET or q{i} is None:",
            f" q{i} = ''",
            "elif kind is bool:",
            f" q{i} = T{i} if q{i} else F{i}",
            "else:",
            f" q{i} = added(M{i}, Q{i}, q{i})",
        ]
    query = [f"{{q{i}}}" for i in range(parameters)]
    if parameters > 1 and not has_query:
        return [  # the question mark went with the first parameter
            *lines,
            "if q0:",
            f" text = f'{path}{''.join(query)}'",
            "else:",
            f" rest = f'{''.join(query[1:])}'",
            f" text = f'{path}?{{rest[1:]}}' if rest else f'{path}'",
        ]
    return [*lines, f"text = f'{path}{''.join(query)}'"]


def _added(mark: str, name: str, value: QueryValue) -> str:
    encoded = encode_parameter(name, value)
    return f"{mark}{encoded}" if encoded else ""


def _interpreted(template: UriTemplate, query_names: tuple[str, ...]) -> Target:
    """A function that expands the template as such, and looks at where the outcome leads."""
    path_names, names = frozenset(template.names), frozenset(query_names)
    refusal = _refusal_for(template, query_names)
    segments = tuple(_segment_names(template))
    start = template.text.partition("{")[0]
    has_origin = re.match(_SCHEME, start) is not None
    if has_origin and not re.match(_ORIGIN, start):
        raise ValueError(f"the host in {template.text!r} has to be written out, up to the slash behind it")

    def target(path: Mapping[str, Scalar], query: Mapping[str, QueryValue]) -> str:
        if path.keys() != path_names or query.keys() != names:
            raise refusal(path, query)
        for name in segments:
            segment(name, path[name])
        text = template.expand(path)
        if "#" in text:
            raise ValueError(f"a path value of {template.text!r} holds a '#', which would start a fragment")
        if not has_origin and re.match(_LEADS_ELSEWHERE, text):
            raise ValueError(f"the path values of {template.text!r} would lead to another host or scheme")
        for each in text.partition("?")[0].split("/"):
            if re.fullmatch(_DOT_SEGMENT, each):
                raise ValueError(f"the path values of {template.text!r} come to the dot segment {each!r}")
        added = "&".join([each for name in query_names if (each := encode_parameter(name, query[name]))])
        if not added:
            return text
        return f"{text}{'&' if '?' in text else '?'}{added}"

    return target


def _segment_names(template: UriTemplate) -> list[str]:
    """The names that stand in the path as `{name}`."""
    found = []
    for part in template.parts:
        if not isinstance(part, str):
            if part.operator == "?":
                break
            if part.simple_name is not None:
                found.append(part.simple_name)
        elif "?" in part:
            break
    return found


def _refusal_for(
    template: UriTemplate, query_names: tuple[str, ...]
) -> Callable[[Mapping[str, Scalar], Mapping[str, QueryValue]], TypeError]:
    """What makes the error for names that are missing or surplus."""

    def refusal(path: Mapping[str, Scalar], query: Mapping[str, QueryValue]) -> TypeError:
        faults = []
        for kind, names, given in (("path", template.names, path), ("query", query_names, query)):
            faults += [f"needs a {kind} value for {name!r}" for name in names if name not in given]
            faults += [f"has no place for the {kind} value {name!r}" for name in given if name not in names]
        return TypeError(f"the template {template.text!r} {' and '.join(faults)}")

    return refusal
