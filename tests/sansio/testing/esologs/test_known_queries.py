"""The stand-in answers the documents that are sent to ESO Logs: our own, and those of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    ListTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    parse,
    print_ast,
    separate_operations,
)

from offwire.message.body import Body
from offwire.message.request import Request
from offwire.testing.esologs.facts import Facts
from offwire.testing.esologs.server import FakeEsoLogs
from offwire.testing.servers import Answer
from offwire.time import Now

ROOT = Path(__file__).resolve().parents[4]
OWN = ROOT / "sansio" / "offwire" / "apis" / "esologs" / "queries"
OTHERS = ROOT.parent / "shared" / "specs" / "esologs-queries.graphql"

SIZES: dict[str, Any] = {"guilds": 2, "members": 12, "reports": 3, "events": 300}
FACTS = Facts(0, **SIZES)
FAKE = FakeEsoLogs(**SIZES, progress_race=True)
NOW = Now(0.0, 0.0)

NAMES: dict[str, Any] = {
    "code": FAKE.codes[0],
    "serverSlug": "na-megaserver",
    "serverRegion": "NA",
    "slug": "na-megaserver",
    "region": "NA",
    "encounterID": 11,
    "encounterId": 11,
    "userId": 1,
}
"""Values for variables that need one; numbers are 1 otherwise."""


def operations(*paths: Path) -> dict[str, DocumentNode]:
    text = "\n".join(path.read_text() for path in paths if path.exists())
    return separate_operations(parse(text)) if text else {}


def variables(document: DocumentNode) -> dict[str, Any]:
    """Plausible values for the variables that have to be there."""
    found: dict[str, Any] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            for each in definition.variable_definitions:
                name = each.variable.name.value
                if isinstance(each.type, NonNullTypeNode):
                    found[name] = _named(document, name)
                    if isinstance(each.type.type, ListTypeNode):
                        found[name] = [found[name]]
    if print_ast(document).find("encounter(id:") >= 0:
        found = {name: 11 if name == "id" else value for name, value in found.items()}
    return found


def _named(document: DocumentNode, name: str) -> Any:
    if name == "name":
        return FACTS.guild_name(1) if "guildData" in print_ast(document) else FACTS.character(1).name
    return NAMES.get(name, 1)


def token() -> str:
    form = f"grant_type=refresh_token&refresh_token={FAKE.issue_refresh_token()}&client_id=client"
    body = Body(
        content=f"{form}&client_secret=secret".encode(), content_type="application/x-www-form-urlencoded"
    )
    reply = FAKE(Request("POST", "https://logs.test/oauth/token", body=body), NOW)
    assert isinstance(reply, Answer)
    made: str = json.loads(reply.response.content)["access_token"]
    return made


def is_answered(name: str, document: DocumentNode) -> None:
    asked = {"query": print_ast(document), "operationName": name, "variables": variables(document)}
    body = Body(content=json.dumps(asked).encode(), content_type="application/json")
    headers = {"Authorization": f"Bearer {token()}"}
    reply = FAKE(Request("POST", "https://logs.test/api/v2/user", headers=headers, body=body), NOW)
    assert isinstance(reply, Answer)
    answer = json.loads(reply.response.content)
    assert "errors" not in answer, answer["errors"]
    for inside in answer["data"].values():
        if variables(document):
            assert any(each is not None for each in inside.values())


@pytest.mark.parametrize(("name", "document"), operations(*sorted(OWN.glob("*.graphql"))).items())
def test_our_own_documents_are_answered(name: str, document: DocumentNode) -> None:
    is_answered(name, document)


@pytest.mark.skipif(not OTHERS.exists(), reason="the documents of others are not here")
@pytest.mark.parametrize(("name", "document"), operations(OTHERS).items())
def test_the_documents_of_others_are_answered(name: str, document: DocumentNode) -> None:
    is_answered(name, document)
