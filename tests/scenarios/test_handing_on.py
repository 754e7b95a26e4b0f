"""Handing a task on: 转交, 委派, 加签, 减签, 征求意见, 抄送, 催办, 评论."""

import uuid

import pytest
from tests.scenarios import operations as ask
from tests.scenarios.hospital import Hospital, Paper

from mobile_hrp.graphql.ids import encode_id


@pytest.fixture
async def paper(hospital: Hospital) -> Paper:
    """A paper of the laboratory that one colleague of cardiology is to sign."""
    return await hospital.paper("all_of_us", [hospital.member("CARD")])


@pytest.fixture
def signer(hospital: Hospital) -> uuid.UUID:
    return hospital.member("CARD")


@pytest.fixture
def colleague(hospital: Hospital) -> uuid.UUID:
    return hospital.member("NEUR")


def staff(who: uuid.UUID) -> str:
    return encode_id("Staff", who)


async def test_what_is_transferred_is_the_colleagues_for_good(
    hospital: Hospital, paper: Paper, signer: uuid.UUID, colleague: uuid.UUID
) -> None:
    answer = await paper.on_task(signer, "transferTask", "PassOnInput", to=staff(colleague))
    assert not answer.codes
    assert await hospital.todo(signer) == []
    assert (await paper.decide(colleague)).status == "APPROVED"


async def test_what_is_delegated_comes_back_with_an_opinion(
    hospital: Hospital, paper: Paper, signer: uuid.UUID, colleague: uuid.UUID
) -> None:
    await paper.on_task(signer, "delegateTask", "PassOnInput", to=staff(colleague))
    assert await paper.holders() == [hospital.name(colleague)]
    assert (await paper.decide(colleague, "REJECTED", "我看不行")).status == "IN_APPROVAL"
    assert await paper.holders() == [hospital.name(signer)]
    assert (await paper.decide(signer)).status == "APPROVED"


async def test_what_was_delegated_can_be_taken_back(
    hospital: Hospital, paper: Paper, signer: uuid.UUID, colleague: uuid.UUID
) -> None:
    own = (await paper.task(signer))["id"]
    await paper.on_task(signer, "delegateTask", "PassOnInput", to=staff(colleague))
    answer = await hospital.do(signer, "takeBackTask", "TaskInput", {"taskId": own})
    assert not answer.codes
    assert await hospital.todo(colleague) == []
    assert await paper.holders() == [hospital.name(signer)]


@pytest.mark.parametrize(
    ("position", "order"),
    [("BEFORE", ["colleague", "signer"]), ("AFTER", ["signer", "colleague"])],
)
async def test_an_added_approver_decides_before_or_after_me(
    hospital: Hospital, paper: Paper, position: str, order: list[str]
) -> None:
    signer, colleague = hospital.member("CARD"), hospital.member("NEUR")
    people = {"signer": signer, "colleague": colleague}
    await paper.on_task(
        signer, "addApprover", "AddApproverInput", staffId=staff(colleague), position=position
    )
    for part in order:
        assert await paper.status() == "IN_APPROVAL"
        assert await paper.holders() == [hospital.name(people[part])]
        await paper.decide(people[part])
    assert await paper.status() == "APPROVED"


async def test_an_approver_beside_me_has_a_seat_of_their_own_and_can_be_removed(
    hospital: Hospital, paper: Paper, signer: uuid.UUID, colleague: uuid.UUID
) -> None:
    given = {"staffId": staff(colleague), "position": "BESIDE"}
    await paper.on_task(signer, "addApprover", "AddApproverInput", **given)
    added = (await paper.task(colleague))["id"]
    assert len(await paper.holders()) == 2
    foreign = await hospital.do(
        hospital.member("SURG"), "removeApprover", "TaskCommentInput", {"taskId": added}
    )
    assert foreign.codes == ["TASK_NOT_FOUND"]
    answer = await hospital.do(signer, "removeApprover", "TaskCommentInput", {"taskId": added})
    assert not answer.codes
    assert await hospital.todo(colleague) == []
    assert (await paper.decide(signer)).status == "APPROVED"


async def test_asking_for_advice_does_not_hold_the_step_up(
    paper: Paper, signer: uuid.UUID, colleague: uuid.UUID
) -> None:
    await paper.on_task(signer, "consult", "ConsultInput", to=staff(colleague), text="合适吗？")
    question = await paper.task(colleague)
    assert question["kind"] == "CONSULT"
    answer = await paper.on_task(colleague, "answerConsult", "AnswerConsultInput", text="合适")
    assert not answer.codes
    assert (await paper.decide(signer)).status == "APPROVED"
    assert {"CONSULTED", "CONSULT_ANSWERED"} <= set(await paper.events())


async def test_a_requester_may_remind_but_not_again_within_half_an_hour(
    hospital: Hospital, paper: Paper, signer: uuid.UUID
) -> None:
    task = {"taskId": (await paper.task(signer))["id"]}
    who = paper.requester
    assert not (await hospital.do(who, "remindTask", "TaskInput", task)).codes
    assert (await hospital.do(who, "remindTask", "TaskInput", task)).codes == ["REMIND_TOO_SOON"]
    await hospital.pass_time(minutes=31)
    assert not (await hospital.do(who, "remindTask", "TaskInput", task)).codes
    stranger = hospital.member("SURG")
    foreign = await hospital.do(stranger, "remindTask", "TaskInput", task)
    assert foreign.codes == ["TASK_NOT_FOUND"]


async def test_copies_and_comments_go_to_colleagues_who_then_see_the_paper(
    hospital: Hospital, paper: Paper, colleague: uuid.UUID
) -> None:
    assert await hospital.run(colleague, ask.DOCUMENT, id=paper.global_id) == {"document": None}
    sent = await paper.on_document(
        paper.requester, "copyDocument", "CopyInput", to=[staff(colleague)]
    )
    assert not sent.codes
    assert (await paper.look(colleague))["status"] == "IN_APPROVAL"
    said = await paper.on_document(
        colleague, "commentDocument", "CommentInput", text="收到", mentions=[]
    )
    assert not said.codes
    stranger = await paper.on_document(
        hospital.member("SURG"), "commentDocument", "CommentInput", text="我也看看"
    )
    assert stranger.codes == ["NOT_FOUND"]


async def test_nobody_who_left_or_never_was_can_be_named(
    hospital: Hospital, paper: Paper, signer: uuid.UUID, colleague: uuid.UUID
) -> None:
    await hospital.leaves(colleague)
    before = await hospital.fingerprint()
    for person in (colleague, uuid.uuid4()):
        answer = await paper.on_task(signer, "transferTask", "PassOnInput", to=staff(person))
        assert answer.codes == ["APPROVER_INACTIVE"]
    assert await hospital.fingerprint() == before
