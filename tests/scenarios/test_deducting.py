"""核减 and own entries: the amount falls, the budget follows, and everybody can read why."""

import asyncio
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from tests.scenarios.hospital import Answer, Hospital, Paper

from mobile_hrp.graphql.ids import encode_id

LINES = """query Lines($id: ID!) { document(id: $id) { amount snapshotHash version values
  lines { id description amount } deductions { description claimed deducted approved reason path }
  timeline { kind words actor { name } data } } }"""


@pytest.fixture
def review(hospital: Hospital) -> uuid.UUID:
    return hospital.holder("finance_review")


async def at_review(hospital: Hospital, amounts: tuple[str, ...] = ("268.00",)) -> Paper:
    """A claim of cardiology that its head approved, with one line per amount."""
    values = hospital.claim_values("CARD", amounts[0])
    row = values["lines"][0]
    values["lines"] = [
        row | {"amount": amount, "description": f"图书 {number}"}
        for number, amount in enumerate(amounts, start=1)
    ]
    claim = await hospital.write(hospital.member("CARD"), "general_claim", values, send=True)
    await claim.decide(hospital.head("CARD"))
    return claim


async def seen(claim: Paper, who: uuid.UUID | None = None) -> Mapping[str, Any]:
    data = await claim.hospital.run(who or claim.requester, LINES, id=claim.global_id)
    found: Mapping[str, Any] = data["document"]
    return found


async def deduct(
    claim: Paper,
    who: uuid.UUID,
    *cuts: tuple[int, str, str],
    task: Mapping[str, Any] | None = None,
    **more: Any,
) -> Answer:
    """``cuts``: number of the line from 0, what is left of it, why."""
    lines = (await seen(claim))["lines"]
    mine = task or await claim.task(who)
    given = {
        "taskId": mine["id"],
        "snapshotHash": mine["document"]["snapshotHash"],
        "reason": "住宿超标",
        "lines": [
            {"lineId": lines[number]["id"], "amount": left, "reason": why}
            for number, left, why in cuts
        ],
    }
    return await claim.hospital.do(who, "amendDocument", "AmendDocumentInput", given | more)


async def test_finance_deducts_from_a_line_and_the_rest_of_the_budget_is_free_at_once(
    hospital: Hospital, review: uuid.UUID
) -> None:
    claim = await at_review(hospital, ("268.00", "100.00"))
    assert await hospital.budget("CARD") == (368_00, 0, 0)
    answer = await deduct(claim, review, (0, "200.00", "第二本不属于本科室"))
    assert answer.document["amount"] == "300.00"
    assert await hospital.budget("CARD") == (300_00, 0, 0)
    now = await seen(claim)
    assert [line["amount"] for line in now["lines"]] == ["200.00", "100.00"]
    assert now["deductions"] == [
        {
            "description": "图书 1",
            "claimed": "268.00",
            "deducted": "68.00",
            "approved": "200.00",
            "reason": "第二本不属于本科室",
            "path": "values.lines.0",
        }
    ]
    assert (now["values"]["deduct_amount"], now["values"]["apply_amount"]) == ("68.00", "368.00")
    amended = [entry for entry in now["timeline"] if entry["kind"] == "AMENDED"]
    assert [entry["words"] for entry in amended] == [
        "“财务审核”核减 68.00 元：由 368.00 元减为 300.00 元（住宿超标）"
    ]
    assert amended[0]["actor"]["name"] == hospital.name(review)


async def test_what_was_deducted_is_neither_occupied_nor_paid(
    hospital: Hospital, review: uuid.UUID
) -> None:
    claim = await at_review(hospital)
    await deduct(claim, review, (0, "200.00", "超标"))
    await claim.decide(review)
    assert await hospital.budget("CARD") == (0, 200_00, 0)
    paid = [{"name": "payment_number", "value": "P-0001"}]
    await claim.decide(hospital.holder("cashier"), evidence=paid)
    assert await hospital.budget("CARD") == (0, 0, 200_00)


async def test_who_decided_before_is_not_asked_again_and_who_decides_next_sees_the_new_version(
    hospital: Hospital, review: uuid.UUID
) -> None:
    claim = await at_review(hospital)
    before = await claim.task(review)
    await deduct(claim, review, (0, "200.00", "超标"))
    stale = await claim.decide(review, task=before)
    assert stale.codes == ["SNAPSHOT_STALE"]
    assert await claim.holders() == [
        hospital.name(one) for one in hospital.world.role_holders["finance_review"]
    ]
    assert (await claim.decide(review)).status == "IN_APPROVAL"
    verdicts = [one.verdict for one in (await claim.state()).decisions]
    assert len(verdicts) == 2  # the head's, on what was claimed, and finance's, on what is left


async def test_a_line_can_be_struck_out_but_not_the_whole_claim(
    hospital: Hospital, review: uuid.UUID
) -> None:
    claim = await at_review(hospital, ("268.00", "100.00"))
    everything = await deduct(claim, review, (0, "0.00", "不符"), (1, "0.00", "不符"))
    assert everything.codes == ["AMEND_NOTHING_LEFT"]
    answer = await deduct(claim, review, (0, "0.00", "不符"))
    assert answer.document["amount"] == "100.00"
    assert [line["amount"] for line in (await seen(claim))["lines"]] == ["100.00"]
    assert await hospital.budget("CARD") == (100_00, 0, 0)


@pytest.mark.parametrize(
    ("cut", "code", "field"),
    [
        ((0, "268.00", "没有变化"), "AMEND_NOT_LOWER", "lines.0.amount"),
        ((0, "300.00", "多给一点"), "AMEND_NOT_LOWER", "lines.0.amount"),
        ((0, "200.00", " "), "AMEND_REASON_REQUIRED", "lines.0.reason"),
        ((0, "200.00", "字" * 501), "COMMENT_TOO_LONG", "lines.0.reason"),
        ((0, "200.00", "a\x00b"), "TEXT_INVALID", "lines.0.reason"),
    ],
)
async def test_an_impossible_deduction_is_refused_and_nothing_has_changed(
    hospital: Hospital, review: uuid.UUID, cut: tuple[int, str, str], code: str, field: str
) -> None:
    claim = await at_review(hospital)
    before = await hospital.fingerprint()
    answer = await deduct(claim, review, cut)
    errors = [(one["code"], ".".join(one["field"])) for one in answer.payload["userErrors"]]
    assert errors == [(code, field)]
    assert await hospital.fingerprint() == before


async def test_only_the_holder_of_a_step_that_may_deduct_deducts(
    hospital: Hospital, review: uuid.UUID
) -> None:
    claim = await hospital.claim("CARD")
    head = hospital.head("CARD")
    mine = await claim.task(head)
    before = await hospital.fingerprint()
    cut = (0, "200.00", "超标")
    assert (await deduct(claim, head, cut)).codes == ["NOT_ALLOWED_HERE"]
    assert (await deduct(claim, review, cut, task=mine)).codes == ["TASK_NOT_FOUND"]
    other = await hospital.claim("CARD", send=False)
    line = (await seen(other))["lines"][0]["id"]
    assert await hospital.fingerprint() != before  # the other draft
    await claim.decide(head)
    foreign = {"lineId": line, "amount": "1.00", "reason": "别人的"}
    assert (await deduct(claim, review, lines=[foreign])).codes == ["AMEND_LINE_UNKNOWN"]
    nothing = await deduct(claim, review)
    assert nothing.codes == ["AMEND_NOTHING"]
    theirs = await deduct(claim, review, values={"reason": "改个事由"})
    assert theirs.codes == ["NOT_ALLOWED_HERE"]


async def test_a_claim_that_is_sent_again_is_claimed_anew(
    hospital: Hospital, review: uuid.UUID
) -> None:
    claim = await at_review(hospital)
    await deduct(claim, review, (0, "200.00", "超标"))
    await claim.decide(review, "SENT_BACK", "请补发票")
    assert await hospital.budget("CARD") == (200_00, 0, 0)
    await hospital.submit(claim)
    now = await seen(claim)
    assert (now["amount"], now["deductions"]) == ("268.00", [])
    assert await hospital.budget("CARD") == (268_00, 0, 0)
    assert await claim.holders() == [hospital.name(hospital.head("CARD"))]


async def test_two_phones_deduct_and_approve_at_once_and_one_of_them_is_told(
    hospital: Hospital, review: uuid.UUID
) -> None:
    for _ in range(5):
        claim = await at_review(hospital)
        task = await claim.task(review)
        first, second = await asyncio.gather(
            deduct(claim, review, (0, "200.00", "超标"), task=task),
            claim.decide(review, task=task),
        )
        told = sorted([*first.codes, *second.codes])
        assert told in (["SNAPSHOT_STALE"], ["TASK_ALREADY_DECIDED"])
        amount = (await seen(claim))["amount"]
        frozen, occupied, _ = await hospital.budget("CARD")
        held = {"200.00": 200_00, "268.00": 268_00}[amount]
        assert (frozen, occupied) == ((held, 0) if first.codes == [] else (0, held))
        await settle(claim, review)


async def settle(claim: Paper, review: uuid.UUID) -> None:
    """Bring the claim to an end that holds nothing."""
    if (await claim.look())["status"] == "IN_APPROVAL" and not any(
        one["nodeKey"] == "cashier" for one in (await claim.look())["pendingTasks"]
    ):
        await claim.decide(review, "REJECTED", "不办了")
    else:
        await claim.on_document(claim.requester, "withdrawDocument")
    assert await claim.hospital.budget("CARD") == (0, 0, 0)


async def test_the_same_deduction_sent_twice_counts_once(
    hospital: Hospital, review: uuid.UUID
) -> None:
    claim = await at_review(hospital)
    lines = (await seen(claim))["lines"]
    task = await claim.task(review)
    given = {
        "taskId": task["id"],
        "snapshotHash": task["document"]["snapshotHash"],
        "reason": "超标",
        "lines": [{"lineId": lines[0]["id"], "amount": "200.00", "reason": "超标"}],
    }
    answers = [
        await hospital.do(review, "amendDocument", "AmendDocumentInput", given, key="k" * 16)
        for _ in range(2)
    ]
    assert [one.payload["replayed"] for one in answers] == [False, True]
    assert len((await seen(claim))["deductions"]) == 1
    assert (await claim.events()).count("AMENDED") == 1


# ---- an approver's own fields


async def test_the_repairer_quotes_and_the_price_decides_who_is_asked(hospital: Hospital) -> None:
    values = {
        "asset": "CT-0001",
        "description": "开机报错",
        "clinical_impact": "down",
    }
    repair = await hospital.write(hospital.member("CARD"), "repair_request", values, send=True)
    repairer = hospital.holder("equipment_office")
    line = encode_id("BudgetLine", hospital.world.budget_lines["CARD", "books"])
    task = await repair.task(repairer)
    quoted = await hospital.do(
        repairer,
        "amendDocument",
        "AmendDocumentInput",
        {
            "taskId": task["id"],
            "snapshotHash": task["document"]["snapshotHash"],
            "reason": "更换高压发生器",
            "values": {"quote": "90000.00", "budget_line": line},
        },
    )
    assert quoted.document["amount"] == "90000.00"
    steps = {one["key"]: one["status"] for one in (await repair.look())["route"]}
    assert steps["president_in_charge"] == "WAITING"
    assert "FIELDS_FILLED_IN" not in (await repair.words())[-1]
    foreign = await hospital.do(
        repairer,
        "amendDocument",
        "AmendDocumentInput",
        {
            "taskId": task["id"],
            "snapshotHash": quoted.document["snapshotHash"],
            "reason": "改描述",
            "values": {"description": "没坏"},
        },
    )
    assert foreign.codes == ["AMEND_FIELD_NOT_YOURS"]
