"""People leave and time passes: 离职转办, 回避, 指派, 超时, 公示."""

import uuid

import pytest
from tests.scenarios import operations as ask
from tests.scenarios.hospital import Hospital

from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.services.approvals.staffing import follow_staff_change


@pytest.fixture
def signer(hospital: Hospital) -> uuid.UUID:
    return hospital.member("CARD")


async def test_what_waits_for_somebody_who_left_finds_another_holder(
    hospital: Hospital, signer: uuid.UUID
) -> None:
    paper = await hospital.paper("all_of_us", [signer])
    await hospital.leaves(signer)
    async with hospital.database.transaction(hospital.id) as session:
        assert await follow_staff_change(session, staff_id=signer, now=hospital.clock()) == 1
    holders = await paper.holders()
    assert holders
    assert hospital.name(signer) not in holders
    assert any(hospital.name(signer) in sentence for sentence in await paper.words())


async def test_the_worker_finds_what_nobody_reported(hospital: Hospital, signer: uuid.UUID) -> None:
    paper = await hospital.paper("all_of_us", [signer])
    await hospital.leaves(signer)
    assert await hospital.pass_time(minutes=1) == 1
    assert hospital.name(signer) not in await paper.holders()
    assert await hospital.pass_time(minutes=1) == 0


async def test_who_left_before_their_turn_is_not_asked(
    hospital: Hospital, signer: uuid.UUID
) -> None:
    later = hospital.member("NEUR")
    paper = await hospital.paper("any_of_us", [signer], [later])
    await hospital.leaves(later)
    await paper.decide(signer)
    assert hospital.name(later) not in await paper.holders()
    assert await paper.holders() != []


async def test_hr_hands_everything_over_to_a_successor(
    hospital: Hospital, signer: uuid.UUID
) -> None:
    papers = [await hospital.paper("all_of_us", [signer]) for _ in range(2)]
    successor = hospital.member("CARD", 1)
    given = {
        "idempotencyKey": uuid.uuid4().hex,
        "staffId": encode_id("Staff", signer),
        "successorId": encode_id("Staff", successor),
    }
    assert await hospital.refused(signer, ask.HAND_OVER, input=given) == "PERMISSION_DENIED"
    data = await hospital.run(hospital.holder("hr_office"), ask.HAND_OVER, input=given)
    assert data["handOverTasks"]["approvals"] == 2
    for paper in papers:
        assert await paper.holders() == [hospital.name(successor)]


async def test_an_administrator_of_the_flow_keeps_a_relative_out_and_seats_somebody_else(
    hospital: Hospital, signer: uuid.UUID
) -> None:
    paper = await hospital.paper("all_of_us", [signer, hospital.member("NEUR")])
    chief = hospital.holder("chief_accountant")
    await paper.on_document(
        paper.requester, "copyDocument", "CopyInput", to=[encode_id("Staff", chief)]
    )
    kept_out = await paper.on_document(
        chief,
        "recuseStaff",
        "RecuseInput",
        staffIds=[encode_id("Staff", signer)],
        comment="近亲属回避",
    )
    assert not kept_out.codes
    assert hospital.name(signer) not in await paper.holders()
    seated = await paper.on_document(
        chief,
        "assignTask",
        "AssignInput",
        nodeKey="sign",
        staffIds=[encode_id("Staff", hospital.member("SURG"))],
        comment="请外科会签",
    )
    assert not seated.codes
    assert hospital.name(hospital.member("SURG")) in await paper.holders()


async def test_what_nobody_decides_is_reminded_then_goes_to_the_superior(
    hospital: Hospital, signer: uuid.UUID
) -> None:
    paper = await hospital.paper("all_of_us", [signer])
    await hospital.pass_time(hours=8)
    assert f"{hospital.name(signer)} 超时未办，已自动提醒" in await paper.words()
    assert await paper.holders() == [hospital.name(signer)]
    (late,) = await hospital.todo(signer)
    assert await hospital.todo(signer, overdueOnly=True) == []
    await hospital.pass_time(days=2)
    assert hospital.name(signer) not in await paper.holders()
    assert late["dueAt"] is not None


async def test_a_paper_is_public_for_three_days_and_an_objection_is_answered_first(
    hospital: Hospital, signer: uuid.UUID
) -> None:
    paper = await hospital.paper("announced", [signer])
    await paper.decide(signer)
    anybody = hospital.member("PEDI")
    shown = (await hospital.run(anybody, ask.PUBLICITY))["publicity"]["edges"]
    assert [edge["node"]["documentId"] for edge in shown] == [paper.global_id]
    given = {"documentId": paper.global_id, "nodeKey": "publicity", "text": "名单有误"}
    raised = await hospital.do(anybody, "raiseObjection", "ObjectInput", given)
    assert not raised.codes
    again = await hospital.do(anybody, "raiseObjection", "ObjectInput", given)
    assert again.codes == ["ALREADY_OBJECTED"]
    await hospital.pass_time(days=3, minutes=1)
    assert await paper.status() == "IN_APPROVAL"
    (handler,) = (await paper.look())["progress"]["holdings"]
    answered = next(
        person
        for person in (hospital.head("FIN"), hospital.holder("chief_accountant"))
        if hospital.name(person) == handler["holder"]["name"]
    )
    await paper.decide(answered, comment="经核实，名单无误")
    await hospital.pass_time(minutes=1)
    assert await paper.status() == "APPROVED"
