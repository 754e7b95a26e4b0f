"""A state is stored, read back, and written as rows that say the same."""

import json
import uuid
from typing import Any

import pytest
from tests.domain.approval.hospital import (
    WHO,
    Paper,
    claim_chain,
    grant,
    node,
    numbered_ids,
    plan_of,
)

from mobile_hrp.domain.approval import commands as c
from mobile_hrp.domain.approval.commands import COMMANDS, command_from_json, command_to_json
from mobile_hrp.domain.approval.engine import decide
from mobile_hrp.domain.approval.projection import RowChanges, project, rebuild
from mobile_hrp.domain.approval.state import InstanceState, Task
from mobile_hrp.domain.approval.terms import (
    AddPosition,
    InstanceStatus,
    NodeStatus,
    SignMode,
    TaskStatus,
    Verdict,
)
from mobile_hrp.domain.approval.timers import next_wakeup
from mobile_hrp.models.approval import (
    ApprovalDecision,
    ApprovalEntry,
    ApprovalInstance,
    ApprovalNode,
    ApprovalTask,
)

DOCUMENT = uuid.UUID(int=77)


def eventful() -> Paper:
    """A document on which a little of everything has happened."""
    paper = Paper(
        plan_of(*claim_chain(), node("all", "vice", "auditor", mode=SignMode.ALL)),
        beneficiaries=("colleague",),
        proxies=(grant("vice", "finance_head", amount_fen_max=10**9, flows=frozenset({"a"})),),
    )
    paper.add("head", "keeper", AddPosition.AFTER)
    paper.approve("head", comment="同意", evidence={"minutes_no": "2026-3"})
    paper.send_back("keeper")
    paper.do("nurse", c.Resubmit("v2"))
    paper.do("nurse", c.Remind(paper.task("head").id))
    paper.do("head", c.CarbonCopy((WHO["expert1"],)))
    return paper


def through_jsonb(value: dict[str, Any]) -> dict[str, Any]:
    """PostgreSQL stores objects with their keys in another order."""

    def reordered(part: Any) -> Any:
        if isinstance(part, dict):
            keys = sorted(part, key=lambda key: (len(key), key))
            return {key: reordered(part[key]) for key in keys}
        return [reordered(one) for one in part] if isinstance(part, list) else part

    result: dict[str, Any] = reordered(json.loads(json.dumps(value)))
    return result


def test_a_stored_state_is_the_same_state() -> None:
    state = eventful().state
    stored = through_jsonb(state.to_json())
    read = InstanceState.from_json(stored)
    assert read == state
    assert list(read.tasks) == list(state.tasks)
    assert read.to_json() == state.to_json()


def test_a_stored_state_goes_on_exactly_like_the_original() -> None:
    paper = eventful()
    read = InstanceState.from_json(through_jsonb(paper.state.to_json()))
    command = c.Reject(paper.task("head").id, "v2", "不同意")
    outcomes = [
        decide(state, command, actor=WHO["head"], now=paper.now, ids=numbered_ids(9000))
        for state in (paper.state, read)
    ]
    assert outcomes[0] == outcomes[1]
    assert outcomes[0].state.to_json() == outcomes[1].state.to_json()


def test_a_field_a_later_release_adds_reads_as_its_default() -> None:
    """I16: what release N wrote, release N+1 continues. Defaults are not even stored."""
    state = Paper(plan_of(node("head", "head"))).state
    stored = state.to_json()
    assert "review_failed" not in stored
    assert "reminded_at" not in stored["tasks"][0]
    assert InstanceState.from_json(stored).review_failed is False


def test_a_field_nobody_knows_is_an_error_and_not_lost() -> None:
    stored = Paper(plan_of(node("head", "head"))).state.to_json()
    stored["tasks"][0]["colour"] = "red"
    with pytest.raises(ValueError, match="colour"):
        InstanceState.from_json(stored)


def test_a_state_that_lacks_something_or_says_an_unknown_word_is_an_error() -> None:
    stored = Paper(plan_of(node("head", "head"))).state.to_json()
    lacking, odd = json.loads(json.dumps(stored)), json.loads(json.dumps(stored))
    del lacking["tasks"][0]["assignee"]
    odd["tasks"][0]["status"] = "forgotten"
    with pytest.raises(TypeError, match="assignee"):
        InstanceState.from_json(lacking)
    with pytest.raises(ValueError, match="forgotten"):
        InstanceState.from_json(odd)


def test_objects_that_were_read_share_nothing_that_could_be_changed() -> None:
    paper = Paper(plan_of(*claim_chain()))
    paper.approve("head")
    stored = paper.state.to_json()
    one, other = (InstanceState.from_json(stored).decisions[0] for _ in range(2))
    assert one.evidence == other.evidence == {}
    assert one.evidence is not other.evidence


def test_a_state_does_not_change_when_a_command_is_applied_to_it() -> None:
    paper = eventful()
    before, stored = paper.state, paper.state.to_json()
    paper.approve("head")
    assert before.to_json() == stored
    untouched = [key for key in before.nodes if paper.state.nodes[key] is before.nodes[key]]
    assert "all" in untouched, "what a command does not touch is shared, not copied"


def test_every_command_can_be_recorded_and_replayed() -> None:
    task_id, staff = uuid.UUID(int=5), WHO["head"]
    plan = plan_of(*claim_chain())
    samples: list[c.Command] = [
        c.Approve(task_id, "v1", "好", {"scan": "1"}),
        c.SendBack(task_id, "v1", "退", "dept"),
        c.Alter("v2", plan, 5, "改", frozenset({staff})),
        c.Resubmit("v2", None, None),
        c.AddApprover(task_id, staff, AddPosition.BEFORE),
        c.OrgChanged(left=(staff,), successors={staff: WHO["vice"]}),
        c.ApplyProxy(grant("head", "deputy")),
        c.Tick(),
    ]
    for command in samples:
        stored = through_jsonb(command_to_json(command))
        assert command_from_json(stored) == command
    assert all(name == kind.__name__ for name, kind in COMMANDS.items())


# ---- rows


def rows_of(paper: Paper, old: InstanceState | None) -> RowChanges:
    return project(old, paper.state, paper.last, document_id=DOCUMENT, ids=numbered_ids(50_000))


def test_a_new_instance_is_written_as_a_whole() -> None:
    paper = Paper(plan_of(*claim_chain()))
    changes = rows_of(paper, None)
    assert changes.is_new
    assert changes.instance["status"] is InstanceStatus.RUNNING
    assert changes.instance["state"] == paper.state.to_json()
    assert [row["node_key"] for row in changes.node_inserts] == ["dept_head", "finance", "pay"]
    assert [row["position"] for row in changes.node_inserts] == [0, 1, 2]
    (task,) = changes.task_inserts
    assert (task["assignee_id"], task["status"]) == (WHO["head"], TaskStatus.PENDING)
    assert not changes.node_updates
    assert not changes.task_updates
    assert not changes.decision_inserts
    assert [row["seq"] for row in changes.entry_inserts] == [event.seq for event in paper.last]


def test_a_decision_writes_what_it_changed_and_nothing_else() -> None:
    paper = Paper(plan_of(*claim_chain()))
    old = paper.state
    paper.approve("head", comment="同意")
    changes = rows_of(paper, old)
    assert not changes.is_new
    assert changes.expected_version == old.version < changes.instance["version"]
    assert {row["node_key"] for row in changes.node_updates} == {"dept_head", "finance"}
    (decided,) = changes.task_updates
    assert (decided["status"], decided["verdict"]) == (TaskStatus.DECIDED, Verdict.APPROVED)
    assert (decided["decided_at"], decided["closed_at"]) == (paper.now, None)
    assert {row["assignee_id"] for row in changes.task_inserts} == {
        WHO["reviewer"],
        WHO["reviewer2"],
    }
    (decision,) = changes.decision_inserts
    assert (decision["actor_id"], decision["task_id"]) == (WHO["head"], decided["id"])
    assert not changes.node_inserts


def test_a_plan_is_written_once_and_again_only_with_another_route() -> None:
    paper = Paper(plan_of(*claim_chain()))
    first, old = rows_of(paper, None).instance["state"], paper.state
    paper.approve("head")
    decided, middle = rows_of(paper, old).instance["state"], paper.state
    paper.send_back("reviewer")
    paper.do("nurse", c.Resubmit("v2", plan=plan_of(node("head", "head"))))
    rerouted = rows_of(paper, middle).instance["state"]
    assert "plan" not in decided
    assert {"plan": first["plan"], **decided} == middle.to_json()
    assert rerouted == paper.state.to_json()
    assert rerouted["plan"] != first["plan"]


def test_the_system_is_nobody_of_the_staff_table() -> None:
    paper = Paper(plan_of(*claim_chain()))
    old = paper.state
    paper.do("system", c.OrgChanged(left=(WHO["head"],)))
    assert {row["actor_id"] for row in rows_of(paper, old).entry_inserts} == {None}


def test_the_rows_are_those_the_tables_have() -> None:
    paper = eventful()
    changes = rows_of(paper, None)
    for table, rows in (
        (ApprovalInstance, (changes.instance,)),
        (ApprovalNode, changes.node_inserts),
        (ApprovalTask, changes.task_inserts),
        (ApprovalDecision, changes.decision_inserts),
        (ApprovalEntry, changes.entry_inserts),
    ):
        columns = {column.name for column in table.__table__.columns} - {"hospital_id"}
        assert rows
        assert all(set(row) == columns for row in rows)


def test_rows_written_step_by_step_end_as_the_state_says() -> None:
    paper = Paper(plan_of(*claim_chain()))
    tables: dict[str, dict[uuid.UUID, dict[str, Any]]] = {"node": {}, "task": {}}
    old: InstanceState | None = None
    steps = ["head", "reviewer", "cashier"]
    for who in ["", *steps]:
        if who:
            old = paper.state
            paper.approve(who)
        changes = rows_of(paper, old)
        for name, inserts, updates in (
            ("node", changes.node_inserts, changes.node_updates),
            ("task", changes.task_inserts, changes.task_updates),
        ):
            assert not {row["id"] for row in inserts} & tables[name].keys()
            assert {row["id"] for row in updates} <= tables[name].keys()
            tables[name].update({row["id"]: row for row in (*inserts, *updates)})
    instance, nodes, tasks = rebuild(paper.state, document_id=DOCUMENT)
    assert list(tables["node"].values()) == nodes
    assert tables["task"] == {row["id"]: row for row in tasks}
    assert instance["status"] is InstanceStatus.APPROVED
    assert instance["wake_at"] is next_wakeup(paper.state) is None


def test_a_node_a_new_route_dropped_keeps_its_row_without_a_place() -> None:
    paper = Paper(plan_of(*claim_chain()))
    paper.send_back("head")
    old = paper.state
    paper.do("nurse", c.Resubmit("v2", plan_of(node("vice", "vice")), 10))
    changes = rows_of(paper, old)
    dropped = {row["node_key"]: row for row in changes.node_updates}
    assert dropped["finance"]["position"] is None
    assert dropped["finance"]["status"] is NodeStatus.SUPERSEDED
    assert [row["node_key"] for row in changes.node_inserts] == ["vice"]


def test_a_node_that_a_new_route_only_moves_is_written_too() -> None:
    paper = Paper(plan_of(node("dept", "head"), node("vice", "vice")))
    paper.send_back("head")
    old = paper.state
    route = plan_of(
        node("dept", "head"), node("office", "auditor"), node("vice", "vice", name="副院长")
    )
    paper.do("nurse", c.Resubmit("v2", route, 10))
    assert paper.at("vice") == old.nodes["vice"]
    moved = {row["node_key"]: row for row in rows_of(paper, old).node_updates}
    assert (moved["vice"]["position"], moved["vice"]["name"]) == (2, "副院长")


def test_a_task_row_shows_when_it_ended_by_how_it_ended() -> None:
    paper = Paper(plan_of(node("dept", "head", "deputy")))
    old = paper.state
    paper.approve("head")
    rows = {row["assignee_id"]: row for row in rows_of(paper, old).task_updates}
    assert rows[WHO["head"]]["decided_at"] == paper.now
    assert rows[WHO["deputy"]]["decided_at"] is None
    assert rows[WHO["deputy"]]["closed_at"] == paper.now
    task: Task = paper.task("deputy")
    assert rows[WHO["deputy"]]["close_reason"] == task.because
