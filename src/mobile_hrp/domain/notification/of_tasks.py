"""Which notification kind tells of a task: by what is to be done, among those a scenario names."""

from collections.abc import Collection

from mobile_hrp.domain.approval.terms import NodeKind, TaskKind

_HANDLING = frozenset(
    {NodeKind.HANDLE, NodeKind.PAY, NodeKind.RECEIVE, NodeKind.SEAL, NodeKind.RECORD}
)
_CONFIRMING = ("substitute_ask", "delegate_ask")


def kind_of_task(
    task: TaskKind,
    node: NodeKind,
    listed: Collection[str],
    *,
    late: bool = False,
    wants_papers: bool = False,
) -> str:
    """The kind for the holder of a task at a node of that kind.

    ``listed`` are the kinds the scenario names; what it does not name falls back to the general
    one. ``late`` for a reminder by the clock, ``wants_papers`` when a document came back for want
    of material.
    """
    if task in (TaskKind.CONSULT, TaskKind.OBJECTION):
        return "handler_todo"
    if task is TaskKind.RESUBMIT:
        asks = wants_papers and "material_request" in listed
        return "material_request" if asks else "applicant_result"
    if late and "dispute_sla" in listed:
        return "dispute_sla"
    if node is NodeKind.CONFIRM:
        wanted: tuple[str, ...] = _CONFIRMING
    elif node in _HANDLING:
        wanted = ("handler_todo", "approver_todo_urgent")
    elif node is NodeKind.POST_REVIEW:
        wanted = ()  # afterwards nothing is urgent any more
    else:
        wanted = ("approver_todo_urgent",)
    return next((kind for kind in wanted if kind in listed), "approver_todo")
