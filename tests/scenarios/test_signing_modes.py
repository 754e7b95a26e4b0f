"""How the seats of a step make one outcome: 或签, 会签, 依次, 票签, 抢办, 抄送, in parallel."""

import uuid

import pytest
from tests.scenarios import operations as ask
from tests.scenarios.hospital import Hospital


@pytest.fixture
def three(hospital: Hospital) -> list[uuid.UUID]:
    """Three colleagues of other departments."""
    return [hospital.member(code) for code in ("CARD", "NEUR", "SURG")]


async def test_where_any_one_may_sign_the_first_yes_is_enough(
    hospital: Hospital, three: list[uuid.UUID]
) -> None:
    paper = await hospital.paper("any_of_us", three, [hospital.head("LAB")])
    await paper.decide(three[1])
    assert await paper.holders() == [hospital.name(hospital.head("LAB"))]
    assert await hospital.todo(three[0]) == []


async def test_where_any_one_may_sign_the_first_no_is_enough_too(
    hospital: Hospital, three: list[uuid.UUID]
) -> None:
    paper = await hospital.paper("any_of_us", three, [hospital.head("LAB")])
    answer = await paper.decide(three[2], "REJECTED", "材料不全")
    assert answer.status == "REJECTED"
    assert await hospital.todo(three[0]) == []


async def test_a_countersigned_paper_needs_everybody(
    hospital: Hospital, three: list[uuid.UUID]
) -> None:
    paper = await hospital.paper("all_of_us", three)
    await paper.decide(three[0])
    answer = await paper.decide(three[1], "ABSTAINED", "回避")
    assert answer.status == "IN_APPROVAL"
    assert (await paper.decide(three[2])).status == "APPROVED"


async def test_one_by_one_nobody_is_asked_before_their_turn(
    hospital: Hospital, three: list[uuid.UUID]
) -> None:
    paper = await hospital.paper("one_by_one", three)
    for turn, person in enumerate(three):
        assert await paper.holders() == [hospital.name(person)]
        for later in three[turn + 1 :]:
            assert await hospital.todo(later) == []
        await paper.decide(person)
    assert await paper.status() == "APPROVED"


async def test_a_vote_passes_with_a_majority_of_those_entitled(
    hospital: Hospital, three: list[uuid.UUID]
) -> None:
    paper = await hospital.paper("by_vote", three)
    assert (await paper.decide(three[0], "REJECTED", "不赞成")).status == "IN_APPROVAL"
    assert (await paper.decide(three[1])).status == "IN_APPROVAL"
    assert (await paper.decide(three[2])).status == "APPROVED"


async def test_a_vote_without_a_majority_fails(hospital: Hospital, three: list[uuid.UUID]) -> None:
    paper = await hospital.paper("by_vote", three)
    await paper.decide(three[0], "REJECTED", "不赞成")
    assert (await paper.decide(three[1], "REJECTED", "不赞成")).status == "REJECTED"


async def test_what_one_of_the_pool_claims_the_others_cannot_decide_until_it_is_released(
    hospital: Hospital, three: list[uuid.UUID]
) -> None:
    paper = await hospital.paper("from_the_pool", three)
    seen = await paper.task(three[1])
    await paper.on_task(three[0], "claimTask")
    assert await hospital.todo(three[1]) == []
    assert (await paper.decide(three[1], task=seen)).codes == ["TASK_TAKEN"]
    await paper.on_task(three[0], "releaseTask")
    await paper.on_task(three[1], "claimTask")
    assert (await paper.decide(three[1])).status == "APPROVED"


async def test_side_by_side_both_must_agree_before_it_goes_on(
    hospital: Hospital, three: list[uuid.UUID]
) -> None:
    paper = await hospital.paper("side_by_side", [three[0]], [three[1]])
    assert await paper.holders() == [hospital.name(three[0]), hospital.name(three[1])]
    await paper.decide(three[1])
    assert await paper.holders() == [hospital.name(three[0])]
    await paper.decide(three[0])
    assert await paper.holders() == [hospital.name(hospital.head("LAB"))]


async def test_who_is_only_told_reads_a_copy_and_decides_nothing(
    hospital: Hospital, three: list[uuid.UUID]
) -> None:
    paper = await hospital.paper("known_to", [three[0]], [three[1], three[2]])
    assert (await paper.decide(three[0])).status == "APPROVED"
    copies = (await hospital.run(three[1], ask.COPIES))["copiedToMe"]["edges"]
    (copy,) = [edge["node"] for edge in copies]
    assert copy["status"] == "UNREAD"
    given = {"taskId": copy["id"]}
    assert not (await hospital.do(three[1], "markTaskRead", "TaskInput", given)).codes
    unread = (await hospital.run(three[1], ask.COPIES, unread=True))["copiedToMe"]["edges"]
    assert unread == []
    refused = await paper.decide(three[1], task={**copy, "document": {"snapshotHash": "x"}})
    assert refused.codes == ["WRONG_TASK_KIND"]


async def test_goods_are_received_only_with_the_scanned_code(
    hospital: Hospital, three: list[uuid.UUID]
) -> None:
    paper = await hospital.paper("scanned_in", [three[0]], [three[1]])
    await paper.decide(three[0])
    assert (await paper.decide(three[1])).codes == ["EVIDENCE_REQUIRED"]
    scanned = [{"name": "scan_code", "value": "6900000000001"}]
    assert (await paper.decide(three[1], evidence=scanned)).status == "APPROVED"


async def test_a_paper_reviewed_later_is_in_force_before_the_review(
    hospital: Hospital, three: list[uuid.UUID]
) -> None:
    paper = await hospital.paper("reviewed_later", [three[0]], [three[1]])
    assert (await paper.decide(three[0])).status == "APPROVED"
    assert await paper.holders() == [hospital.name(three[1])]
    assert (await paper.decide(three[1], "REJECTED", "手续不全")).status == "APPROVED"
    assert (await paper.state()).review_failed
