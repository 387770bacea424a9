"""GraphQL as users write it: what the type checkers know of calls, batches and outcomes.

A line with an ignore has to be an error: both checkers report an ignore that is not needed.
"""

from __future__ import annotations

from typing import assert_type

from attrs import frozen

import offwire_sync
from offwire import UNSET, Api, Call, Group, Json, M, Policies, operation
from offwire.formats.graphql import (
    Document,
    Done,
    Failed,
    GraphQLError,
    GraphQLProblem,
    Outcome,
    batched,
    graphql,
    persisted_queries,
)

HERO = Document("query Hero($id: ID!) { hero(id: $id) { name } }")


@frozen
class Hero:
    name: str


class Heroes(Group[M]):
    @operation
    def get(self, id: str) -> Call[Hero]:
        return HERO.call({"id": id}, returns=Hero, at="hero")

    @operation
    def find(self, id: str) -> Call[Hero | None]:
        return HERO.call({"id": id, "more": UNSET}, returns=Hero, at="hero", nullable=True)

    @operation
    def pair(self) -> Call[tuple[Outcome[Hero], Outcome[Hero | None]]]:
        return batched(Heroes.get("1"), Heroes.find("2"))


class Game(Api[M]):
    base_url = "https://api.game.example/graphql"
    heroes: Heroes[M]


def calls() -> None:
    assert_type(HERO.call({"id": "1"}, returns=Hero, at="hero"), Call[Hero])
    assert_type(HERO.call({"id": "1"}, returns=Hero, at="hero", nullable=False), Call[Hero])
    assert_type(HERO.call({"id": "1"}, returns=Hero, at="hero", nullable=True), Call[Hero | None])
    assert_type(HERO.call(returns=list[Hero]), Call[list[Hero]])
    assert_type(graphql("{ hero { name } }", {"id": None}), Call[Json])
    HERO.call({"id": "1"})  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    HERO.call({1: "1"}, returns=Hero)  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]


def batches(number: Call[int], text: Call[str]) -> None:
    assert_type(batched(number), Call[tuple[Outcome[int]]])
    assert_type(batched(number, text), Call[tuple[Outcome[int], Outcome[str]]])
    assert_type(
        batched(number, text, number, text, number, text),
        Call[tuple[Outcome[int], Outcome[str], Outcome[int], Outcome[str], Outcome[int], Outcome[str]]],
    )
    assert_type(batched(*[number, number]), Call[tuple[Outcome[int], ...]])
    batched(7)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]


def outcomes(outcome: Outcome[int], error: GraphQLError) -> None:
    assert_type(outcome.result(), int)
    match outcome:
        case Done(value):
            assert_type(value, int)
        case Failed():
            pass
    assert_type(error.problems, tuple[GraphQLProblem, ...])


def sync() -> None:
    with offwire_sync.Client() as client:
        game = Game(client, policies=Policies(middleware=[persisted_queries()]))
        assert_type(game.heroes.get("1"), Hero)
        assert_type(game.heroes.find("1"), Hero | None)
        first, second = game.heroes.pair()
        assert_type(first.result(), Hero)
        assert_type(second.result(), Hero | None)
