"""加签, 减签, 转交, 委派, 拿回: bringing other people in, and what happens to the seat."""

import itertools
from typing import Any

import pytest
from tests.domain.approval.hospital import LENIENT, WHO, Paper, node, plan_of

from mobile_hrp.domain.approval import commands as c
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.terms import (
    Action,
    AddPosition,
    InstanceStatus,
    SignMode,
    TaskKind,
    TaskStatus,
    Verdict,
)


def head_then_vice(**rest: Any) -> Paper:
    return Paper(plan_of(node("head", "head", **rest), node("vice", "vice")))


def test_an_approver_added_before_goes_first_and_then_it_is_my_turn_again() -> None:
    """前加签: the head wants the equipment keeper to look at the quotation before he signs."""
    paper = head_then_vice()
    paper.add("head", "keeper", AddPosition.BEFORE)
    assert paper.waiting_for() == {"keeper"}
    refusal = paper.refused("head", c.Approve(paper.task("head").id, "v1"))
    assert refusal.code == "TASK_NOT_YOUR_TURN"

    paper.approve("keeper")
    assert paper.waiting_for() == {"head"}
    paper.approve("head")
    assert paper.waiting_for() == {"vice"}


def test_a_no_of_somebody_added_before_is_a_no() -> None:
    paper = head_then_vice()
    paper.add("head", "keeper", AddPosition.BEFORE)
    paper.reject("keeper")
    assert paper.status() is InstanceStatus.REJECTED
    assert paper.task("head").status is TaskStatus.CLOSED


def test_an_approver_added_after_is_asked_once_i_agreed_and_holds_the_node() -> None:
    """后加签: the head agrees, but the store must confirm the stock before it goes on."""
    paper = head_then_vice()
    paper.add("head", "keeper", AddPosition.AFTER)
    assert paper.waiting_for() == {"head"}
    paper.approve("head")
    assert paper.waiting_for() == {"keeper"}
    assert not paper.tasks("vice")
    paper.approve("keeper")
    assert paper.waiting_for() == {"vice"}


def test_nobody_added_after_is_asked_when_i_reject() -> None:
    paper = head_then_vice()
    paper.add("head", "keeper", AddPosition.AFTER)
    paper.reject("head")
    assert paper.status() is InstanceStatus.REJECTED
    assert paper.task("keeper").opened_at is None


def test_an_approver_added_beside_has_a_seat_of_their_own() -> None:
    """并加签 in a countersignature: the node now needs three."""
    paper = Paper(plan_of(node("all", "head", "auditor", mode=SignMode.ALL)))
    paper.add("head", "keeper", AddPosition.BESIDE)
    assert paper.waiting_for() == {"head", "auditor", "keeper"}
    paper.approve("head")
    paper.approve("auditor")
    assert paper.status() is InstanceStatus.RUNNING
    paper.approve("keeper")
    assert paper.status() is InstanceStatus.APPROVED


def test_somebody_added_beside_in_a_row_comes_right_after_me() -> None:
    paper = Paper(plan_of(node("row", "head", "auditor", mode=SignMode.SEQUENTIAL)))
    paper.add("head", "keeper", AddPosition.BESIDE)
    paper.approve("head")
    assert paper.waiting_for() == {"keeper"}
    paper.approve("keeper")
    assert paper.waiting_for() == {"auditor"}


def test_added_approvers_may_add_too_but_not_without_end() -> None:
    paper = head_then_vice()
    row = ["head", "keeper", "auditor", "colleague", "expert1"]
    for who, added in itertools.pairwise(row[:4]):
        paper.add(who, added, AddPosition.BEFORE)
    refusal = paper.refused(
        "colleague",
        c.AddApprover(paper.task("colleague").id, WHO["expert1"], AddPosition.BEFORE),
    )
    assert refusal.code == "ADDED_TOO_DEEP"
    for who in ("colleague", "auditor", "keeper", "head"):
        assert paper.waiting_for() == {who}
        paper.approve(who)
    assert paper.waiting_for() == {"vice"}


def test_i_can_remove_whom_i_added_while_they_have_not_decided() -> None:
    """减签: the keeper turns out to be on leave."""
    paper = head_then_vice()
    paper.add("head", "keeper", AddPosition.BEFORE)
    paper.do("head", c.RemoveApprover(paper.task("keeper").id))
    assert paper.waiting_for() == {"head"}
    assert paper.task("keeper").status is TaskStatus.CLOSED

    paper.add("head", "auditor", AddPosition.BEFORE)
    paper.approve("auditor")
    refusal = paper.refused("head", c.RemoveApprover(paper.task("auditor").id))
    assert refusal.code == "TASK_ALREADY_DECIDED"


def test_nobody_removes_those_the_flow_put_there() -> None:
    paper = Paper(plan_of(node("all", "head", "auditor", mode=SignMode.ALL)))
    refusal = paper.refused("head", c.RemoveApprover(paper.task("auditor").id))
    assert refusal.code == "NOT_ADDED_BY_YOU"
    stranger = paper.refused("keeper", c.RemoveApprover(paper.task("auditor").id))
    assert stranger.code == "TASK_NOT_FOUND"


def test_the_last_seat_of_a_node_is_not_removed() -> None:
    paper = head_then_vice()
    paper.add("head", "keeper", AddPosition.BESIDE)
    paper.abstain("head")
    paper.do("admin", c.Assign("head", (WHO["auditor"],), "补位", paper.task("keeper").id))
    assert paper.waiting_for() == {"auditor"}
    only = Paper(plan_of(node("x", empty="block"), node("vice", "vice")))
    only.do("admin", c.Assign("x", (WHO["auditor"],), "补位"))
    assert only.waiting_for() == {"auditor"}
    refusal = only.refused("admin", c.RemoveApprover(only.task("auditor").id))
    assert refusal.code == "LAST_APPROVER"


def test_a_transfer_is_for_good() -> None:
    """转交: the head is moved to another campus and hands the claim to the deputy."""
    paper = head_then_vice()
    old = paper.task("head")
    paper.do("head", c.Transfer(old.id, WHO["deputy"], "请你审"))
    assert paper.waiting_for() == {"deputy"}
    assert paper.refused("head", c.Approve(old.id, "v1")).code == "TASK_CLOSED"
    paper.approve("deputy")
    assert paper.waiting_for() == {"vice"}
    (decision,) = paper.state.decisions
    assert (decision.actor, decision.on_behalf_of) == (WHO["deputy"], None)


def test_what_was_delegated_comes_back_with_an_opinion_and_only_mine_binds() -> None:
    """委派: the head asks the deputy; the deputy is against it; the head decides."""
    paper = head_then_vice()
    paper.do("head", c.Delegate(paper.task("head").id, WHO["deputy"]))
    assert paper.waiting_for() == {"deputy"}
    paper.reject("deputy", "价格偏高")
    assert paper.status() is InstanceStatus.RUNNING
    assert paper.waiting_for() == {"head"}
    (back,) = paper.happened(EventKind.DELEGATE_RETURNED)
    assert back.data == {"verdict": "rejected", "comment": "价格偏高"}
    assert back.staff == (WHO["head"],)

    paper.approve("head")
    assert paper.waiting_for() == {"vice"}
    opinion, verdict = paper.state.decisions
    assert (opinion.binding, opinion.verdict) == (False, Verdict.REJECTED)
    assert (verdict.binding, verdict.actor) == (True, WHO["head"])


def test_i_can_take_back_what_i_delegated() -> None:
    paper = head_then_vice()
    paper.do("head", c.Delegate(paper.task("head").id, WHO["deputy"]))
    paper.do("head", c.TakeBack(paper.task("head").id))
    assert paper.waiting_for() == {"head"}
    refusal = paper.refused("deputy", c.Approve(paper.task("deputy").id, "v1"))
    assert refusal.code == "TASK_CLOSED"
    again = paper.refused("head", c.TakeBack(paper.task("head").id))
    assert again.code == "NOTHING_TO_TAKE_BACK"


def test_a_delegate_may_not_delegate_or_bring_in_others() -> None:
    paper = head_then_vice()
    paper.do("head", c.Delegate(paper.task("head").id, WHO["deputy"]))
    task_id = paper.task("deputy").id
    refusal = paper.refused("deputy", c.Delegate(task_id, WHO["keeper"]))
    assert refusal.code == "PROXY_CANNOT_PASS_ON"
    added = c.AddApprover(task_id, WHO["keeper"], AddPosition.BEFORE)
    assert paper.refused("deputy", added).code == "NOT_ALLOWED_HERE"


def test_a_consultation_asks_without_holding_anything_up() -> None:
    """征求意见: the head asks the auditor and the requester, and delegates meanwhile."""
    paper = head_then_vice()
    paper.do("head", c.Consult(paper.task("head").id, WHO["auditor"], "合规吗"))
    paper.do("head", c.Delegate(paper.task("head").id, WHO["deputy"]))
    paper.approve("deputy")
    assert "head" in paper.waiting_for(), "an open question must not keep the task parked"

    asked = paper.task("auditor", TaskKind.CONSULT)
    paper.do("auditor", c.AnswerConsult(asked.id, "合规"))
    (answer,) = paper.happened(EventKind.CONSULT_ANSWERED)
    assert answer.staff == (WHO["head"],)
    assert not paper.state.decisions[1:]
    refusal = paper.refused("auditor", c.Approve(asked.id, "v1"))
    assert refusal.code == "TASK_CLOSED"


def test_an_open_question_closes_with_its_node() -> None:
    paper = head_then_vice()
    paper.do("head", c.Consult(paper.task("head").id, WHO["auditor"], "合规吗"))
    paper.approve("head")
    assert paper.task("auditor", TaskKind.CONSULT).status is TaskStatus.CLOSED


@pytest.mark.parametrize(
    ("action", "command"),
    [
        (Action.TRANSFER, "Transfer"),
        (Action.DELEGATE, "Delegate"),
        (Action.ADD_APPROVER, "AddApprover"),
        (Action.CONSULT, "Consult"),
        (Action.REJECT, "Reject"),
        (Action.ABSTAIN, "Abstain"),
        (Action.SEND_BACK, "SendBack"),
    ],
)
def test_a_node_can_take_an_action_away(action: Action, command: str) -> None:
    """三重一大: what the party committee decides is not handed on."""
    paper = head_then_vice(forbids=frozenset({action}))
    task_id, auditor = paper.task("head").id, WHO["auditor"]
    commands: dict[str, c.Command] = {
        "Transfer": c.Transfer(task_id, auditor),
        "Delegate": c.Delegate(task_id, auditor),
        "AddApprover": c.AddApprover(task_id, auditor, AddPosition.BEFORE),
        "Consult": c.Consult(task_id, auditor, "?"),
        "Reject": c.Reject(task_id, "v1", "不"),
        "Abstain": c.Abstain(task_id, "v1"),
        "SendBack": c.SendBack(task_id, "v1", "改"),
    }
    refusal = paper.refused("head", commands[command])
    assert refusal.code == "NOT_ALLOWED_HERE"
    assert refusal.details[0].params == {"action": action.value, "node": "head"}


@pytest.mark.parametrize("who", ["nurse", "colleague"])
def test_nobody_concerned_is_brought_in_by_any_door(who: str) -> None:
    """The requester, or the colleague who gains from it, cannot be handed the decision."""
    paper = Paper(plan_of(node("head", "head"), node("vice", "vice")), beneficiaries=("colleague",))
    task_id = paper.task("head").id
    for command in (
        c.Transfer(task_id, WHO[who]),
        c.Delegate(task_id, WHO[who]),
        c.AddApprover(task_id, WHO[who], AddPosition.BEFORE),
        c.AddApprover(task_id, WHO[who], AddPosition.AFTER),
        c.AddApprover(task_id, WHO[who], AddPosition.BESIDE),
    ):
        assert paper.refused("head", command).code == "SELF_APPROVAL"


def test_nobody_is_seated_twice_in_one_node() -> None:
    paper = Paper(plan_of(node("all", "head", "auditor", mode=SignMode.ALL), sod=LENIENT))
    refusal = paper.refused("head", c.Transfer(paper.task("head").id, WHO["auditor"]))
    assert refusal.code == "ALREADY_SEATED"


def test_a_vote_has_seats_but_nobody_before_or_after_a_vote() -> None:
    paper = Paper(plan_of(node("vote", "expert1", "expert2", mode=SignMode.VOTE)))
    before = c.AddApprover(paper.task("expert1").id, WHO["expert3"], AddPosition.BEFORE)
    assert paper.refused("expert1", before).code == "NOT_ALLOWED_HERE"
    paper.add("expert1", "expert3", AddPosition.BESIDE)
    paper.approve("expert1")
    assert paper.status() is InstanceStatus.RUNNING
    paper.approve("expert3")
    assert paper.status() is InstanceStatus.APPROVED
