"""不相容职务: at routing, at decision, and as the auditor's question to history."""

import dataclasses

import pytest
from tests.domain.approval.hospital import LENIENT, WHO, Paper, grant, node, plan_of

from mobile_hrp.domain.approval import commands as c
from mobile_hrp.domain.approval.liveness import liveness_alarms
from mobile_hrp.domain.approval.plan import LinkedDuty, SodPolicy
from mobile_hrp.domain.approval.separation import HistoryMark, SodFinding, audit_history
from mobile_hrp.domain.approval.terms import (
    Duty,
    InstanceStatus,
    NodeKind,
    RepeatedPolicy,
    SignMode,
)


def test_who_approved_does_not_pay() -> None:
    """审批与支付: a small campus where the reviewer also works at the cash desk."""
    pay = node("pay", "reviewer", "cashier", mode=SignMode.CLAIM, kind=NodeKind.PAY)
    paper = Paper(plan_of(node("finance", "reviewer"), pay, sod=LENIENT))
    paper.approve("reviewer")
    assert paper.waiting_for() == {"cashier"}
    assert paper.codes("pay") == ["DUTY_CONFLICT_EXCLUDED"]
    why = paper.explained("DUTY_CONFLICT_EXCLUDED").params
    assert (why["duty"], why["held"], why["node"]) == ("pay", "approve", "finance")


def test_nobody_is_handed_a_post_that_clashes_with_what_they_did() -> None:
    pay = node("pay", "cashier", kind=NodeKind.PAY)
    paper = Paper(plan_of(node("finance", "reviewer"), pay, sod=LENIENT))
    paper.approve("reviewer")
    refusal = paper.refused("cashier", c.Transfer(paper.task("cashier").id, WHO["reviewer"]))
    assert refusal.code == "DUTY_CONFLICT"


def test_who_bought_does_not_accept_the_goods() -> None:
    """采购与验收, across two documents: the purchase is linked to the receipt."""
    bought = LinkedDuty(WHO["keeper"], Duty.HANDLE, "采购单 7")
    accept = node("accept", "keeper", "colleague", kind=NodeKind.RECEIVE)
    sod = SodPolicy(pairs=((Duty.HANDLE, Duty.RECEIVE),))
    paper = Paper(plan_of(node("dept", "head"), accept, sod=sod, linked_duties=(bought,)))
    paper.approve("head")
    assert paper.waiting_for() == {"colleague"}
    assert paper.explained("DUTY_CONFLICT_EXCLUDED").params["node"] == "采购单 7"


def test_nobody_fills_two_seats_of_one_chain() -> None:
    paper = Paper(plan_of(node("dept", "head"), node("office", "head", "auditor")))
    paper.approve("head")
    assert paper.waiting_for() == {"auditor"}
    refusal = paper.refused("auditor", c.Transfer(paper.task("auditor").id, WHO["head"]))
    assert refusal.code == "SECOND_SEAT"


def test_repeating_agreement_automatically_is_no_way_around_one_seat() -> None:
    office = node("office", "head", repeated=RepeatedPolicy.AUTO_AGREE)
    paper = Paper(plan_of(node("dept", "head"), office))
    paper.approve("head")
    assert paper.waiting_for() == {"vice"}
    assert len(paper.state.decisions) == 1


def test_confirming_is_not_a_seat_of_the_chain() -> None:
    """替班确认: the deputy takes over the shift and is an approver as well."""
    confirm = node("confirm", "deputy", kind=NodeKind.CONFIRM)
    paper = Paper(plan_of(confirm, node("dept", "deputy")))
    paper.approve("deputy")
    assert paper.waiting_for() == {"deputy"}


def test_an_undone_signature_frees_its_seat() -> None:
    """After a send-back the chain begins anew, also for the seats."""
    paper = Paper(plan_of(node("dept", "head"), node("vice", "vice")))
    paper.approve("head")
    paper.send_back("vice")
    paper.do("nurse", c.Resubmit("v2"))
    paper.approve("head")
    assert paper.waiting_for() == {"vice"}


def test_a_person_found_to_be_a_relative_is_taken_off_the_case() -> None:
    paper = Paper(plan_of(node("dept", "head"), node("president", "president")))
    paper.do("system", c.Recuse((WHO["head"],), "与供应商有亲属关系"))
    assert paper.waiting_for() == {"vice"}
    refusal = paper.refused("vice", c.Transfer(paper.task("vice").id, WHO["head"]))
    assert refusal.code == "SELF_APPROVAL"


def test_the_decision_is_checked_again_when_it_is_made() -> None:
    """Even a task that should never have been there (written by hand, say) cannot be decided."""
    paper = Paper(plan_of(node("dept", "head"), node("vice", "vice")))
    task = paper.task("head")
    forged = dataclasses.replace(task, assignee=WHO["nurse"])
    paper.state = dataclasses.replace(paper.state, tasks={**paper.state.tasks, task.id: forged})
    assert paper.refused("nurse", c.Approve(task.id, "v1")).code == "SELF_APPROVAL"
    assert [alarm.kind.value for alarm in liveness_alarms(paper.state)] == ["holder_conflicted"]


def clean_paper() -> Paper:
    paper = Paper(
        plan_of(node("dept", "head"), node("office", "auditor"), node("vice", "vice")),
        proxies=(grant("vice", "finance_head"),),
    )
    for who in ("head", "auditor", "finance_head"):
        paper.approve(who)
    assert paper.status() is InstanceStatus.APPROVED
    return paper


def test_the_auditor_finds_nothing_in_a_clean_history() -> None:
    assert audit_history(clean_paper().state) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"actor": WHO["nurse"]}, "SELF_APPROVAL"),
        ({"on_behalf_of": WHO["nurse"]}, "SELF_APPROVAL"),
        ({"actor": WHO["head"]}, "SECOND_SEAT"),
        ({"on_behalf_of": WHO["head"]}, "SECOND_SEAT"),
    ],
)
def test_the_auditor_finds_what_was_written_past_the_engine(
    changes: dict[str, object], code: str
) -> None:
    state = clean_paper().state
    first, second, third = state.decisions
    tampered = dataclasses.replace(third, **changes)  # type: ignore[arg-type]  # the table mixes the fields
    found = audit_history(dataclasses.replace(state, decisions=(first, second, tampered)))
    assert [finding.code for finding in found] == [code]
    assert found[0].seq == third.seq


def test_the_auditor_finds_incompatible_duties() -> None:
    pay = node("pay", "cashier", kind=NodeKind.PAY)
    paper = Paper(plan_of(node("finance", "reviewer"), pay, sod=LENIENT))
    paper.approve("reviewer")
    paper.approve("cashier")
    first, second = paper.state.decisions
    tampered = dataclasses.replace(second, actor=WHO["reviewer"])
    state = dataclasses.replace(paper.state, decisions=(first, tampered))
    (finding,) = audit_history(state)
    assert finding == SodFinding("DUTY_CONFLICT", WHO["reviewer"], "pay", second.seq, "finance")


def test_a_signature_that_was_undone_in_between_is_no_second_seat() -> None:
    """The head signed, it was sent back, and the second time another desk was his."""
    state = clean_paper().state
    first, second, third = state.decisions
    moved = dataclasses.replace(third, actor=WHO["head"], on_behalf_of=None)
    marks = [HistoryMark(one.seq, one.node_key, one) for one in (first, second, moved)]
    assert [one.code for one in audit_history(state, marks)] == ["SECOND_SEAT"]
    undone = HistoryMark(first.seq + 1, first.node_key)
    assert audit_history(state, [*marks, undone]) == []
