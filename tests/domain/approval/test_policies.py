"""Self-approval, repeated, absent and empty approvers: per node, and always explained."""

import pytest
from tests.domain.approval.hospital import LENIENT, WHO, Paper, node, plan_of

from mobile_hrp.domain.approval import commands as c
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.plan import Explanation, PlanNode
from mobile_hrp.domain.approval.terms import (
    AbsentPolicy,
    EmptyPolicy,
    InstanceStatus,
    NodeKind,
    NodeStatus,
    RepeatedPolicy,
    SelfApprovalPolicy,
    SignMode,
)
from mobile_hrp.domain.refusal import Refusal

VICE = node("vice", "vice")
PRESIDENT = node("president", "president")


def test_the_heads_own_claim_goes_to_the_vice_president() -> None:
    """科室主任本人报销: the head is the approver of his department and claims himself."""
    paper = Paper(plan_of(node("dept", "head"), PRESIDENT), requester="head")
    assert paper.waiting_for() == {"vice"}
    why = paper.explained("SELF_APPROVAL_REPLACED")
    assert why.params == {"staff": str(WHO["head"]), "to": str(WHO["vice"])}
    assert paper.codes("dept") == ["SELF_APPROVAL_REPLACED"]


def test_a_beneficiary_and_a_recused_relative_do_not_decide_either() -> None:
    """代同事报销, and the finance head is the colleague's wife."""
    paper = Paper(
        plan_of(node("all", "head", "finance_head", "auditor", mode=SignMode.ALL)),
        beneficiaries=("head",),
        recused=("finance_head",),
    )
    assert paper.waiting_for() == {"vice", "auditor"}
    assert paper.codes("all").count("SEAT_MERGED") == 1


def test_a_superior_who_is_concerned_too_is_passed_over() -> None:
    paper = Paper(plan_of(node("dept", "head")), requester="head", beneficiaries=("vice",))
    assert paper.waiting_for() == {"president"}


def test_the_exclude_policy_leaves_the_decision_to_the_others() -> None:
    dept = node("dept", "head", "deputy", self_approval=SelfApprovalPolicy.EXCLUDE)
    paper = Paper(plan_of(dept), requester="head")
    assert paper.waiting_for() == {"deputy"}
    assert paper.codes("dept") == ["SELF_APPROVAL_EXCLUDED"]


def test_the_second_person_policy_names_who_stands_in() -> None:
    dept = node(
        "dept",
        "head",
        self_approval=SelfApprovalPolicy.SECOND_PERSON,
        seconds=(WHO["auditor"], WHO["finance_head"]),
    )
    assert Paper(plan_of(dept), requester="head").waiting_for() == {"auditor"}
    assert Paper(plan_of(dept), requester="head", beneficiaries=("auditor",)).waiting_for() == {
        "finance_head"
    }


def test_the_refuse_policy_speaks_at_submission() -> None:
    """Not in the middle of somebody else's approval, where it would help nobody."""
    dept = node("dept", "head", self_approval=SelfApprovalPolicy.REFUSE, name="科室负责人")
    with pytest.raises(Refusal) as caught:
        Paper(plan_of(VICE, dept), requester="head")
    assert caught.value.code == "SELF_APPROVAL_PLANNED"
    assert caught.value.details[0].params == {"node": "科室负责人"}


def test_the_requester_confirms_and_receives_but_that_approves_nothing() -> None:
    """完工验收: the ward that reported the leak accepts the repair."""
    accept = node("accept", "nurse", kind=NodeKind.RECEIVE, self_approval=SelfApprovalPolicy.ALLOW)
    paper = Paper(plan_of(node("dept", "head"), accept))
    paper.approve("head")
    assert paper.waiting_for() == {"nurse"}
    paper.approve("nurse")
    assert paper.status() is InstanceStatus.APPROVED

    alone = Paper(plan_of(accept))
    alone.approve("nurse")
    assert alone.status() is InstanceStatus.RUNNING, "the requester alone approves nothing"
    assert alone.waiting_for() == {"admin", "admin2"}


def test_only_a_confirming_node_may_be_the_requesters_own() -> None:
    with pytest.raises(ValueError, match="requester's own"):
        plan_of(node("dept", "head", self_approval=SelfApprovalPolicy.ALLOW))


def test_who_approved_before_is_asked_again_when_the_hospital_wants_that() -> None:
    paper = Paper(plan_of(node("dept", "head"), node("office", "head"), sod=LENIENT))
    paper.approve("head")
    assert paper.waiting_for() == {"head"}
    paper.approve("head")
    assert paper.status() is InstanceStatus.APPROVED


def test_who_approved_the_same_content_before_agrees_automatically_and_visibly() -> None:
    """自动去重: the head of the department is also the head of the responsible office."""
    office = node("office", "head", repeated=RepeatedPolicy.AUTO_AGREE)
    paper = Paper(plan_of(node("dept", "head"), office, VICE, sod=LENIENT))
    paper.approve("head")
    assert paper.waiting_for() == {"vice"}
    assert paper.status_of("office") is NodeStatus.DONE
    why = paper.explained("REPEATED_AGREED")
    assert why.params == {"staff": str(WHO["head"]), "node": "dept"}
    decision = paper.state.decisions[-1]
    assert (decision.automatic, decision.on_behalf_of) == (True, WHO["head"])


@pytest.mark.parametrize(
    "office",
    [
        node("office", "head", repeated=RepeatedPolicy.AUTO_AGREE, kind=NodeKind.HANDLE),
        node("office", "head", repeated=RepeatedPolicy.AUTO_AGREE, mode=SignMode.VOTE),
    ],
)
def test_nothing_is_agreed_automatically_where_agreeing_is_more_than_a_click(
    office: PlanNode,
) -> None:
    paper = Paper(plan_of(node("dept", "head"), office, sod=LENIENT))
    paper.approve("head")
    assert paper.waiting_for() == {"head"}


def test_who_approved_another_version_is_asked_again() -> None:
    office = node("office", "head", repeated=RepeatedPolicy.AUTO_AGREE)
    dept = node("dept", "head")
    finance = node("finance", "reviewer", can=frozenset({"deduct"}))
    paper = Paper(plan_of(dept, finance, office, sod=LENIENT))
    paper.approve("head")
    paper.do(
        "reviewer", c.Amend(paper.task("reviewer").id, "deduct", "v1", "v2", 90_000, "超标核减")
    )
    paper.approve("reviewer")
    assert paper.waiting_for() == {"head"}


def test_the_second_desk_of_one_person_goes_to_the_superior_when_the_policy_says_so() -> None:
    office = node("office", "head", repeated=RepeatedPolicy.TO_SUPERIOR)
    paper = Paper(plan_of(node("dept", "head"), office, sod=LENIENT))
    paper.approve("head")
    assert paper.waiting_for() == {"vice"}
    assert paper.codes("office") == ["REPEATED_REPLACED"]


@pytest.mark.parametrize(
    ("policy", "holders", "code"),
    [
        (AbsentPolicy.TO_SUPERIOR, {"vice"}, "ABSENT_REPLACED"),
        (AbsentPolicy.TO_ADMIN, {"admin"}, "ABSENT_REPLACED"),
        (AbsentPolicy.BLOCK, {"head"}, "ABSENT_KEPT"),
    ],
)
def test_an_approver_who_left_before_the_paper_arrived(
    policy: AbsentPolicy, holders: set[str], code: str
) -> None:
    paper = Paper(plan_of(node("dept", "head", absent=policy)), inactive=("head",))
    assert paper.waiting_for() == holders
    assert paper.codes("dept") == [code]
    assert paper.alarms() == (["holder_inactive"] if policy is AbsentPolicy.BLOCK else [])


def test_an_approver_who_leaves_while_the_paper_waits_is_replaced_by_the_successor() -> None:
    """离职转办: the head retires on Friday with eleven claims in the list."""
    paper = Paper(plan_of(node("dept", "head"), PRESIDENT))
    left = c.OrgChanged(left=(WHO["head"],), successors={WHO["head"]: WHO["deputy"]})
    paper.do("system", left)
    assert paper.waiting_for() == {"deputy"}
    assert paper.codes("dept") == ["ABSENT_SUCCEEDED"]
    refusal = paper.refused("head", c.Approve(paper.tasks("head")[0].id, "v1"))
    assert refusal.code == "TASK_CLOSED"


def test_a_successor_who_may_not_decide_is_passed_over() -> None:
    paper = Paper(plan_of(node("dept", "head")), requester="deputy")
    left = c.OrgChanged(left=(WHO["head"],), successors={WHO["head"]: WHO["deputy"]})
    paper.do("system", left)
    assert paper.waiting_for() == {"vice"}


def test_the_last_missing_signature_of_somebody_who_left_does_not_hold_the_rest() -> None:
    all_ = node("all", "head", "auditor", mode=SignMode.ALL, absent=AbsentPolicy.EXCLUDE)
    paper = Paper(plan_of(all_, PRESIDENT))
    paper.approve("auditor")
    paper.do("system", c.OrgChanged(left=(WHO["head"],)))
    assert paper.waiting_for() == {"president"}
    assert paper.codes("all") == ["ABSENT_EXCLUDED"]


def test_a_pool_simply_goes_on_without_the_one_who_left() -> None:
    pool = node("finance", "reviewer", "reviewer2", mode=SignMode.CLAIM)
    paper = Paper(plan_of(pool))
    paper.do("reviewer", c.Claim(paper.task("reviewer").id))
    paper.do("system", c.OrgChanged(left=(WHO["reviewer"],)))
    assert paper.waiting_for() == {"reviewer2"}, "and the claim is free again"


@pytest.mark.parametrize(
    ("policy", "holders", "code", "alarms"),
    [
        (EmptyPolicy.SKIP, {"vice"}, "EMPTY_SKIPPED", []),
        (EmptyPolicy.TO_ADMIN, {"admin", "admin2"}, "EMPTY_TO_ADMIN", []),
        (EmptyPolicy.BLOCK, set(), "EMPTY_BLOCKED", ["node_blocked"]),
    ],
)
def test_a_node_without_anybody(
    policy: EmptyPolicy, holders: set[str], code: str, alarms: list[str]
) -> None:
    """The new department has no head yet."""
    paper = Paper(plan_of(node("dept", empty=policy), VICE))
    assert paper.waiting_for() == holders
    assert set(paper.codes("dept")) == {code}
    assert paper.alarms() == alarms


def test_a_blocked_node_is_an_alarm_until_an_administrator_seats_somebody() -> None:
    paper = Paper(plan_of(node("dept", empty=EmptyPolicy.BLOCK), VICE))
    (raised,) = paper.happened(EventKind.ALARM_RAISED)
    assert raised.staff == (WHO["admin"], WHO["admin2"])
    refusal = paper.refused("head", c.Assign("dept", (WHO["head"],), "我来"))
    assert refusal.code == "NOT_ADMINISTRATOR"
    own = paper.refused("admin", c.Assign("dept", (WHO["nurse"],), "本人"))
    assert own.code == "SELF_APPROVAL"

    paper.do("admin", c.Assign("dept", (WHO["head"],), "新任主任"))
    assert paper.waiting_for() == {"head"}
    assert paper.alarms() == []
    assert paper.happened(EventKind.ALARM_CLEARED)


def test_a_blocked_node_finds_its_people_again_when_they_come_back() -> None:
    dept = node("dept", "head", absent=AbsentPolicy.EXCLUDE, empty=EmptyPolicy.BLOCK)
    paper = Paper(plan_of(dept), inactive=("head",))
    assert paper.alarms() == ["node_blocked"]
    paper.do("system", c.OrgChanged(returned=(WHO["head"],)))
    assert paper.waiting_for() == {"head"}
    assert paper.alarms() == []


def test_when_everybody_abstains_the_node_is_empty() -> None:
    paper = Paper(plan_of(node("dept", "head", "deputy"), VICE))
    paper.abstain("head")
    paper.abstain("deputy")
    assert paper.waiting_for() == {"admin", "admin2"}
    assert "EMPTY_TO_ADMIN" in paper.codes("dept")


def test_no_document_is_approved_by_nobody() -> None:
    """Every node may be skipped when it is empty; then the administrators are asked."""
    nodes = (node("a", empty=EmptyPolicy.SKIP), node("b", empty=EmptyPolicy.SKIP))
    paper = Paper(plan_of(*nodes))
    assert paper.status() is InstanceStatus.RUNNING
    assert paper.waiting_for() == {"admin", "admin2"}
    assert "NO_HUMAN_DECISION" in paper.codes("b")
    paper.approve("admin2")
    assert paper.status() is InstanceStatus.APPROVED

    nobody = Paper(plan_of(*nodes, administrators=()))
    assert nobody.status() is InstanceStatus.RUNNING
    assert nobody.alarms() == ["node_blocked"]


def test_an_administrator_does_not_rescue_their_own_claim() -> None:
    paper = Paper(plan_of(node("a"), administrators=(WHO["admin"],)), requester="admin")
    assert paper.waiting_for() == set()
    assert paper.alarms() == ["node_blocked"]


def test_a_node_that_routing_left_out_says_why() -> None:
    why = Explanation("CONDITION_FALSE", {"rule": "approved_amount > T4", "value": 100_000})
    paper = Paper(plan_of(node("dept", "head"), node("president", "president", skip=why)))
    paper.approve("head")
    assert paper.status() is InstanceStatus.APPROVED
    assert paper.status_of("president") is NodeStatus.SKIPPED
    assert paper.at("president").explanations == (why,)
    assert not paper.tasks("president")
