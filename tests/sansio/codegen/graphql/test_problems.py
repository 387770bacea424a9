"""Problems: their text, their order, and the error that carries them."""

from __future__ import annotations

import pickle

from offwire.codegen.graphql.problems import GenerationError, Problem, failed

FIRST = Problem("a.graphql", 2, 3, "wrong", "mend it")
SECOND = Problem("settings", 0, 0, "odd")


def test_a_problem_says_where_and_what_to_do() -> None:
    assert str(FIRST) == "a.graphql:2:3: wrong (mend it)"
    assert str(SECOND) == "settings: odd"


def test_all_are_told_once_and_in_order() -> None:
    error = failed([SECOND, FIRST, SECOND])
    assert error.problems == (FIRST, SECOND)
    assert str(error).splitlines() == [
        "nothing was generated: 2 problems",
        "  a.graphql:2:3: wrong (mend it)",
        "  settings: odd",
    ]
    assert str(failed([FIRST])).startswith("nothing was generated: one problem\n")


def test_the_error_travels() -> None:
    twin = pickle.loads(pickle.dumps(failed([FIRST])))
    assert isinstance(twin, GenerationError)
    assert twin.problems == (FIRST,)
