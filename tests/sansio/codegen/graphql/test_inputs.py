"""Input objects: what is not given stays out, and what they hold is found."""

from __future__ import annotations

from tests.sansio.codegen.graphql import kit

SCHEMA = """
"What to look for."
input Where {
  "All of these."
  and: [Where!]
  deep: Deep!
  self: String @deprecated(reason: "no more")
  list: Int! = 5
}
input Deep { id: ID! }
input Unused { a: Int }
type Query { find(where: Where): Int }
"""
DOCUMENT = "query find($where: Where) { find(where: $where) }"


def test_inputs_and_what_they_hold() -> None:
    text = kit.made(SCHEMA, DOCUMENT)["inputs.py"]
    assert "class Deep:" in text
    assert "    id: str | int\n" in text
    assert "    and_: Sequence[Where] | None | Unset = UNSET\n" in text
    assert "    deep: Deep\n" in text
    assert "    list_: int | Unset = UNSET\n" in text
    assert '    """Deprecated: no more"""\n' in text
    assert "`Where` of the schema." in text
    assert "Unused" not in text


def test_descriptions_become_docstrings() -> None:
    text = kit.made(SCHEMA, DOCUMENT, "descriptions = true")["inputs.py"]
    assert '"""What to look for."""' in text
    assert '    """All of these."""\n' in text
