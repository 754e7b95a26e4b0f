"""会签, 或签, 依次, 抢办, 票签: what makes a node complete, and what does not."""

import uuid

import pytest
from tests.domain.approval.hospital import WHO, Paper, claim_chain, node, plan_of

from mobile_hrp.domain.approval import commands as c
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.plan import EvidenceRule, VoteRule
from mobile_hrp.domain.approval.terms import (
    InstanceStatus,
    NodeKind,
    NodeStatus,
    SignMode,
    TaskStatus,
)


def test_a_nurse_claims_her_travel_and_it_goes_from_head_to_finance_to_cashier() -> None:
    """护士张 claims 1,000 yuan: department head, finance review, cashier, done."""
    paper = Paper(plan_of(*claim_chain()))
    assert paper.waiting_for() == {"head"}

    paper.approve("head")
    assert paper.waiting_for() == {"reviewer", "reviewer2"}

    paper.approve("reviewer")
    assert paper.waiting_for() == {"cashier", "cashier2"}
    assert paper.status() is InstanceStatus.RUNNING

    paper.approve("cashier")
    assert paper.status() is InstanceStatus.APPROVED
    assert paper.waiting_for() == set()
    assert [event.data["kind"] for event in paper.happened(EventKind.NODE_DONE)] == [
        "approve",
        "approve",
        "pay",
    ]


def test_any_one_of_two_heads_is_enough_and_the_other_has_nothing_left_to_do() -> None:
    """或签: the department has a head and a deputy; the deputy is on duty and agrees."""
    paper = Paper(plan_of(node("dept", "head", "deputy"), node("vice", "vice")))
    paper.approve("deputy")

    assert paper.waiting_for() == {"vice"}
    assert paper.task("head").status is TaskStatus.CLOSED
    assert len(paper.state.decisions) == 1
    refusal = paper.refused("head", c.Approve(paper.task("head").id, "v1"))
    assert refusal.code == "TASK_CLOSED"


def test_one_of_two_heads_rejecting_rejects() -> None:
    paper = Paper(plan_of(node("dept", "head", "deputy"), node("vice", "vice")))
    paper.reject("deputy")
    assert paper.status() is InstanceStatus.REJECTED
    assert paper.status_of("vice") is NodeStatus.WAITING
    assert not paper.tasks("vice")


def test_all_must_agree_and_the_last_one_completes_the_node() -> None:
    """会签: finance, audit and the keeper of the store countersign a big purchase."""
    paper = Paper(
        plan_of(
            node("countersign", "finance_head", "auditor", "keeper", mode=SignMode.ALL),
            node("president", "president"),
        )
    )
    assert paper.waiting_for() == {"finance_head", "auditor", "keeper"}
    paper.approve("auditor")
    paper.approve("keeper")
    assert paper.waiting_for() == {"finance_head"}
    assert not paper.tasks("president")
    paper.approve("finance_head")
    assert paper.waiting_for() == {"president"}


def test_one_rejection_among_all_ends_the_document_and_nobody_else_is_asked() -> None:
    paper = Paper(plan_of(node("countersign", "finance_head", "auditor", mode=SignMode.ALL)))
    paper.reject("auditor")
    assert paper.status() is InstanceStatus.REJECTED
    assert paper.task("finance_head").status is TaskStatus.CLOSED
    assert paper.waiting_for() == set()


def test_signing_in_turn_opens_one_task_after_the_other() -> None:
    """依次: each responsible office in the order the form names them."""
    paper = Paper(plan_of(node("offices", "auditor", "keeper", "vice", mode=SignMode.SEQUENTIAL)))
    assert paper.waiting_for() == {"auditor"}
    refusal = paper.refused("keeper", c.Approve(paper.task("keeper").id, "v1"))
    assert refusal.code == "TASK_NOT_YOUR_TURN"

    paper.approve("auditor")
    assert paper.waiting_for() == {"keeper"}
    paper.approve("keeper")
    paper.approve("vice")
    assert paper.status() is InstanceStatus.APPROVED


def test_a_claimed_task_belongs_to_the_claimer_until_released() -> None:
    """抢办: two reviewers on the night desk; one takes the claim, then is called away."""
    paper = Paper(plan_of(*claim_chain()))
    paper.approve("head")
    paper.do("reviewer", c.Claim(paper.task("reviewer").id))
    assert paper.waiting_for() == {"reviewer"}
    refusal = paper.refused("reviewer2", c.Approve(paper.task("reviewer2").id, "v1"))
    assert refusal.code == "TASK_TAKEN"

    paper.do("reviewer", c.Release(paper.task("reviewer").id))
    assert paper.waiting_for() == {"reviewer", "reviewer2"}
    paper.do("reviewer2", c.Claim(paper.task("reviewer2").id))
    paper.approve("reviewer2")
    assert paper.waiting_for() == {"cashier", "cashier2"}


def test_only_a_pool_task_can_be_claimed() -> None:
    paper = Paper(plan_of(node("dept", "head")))
    assert paper.refused("head", c.Claim(paper.task("head").id)).code == "NOT_CLAIMABLE"
    assert paper.refused("head", c.Release(paper.task("head").id)).code == "NOT_CLAIMABLE"


def committee(**rest: object) -> Paper:
    experts = ("expert1", "expert2", "expert3", "expert4", "auditor")
    return Paper(plan_of(node("committee", *experts, mode=SignMode.VOTE, **rest)))


def test_a_vote_passes_with_quorum_and_more_than_half_and_stops_there() -> None:
    """票签: five members, two thirds must be present (4 of 5), more than half must agree (3)."""
    paper = committee()
    paper.approve("expert1")
    paper.approve("expert2")
    paper.approve("expert3")
    assert paper.status() is InstanceStatus.RUNNING, "three yes, but only three of five are present"

    paper.abstain("expert4")
    assert paper.status() is InstanceStatus.APPROVED
    assert paper.task("auditor").status is TaskStatus.CLOSED


def test_a_vote_fails_as_soon_as_a_majority_is_out_of_reach() -> None:
    paper = committee()
    paper.reject("expert1")
    paper.reject("expert2")
    assert paper.status() is InstanceStatus.RUNNING, "a single no does not end a vote"
    paper.abstain("expert3")
    assert paper.status() is InstanceStatus.REJECTED


def test_exactly_half_is_not_more_than_half_unless_the_rule_says_so() -> None:
    two = ("expert1", "expert2")
    strict = Paper(plan_of(node("vote", *two, mode=SignMode.VOTE)))
    strict.approve("expert1")
    strict.reject("expert2")
    assert strict.status() is InstanceStatus.REJECTED

    lenient = Paper(plan_of(node("vote", *two, mode=SignMode.VOTE, vote=VoteRule(strict=False))))
    lenient.approve("expert1")
    lenient.reject("expert2")
    assert lenient.status() is InstanceStatus.APPROVED


@pytest.mark.parametrize(("members", "present"), [(3, 2), (6, 4), (9, 6), (30, 20)])
def test_exactly_two_thirds_are_a_quorum(members: int, present: int) -> None:
    """三分之二 has no exact number of basis points; 6667 must mean it all the same."""
    assert VoteRule().quorate(present, members)
    assert not VoteRule().quorate(present - 1, members)


def test_a_heavier_seat_counts_by_its_weight() -> None:
    """The chair's vote weighs three of six."""
    paper = committee(weights={"expert1": 3}, vote=VoteRule(quorum_bp=0))
    paper.approve("expert1")
    assert paper.status() is InstanceStatus.RUNNING
    paper.approve("expert2")
    assert paper.status() is InstanceStatus.APPROVED


def test_abstaining_leaves_the_decision_to_the_others() -> None:
    """回避: one of two heads knows the supplier and steps aside."""
    paper = Paper(plan_of(node("dept", "head", "deputy")))
    paper.abstain("head")
    assert paper.waiting_for() == {"deputy"}
    paper.approve("deputy")
    assert paper.status() is InstanceStatus.APPROVED


def test_a_notice_tells_people_and_holds_nothing_up() -> None:
    """抄送: medical affairs keeps a record, nobody waits for it."""
    paper = Paper(plan_of(node("record", "keeper", mode=SignMode.NOTIFY), node("head", "head")))
    assert paper.waiting_for() == {"head"}
    (copied,) = paper.happened(EventKind.COPIED)
    assert copied.staff == (WHO["keeper"],)


def test_a_task_is_decided_once() -> None:
    paper = Paper(plan_of(node("all", "head", "auditor", mode=SignMode.ALL)))
    first = paper.task("head").id
    paper.approve("head")
    assert paper.refused("head", c.Approve(first, "v1")).code == "TASK_ALREADY_DECIDED"
    assert paper.refused("head", c.Reject(first, "v1", "改主意")).code == "TASK_ALREADY_DECIDED"
    assert len(paper.state.decisions) == 1


def test_a_foreign_task_and_a_forged_one_get_the_same_answer() -> None:
    paper = Paper(plan_of(*claim_chain()))
    foreign = paper.refused("cashier", c.Approve(paper.task("head").id, "v1"))
    forged = paper.refused("cashier", c.Approve(uuid.UUID(int=4), "v1"))
    assert foreign.details == forged.details
    assert foreign.code == "TASK_NOT_FOUND"


def test_a_decision_on_an_older_version_is_refused_with_both_hashes() -> None:
    """The head has yesterday's figures on the screen."""
    paper = Paper(plan_of(*claim_chain()), snapshot="v2")
    refusal = paper.refused("head", c.Approve(paper.task("head").id, "v1"))
    assert refusal.code == "SNAPSHOT_STALE"
    assert refusal.details[0].params == {"seen": "v1", "current": "v2"}
    assert not paper.state.decisions


@pytest.mark.parametrize("comment", ["", "   "])
def test_a_rejection_needs_a_reason(comment: str) -> None:
    paper = Paper(plan_of(*claim_chain()))
    refusal = paper.refused("head", c.Reject(paper.task("head").id, "v1", comment))
    assert refusal.code == "COMMENT_REQUIRED"


def test_an_endless_comment_is_refused_with_the_limit() -> None:
    paper = Paper(plan_of(*claim_chain()))
    refusal = paper.refused("head", c.Approve(paper.task("head").id, "v1", "好" * 2001))
    assert refusal.code == "COMMENT_TOO_LONG"
    assert refusal.details[0].params == {"limit": 2000}
    paper.do("head", c.Approve(paper.task("head").id, "v1", "好" * 2000))


def test_goods_are_received_only_with_the_code_that_is_printed_on_them() -> None:
    """扫码收货: the keeper must scan the pallet, and it must be this pallet."""
    rule = EvidenceRule("scan", expected="PALLET-7")
    paper = Paper(
        plan_of(
            node("head", "head"),
            node(
                "receive",
                "keeper",
                mode=SignMode.CLAIM,
                kind=NodeKind.RECEIVE,
                evidence=(rule,),
            ),
        )
    )
    paper.approve("head")
    task_id = paper.task("keeper").id
    assert paper.refused("keeper", c.Approve(task_id, "v1")).code == "EVIDENCE_REQUIRED"
    wrong = c.Approve(task_id, "v1", evidence={"scan": "PALLET-8"})
    assert paper.refused("keeper", wrong).code == "EVIDENCE_MISMATCH"

    paper.do("keeper", c.Approve(task_id, "v1", evidence={"scan": "PALLET-7"}))
    assert paper.status() is InstanceStatus.APPROVED
    assert paper.state.decisions[-1].evidence == {"scan": "PALLET-7"}
