"""The operations phones send all day; each has to stay one statement."""

import uuid
from datetime import UTC, datetime

from mobile_hrp.graphql.pagination import encode_cursor

CURSOR = encode_cursor(datetime(2026, 11, 22, tzinfo=UTC), uuid.UUID(int=0))

TASK = """fragment TaskParts on ApprovalTask {
  id kind status nodeKey claimed verdict openedAt dueAt decidedAt
  principal { id name }
  document { id number scenarioCode title status amount submittedAt
    requester { id name } department { id name } }
}"""

BUSIEST: dict[str, tuple[str, dict[str, object]]] = {
    "Todo": (
        "query Todo($first: Int!, $after: String, $filter: TaskFilterInput) {"
        " todo(first: $first, after: $after, filter: $filter) {"
        " edges { cursor node { ...TaskParts } } pageInfo { hasNextPage endCursor } } } " + TASK,
        {"first": 20},
    ),
    "TodoCounts": (
        (
            "query TodoCounts { todoCounts { total overdue byKind { kind number }"
            " byScenario { scenarioCode number } } }"
        ),
        {},
    ),
    "Done": (
        "query Done($first: Int!, $after: String) { done(first: $first, after: $after) {"
        " edges { cursor node { ...TaskParts } } pageInfo { hasNextPage endCursor } } } " + TASK,
        {
            "first": 20,
            "after": CURSOR,
        },
    ),
    "DocumentHeader": (
        (
            "query DocumentHeader($id: ID!) { document(id: $id) { id number title status amount"
            " version snapshotHash createdAt submittedAt requester { id name department { name } }"
            " department { id name } lines { id description amount budgetLineId receiptIds }"
            " route { key name status } pendingTasks { id assignee { name } }"
            " timeline { seq kind happenedAt actor { name } } } }"
        ),
        {"id": "Document:00000000-0000-0000-0000-000000000000"},
    ),
    "MyDocuments": (
        (
            "query MyDocuments($first: Int!, $statuses: [DocumentStatus!]) {"
            " myDocuments(first: $first, statuses: $statuses) { edges { cursor node {"
            " id number title status amount createdAt } } pageInfo { hasNextPage endCursor } } }"
        ),
        {"first": 20, "statuses": ["DRAFT"]},
    ),
    "MyReceipts": (
        (
            "query MyReceipts($first: Int!, $filter: ReceiptFilterInput) {"
            " myReceipts(first: $first, filter: $filter) { edges { cursor node {"
            " id status kind kindLabel originalName pictureUrl used createdAt } }"
            " pageInfo { hasNextPage endCursor } } }"
        ),
        {"first": 20, "filter": {"used": False, "kinds": ["TAXI"]}},
    ),
    "Inbox": (
        (
            "query Inbox($first: Int!, $unreadOnly: Boolean! = false) {"
            " inbox(first: $first, unreadOnly: $unreadOnly) { edges { cursor node {"
            " id kind category urgency subjectType subjectId deepLink ordinal state"
            " createdAt readAt } } pageInfo { hasNextPage endCursor } } unreadCount inboxVersion }"
        ),
        {"first": 20},
    ),
    "InboxVersion": ("query InboxVersion { inboxVersion unreadCount }", {}),
}
"""Name -> document and the variables its snapshot is made with.

The inbox is asked without its texts: they stand in the statement, and every new kind adds one.
"""
