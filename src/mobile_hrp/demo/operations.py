"""The GraphQL operations the phones of the story send."""

LOGIN = """mutation Login($input: LoginInput!) { login(input: $input) {
  session { accessToken } userErrors { code message field } } }"""
ME = "query Me { me { id name departmentName roles { role } } }"
REGISTER = """mutation Register($input: RegisterEndpointInput!) { registerEndpoint(input: $input) {
  userErrors { code message field } } }"""
UPLOAD = """mutation Upload($input: UploadReceiptInput!, $file: Upload!) {
  uploadReceipt(input: $input, file: $file) {
    receipt { id status } userErrors { code message field } } }"""
RECEIPT = """query Receipt($id: ID!) { receipt(id: $id) { id status kind
  fields { name value state confidence source asked proofs { code passed } }
  notices { code message } } }"""
CONFIRM = """mutation Confirm($input: ConfirmReceiptInput!) { confirmReceipt(input: $input) {
  receipt { id status } userErrors { code message field } } }"""
SAVE = """mutation Save($input: SaveDraftInput!) { saveDraft(input: $input) {
  document { id number version amount } userErrors { code message field } } }"""
ROUTE = """query Route($id: ID!) { routePreview(documentId: $id) {
  steps { name status reasons people { staff { name } } } } }"""
SUBMIT = """mutation Submit($input: SubmitDocumentInput!) { submitDocument(input: $input) {
  document { id number status snapshotHash amount
    pendingTasks { assignee { name } } }
  userErrors { code message field } replayed } }"""
TODO = """query Todo { todo(first: 20) { edges { node { id nodeKey
  document { id number title amount snapshotHash requester { name } } } } } }"""
DECIDE = """mutation Decide($input: DecideTaskInput!) { decideTask(input: $input) {
  document { id status } userErrors { code message field } replayed } }"""
DOCUMENT = """query Document($id: ID!) { document(id: $id) { id number status amount
  pendingTasks { nodeKey assignee { name } }
  timeline { seq kind nodeKey happenedAt actor { name } } } }"""
BUDGET_LINES = (
    """query BudgetLines { budgetLines(first: 100) { edges { node { id code name } } } }"""
)
BUDGET_LINE = """query BudgetLine($id: ID!) { budgetLine(id: $id) { id code name
  approved adjusted frozen occupied executed available } }"""
VOUCHERS = """query Vouchers($id: ID!) { vouchers(documentId: $id) { id event state
  entries { half side accountCode accountName amount } } }"""
INBOX = (
    """query Inbox { unreadCount inbox(first: 10) { edges { node { kind title body state } } } }"""
)
INBOX_CHANGED = "subscription Changed { inboxChanged { unreadCount version } }"
CALCULATE = """mutation Calculate($input: CalculatePerformanceInput!) {
  calculatePerformance(input: $input) { calculation { id } userErrors { code message field } } }"""
PUBLISH = """mutation Publish($input: PublishPerformanceInput!) {
  publishPerformance(input: $input) { calculation { id } userErrors { code message field } } }"""
FOLLOW = """query Follow($id: ID!) { performanceCalculation(calculationId: $id) {
  state refusals { message } } }"""
MY_PERFORMANCE = """query Mine($period: String) { myPerformance(period: $period) {
  period total lines { id kind ruleCode ruleVersion amount explanation } } }"""
