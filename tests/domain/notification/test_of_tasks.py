"""Which kind tells of which task."""

import pytest

from mobile_hrp.domain.approval.terms import NodeKind, TaskKind
from mobile_hrp.domain.notification.of_tasks import kind_of_task

USUAL = ("approver_todo", "applicant_result")
URGENT = ("approver_todo_urgent", "handler_todo", "applicant_result")


@pytest.mark.parametrize(
    ("task", "node", "listed", "kind"),
    [
        (TaskKind.DECIDE, NodeKind.APPROVE, USUAL, "approver_todo"),
        (TaskKind.DECIDE, NodeKind.APPROVE, URGENT, "approver_todo_urgent"),
        (TaskKind.DECIDE, NodeKind.POST_REVIEW, URGENT, "approver_todo"),
        (TaskKind.DECIDE, NodeKind.HANDLE, URGENT, "handler_todo"),
        (TaskKind.DECIDE, NodeKind.HANDLE, ("approver_todo_urgent",), "approver_todo_urgent"),
        (TaskKind.DECIDE, NodeKind.PAY, USUAL, "approver_todo"),
        (TaskKind.DECIDE, NodeKind.CONFIRM, (*USUAL, "substitute_ask"), "substitute_ask"),
        (TaskKind.DECIDE, NodeKind.CONFIRM, (*USUAL, "delegate_ask"), "delegate_ask"),
        (TaskKind.DECIDE, NodeKind.CONFIRM, USUAL, "approver_todo"),
        (TaskKind.CONSULT, NodeKind.APPROVE, USUAL, "handler_todo"),
        (TaskKind.OBJECTION, NodeKind.PUBLICITY, USUAL, "handler_todo"),
        (TaskKind.RESUBMIT, NodeKind.APPROVE, USUAL, "applicant_result"),
    ],
)
def test_the_kind_is_what_is_to_be_done(
    task: TaskKind, node: NodeKind, listed: tuple[str, ...], kind: str
) -> None:
    assert kind_of_task(task, node, listed) == kind


def test_a_document_that_comes_back_for_papers_says_so_where_the_scenario_names_it() -> None:
    asks = (*USUAL, "material_request")
    back = (TaskKind.RESUBMIT, NodeKind.APPROVE)
    assert kind_of_task(*back, asks, wants_papers=True) == "material_request"
    assert kind_of_task(*back, asks) == "applicant_result"
    assert kind_of_task(*back, USUAL, wants_papers=True) == "applicant_result"


def test_a_dispute_that_is_late_is_told_as_such() -> None:
    listed = ("handler_todo", "dispute_sla")
    handle = (TaskKind.DECIDE, NodeKind.HANDLE)
    assert kind_of_task(*handle, listed, late=True) == "dispute_sla"
    assert kind_of_task(*handle, listed) == "handler_todo"
    assert kind_of_task(*handle, ("handler_todo",), late=True) == "handler_todo"
