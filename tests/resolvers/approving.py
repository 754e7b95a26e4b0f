"""Send a document and have everybody whose turn it is agree, through the schema."""

import uuid
from typing import Any

from sqlalchemy import select
from tests.resolvers.asking import Asking

from mobile_hrp.graphql.ids import decode_id, encode_id
from mobile_hrp.models.approval import ApprovalInstance, ApprovalTask

SUBMIT = """mutation Send($input: SubmitDocumentInput!) { submitDocument(input: $input) {
  document { status } userErrors { code field message } } }"""
DECIDE = """mutation Decide($input: DecideTaskInput!) { decideTask(input: $input) {
  document { status } userErrors { code field message } } }"""


def key() -> str:
    return uuid.uuid4().hex


async def submit(asking: Asking, requester: uuid.UUID, document_id: str, **more: Any) -> Any:
    given = {"idempotencyKey": key(), "documentId": document_id, **more}
    found = (await asking.ask(requester, SUBMIT, input=given))["submitDocument"]
    assert found["userErrors"] == [], found["userErrors"]
    return found["document"]["status"]


async def approve_everywhere(asking: Asking, document_id: str) -> list[uuid.UUID]:
    """Agree for whoever holds the paper until nobody does; answer with who they were."""
    deciders: list[uuid.UUID] = []
    while True:
        task = await _waiting(asking, decode_id("Document", document_id))
        if task is None:
            return deciders
        key_of_task, person, snapshot = task
        given = {
            "idempotencyKey": key(),
            "taskId": encode_id("Task", key_of_task),
            "snapshotHash": snapshot,
            "verdict": "APPROVED",
        }
        found = (await asking.ask(person, DECIDE, input=given))["decideTask"]
        assert found["userErrors"] == [], found["userErrors"]
        deciders.append(person)


async def _waiting(
    asking: Asking, document_id: uuid.UUID
) -> tuple[uuid.UUID, uuid.UUID, str] | None:
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        row = (
            await session.execute(
                select(ApprovalTask.id, ApprovalTask.assignee_id, ApprovalInstance.snapshot_hash)
                .join(ApprovalInstance, ApprovalInstance.id == ApprovalTask.instance_id)
                .where(
                    ApprovalInstance.document_id == document_id,
                    ApprovalTask.status == "pending",
                    ApprovalTask.kind == "decide",
                )
                .order_by(ApprovalTask.seq)
                .limit(1)
            )
        ).one_or_none()
    return None if row is None else (row[0], row[1], row[2])
