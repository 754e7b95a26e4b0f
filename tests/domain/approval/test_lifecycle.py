"""退回, 撤回, 作废, 变更, 唤醒, 核减: how a document goes back, ends and begins again."""

import pytest
from tests.domain.approval.hospital import WHO, Paper, claim_chain, node, plan_of

from mobile_hrp.domain.approval import commands as c
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.separation import counted_decisions
from mobile_hrp.domain.approval.terms import (
    InstanceStatus,
    NodeStatus,
    ResubmitPolicy,
    TaskKind,
    TaskStatus,
    WithdrawPolicy,
)

THREE = (node("dept", "head"), node("office", "auditor"), node("vice", "vice"))
BACK = ResubmitPolicy.TO_RETURNER


def at_the_vice() -> Paper:
    paper = Paper(plan_of(*THREE))
    paper.approve("head")
    paper.approve("auditor")
    return paper


def test_sent_back_to_the_nurse_and_resubmitted_it_starts_again() -> None:
    """The hotel receipt is missing."""
    paper = at_the_vice()
    paper.send_back("vice")
    assert paper.status() is InstanceStatus.RETURNED
    assert paper.waiting_for() == {"nurse"}
    assert paper.task("nurse", TaskKind.RESUBMIT).status is TaskStatus.PENDING
    assert counted_decisions(paper.state) == []

    paper.do("nurse", c.Resubmit("v2", comment="已补"))
    assert paper.waiting_for() == {"head"}
    assert (paper.state.round, paper.state.snapshot_hash) == (2, "v2")
    for who in ("head", "auditor", "vice"):
        paper.approve(who)
    assert paper.status() is InstanceStatus.APPROVED


def test_sent_back_to_the_nurse_it_can_return_straight_to_the_one_who_asked() -> None:
    paper = at_the_vice()
    paper.send_back("vice", resubmit=BACK)
    paper.do("nurse", c.Resubmit("v2", amount_fen=90_000))
    assert paper.waiting_for() == {"vice"}
    assert {decision.snapshot_hash for decision in counted_decisions(paper.state)} == {"v1"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount_fen": 100_001}, "RESTARTED_AMOUNT_ROSE"),
        ({"plan": plan_of(*THREE, node("president", "president"))}, "RESTARTED_ROUTE_CHANGED"),
        ({"beneficiaries": frozenset({WHO["colleague"]})}, "RESTARTED_ROUTE_CHANGED"),
    ],
)
def test_nobody_slips_a_bigger_claim_past_those_who_signed_the_smaller_one(
    change: dict[str, object], code: str
) -> None:
    paper = at_the_vice()
    paper.send_back("vice", resubmit=BACK)
    paper.do("nurse", c.Resubmit("v2", **change))  # type: ignore[arg-type]  # the table mixes the fields
    assert paper.waiting_for() == {"head"}
    assert paper.explained(code).code == code


def test_sent_back_to_an_earlier_node_everything_after_it_runs_again() -> None:
    paper = at_the_vice()
    paper.send_back("vice", to_node="dept")
    assert paper.waiting_for() == {"head"}
    assert paper.status_of("office") is NodeStatus.WAITING
    paper.approve("head")
    assert paper.waiting_for() == {"auditor"}


def test_sent_back_to_an_earlier_node_it_can_come_straight_back() -> None:
    paper = at_the_vice()
    paper.send_back("vice", to_node="dept", resubmit=BACK)
    assert paper.waiting_for() == {"head"}
    assert paper.status_of("office") is NodeStatus.DONE
    paper.approve("head")
    assert paper.waiting_for() == {"vice"}


@pytest.mark.parametrize("target", ["vice", "nowhere", "president"])
def test_it_can_only_be_sent_back_to_a_node_it_passed(target: str) -> None:
    paper = Paper(plan_of(*THREE, node("president", "president")))
    paper.approve("head")
    paper.approve("auditor")
    command = c.SendBack(paper.task("vice").id, "v1", "退", target)
    assert paper.refused("vice", command).code == "SEND_BACK_TARGET"


def test_sending_back_needs_a_reason() -> None:
    paper = at_the_vice()
    assert paper.refused("vice", c.SendBack(paper.task("vice").id, "v1", " ")).code == (
        "COMMENT_REQUIRED"
    )


def test_only_a_returned_document_is_resubmitted_and_only_by_its_requester() -> None:
    paper = at_the_vice()
    assert paper.refused("nurse", c.Resubmit("v2")).code == "NOT_RETURNED"
    paper.send_back("vice")
    assert paper.refused("head", c.Resubmit("v2")).code == "NOT_REQUESTER"


def test_a_requester_who_left_while_it_was_with_them_is_an_alarm() -> None:
    paper = at_the_vice()
    paper.send_back("vice")
    paper.do("system", c.OrgChanged(left=(WHO["nurse"],)))
    assert paper.alarms() == ["holder_inactive"]
    paper.do("admin", c.Void("提交人已离职"))
    assert paper.status() is InstanceStatus.VOIDED
    assert paper.alarms() == []


def test_a_withdrawn_document_leaves_nobody_with_anything_to_do() -> None:
    """撤回: the nurse notices the wrong project number."""
    paper = at_the_vice()
    paper.do("nurse", c.Withdraw("项目填错"))
    assert paper.status() is InstanceStatus.WITHDRAWN
    assert paper.waiting_for() == set()
    refusal = paper.refused("vice", c.Approve(paper.task("vice").id, "v1"))
    assert refusal.code == "TASK_CLOSED"
    assert paper.refused("nurse", c.Withdraw()).code == "INSTANCE_CLOSED"


@pytest.mark.parametrize(
    ("policy", "early", "late"),
    [
        (WithdrawPolicy.ANY_TIME, True, True),
        (WithdrawPolicy.BEFORE_FIRST_DECISION, True, False),
        (WithdrawPolicy.NEVER, False, False),
    ],
)
def test_the_flow_says_until_when_it_may_be_withdrawn(
    policy: WithdrawPolicy, early: bool, late: bool
) -> None:
    for decided, allowed in ((False, early), (True, late)):
        paper = Paper(plan_of(*THREE, withdraw=policy))
        if decided:
            paper.approve("head")
        if allowed:
            paper.do("nurse", c.Withdraw())
        else:
            assert paper.refused("nurse", c.Withdraw()).code == "WITHDRAW_TOO_LATE"


def test_nobody_else_withdraws_it() -> None:
    assert at_the_vice().refused("head", c.Withdraw()).code == "NOT_REQUESTER"


def test_what_was_paid_is_not_withdrawn_or_altered() -> None:
    paper = Paper(plan_of(*claim_chain(), node("archive", "keeper")))
    for who in ("head", "reviewer", "cashier"):
        paper.approve(who)
    assert paper.status() is InstanceStatus.RUNNING
    assert paper.refused("nurse", c.Withdraw()).code == "WITHDRAW_TOO_LATE"
    alter = c.Alter("v2", plan_of(*claim_chain()), 1, "改")
    assert paper.refused("nurse", alter).code == "ALTER_TOO_LATE"


def test_an_approved_document_is_voided_once_and_with_a_reason() -> None:
    """作废: the trip does not take place."""
    paper = at_the_vice()
    assert paper.refused("nurse", c.Void("不去了")).code == "NOT_VOIDABLE"
    paper.approve("vice")
    assert paper.refused("head", c.Void("不去了")).code == "NOT_ADMINISTRATOR"
    assert paper.refused("nurse", c.Void("")).code == "COMMENT_REQUIRED"
    paper.do("nurse", c.Void("不去了"))
    assert paper.status() is InstanceStatus.VOIDED
    assert paper.refused("nurse", c.Void("再来")).code == "NOT_VOIDABLE"


def test_the_requester_does_not_void_what_was_paid_but_an_administrator_can() -> None:
    paper = Paper(plan_of(*claim_chain()))
    for who in ("head", "reviewer", "cashier"):
        paper.approve(who)
    assert paper.refused("nurse", c.Void("退款")).code == "NOT_VOIDABLE"
    paper.do("admin", c.Void("已退款"))
    assert paper.status() is InstanceStatus.VOIDED


def alteration() -> c.Alter:
    return c.Alter("v2", plan_of(*THREE), 200_000, "延长两天")


def test_an_approved_trip_is_altered_and_goes_round_again() -> None:
    """变更: two more days in Beijing."""
    paper = at_the_vice()
    paper.approve("vice")
    paper.do("nurse", alteration())
    assert paper.status() is InstanceStatus.RUNNING
    assert paper.waiting_for() == {"head"}
    for who in ("head", "auditor", "vice"):
        paper.approve(who)
    assert paper.status() is InstanceStatus.APPROVED
    assert (paper.state.snapshot_hash, paper.state.amount_fen) == ("v2", 200_000)


@pytest.mark.parametrize("how", ["reject", "withdraw"])
def test_when_an_alteration_fails_what_was_approved_stays_in_force(how: str) -> None:
    paper = at_the_vice()
    paper.approve("vice")
    paper.do("nurse", alteration())
    if how == "reject":
        paper.reject("head")
    else:
        paper.do("nurse", c.Withdraw())
    assert paper.status() is InstanceStatus.APPROVED
    assert (paper.state.snapshot_hash, paper.state.amount_fen) == ("v1", 100_000)
    assert paper.waiting_for() == set()
    (dropped,) = paper.happened(EventKind.ALTERATION_DROPPED)
    assert dropped.data == {"round": 1, "snapshot_hash": "v1"}


def test_altering_on_the_way_starts_again_with_the_new_version() -> None:
    paper = at_the_vice()
    old = paper.task("vice").id
    paper.do("nurse", alteration())
    assert paper.waiting_for() == {"head"}
    assert paper.refused("vice", c.Approve(old, "v2")).code == "TASK_CLOSED"


def test_a_rejected_document_is_reopened_with_a_new_version() -> None:
    """唤醒."""
    paper = at_the_vice()
    paper.reject("vice")
    paper.do("nurse", c.Reopen("v2", plan_of(*THREE), 50_000))
    assert paper.waiting_for() == {"head"}
    assert paper.state.round == 2
    assert counted_decisions(paper.state) == [], "the first round's signatures do not count"


def test_only_an_ended_document_is_reopened() -> None:
    reopen = c.Reopen("v2", plan_of(*THREE), 50_000)
    assert at_the_vice().refused("nurse", reopen).code == "NOT_REOPENABLE"


def test_a_new_route_drops_nodes_and_their_signatures_with_them() -> None:
    """Without this, a signature of a node the new route no longer has would still count."""
    paper = at_the_vice()
    paper.send_back("vice")
    short = plan_of(node("dept", "head"), node("president", "auditor"))
    paper.do("nurse", c.Resubmit("v2", short, 10_000))
    paper.approve("head")
    assert paper.waiting_for() == {"auditor"}
    assert paper.status_of("office") is NodeStatus.SUPERSEDED


def test_finance_deducts_and_those_after_see_the_new_version() -> None:
    """核减: 120 yuan over the lodging standard."""
    paper = Paper(plan_of(*claim_chain()))
    paper.approve("head")
    task_id = paper.task("reviewer").id
    paper.do("reviewer", c.Amend(task_id, "deduct", "v1", "v2", 88_000, "住宿超标"))
    assert paper.state.amount_fen == 88_000
    assert paper.refused("reviewer", c.Approve(task_id, "v1")).code == "SNAPSHOT_STALE"
    paper.approve("reviewer")
    assert paper.waiting_for() == {"cashier", "cashier2"}
    assert [one.snapshot_hash for one in paper.state.decisions] == ["v1", "v2"]


def test_nobody_amends_without_the_right_or_upwards() -> None:
    paper = Paper(plan_of(*claim_chain()))
    head = c.Amend(paper.task("head").id, "deduct", "v1", "v2", 88_000, "减")
    assert paper.refused("head", head).code == "NOT_ALLOWED_HERE"
    paper.approve("head")
    more = c.Amend(paper.task("reviewer").id, "deduct", "v1", "v2", 100_001, "加")
    assert paper.refused("reviewer", more).code == "NOT_ALLOWED_HERE"
