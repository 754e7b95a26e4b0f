"""What a phone asks when it shows the inbox, and when it looks whether anything changed."""

TODO = """  todo(first: $first) {
    edges { cursor node { id kind status nodeKey claimed verdict openedAt dueAt
      document { id number scenarioCode title status amount snapshotHash submittedAt
        requester { id employeeNumber name department { id name } }
        department { id name }
        lines { id position description expenseType amount } } } }
    pageInfo { hasNextPage endCursor }
  }"""
INBOX = f"""query Inbox($first: Int!) {{
{TODO}
  todoCounts {{ total overdue }}
  unreadCount
}}"""
POLL = "query InboxVersion { inboxVersion unreadCount }"
OPERATIONS = {"inbox": INBOX, "poll": POLL}
INBOX_OF_POSTGRAPHILE = """query Inbox($first: Int!) {
  todo: peerTodo(first: $first) {
    edges { cursor node { rowId kind status nodeKey claimed verdict openedAt dueAt
      approvalInstanceByHospitalIdAndInstanceId {
        documentByHospitalIdAndDocumentId { rowId number scenarioCode title status amountFen
          snapshotHash submittedAt
          staffByHospitalIdAndRequesterId { rowId employeeNumber name
            departmentByHospitalIdAndDepartmentId { rowId name } }
          departmentByHospitalIdAndDepartmentId { rowId name }
          documentLinesByHospitalIdAndDocumentId(orderBy: [POSITION_ASC]) {
            nodes { rowId position description expenseType amountFen } } } } } }
    pageInfo { hasNextPage endCursor }
  }
  todoCounts: peerTodoCounts { total overdue }
  unreadCount: peerUnreadCount
}"""
"""The same of PostGraphile, under the names it gives to our tables."""
DECIDE = """mutation DecideTask($input: DecideTaskInput!) {
  decideTask(input: $input) {
    document { id number status amount } userErrors { code message } replayed } }"""
