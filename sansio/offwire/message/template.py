"""`UriTemplate`: URI templates of all four levels, parsed once (RFC 6570).

Rules of this file: a template that exists is correct, so that an expansion can fail for its
variables only. A variable that is missing, UNSET, None or empty of members is undefined and
leaves nothing behind (section 3.2.1). Values become text as in `query`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NoReturn, TypeAlias, cast

from attrs import field, frozen

from offwire.message.query import Scalar, quote_query, text_of
from offwire.unset import Unset

TemplateValue: TypeAlias = (
    "Scalar | Unset | Sequence[Scalar | Unset | None] | Mapping[str, Scalar | Unset | None] | None"
)
"""What a variable can be; an associative array is a mapping."""

# Section 2.1, with the apostrophe of erratum 6937. The ranges of ucschar and iprivate are taken
# whole, less the surrogates, since what lies between them is percent-encoded all the same.
_LITERAL: Final = re.compile(r"(?:[!#$&-;=?-\[\]_a-z~\xa0-\ud7ff\ue000-\U0010ffff]|%[0-9A-Fa-f]{2})+")
_VARIABLE: Final = re.compile(  # section 2.3, with a modifier of section 2.4
    r"((?:[0-9A-Za-z_]|%[0-9A-Fa-f]{2})(?:\.?(?:[0-9A-Za-z_]|%[0-9A-Fa-f]{2}))*)(?:(\*)|:([1-9][0-9]{0,3}))?"
)
_NOT_RESERVED: Final = re.compile(r"%(?![0-9A-Fa-f]{2})|[^%!#$&-;=?-\[\]_a-z~]+")
_KEPT_OUT: Final = "=,!@|"
"""Operators of section 2.2 that are reserved for extensions."""


@frozen
class _Operator:
    """A column of the table in RFC 6570, appendix A."""

    first: str
    separator: str
    is_named: bool = False
    after_empty: str = ""
    keeps_reserved: bool = False


_OPERATORS: Final = {
    "": _Operator("", ","),
    "+": _Operator("", ",", keeps_reserved=True),
    "#": _Operator("#", ",", keeps_reserved=True),
    ".": _Operator(".", "."),
    "/": _Operator("/", "/"),
    ";": _Operator(";", ";", is_named=True),
    "?": _Operator("?", "&", is_named=True, after_empty="="),
    "&": _Operator("&", "&", is_named=True, after_empty="="),
}


@frozen
class Variable:
    """A variable of an expression with its modifier."""

    name: str
    is_exploded: bool = False
    prefix: int | None = None
    """How many characters of the value to take; None for all."""


@frozen
class Expression:
    """What stands between braces."""

    operator: str
    """One of `+#./;?&`, or empty for a simple expansion."""
    variables: tuple[Variable, ...]

    @property
    def simple_name(self) -> str | None:
        """The name in `{name}`; None where there is an operator, a modifier or another variable."""
        first = self.variables[0]
        is_simple = not self.operator and self.variables == (Variable(first.name),)
        return first.name if is_simple else None


@frozen
class UriTemplate:
    """A parsed template: `UriTemplate("/users{/id}{?page,tags*}").expand({"id": 7, "page": 2})`.

    Raises at birth:
        TypeError: the text is not a str.
        ValueError: it is no template; the message names the position and the fix.
    """

    text: str
    parts: tuple[str | Expression, ...] = field(init=False, repr=False, eq=False)
    """Literal text, percent-encoded, and expressions, in order."""
    names: tuple[str, ...] = field(init=False, repr=False, eq=False)
    """The variables in order of first appearance."""

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise TypeError(f"a template is made from a str, not {type(self.text).__name__}")
        parts = tuple(_parts(self.text))
        expressions = [each for each in parts if isinstance(each, Expression)]
        names = dict.fromkeys(variable.name for each in expressions for variable in each.variables)
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "names", tuple(names))

    def expand(self, variables: Mapping[str, TemplateValue]) -> str:
        """The URI that results; variables that the template does not name are ignored.

        Raises:
            TypeError: a value is of a kind that has no text; the message names the variable.
            ValueError: a value cannot be sent, or a prefix is asked of a list or mapping.
        """
        return "".join([each if isinstance(each, str) else _expanded(each, variables) for each in self.parts])


def _parts(text: str) -> Iterator[str | Expression]:
    position = 0
    while position < len(text):
        if text[position] == "{":
            end = text.find("}", position)
            if end < 0:
                _refuse(text, position, "this brace is never closed: add a '}'")
            yield _expression(text, position + 1, end)
            position = end + 1
        else:
            literal = _LITERAL.match(text, position)
            if literal is None:
                wrong = text[position]
                fix = "add the '{' that it closes" if wrong == "}" else "percent-encode it"
                _refuse(text, position, f"{wrong!r} may not stand here: {fix}")
            yield _keeping_reserved(literal[0])
            position = literal.end()


def _expression(text: str, start: int, end: int) -> Expression:
    operator = text[start]
    if operator in _KEPT_OUT:
        _refuse(text, start, f"the operator {operator!r} has no meaning yet: use one of + # . / ; ? &")
    if operator in _OPERATORS:
        start += 1
    else:
        operator = ""
    variables = []
    for each in text[start:end].split(","):
        found = _VARIABLE.fullmatch(each)
        if found is None:
            _refuse(
                text,
                start,
                f"{each!r} is no variable: write a name of letters, digits, '_', percent-encoded triplets "
                "and single dots between them, then at most '*' or ':' with a length of 1 to 9999",
            )
        name, star, prefix = found.groups()
        variables.append(Variable(name, bool(star), int(prefix) if prefix else None))
        start += len(each) + 1
    return Expression(operator, tuple(variables))


def _refuse(text: str, position: int, reason: str) -> NoReturn:
    raise ValueError(f"{text!r} is no URI template, at position {position}: {reason}")


def _keeping_reserved(text: str) -> str:
    """`text` with all encoded but reserved and unreserved characters and triplets (section 3.2.3)."""
    return _NOT_RESERVED.sub(lambda found: quote_query(found[0]), text)


def _expanded(expression: Expression, variables: Mapping[str, TemplateValue]) -> str:
    operator = _OPERATORS[expression.operator]
    defined = []
    for variable in expression.variables:
        value = variables.get(variable.name)
        if value is not None and value is not Unset.UNSET:
            defined += _expanded_variable(variable, value, operator)
    return operator.first + operator.separator.join(defined) if defined else ""


def _expanded_variable(variable: Variable, value: TemplateValue, operator: _Operator) -> list[str]:
    """What goes between separators: one text, or one for each member where it is exploded."""
    name = variable.name
    quote = _keeping_reserved if operator.keeps_reserved else quote_query
    if not isinstance(value, list | tuple | Mapping):
        text = text_of(name, cast("Scalar", value))
        return [_labelled(name, quote(text[: variable.prefix]), operator)]
    if variable.prefix is not None:
        raise ValueError(
            f"variable {name!r} is cut to a prefix, so it has to be one text, not {type(value).__name__}"
        )
    if not isinstance(value, Mapping):
        items = [quote(text_of(name, each)) for each in value if each is not None and each is not Unset.UNSET]
        if variable.is_exploded:
            return [_labelled(name, item, operator) for item in items]
        return [_labelled(name, ",".join(items), operator)] if items else []
    pairs = [
        (quote(text_of(name, key)), quote(text_of(name, each)))
        for key, each in value.items()
        if each is not None and each is not Unset.UNSET
    ]
    if not variable.is_exploded:
        joined = ",".join([text for pair in pairs for text in pair])
        return [_labelled(name, joined, operator)] if pairs else []
    if operator.is_named:
        return [_labelled(key, each, operator) for key, each in pairs]
    return [f"{key}={each}" for key, each in pairs]


def _labelled(name: str, text: str, operator: _Operator) -> str:
    if not operator.is_named:
        return text
    return f"{name}={text}" if text else f"{name}{operator.after_empty}"
