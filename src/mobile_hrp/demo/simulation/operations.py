"""The GraphQL operations of the simulation's phones."""

from typing import Final

LOGIN: Final = """mutation Login($input: LoginInput!) { login(input: $input) {
  session { accessToken } userErrors { code message field } } }"""
SAVE: Final = """mutation Save($input: SaveDraftInput!) { saveDraft(input: $input) {
  document { id number version amount } userErrors { code message field } } }"""
SUBMIT: Final = """mutation Submit($input: SubmitDocumentInput!) { submitDocument(input: $input) {
  document { id number status } userErrors { code message field } } }"""
DOCUMENT: Final = """query Document($id: ID!) { document(id: $id) {
  id number status scenarioVersion snapshotHash
  route { key status kind }
  pendingTasks { id kind nodeKey claimed assignee { employeeNumber } } } }"""
DECIDE: Final = """mutation Decide($input: DecideTaskInput!) { decideTask(input: $input) {
  document { id status } userErrors { code message field } } }"""
PROVE: Final = """mutation Prove($input: ProveIdentityInput!) { proveIdentity(input: $input) {
  proof { token } userErrors { code message field } } }"""
CLAIM: Final = """mutation Claim($input: TaskInput!) { claimTask(input: $input) {
  document { id } userErrors { code message field } } }"""
IMPORT: Final = """mutation Import($input: ImportScenarioPackageInput!) {
  importScenarioPackage(input: $input) {
    report { packageCode version } userErrors { code message field } } }"""
PUBLISH: Final = """mutation Publish($input: PublishScenarioInput!) {
  publishScenario(input: $input) { published userErrors { code message field } } }"""
PREVIEW_FINDINGS: Final = """query Findings($id: ID!) { previewFindings(documentId: $id) {
  control case severity message unchecked } }"""
