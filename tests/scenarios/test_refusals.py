"""What is refused, in the same words for "not yours" and "does not exist", and changes nothing."""

import uuid
from typing import Any

import pytest
from tests.scenarios import operations as ask
from tests.scenarios.hospital import Hospital, Paper

from mobile_hrp.graphql.ids import encode_id


@pytest.fixture
async def claim(hospital: Hospital) -> Paper:
    return await hospital.claim("CARD")


async def test_a_task_that_is_not_mine_answers_like_one_that_does_not_exist(
    hospital: Hospital, claim: Paper
) -> None:
    head = hospital.head("CARD")
    theirs = await claim.task(head)
    invented = {**theirs, "id": encode_id("Task", uuid.uuid4())}
    stranger = hospital.member("SURG")
    before = await hospital.fingerprint()
    answers = [await claim.decide(stranger, task=task) for task in (theirs, invented)]
    assert answers[0].payload == answers[1].payload
    assert answers[0].codes == ["TASK_NOT_FOUND"]
    assert await hospital.fingerprint() == before


async def test_a_document_that_is_not_mine_answers_like_one_that_does_not_exist(
    hospital: Hospital, claim: Paper
) -> None:
    invented = Paper(hospital, uuid.uuid4(), claim.requester)
    stranger = hospital.member("SURG")
    before = await hospital.fingerprint()
    for name, kind, more in (
        ("withdrawDocument", "DocumentCommentInput", {}),
        ("voidDocument", "DocumentCommentInput", {"comment": "作废"}),
        ("closeRequest", "DocumentCommentInput", {}),
        ("commentDocument", "CommentInput", {"text": "看看"}),
        ("copyDocument", "CopyInput", {"to": []}),
        ("raiseObjection", "ObjectInput", {"nodeKey": "publicity", "text": "反对"}),
        ("reopenDocument", "ReopenDocumentInput", {}),
        ("alterDocument", "AlterDocumentInput", {"values": {}, "comment": "改"}),
        (
            "recuseStaff",
            "RecuseInput",
            {"staffIds": [encode_id("Staff", stranger)], "comment": "回避"},
        ),
        (
            "assignTask",
            "AssignInput",
            {"nodeKey": "x", "staffIds": [encode_id("Staff", stranger)], "comment": "指派"},
        ),
    ):
        answers = [
            await paper.on_document(stranger, name, kind, **more) for paper in (claim, invented)
        ]
        assert answers[0].payload == answers[1].payload, name
        assert answers[0].codes == ["NOT_FOUND"], name
    assert await hospital.run(stranger, ask.DOCUMENT, id=claim.global_id) == {"document": None}
    for query in (ask.PREVIEW, ask.EXPLAIN):
        assert await hospital.refused(stranger, query, id=claim.global_id) == "NOT_FOUND"
        assert await hospital.refused(stranger, query, id=invented.global_id) == "NOT_FOUND"
    assert await hospital.fingerprint() == before


@pytest.mark.parametrize("forged", ["", "Task:1", "VGFzazp4", encode_id("Staff", uuid.UUID(int=7))])
async def test_a_forged_id_is_no_id(hospital: Hospital, claim: Paper, forged: str) -> None:
    before = await hospital.fingerprint()
    task = {**await claim.task(hospital.head("CARD")), "id": forged}
    assert (await claim.decide(hospital.head("CARD"), task=task)).codes == ["ID_INVALID"]
    assert await hospital.fingerprint() == before


async def test_a_task_is_decided_once(hospital: Hospital, claim: Paper) -> None:
    head = hospital.head("CARD")
    task = await claim.task(head)
    await claim.decide(head)
    before = await hospital.fingerprint()
    again = await claim.decide(head, "REJECTED", "后悔了", task=task)
    assert again.codes == ["TASK_ALREADY_DECIDED"]
    assert await hospital.fingerprint() == before


async def test_the_same_key_decides_once_and_answers_the_same(
    hospital: Hospital, claim: Paper
) -> None:
    head = hospital.head("CARD")
    task = await claim.task(head)
    given: dict[str, Any] = {
        "taskId": task["id"],
        "snapshotHash": task["document"]["snapshotHash"],
        "verdict": "APPROVED",
    }
    key = uuid.uuid4().hex
    first = await hospital.do(head, "decideTask", "DecideTaskInput", given, key=key)
    before = await hospital.fingerprint()
    again = await hospital.do(head, "decideTask", "DecideTaskInput", given, key=key)
    assert (first.payload["replayed"], again.payload["replayed"]) == (False, True)
    assert again.document == first.document
    other = {**given, "verdict": "REJECTED", "comment": "不"}
    reused = await hospital.do(head, "decideTask", "DecideTaskInput", other, key=key)
    assert reused.codes == ["IDEMPOTENCY_KEY_REUSED"]
    assert await hospital.fingerprint() == before


async def test_a_withdrawn_document_is_not_decided(hospital: Hospital, claim: Paper) -> None:
    head = hospital.head("CARD")
    task = await claim.task(head)
    await claim.on_document(claim.requester, "withdrawDocument")
    before = await hospital.fingerprint()
    assert (await claim.decide(head, task=task)).codes == ["TASK_CLOSED"]
    assert await hospital.fingerprint() == before


@pytest.mark.parametrize(
    ("comment", "code"),
    [("长" * 2001, "COMMENT_TOO_LONG"), ("  ", "COMMENT_REQUIRED"), ("a\x00b", "TEXT_INVALID")],
)
async def test_a_comment_is_short_readable_and_given_where_asked(
    hospital: Hospital, claim: Paper, comment: str, code: str
) -> None:
    before = await hospital.fingerprint()
    answer = await claim.decide(hospital.head("CARD"), "REJECTED", comment)
    assert answer.codes == [code]
    assert answer.payload["userErrors"][0]["field"] == ["comment"]
    assert await hospital.fingerprint() == before


async def test_a_decision_on_what_changed_meanwhile_is_refused_with_the_fields_that_changed(
    hospital: Hospital,
) -> None:
    who, head = hospital.member("CARD"), hospital.head("CARD")
    claim = await hospital.claim("CARD", "268.00")
    seen = await claim.task(head)
    altered = await claim.on_document(
        who,
        "alterDocument",
        "AlterDocumentInput",
        values=hospital.claim_values("CARD", "300.00"),
        comment="金额写错了",
    )
    assert not altered.codes
    now = await claim.task(head)
    before = await hospital.fingerprint()
    stale = {**now, "document": seen["document"]}
    answer = await claim.decide(head, task=stale)
    assert answer.codes == ["SNAPSHOT_STALE"]
    (error,) = answer.payload["userErrors"]
    assert error["field"] == ["snapshotHash"]
    assert "费用明细 1 金额" in error["message"]
    assert "说明" not in error["message"]
    assert await hospital.fingerprint() == before
    assert (await claim.decide(head)).status == "IN_APPROVAL"


async def test_nobody_decides_their_own_claim_not_even_the_head_of_the_department(
    hospital: Hospital,
) -> None:
    head = hospital.head("CARD")
    claim = await hospital.claim("CARD", requester=head)
    assert hospital.name(head) not in await claim.holders()
    assert any(hospital.name(head) in sentence for sentence in await claim.words())


async def test_an_employee_without_the_post_is_no_administrator_of_the_flow(
    hospital: Hospital, claim: Paper
) -> None:
    person = encode_id("Staff", hospital.member("SURG"))
    before = await hospital.fingerprint()
    for name, kind, more in (
        ("assignTask", "AssignInput", {"nodeKey": "dept_head"}),
        ("recuseStaff", "RecuseInput", {}),
    ):
        answer = await claim.on_document(
            claim.requester, name, kind, staffIds=[person], comment="换人", **more
        )
        assert answer.codes == ["NOT_ADMINISTRATOR"]
    assert await hospital.fingerprint() == before
