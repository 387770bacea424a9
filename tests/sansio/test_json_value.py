"""Plain data."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from offwire.json_value import Json

DOCUMENTS: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(DOCUMENTS)
def test_a_document_is_what_json_writes_and_reads(document: Json) -> None:
    read: Json = json.loads(json.dumps(document))
    assert read == document
