"""Reads the flow of a scenario: nodes, parallel branches and policies."""

from dataclasses import dataclass
from typing import Final

from mobile_hrp.domain.approval.terms import (
    AbsentPolicy,
    Action,
    EmptyPolicy,
    Join,
    NodeKind,
    RepeatedPolicy,
    SelfApprovalPolicy,
    SignMode,
    TimeoutAction,
)
from mobile_hrp.domain.scenario.loading_form import read_condition
from mobile_hrp.domain.scenario.model import (
    NodeDefinition,
    NodePolicies,
    Step,
    Timeout,
    Vote,
    Window,
)
from mobile_hrp.domain.scenario.parts import Parts, expanded
from mobile_hrp.domain.scenario.source import CODE, Cursor, Reader, unique
from mobile_hrp.domain.scenario.vocabulary import EVIDENCE_NAMES, NODE_ABILITIES

NODES_MAX: Final = 40
BRANCHES_MAX: Final = 8
TIMEOUTS_MAX: Final = 6
HOURS_MAX: Final = 8_760
WINDOW_DAYS_MAX: Final = 365
PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class _Entry:
    """A step as written: its own nodes, and the key of the node it is to stand behind."""

    step: Step
    after: str
    cursor: Cursor

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(node.key for branch in self.step.branches for node in branch)


def read_flow(cursor: Cursor, parts: Parts, policies: NodePolicies) -> tuple[Step, ...]:
    """The steps in order. A step with ``after`` goes behind the node it names."""
    entries = [_entry(item, parts, policies) for item in expanded(cursor, parts, NODES_MAX)]
    unique(
        [
            (node.key, node.place)
            for entry in entries
            for branch in entry.step.branches
            for node in branch
        ],
        cursor.faults,
    )
    total = sum(len(entry.keys) for entry in entries)
    if total > NODES_MAX:
        cursor.fault("SCENARIO_LIST_TOO_LONG", limit=NODES_MAX, length=total)
        return tuple(entry.step for entry in entries)  # refused anyway: no need to order them
    if isinstance(cursor.value, list) and not entries:
        cursor.fault("SCENARIO_LIST_EMPTY")
    return _in_order(entries)


def _in_order(entries: list[_Entry]) -> tuple[Step, ...]:
    ordered = [entry for entry in entries if not entry.after]
    waiting = [entry for entry in entries if entry.after]
    placed = True
    while waiting and placed:
        placed = False
        for entry in waiting:
            position = next(
                (index for index, other in enumerate(ordered) if entry.after in other.keys), None
            )
            if position is not None:
                ordered.insert(position + 1, entry)
                waiting.remove(entry)
                placed = True
                break
    known = {key for entry in entries for key in entry.keys}
    for entry in waiting:
        if entry.after in known:
            entry.cursor.fault("SCENARIO_FLOW_CYCLE", node=", ".join(sorted(entry.keys)))
        else:
            entry.cursor.fault("SCENARIO_NODE_UNKNOWN", node=entry.after)
    return tuple(entry.step for entry in (*ordered, *waiting))


def _entry(cursor: Cursor, parts: Parts, policies: NodePolicies) -> _Entry:
    reader = Reader(cursor)
    after = reader.read("after", Cursor.text, "")
    if reader.get("branches") is None:
        return _Entry(Step(((_node(reader, policies),),)), after, cursor)
    join = reader.member("join", Join, Join.ALL)
    nothing: tuple[tuple[NodeDefinition, ...], ...] = ()
    branches = reader.read("branches", lambda item: _branches(item, parts, policies), nothing)
    reader.close()
    if len(branches) < 2 or not all(branches):  # noqa: PLR2004 - side by side needs two
        cursor.fault("SCENARIO_BRANCHES_EMPTY")
    return _Entry(Step(branches, join), after, cursor)


def _branches(
    cursor: Cursor, parts: Parts, policies: NodePolicies
) -> tuple[tuple[NodeDefinition, ...], ...]:
    return tuple(
        tuple(_node(Reader(member), policies) for member in expanded(branch, parts, NODES_MAX))
        for branch in cursor.items(BRANCHES_MAX)
    )


def _node(reader: Reader, policies: NodePolicies) -> NodeDefinition:
    node = NodeDefinition(
        key=reader.key(),
        name=reader.name(),
        who=reader.require("who", Cursor.text, ""),
        mode=reader.require("mode", lambda item: item.member(SignMode, SignMode.ANY), SignMode.ANY),
        kind=reader.member("kind", NodeKind, NodeKind.APPROVE),
        of=reader.read("of", Cursor.text, ""),
        function=reader.read("function", Cursor.text, ""),
        matrix=reader.read("matrix", Cursor.text, ""),
        when=reader.read("when", read_condition, None),
        can=_named(reader, "can", NODE_ABILITIES),
        forbids=_actions(reader),
        evidence=tuple(sorted(_named(reader, "evidence", EVIDENCE_NAMES))),
        vote=reader.read("vote", _vote, Vote()),
        window=reader.read("window", _window, None),
        archive=reader.read("archive", lambda item: item.text(pattern=CODE), ""),
        policies=read_policies(reader, policies),
        place=reader.place,
    )
    reader.get("after")
    reader.close()
    return node


def read_policies(reader: Reader, base: NodePolicies) -> NodePolicies:
    """The policies written in a mapping, over those that hold around it."""
    return NodePolicies(
        self_approval=reader.member("self_approval", SelfApprovalPolicy, base.self_approval),
        repeated=reader.member("repeated", RepeatedPolicy, base.repeated),
        empty=reader.member("empty", EmptyPolicy, base.empty),
        absent=reader.member("absent", AbsentPolicy, base.absent),
        timeouts=reader.read("timeouts", _timeouts, base.timeouts),
        due_hours=reader.read("due_hours", lambda item: item.integer(1, HOURS_MAX), base.due_hours),
        calendar=reader.read("calendar", Cursor.text, base.calendar),
    )


def read_node_defaults(cursor: Cursor, base: NodePolicies) -> NodePolicies:
    reader = Reader(cursor)
    policies = read_policies(reader, base)
    reader.close()
    return policies


def _timeouts(cursor: Cursor) -> tuple[Timeout, ...]:
    timeouts: list[Timeout] = []
    for item in cursor.items(TIMEOUTS_MAX):
        reader = Reader(item)
        hours = reader.require("hours", lambda found: found.integer(1, HOURS_MAX), 1)
        action = reader.require(
            "action",
            lambda found: found.member(TimeoutAction, TimeoutAction.REMIND),
            TimeoutAction.REMIND,
        )
        reader.close()
        if timeouts and hours <= timeouts[-1].hours:
            item.fault("SCENARIO_TIMEOUTS_ORDER")
        timeouts.append(Timeout(hours, action))
    return tuple(timeouts)


def _named(reader: Reader, key: str, known: frozenset[str]) -> frozenset[str]:
    names = reader.texts(key)
    for index, name in enumerate(names):
        if name not in known:
            reader.cursor.child(key).child(index).fault(
                "SCENARIO_VALUE_UNKNOWN", value=name, expected=", ".join(sorted(known))
            )
    return frozenset(names)


def _actions(reader: Reader) -> frozenset[Action]:
    names = _named(reader, "forbids", frozenset(Action))
    return frozenset(Action(name) for name in names if name in set(Action))


def _vote(cursor: Cursor) -> Vote:
    reader = Reader(cursor)
    vote = Vote(
        quorum=reader.require("quorum", lambda item: item.integer(1, PERCENT), 1),
        passing=reader.require("passing", lambda item: item.integer(1, PERCENT), 1),
    )
    reader.close()
    return vote


def _window(cursor: Cursor) -> Window:
    reader = Reader(cursor)
    window = Window(
        days=reader.read("days", lambda item: item.integer(1, WINDOW_DAYS_MAX), 0),
        field=reader.read("field", Cursor.text, ""),
    )
    reader.close()
    if bool(window.days) == bool(window.field):
        cursor.fault("SCENARIO_WINDOW_AMBIGUOUS")
    return window
