"""A change of the schema is judged by what a released app sends and reads, and by nothing else."""

from dataclasses import dataclass
from typing import Any

import pytest
from graphql import build_schema

from mobile_hrp.graphql.contract.checker import Break, BreakKind, Shipped, breaks
from mobile_hrp.mobile_contract.documents import TrustedDocument

SCHEMA = """
type Query {
  inbox(first: Int!, after: String = null, filter: FilterInput = null): Connection!
  me: Me
  unused: String
  thing(id: ID!): Thing
}
type Mutation { decide(input: DecideInput!): Payload! }
type Subscription { inboxChanged: Pulse! }
type Connection { edges: [Edge!]! total: Int! }
type Edge { cursor: String! node: Task! }
type Task { id: ID! title: String! state: State! amount: Money! tags: [String!]! note: String
  kind: Kind! extra: Int }
type Me { id: ID! name: String! nickname: String }
type Pulse { version: String! unread: Int! }
type Payload { task: Task userErrors: [Fault!]! replayed: Boolean! }
type Fault { code: Code! message: String! }
union Thing = Task | Me
input FilterInput { states: [State!] = null, text: String = null, spare: Int = null }
input DecideInput { key: String! taskId: ID! verdict: Verdict! comment: String! = "" }
enum State { OPEN DONE }
enum Verdict { AGREE REFUSE }
enum Code { NOT_FOUND BUSY }
enum Kind { A B }
scalar Money
"""
DOCUMENTS = (
    TrustedDocument(
        "Inbox",
        "query",
        """query Inbox($first: Int!, $filter: FilterInput) {
  inbox(first: $first, filter: $filter) { edges { cursor node { ...Row } } }
  me { id nickname }
}
fragment Row on Task { __typename id heading: title state amount tags note }""",
    ),
    TrustedDocument(
        "Decide",
        "mutation",
        """mutation Decide($input: DecideInput!) { decide(input: $input) {
  task { id state } userErrors { code message } replayed } }""",
    ),
    TrustedDocument("Changed", "subscription", "subscription Changed { inboxChanged { version } }"),
    TrustedDocument(
        "Thing",
        "query",
        """query Thing($id: ID!) { thing(id: $id) {
  __typename ... on Task { id } ... on Me { name } } }""",
    ),
)
SAMPLES: dict[str, list[dict[str, Any]]] = {
    "Inbox": [{"first": 20}, {"first": 20, "filter": {"states": ["OPEN"], "text": "x"}}],
    "Decide": [{"input": {"key": "k", "taskId": "t", "verdict": "AGREE", "comment": ""}}],
    "Changed": [{}],
    "Thing": [{"id": "x"}],
}
PHONE = Shipped("phone 1.0.0", build_schema(SCHEMA), DOCUMENTS, SAMPLES)


@dataclass(frozen=True)
class Change:
    """A planted change: ``old`` becomes ``new`` in the SDL; the kinds of breaks it must find."""

    name: str
    old: str
    new: str
    kinds: frozenset[BreakKind] = frozenset()


def broken(name: str, old: str, new: str, *kinds: BreakKind) -> Change:
    return Change(name, old, new, frozenset(kinds))


DOCUMENT, VARIABLES = BreakKind.DOCUMENT, BreakKind.VARIABLES
CHANGES = [
    # what breaks the app
    broken("a field it reads is removed", "title: String! ", "", DOCUMENT),
    broken("a field is renamed", "version: String!", "revision: String!", DOCUMENT),
    broken("a root field is removed", "me: Me\n", "", DOCUMENT),
    broken("the subscriptions are gone", "type Subscription { inboxChanged: Pulse! }", "",
           DOCUMENT),
    broken("an argument it sends is removed", ", filter: FilterInput = null", "", DOCUMENT),
    broken("an argument it does not send is required", "after: String = null", "after: String!",
           DOCUMENT),
    broken("a new input field is required", "key: String! ", "key: String! reason: String! ",
           VARIABLES),
    broken("an input field it sends is removed", "text: String = null, ", "", VARIABLES),
    broken("an input field takes another kind", "taskId: ID!", "taskId: Int!", VARIABLES),
    broken("an input field takes no list any more", "states: [State!] = null",
           "states: State = null", VARIABLES),
    broken("an input enum loses a value it does not show", "AGREE REFUSE", "AGREE", VARIABLES),
    broken("an input type is renamed", "DecideInput", "DecisionInput", DOCUMENT),
    broken("an answer becomes nullable", "id: ID! title", "id: ID title", BreakKind.NULL),
    broken("items of a list become nullable", "tags: [String!]!", "tags: [String]!",
           BreakKind.NULL),
    broken("a list becomes nullable", "edges: [Edge!]!", "edges: [Edge!]", BreakKind.NULL),
    broken("a nested object becomes nullable", "node: Task!", "node: Task", BreakKind.NULL),
    broken("a number becomes a text", "nickname: String", "nickname: Int", BreakKind.SHAPE),
    broken("a scalar becomes another", "amount: Money!", "amount: String!", BreakKind.SHAPE),
    broken("a value becomes a list", "note: String", "note: [String!]", BreakKind.SHAPE),
    broken("a text becomes an enum", "title: String!", "title: Kind!", BreakKind.SHAPE),
    broken("an object becomes a text", "me: Me\n", "me: String\n", DOCUMENT, BreakKind.SHAPE),
    broken("an enum it reads may have a new value", "OPEN DONE", "OPEN DONE PAUSED",
           BreakKind.ENUM),
    broken("a union it reads may be a new type", "= Task | Me", "= Task | Me | Pulse",
           BreakKind.TYPE),
    broken("a union loses a type it reads", "= Task | Me", "= Me", DOCUMENT),
    broken("a type whose name it reads is another", "Task", "WorkItem", DOCUMENT, BreakKind.TYPE),
    # what it never notices
    Change("nothing", "scalar Money", "scalar Money"),
    Change("an unused field is removed", "  unused: String\n", ""),
    Change("an unused field of a type it reads is removed", " extra: Int", ""),
    Change("an unused field changes its kind", "total: Int!", "total: [String]"),
    Change("an unused enum grows", "A B", "A B C"),
    Change("an unused argument is removed", "after: String = null, ", ""),
    Change("an input field it never sends is removed", ", spare: Int = null", ""),
    Change("a field is added", "unread: Int!", "unread: Int! muted: Boolean!"),
    Change("an optional argument is added", "first: Int!,", "first: Int!, late: Boolean = false,"),
    Change("an optional input field is added", "key: String! ", 'key: String! word: String! = "" '),
    Change("a required input field becomes optional", "taskId: ID!", "taskId: ID"),
    Change("an answer is never null any more", "note: String", "note: String!"),
    Change("an input enum takes more", "AGREE REFUSE", "AGREE REFUSE ABSTAIN"),
    Change("an open enum grows", "NOT_FOUND BUSY", "NOT_FOUND BUSY TOO_OLD"),
    Change("a field is deprecated", "note: String", 'note: String @deprecated(reason: "title")'),
    Change("a type is added", "scalar Money", "scalar Money\ntype New { a: Int }"),
]  # fmt: skip
PLANTED = CHANGES


def judge(sdl: str) -> list[Break]:
    return breaks(PHONE, build_schema(sdl), open_enums=frozenset({"Code"}))


@pytest.mark.parametrize("change", PLANTED, ids=lambda change: change.name)
def test_a_planted_change_is_judged(change: Change) -> None:
    assert change.old in SCHEMA
    found = judge(SCHEMA.replace(change.old, change.new))
    kinds = {one.kind for one in found}
    assert bool(found) is bool(change.kinds), found
    assert change.kinds <= kinds, found
    for one in found:
        assert one.release == "phone 1.0.0"
        assert one.operation in {document.name for document in DOCUMENTS}


def test_at_least_17_breaking_changes_are_planted() -> None:
    assert sum(bool(change.kinds) for change in PLANTED) >= 17


def test_a_break_names_its_place_in_the_answer() -> None:
    (found,) = judge(SCHEMA.replace("tags: [String!]!", "tags: [String]!"))
    assert str(found) == (
        "phone 1.0.0: Inbox inbox.edges[].node.tags[]: String! is now String (null)"
    )
    (found,) = judge(SCHEMA.replace("title: String!", "title: String"))
    assert found.path == "inbox.edges[].node.heading"  # as the app calls it


def test_a_new_type_of_an_interface_is_met_only_where_it_is_read() -> None:
    wide = "type Query { node: Node } interface Node { id: ID! } type A implements Node { id: ID! }"
    shipped = Shipped(
        "h5 1.0.0",
        build_schema(wide),
        [TrustedDocument("N", "query", "{ node { id ... on A { id } } }")],
        {},
    )
    wider = wide + " type B implements Node { id: ID! }"
    assert [one.kind for one in breaks(shipped, build_schema(wider))] == [BreakKind.TYPE]
