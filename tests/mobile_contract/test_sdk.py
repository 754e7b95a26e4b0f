"""The files of the TypeScript SDK: of this contract, of these sources, and small."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from graphql import build_schema

from mobile_hrp.graphql.contract.sdk import (
    UnsupportedSelectionError,
    javascript_documents,
    typescript_documents,
)
from mobile_hrp.mobile_contract.clients import client_policy
from mobile_hrp.mobile_contract.documents import (
    TrustedDocument,
    TrustedDocuments,
    written_operations,
)

ROOT = Path(__file__).resolve().parents[2]
SDK = ROOT / "clients" / "sdk"
SCHEMA = ROOT / "src/mobile_hrp/mobile_contract/schema.graphql"
BYTES_MAX = 6 * 1024
_OF_HOSTS = ("wx.js", "dd.js", "web.mjs", "node.mjs")
_OF_THE_WEB = re.compile(
    r"\b(fetch|XMLHttpRequest|URL|URLSearchParams|AbortController|TextEncoder|TextDecoder|crypto"
    r"|FormData|Blob|WebSocket|localStorage|window|globalThis|self|navigator|process|Buffer"
    r"|queueMicrotask|structuredClone|btoa|atob|eval|Function|setImmediate)\b(?!:)"
)


def test_the_operations_are_those_of_the_contract() -> None:
    schema, documents = build_schema(SCHEMA.read_text("utf-8")), written_operations()
    types = typescript_documents(schema, documents, open_enums=client_policy().open_enums)
    remedy = "run mobile-hrp contract sdk"
    assert (SDK / "src/documents.ts").read_text("utf-8").rstrip() == types.rstrip(), remedy
    ids = javascript_documents(schema, documents)
    assert (SDK / "lib/documents.js").read_text("utf-8").rstrip() == ids.rstrip(), remedy


def test_what_is_shipped_was_built_from_these_sources_and_is_small() -> None:
    record = json.loads((SDK / "lib/build.json").read_text("utf-8"))
    digest = hashlib.sha256()
    for path in sorted((SDK / "src").iterdir()):
        if path.name != "documents.ts":
            digest.update(f"{path.name}\0".encode() + path.read_bytes())
    assert record["sources"] == digest.hexdigest(), "run npm ci && npm run build in clients/sdk"
    for name, size in record["bytes"].items():
        assert (SDK / "lib" / name).stat().st_size == size
    assert {
        name: record["bytes"][name] for name in _OF_HOSTS if record["bytes"][name] > BYTES_MAX
    } == {}


def test_nothing_of_the_web_is_in_what_mini_programs_load() -> None:
    for name in ("wx.js", "dd.js", "chunks.js"):
        assert _OF_THE_WEB.findall((SDK / "lib" / name).read_text("utf-8")) == []
    assert _OF_THE_WEB.findall((SDK / "lib/web.mjs").read_text("utf-8")) != []


SMALL = """
type Query { thing(id: ID!, first: Int = 5): Thing, things: [Thing!]! }
type Mutation { make(input: MakeInput!): Thing!, drop(input: DropInput!): Boolean! }
type Thing { id: ID!, name: String, colour: Colour!, parts: [Thing!]! }
enum Colour { RED GREEN }
input MakeInput { idempotencyKey: String!, name: String, colour: Colour! = RED, in: MakeInput }
input DropInput { id: ID! }
"""


def made(kind: str, body: str, open_enums: frozenset[str] = frozenset()) -> tuple[str, str]:
    schema = build_schema(SMALL)
    documents = TrustedDocuments([TrustedDocument("One", kind, body)])
    types = typescript_documents(schema, documents, open_enums=open_enums)
    return " ".join(types.split()), javascript_documents(schema, documents)


def test_an_answer_has_the_type_of_what_is_selected() -> None:
    types, _ = made(
        "query",
        "query One($id: ID!, $first: Int = 3)"
        " { a: thing(id: $id, first: $first) { __typename ...P }"
        " things { parts { ...P name } } } fragment P on Thing { id name colour }",
    )
    assert "a: ({ __typename: 'Thing'; }) | null" not in types
    assert "a: (PFragment & { __typename: 'Thing'; }) | null;" in types
    assert "things: Array<{ parts: Array<(PFragment & { name: string | null; })>; }>;" in types
    assert "export type PFragment = { id: string; name: string | null; colour: Colour; };" in types
    assert "export type OneVariables = { id: string; first?: number | null };" in types
    assert "export type Colour = | 'GREEN' | 'RED';" in types


def test_an_open_enum_admits_values_of_tomorrow() -> None:
    types, _ = made("query", "query One { things { colour } }", frozenset({"Colour"}))
    assert "export type Colour = | 'GREEN' | 'RED' | (string & {});" in types


def test_a_mutation_with_a_key_says_that_it_may_be_repeated() -> None:
    types, ids = made("mutation", "mutation One($input: MakeInput!) { make(input: $input) { id } }")
    assert "kind: 'mutation', keyed: true," in types
    assert "keyed:true" in ids
    assert "idempotencyKey: string; name?: string | null; colour?: Colour; in?: MakeInput" in types
    types, ids = made("mutation", "mutation One($input: DropInput!) { drop(input: $input) }")
    assert "keyed" not in types + ids


def test_what_no_type_can_say_is_refused() -> None:
    with pytest.raises(UnsupportedSelectionError):
        made("query", "query One($yes: Boolean!) { things { id @include(if: $yes) } }")
    with pytest.raises(UnsupportedSelectionError):
        made("query", "query One { things { ... on Thing { id } } }")
