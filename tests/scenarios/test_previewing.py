"""Before submitting: whom the rules would ask, and that submission then asks exactly them."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import update
from tests.scenarios.hospital import Hospital, Paper
from tests.scenarios.test_findings_route_differently import left_over, make_elastic
from tests.scenarios.test_proxies import grant

from mobile_hrp.domain.approval.terms import TaskKind, TaskStatus
from mobile_hrp.domain.budget.terms import OverCondition
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models.organization import Staff

PREVIEW = """query Preview($id: ID!) { routePreview(documentId: $id) { complete
  obstacles { code message }
  steps { key status happened people { staff { name } }
    asked { why automatic copied staff { name } principal { name } } } } }"""
EVIDENCE = [
    {"name": name, "value": "P-0001"} for name in ("payment_number", "scan_code", "minutes_number")
]

Asked = dict[str, list[str]]


async def preview(paper: Paper, who: uuid.UUID | None = None) -> Mapping[str, Any]:
    data = await paper.hospital.run(who or paper.requester, PREVIEW, id=paper.global_id)
    shown: Mapping[str, Any] = data["routePreview"]
    return shown


async def foreseen(paper: Paper) -> Asked:
    """By step: the names of those who would be asked and see it."""
    steps = (await preview(paper))["steps"]
    return {
        step["key"]: sorted(one["staff"]["name"] for one in step["asked"] if not one["automatic"])
        for step in steps
        if any(not one["automatic"] for one in step["asked"])
    }


async def walk(paper: Paper, wanted_later: Asked) -> Asked:
    """Let everybody agree, and answer with whom the engine really asked, step by step."""
    hospital = paper.hospital
    asked: Asked = {}
    while True:
        state = await paper.state()
        open_ = [
            task
            for task in state.tasks.values()
            if task.status is TaskStatus.PENDING and task.kind is TaskKind.DECIDE
        ]
        if not open_:
            return asked
        for task in open_:
            names = [hospital.name(one.assignee) for one in open_ if one.node_key == task.node_key]
            asked[task.node_key] = sorted(names)
        later = {name for key, names in wanted_later.items() if key not in asked for name in names}
        first = min(open_, key=lambda one: (hospital.name(one.assignee) in later, one.seq))
        assert not (await paper.decide(first.assignee, evidence=EVIDENCE)).codes


async def test_submission_asks_exactly_those_whom_the_preview_named(hospital: Hospital) -> None:
    """科室负责人休假，已授权同事代理：预览与提交后一致。"""
    head, deputy = hospital.head("CARD"), hospital.head("NEUR")
    await grant(hospital, head, deputy)
    claim = await hospital.claim("CARD", "12000.00", send=False)
    before = await hospital.fingerprint()

    shown = await preview(claim)
    expected = await foreseen(claim)
    assert await hospital.fingerprint() == before
    (asked,) = next(one["asked"] for one in shown["steps"] if one["key"] == "dept_head")
    assert asked["staff"]["name"] == hospital.name(deputy)
    assert asked["principal"]["name"] == hospital.name(head)
    assert asked["why"]
    (named,) = next(one["people"] for one in shown["steps"] if one["key"] == "dept_head")
    assert named["staff"]["name"] == hospital.name(head)

    await hospital.submit(claim)
    assert await walk(claim, expected) == expected
    assert {"dept_head", "finance_review", "finance_head", "cashier"} <= set(expected)


async def test_who_would_decide_on_their_own_paper_is_replaced_in_the_preview_too(
    hospital: Hospital,
) -> None:
    head = hospital.head("CARD")
    claim = await hospital.claim("CARD", requester=head, send=False)
    step = next(one for one in (await preview(claim))["steps"] if one["key"] == "dept_head")
    assert [one["staff"]["name"] for one in step["people"]] == [hospital.name(head)]
    assert hospital.name(head) not in [one["staff"]["name"] for one in step["asked"]]
    assert step["happened"]
    assert all(one["why"] in step["happened"] for one in step["asked"])
    expected = await foreseen(claim)
    await hospital.submit(claim)
    assert await walk(claim, expected) == expected


async def test_nobody_is_promised_a_second_seat(hospital: Hospital) -> None:
    """同一人出现在两个环节：第二个环节预览就换人。"""
    signer = hospital.member("SURG")
    paper = await hospital.paper("any_of_us", [signer], [signer], send=False)
    expected = await foreseen(paper)
    assert expected["sign"] == [hospital.name(signer)]
    assert hospital.name(signer) not in expected["second"]
    await hospital.submit(paper)
    assert await walk(paper, expected) == expected


async def test_who_agreed_before_is_shown_as_agreeing_by_rule_or_replaced(
    hospital: Hospital,
) -> None:
    await make_elastic(hospital, OverCondition.EXTRA_APPROVER)
    amount = f"{(await left_over(hospital) + 1) / 100:.2f}"
    claim = await hospital.claim("CARD", amount, send=False)
    expected = await foreseen(claim)
    assert {"special_approval", "dept_head"} <= set(expected)
    await hospital.submit(claim)
    assert await walk(claim, expected) == expected


async def test_who_left_is_replaced_and_the_step_after_a_publicity_is_foreseen(
    hospital: Hospital,
) -> None:
    gone = hospital.member("CARD")
    paper = await hospital.paper("side_by_side", [gone], [hospital.member("NEUR")], send=False)
    async with hospital.owner.transaction(hospital.id) as session:
        await session.execute(update(Staff).where(Staff.id == gone).values(active=False))
    expected = await foreseen(paper)
    assert hospital.name(gone) not in expected["left"]
    await hospital.submit(paper)
    assert await walk(paper, expected) == expected
    announced = await hospital.paper("announced", [hospital.member("SURG")], send=False)
    steps = {one["key"]: one for one in (await preview(announced))["steps"]}
    assert steps["publicity"]["happened"]


async def test_a_paper_that_came_back_is_previewed_from_where_it_would_go_on(
    hospital: Hospital,
) -> None:
    """退回后直接回到退回人：预览中已办的环节还是原来的人。"""
    first, second = hospital.member("SURG"), hospital.member("ORTH")
    paper = await hospital.paper("any_of_us", [first], [second])
    await paper.decide(first)
    await paper.decide(second, "SENT_BACK", "补材料", resubmit="TO_RETURNER")
    expected = await foreseen(paper)
    assert expected == {"sign": [hospital.name(first)], "second": [hospital.name(second)]}
    await hospital.submit(paper)
    assert await paper.holders() == [hospital.name(second)]


async def test_a_draft_that_lacks_a_value_foresees_nobody(hospital: Hospital) -> None:
    claim = await hospital.write(hospital.member("CARD"), "loan_request", {}, send=False)
    shown = await preview(claim)
    assert not shown["complete"]
    assert all(step["asked"] == [] for step in shown["steps"])


async def test_a_preview_says_why_an_approval_could_not_begin(hospital: Hospital) -> None:
    """换班的对方填成自己：提交会被拒绝，预览先说明原因。"""
    member = hospital.member("SURG")
    shift = encode_id("Shift", uuid.uuid4())
    values = {"my_shift": shift, "peer": encode_id("Staff", member), "peer_shift": shift}
    paper = await hospital.write(member, "shift_swap", values, send=False)
    shown = await preview(paper)
    assert [one["code"] for one in shown["obstacles"]] == ["SELF_APPROVAL_PLANNED"]
    assert all(step["asked"] == [] for step in shown["steps"])
