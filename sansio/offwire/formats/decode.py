"""Answers to values, by the type that an operation declares.

Rules of this file: whatever came, the outcome is the declared value or a `DecodeError` that
carries the answer. Its message names the media type and the place, never the content. What is
read strictly is first left to the fast path, where there is one; its values are the same.
"""

from __future__ import annotations

from typing import TypeVar, cast, get_origin

from offwire.errors import DecodeError
from offwire.formats.fast import Declined, fast_reader
from offwire.formats.json import loads
from offwire.formats.structure import as_list, structure
from offwire.json_value import Json
from offwire.message.response import Response

T = TypeVar("T")


def decode(response: Response, kind: type[T], *, lenient: bool = False, one_or_list: bool = False) -> T:
    """What `response` says, as a `kind`.

    `Response` gives the answer itself, `bytes` its body, `str` its text (that of the JSON string,
    where the Content-Type says JSON), `object` plain data. All else is read by `structure`. With
    `one_or_list`, where `kind` is a list, null is an empty list, and one item a list of it.

    Raises:
        DecodeError: the body is empty, is not JSON, or does not fit; `status` and `response` are set.
        TypeError: `kind` is no type that is read from JSON.
    """
    if kind is Response:
        return cast(T, response)
    if kind is bytes:
        return cast(T, response.content)
    if kind is str and not response.is_json:
        return cast(T, response.text)
    if not lenient and not one_or_list:
        read = fast_reader(kind)
        if read is not None:
            try:
                return read(response.content)
            except Declined:
                pass
    try:
        data = _loaded(response)
        if kind is object:
            return cast(T, data)
        if one_or_list and get_origin(kind) is list:
            data = as_list(data)
        return structure(data, kind, lenient=lenient)
    except DecodeError as error:
        raise error.with_facts(status=response.status, response=response) from None


def _loaded(response: Response) -> Json:
    try:
        return loads(response.content)
    except DecodeError as error:
        kind = response.media_type or "no Content-Type"
        raise error.with_facts(message=f"{error.message} ({kind})") from None
