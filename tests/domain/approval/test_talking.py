"""评论, @, 抄送, 已阅: talking about a document without deciding."""

import uuid

import pytest
from tests.domain.approval.hospital import WHO, Paper, claim_chain, node, plan_of

from mobile_hrp.domain.approval import SYSTEM, try_decide
from mobile_hrp.domain.approval import commands as c
from mobile_hrp.domain.approval.commands import Command
from mobile_hrp.domain.approval.draft import Outcome
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.terms import InstanceStatus, TaskKind, TaskStatus
from mobile_hrp.domain.refusal import Refusal


def test_a_comment_reaches_those_it_mentions_once() -> None:
    paper = Paper(plan_of(*claim_chain()))
    mentioned = (WHO["auditor"], WHO["auditor"], WHO["head"])
    (event,) = paper.do("nurse", c.Comment("请看附件三", mentioned))
    assert event.kind is EventKind.COMMENTED
    assert event.staff == (WHO["auditor"], WHO["head"])
    assert event.data == {"comment": "请看附件三"}
    assert paper.waiting_for() == {"head"}


@pytest.mark.parametrize(
    ("who", "command", "code"),
    [
        ("colleague", c.Comment("我也说一句"), "NOT_PARTICIPANT"),
        ("nurse", c.Comment(" "), "COMMENT_REQUIRED"),
        ("nurse", c.Comment("长" * 2001), "COMMENT_TOO_LONG"),
        ("nurse", c.Comment("x", (WHO["head"],) * 101), "TOO_MANY_RECIPIENTS"),
        ("colleague", c.CarbonCopy((WHO["auditor"],)), "NOT_PARTICIPANT"),
        ("nurse", c.CarbonCopy((WHO["auditor"],) * 101), "TOO_MANY_RECIPIENTS"),
    ],
)
def test_talk_has_its_limits(who: str, command: Command, code: str) -> None:
    assert Paper(plan_of(*claim_chain())).refused(who, command).code == code


def test_a_copy_is_read_and_never_pending() -> None:
    """抄送: the holder tells the ward, who may comment from then on."""
    paper = Paper(plan_of(*claim_chain()))
    paper.do("head", c.CarbonCopy((WHO["colleague"], WHO["colleague"]), "供参考"))
    (copy,) = paper.tasks("colleague", TaskKind.COPY)
    assert copy.status is TaskStatus.UNREAD
    assert paper.waiting_for() == {"head"}

    refusal = paper.refused("colleague", c.Approve(copy.id, "v1"))
    assert refusal.code == "WRONG_TASK_KIND"
    paper.do("colleague", c.MarkRead(copy.id))
    assert paper.task("colleague", TaskKind.COPY).status is TaskStatus.READ
    assert paper.do("colleague", c.MarkRead(copy.id)) == (), "reading twice is no news"
    paper.do("colleague", c.Comment("收到"))
    foreign = paper.refused("auditor", c.MarkRead(copy.id))
    assert foreign.code == "TASK_NOT_FOUND"
    own = paper.refused("head", c.MarkRead(paper.task("head").id))
    assert own.code == "WRONG_TASK_KIND"


def test_a_copy_outlives_the_document() -> None:
    paper = Paper(plan_of(node("head", "head")))
    paper.do("head", c.CarbonCopy((WHO["colleague"],)))
    paper.approve("head")
    paper.do("colleague", c.MarkRead(paper.task("colleague", TaskKind.COPY).id))
    assert paper.refused("head", c.CarbonCopy((WHO["keeper"],))).code == "INSTANCE_CLOSED"


def test_a_question_is_not_asked_of_oneself_or_of_somebody_who_left() -> None:
    paper = Paper(plan_of(*claim_chain()), inactive=("keeper",))
    task_id = paper.task("head").id
    assert paper.refused("head", c.Consult(task_id, WHO["head"], "?")).code == "ALREADY_SEATED"
    gone = paper.refused("head", c.Consult(task_id, WHO["keeper"], "?"))
    assert gone.code == "APPROVER_INACTIVE"


def test_somebody_who_leaves_owes_no_answer_any_more() -> None:
    paper = Paper(plan_of(*claim_chain()))
    paper.do("head", c.Consult(paper.task("head").id, WHO["keeper"], "有货吗"))
    paper.do("system", c.OrgChanged(left=(WHO["keeper"],)))
    assert paper.task("keeper", TaskKind.CONSULT).status is TaskStatus.CLOSED


def test_in_a_batch_one_refusal_stops_no_other() -> None:
    """批量审批: of three claims on the list one was withdrawn a minute ago."""
    papers = [Paper(plan_of(node("head", "head"))) for _ in range(3)]
    task_ids = [paper.task("head").id for paper in papers]
    papers[1].do("nurse", c.Withdraw())
    results = [
        try_decide(
            paper.state,
            c.Approve(task_id, "v1"),
            actor=WHO["head"],
            now=paper.now,
            ids=paper.ids,
        )
        for paper, task_id in zip(papers, task_ids, strict=True)
    ]
    first, second, third = results
    assert isinstance(first, Outcome)
    assert first.state.status is InstanceStatus.APPROVED
    assert isinstance(second, Refusal)
    assert second.code == "TASK_CLOSED"
    assert isinstance(third, Outcome)


@pytest.mark.parametrize(
    "command",
    [c.Tick(), c.OrgChanged(), c.Recuse((), "x"), c.RevokeProxy(uuid.UUID(int=1))],
)
def test_nobody_poses_as_the_system(command: Command) -> None:
    paper = Paper(plan_of(*claim_chain()))
    assert paper.refused("admin", command).code == "TASK_NOT_FOUND"


def test_the_system_does_not_decide() -> None:
    paper = Paper(plan_of(*claim_chain()))
    refusal = paper.refused("system", c.Approve(paper.task("head").id, "v1"))
    assert refusal.code == "TASK_NOT_FOUND"
    assert SYSTEM not in {decision.actor for decision in paper.state.decisions}
