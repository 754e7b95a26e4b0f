"""What a phone asks when it shows the inbox, and when it looks whether anything changed."""

INBOX = """query Inbox($first: Int!) {
  todo(first: $first) {
    edges { cursor node { id kind status nodeKey claimed verdict openedAt dueAt
      document { id number scenarioCode title status amount snapshotHash submittedAt
        requester { id employeeNumber name department { id name } }
        department { id name }
        lines { id position description expenseType amount } } } }
    pageInfo { hasNextPage endCursor }
  }
  todoCounts { total overdue }
  unreadCount
}"""
POLL = "query InboxVersion { inboxVersion unreadCount }"
OPERATIONS = {"inbox": INBOX, "poll": POLL}
