"""What the controls, the ledger and the performance rules say changes who decides, and how."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update
from tests.scenarios import operations as ask
from tests.scenarios.hospital import PLAN, Hospital, Paper

from mobile_hrp.domain.budget.terms import ControlMode, OverCondition
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models.budget import BudgetLine


async def make_elastic(hospital: Hospital, condition: OverCondition) -> None:
    """弹性控制: the department's books line, and the whole department's, may be exceeded."""
    async with hospital.owner.transaction(hospital.id) as session:
        book = await session.get(
            BudgetLine, (hospital.id, hospital.world.budget_lines["CARD", "books"])
        )
        assert book is not None
        assert book.parent_id is not None
        await session.execute(
            update(BudgetLine)
            .where(BudgetLine.id.in_([book.id, book.parent_id]))
            .values(
                control_mode=ControlMode.ELASTIC,
                over_condition=condition,
                over_rate_bp=100_000_000,
            )
        )


async def passed_through(hospital: Hospital, paper: Paper) -> list[str]:
    """The steps of the document that are not skipped."""
    data = await hospital.run(paper.requester, ask.EXPLAIN, id=paper.global_id)
    return [step["key"] for step in data["explainRoute"]["steps"] if step["status"] == "INCLUDED"]


async def previewed(hospital: Hospital, paper: Paper) -> list[str]:
    data = await hospital.run(paper.requester, ask.PREVIEW, id=paper.global_id)
    steps: list[Mapping[str, Any]] = data["routePreview"]["steps"]
    return [step["key"] for step in steps if step["status"] == "INCLUDED"]


async def left_over(hospital: Hospital) -> int:
    """What the books line still has, in fen."""
    async with hospital.owner.reading(PLAN.hospital_id) as session:
        line = await session.get(
            BudgetLine, (hospital.id, hospital.world.budget_lines["CARD", "books"])
        )
        assert line is not None
        used = line.frozen_fen + line.occupied_fen + line.executed_fen
        return line.approved_fen + line.adjusted_fen - used


async def test_a_claim_above_an_elastic_line_asks_one_more_approver(hospital: Hospital) -> None:
    """超出弹性预算的报销单增加特殊事项审批；预算内的不增加。"""
    await make_elastic(hospital, OverCondition.EXTRA_APPROVER)
    amount = f"{(await left_over(hospital) + 1) / 100:.2f}"
    ordinary = await hospital.claim("CARD", "100.00", send=False)
    above = await hospital.claim("CARD", amount, send=False)

    assert "special_approval" not in await previewed(hospital, ordinary)
    assert "special_approval" in await previewed(hospital, above)
    assert (await hospital.submit(above)).status == "IN_APPROVAL"
    assert "special_approval" in await passed_through(hospital, above)


async def test_a_request_above_an_elastic_line_goes_past_the_chief_accountant(
    hospital: Hospital,
) -> None:
    await make_elastic(hospital, OverCondition.EXTRA_APPROVER)
    amount = f"{(await left_over(hospital) + 1) / 100:.2f}"
    paper = await hospital.write(
        hospital.member("CARD"), "spend_request", spending(hospital, amount), send=False
    )
    assert "budget_exception" in await previewed(hospital, paper)
    assert (await hospital.submit(paper)).status == "IN_APPROVAL"
    assert "budget_exception" in await passed_through(hospital, paper)


def spending(hospital: Hospital, amount: str) -> dict[str, Any]:
    return {
        "spend_reason": "购买图书资料",
        "expense_type": "books",
        "use_depts": [
            {
                "department": encode_id("Department", hospital.world.departments["CARD"]),
                "amount": amount,
            }
        ],
        "fund_source": hospital.own_money,
        "budget_line": encode_id("BudgetLine", hospital.world.budget_lines["CARD", "books"]),
    }


async def test_an_elastic_line_that_asks_for_a_reason_gets_one(hospital: Hospital) -> None:
    await make_elastic(hospital, OverCondition.REASON)
    amount = f"{(await left_over(hospital) + 1) / 100:.2f}"
    paper = await hospital.claim("CARD", amount, send=False)
    before = await hospital.fingerprint()

    refused = await hospital.submit(paper)
    assert refused.codes
    assert await hospital.fingerprint() == before

    why = {"control": "C01", "reason": "年末集中采购，已与预算办沟通"}
    assert (await hospital.submit(paper, reasons=[why])).status == "IN_APPROVAL"
    assert "special_approval" not in await passed_through(hospital, paper)
    assert await left_over(hospital) == -1


async def test_a_rigid_line_is_refused_by_the_ledger_with_its_figures(hospital: Hospital) -> None:
    amount = f"{(await left_over(hospital) + 1) / 100:.2f}"
    paper = await hospital.claim("CARD", amount, send=False)
    before = await hospital.fingerprint()
    assert (await hospital.submit(paper)).codes == ["BUDGET_EXCEEDED"]
    assert await hospital.fingerprint() == before


async def test_an_indicator_that_counts_for_pay_is_seen_by_the_performance_office(
    hospital: Hospital,
) -> None:
    """指标已用于绩效规则的，口径变更须经绩效办；未使用的不经。"""
    for indicator, seen in (("ward_day", True), ("outpatient_wait", False)):
        paper = await hospital.write(
            hospital.member("CARD"), "indicator_change", change_of(indicator), send=True
        )
        assert ("performance_office" in await passed_through(hospital, paper)) is seen


def change_of(indicator: str) -> dict[str, Any]:
    return {
        "indicator": indicator,
        "numerator": "出院患者占用总床日数",
        "denominator": "同期出院人数",
        "reason": "与上级口径一致",
        "effective": "2027-01-01",
    }
