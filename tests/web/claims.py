"""Ready-made claims of the seeded hospital, saved and sent by phones."""

import uuid
from typing import Any

from mobile_hrp.demo import operations as ask
from mobile_hrp.demo.client import Phone
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.synthetic.hospital.plan import World


def key() -> str:
    return uuid.uuid4().hex


def values(world: World, amount: Any = "100.00", **other: Any) -> dict[str, Any]:
    """The values of a complete general claim on the department's materials."""
    own = next(one for one in world.rows["fund_source"] if one["code"] == "OWN")
    line = {
        "description": "专用材料",
        "expense_type": "materials",
        "amount": amount,
        "budget_line": encode_id("BudgetLine", world.budget_lines["CARD", "materials"]),
        "receipts": [],
    }
    return {
        "reason": "采购专用材料",
        "lines": [{**line, **other.pop("line", {})}],
        "fund_source": encode_id("FundSource", own["id"]),
        "payee": "示例收款账户",
        **other,
    }


def draft(world: World, amount: Any = "100.00", **other: Any) -> dict[str, Any]:
    """Input of saveDraft for a new document."""
    given = {
        "idempotencyKey": key(),
        "documentId": encode_id("Document", new_id()),
        "scenarioCode": "general_claim",
        "title": "采购专用材料",
        **other,
    }
    return {"values": values(world, amount), **given}


async def saved(phone: Phone, world: World, amount: str = "100.00") -> str:
    """The id of a new draft."""
    given = draft(world, amount)
    await phone.mutate(ask.SAVE, {"input": given})
    return str(given["documentId"])


async def submitted(phone: Phone, world: World, amount: str = "100.00") -> Any:
    """A new claim on its way."""
    sent = {"idempotencyKey": key(), "documentId": await saved(phone, world, amount)}
    return (await phone.mutate(ask.SUBMIT, {"input": sent}))["document"]


async def todo_of(phone: Phone, document_id: str) -> Any:
    """The task that waits for this person on this document."""
    edges = (await phone.run(ask.TODO))["todo"]["edges"]
    (task,) = [e["node"] for e in edges if e["node"]["document"]["id"] == document_id]
    return task


def decision(task: Any, **other: Any) -> dict[str, Any]:
    """Input of decideTask that agrees."""
    return {
        "idempotencyKey": key(),
        "taskId": task["id"],
        "snapshotHash": task["document"]["snapshotHash"],
        "verdict": "APPROVED",
        **other,
    }
