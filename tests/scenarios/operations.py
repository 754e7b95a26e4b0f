"""What the phones of the scenario tests ask."""

TODO = """query Todo($filter: TaskFilterInput) { todo(first: 50, filter: $filter) { edges { node {
  id kind status nodeKey claimed dueAt principal { name }
  document { id number title amount snapshotHash } } } pageInfo { hasNextPage endCursor } } }"""
DOCUMENT = """query Document($id: ID!) { document(id: $id) { id number status amount version
  snapshotHash route { key name status mode }
  progress { stepsDone stepsTotal slaHours slaDueAt slaBroken workingMinutes
    holdings { taskId nodeKey nodeName since dueAt overdue workingMinutes
      holder { name } principal { name } } }
  pendingTasks { id kind nodeKey assignee { name } }
  timeline { seq kind nodeKey words actor { name } staff { name } } } }"""
COUNTS = """{ todoCounts { total overdue byKind { kind number }
  byScenario { scenarioCode number } } }"""
PREVIEW = """query Preview($id: ID!) { routePreview(documentId: $id) { ruleVersion complete
  steps { key name status reasons conditions { text values decided }
    people { why staff { name } } } } }"""
EXPLAIN = """query Explain($id: ID!) { explainRoute(documentId: $id) { ruleVersion complete
  steps { key name status nodeStatus reasons happened people { why staff { name } }
    seats { status verdict staff { name } principal { name } } } } }"""
DONE = "{ done(first: 50) { edges { node { id verdict document { id } } } } }"
COPIES = """query Copies($unread: Boolean! = false) {
  copiedToMe(first: 50, unreadOnly: $unread) { edges { node { id status document { id } } } } }"""
PUBLICITY = "{ publicity(first: 50) { edges { node { documentId number nodeKey } } } }"
PROXIES = """{ standingProxies { id scenarioCodes amountMax startsAt endsAt revokedAt
  principal { name } proxy { name } } }"""
GRANT = """mutation Grant($input: GrantProxyInput!) { grantProxy(input: $input) {
  proxy { id amountMax } userErrors { code field message } replayed } }"""
REVOKE = """mutation Revoke($input: RevokeProxyInput!) { revokeProxy(input: $input) {
  proxy { id revokedAt } userErrors { code field message } replayed } }"""
HAND_OVER = """mutation HandOver($input: HandOverInput!) { handOverTasks(input: $input) {
  approvals userErrors { code field message } replayed } }"""
BATCH = """mutation Batch($input: BatchDecideInput!) { batchDecide(input: $input) { accepted
  userErrors { code } results { taskId payload { replayed document { id status }
    userErrors { code field } } } } }"""


def mutation(name: str, kind: str) -> str:
    """Any mutation that answers with a document."""
    return f"""mutation Do($input: {kind}!) {{ {name}(input: $input) {{
  document {{ id number status version snapshotHash amount }}
  userErrors {{ code field message nextStep }} replayed }} }}"""
