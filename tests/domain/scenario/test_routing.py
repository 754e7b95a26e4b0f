"""Routing: who decides, why, and why not."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.domain.scenario.samples import CLAIM, changed, sound

from mobile_hrp.domain.approval.terms import NodeKind, SignMode, TimeoutAction
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.organisation import Holding, HoldingScope, StaffFacts
from mobile_hrp.domain.scenario.plan import PlanSurroundings, flow_plan
from mobile_hrp.domain.scenario.routing import Route, RouteRequest, RouteStatus, route
from mobile_hrp.domain.scenario.vocabulary import FieldType

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def someone(number: int) -> uuid.UUID:
    return uuid.UUID(int=number)


WARD, CLINIC, OTHER_WARD, FOREIGN = (someone(number) for number in range(1, 5))
EAST, WEST = someone(11), someone(12)
NURSE, HEAD, CLINIC_HEAD, OTHER_HEAD, MONEY, EAST_MONEY, BOSS, ENVOY = (
    someone(number) for number in range(101, 109)
)
PROJECT, LINE, FUND = someone(201), someone(202), someone(203)


@dataclass
class Organisation:
    """A ward inside a clinic on the east campus, another ward on the west campus."""

    roles: Mapping[str, Sequence[Holding]] = field(
        default_factory=lambda: {
            "dept_head": [
                Holding(HEAD, HoldingScope.DEPARTMENT, WARD),
                Holding(CLINIC_HEAD, HoldingScope.DEPARTMENT, CLINIC),
                Holding(OTHER_HEAD, HoldingScope.DEPARTMENT, OTHER_WARD),
                Holding(ENVOY, HoldingScope.DEPARTMENT, FOREIGN),
            ],
            "finance_head": [
                Holding(MONEY, HoldingScope.HOSPITAL),
                Holding(EAST_MONEY, HoldingScope.CAMPUS, EAST),
            ],
            "president": [Holding(BOSS, HoldingScope.HOSPITAL)],
        }
    )

    def holders(self, role: str) -> Sequence[Holding]:
        return self.roles.get(role, ())

    def department_chain(self, department_id: uuid.UUID) -> Sequence[uuid.UUID]:
        return [WARD, CLINIC] if department_id == WARD else [department_id]

    def campus_of(self, department_id: uuid.UUID) -> uuid.UUID | None:
        return WEST if department_id == OTHER_WARD else EAST

    def department_behind(self, kind: FieldType, reference: uuid.UUID) -> uuid.UUID | None:
        return OTHER_WARD if (kind, reference) == (FieldType.BUDGET_LINE, LINE) else None

    def staff(self, staff_id: uuid.UUID) -> StaffFacts | None:
        return StaffFacts(WARD, "STAFF", "nurse") if staff_id == NURSE else None

    def project_leader(self, project_id: uuid.UUID) -> uuid.UUID | None:
        return CLINIC_HEAD if project_id == PROJECT else None

    def departments_in_charge(self, function: str) -> Sequence[uuid.UUID]:
        return [FOREIGN] if function in {"foreign_affairs", "abroad"} else []

    def fund_nature(self, fund_source_id: uuid.UUID) -> str | None:
        return "research" if fund_source_id == FUND else None


def routed(
    text: str,
    values: Mapping[str, Any] | None = None,
    *,
    facts: Mapping[str, Any] | None = None,
    organisation: Organisation | None = None,
    department: uuid.UUID = WARD,
    selected: Mapping[str, Sequence[uuid.UUID]] | None = None,
) -> Route:
    package = sound(text)
    request = RouteRequest(
        values={"amount": 50_000, **(values or {})},
        requester_id=NURSE,
        department_id=department,
        facts={"urgent": False, "extra_approver_required": False, **(facts or {})},
        selected=selected or {},
    )
    return route(
        next(iter(package.scenarios.values())),
        request,
        vocabulary=package.vocabulary,
        organisation=organisation or Organisation(),
        now=NOW,
    )


def people(found: Route, key: str) -> list[uuid.UUID]:
    node = next(node for node in found.nodes if node.key == key)
    return [person.staff_id for person in node.people]


def node(extra: str, fields: str = "") -> str:
    """The claim with one more step, and fields for it."""
    step = "  - {key: extra, zh: 一步, en: Extra, " + extra + "}\ncontrols:"
    return changed(changed(CLAIM, "controls:", step), "flow:", fields + "flow:")


def test_a_step_that_is_not_needed_says_why_with_the_values_that_decided() -> None:
    finance = routed(CLAIM, {"amount": 100_000}).nodes[1]
    assert (finance.status, finance.people) == (RouteStatus.SKIPPED, ())
    (reason,) = finance.reasons
    assert reason.code == "ROUTE_CONDITION_NOT_MET"
    assert reason.params == {"condition": "amount > T1", "values": "amount=1000.00, T1=1000.00"}


def test_one_fen_more_makes_the_difference() -> None:
    found = routed(CLAIM, {"amount": 100_001})
    finance = found.nodes[1]
    assert finance.status is RouteStatus.INCLUDED
    assert finance.reasons[0].code == "ROUTE_CONDITION_MET"
    assert finance.reasons[0].params["values"] == "amount=1000.01, T1=1000.00"
    assert found.rule_version == "claim@1.0.0"
    assert found.routed_at == NOW


def test_a_step_without_a_condition_is_always_passed() -> None:
    head = routed(CLAIM).nodes[0]
    assert [reason.code for reason in head.reasons] == ["ROUTE_ALWAYS"]
    assert head.people[0].because.params == {"role": "dept_head", "scope": "department"}


def test_a_role_is_looked_up_in_the_narrowest_scope() -> None:
    found = routed(CLAIM, {"amount": 500_000})
    assert people(found, "head") == [HEAD]
    assert people(found, "finance") == [EAST_MONEY]
    west = routed(CLAIM, {"amount": 500_000}, department=OTHER_WARD)
    assert people(west, "head") == [OTHER_HEAD]
    assert people(west, "finance") == [MONEY]


def test_a_department_without_a_head_is_answered_for_by_the_one_above() -> None:
    organisation = Organisation(
        {"dept_head": [Holding(CLINIC_HEAD, HoldingScope.DEPARTMENT, CLINIC)]}
    )
    assert people(routed(CLAIM, organisation=organisation), "head") == [CLINIC_HEAD]


def test_several_holders_come_in_a_stable_order_and_once_each() -> None:
    held = [Holding(someone(number), HoldingScope.DEPARTMENT, WARD) for number in (9, 7, 8, 7)]
    found = routed(CLAIM, organisation=Organisation({"dept_head": held}))
    assert people(found, "head") == [someone(7), someone(8), someone(9)]


def test_a_role_nobody_holds_is_said_and_refuses_nothing() -> None:
    head = routed(CLAIM, organisation=Organisation({})).nodes[0]
    assert (head.status, head.people) == (RouteStatus.INCLUDED, ())
    assert head.reasons[-1].code == "ROUTE_NOBODY"
    assert head.reasons[-1].params == {"who": "dept_head"}


def test_the_requester_is_found_as_themselves() -> None:
    found = routed(node("who: applicant, mode: all, kind: confirm, self_approval: allow"))
    assert people(found, "extra") == [NURSE]


def test_a_colleague_is_the_one_named_in_the_form() -> None:
    text = node(
        "who: peer, of: friend, mode: all, kind: confirm",
        "  - {key: friend, zh: 同事, en: Friend, type: staff}\n",
    )
    assert people(routed(text, {"friend": str(BOSS)}), "extra") == [BOSS]
    assert people(routed(text), "extra") == []
    assert people(routed(text, {"friend": "not an id"}), "extra") == []


def test_several_colleagues_are_all_found() -> None:
    text = node(
        "who: peer, of: group, mode: vote",
        "  - {key: group, zh: 小组, en: Group, type: staff_list}\n",
    )
    found = routed(text, {"group": [str(BOSS), str(HEAD), str(BOSS)]})
    assert people(found, "extra") == [BOSS, HEAD]


def test_a_project_is_answered_for_by_its_leader() -> None:
    text = node(
        "who: leader, of: project, mode: any",
        "  - {key: project, zh: 课题, en: Project, type: project}\n",
    )
    assert people(routed(text, {"project": str(PROJECT)}), "extra") == [CLINIC_HEAD]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("dept", OTHER_WARD, [OTHER_HEAD]),
        ("budget_line", LINE, [OTHER_HEAD]),
        ("budget_line", PROJECT, []),
        ("dept", None, []),
    ],
)
def test_the_other_department_is_found_through_the_form(
    kind: str, value: uuid.UUID | None, expected: list[uuid.UUID]
) -> None:
    text = node(
        "who: other_head, of: place, mode: any",
        f"  - {{key: place, zh: 对方, en: Place, type: {kind}}}\n",
    )
    assert people(routed(text, {"place": str(value) if value else None}), "extra") == expected


def test_a_campus_is_answered_for_by_its_own_holders() -> None:
    text = node(
        "who: finance_head, of: place, mode: any",
        "  - {key: place, zh: 院区, en: Campus, type: campus}\n",
    )
    assert people(routed(text, {"place": str(EAST)}), "extra") == [EAST_MONEY]
    assert people(routed(text, {"place": str(WEST)}), "extra") == [MONEY]


def test_a_function_is_answered_for_by_the_department_in_charge() -> None:
    found = routed(node("who: in_charge, function: foreign_affairs, mode: any"))
    assert people(found, "extra") == [ENVOY]
    because = found.nodes[2].people[0].because
    assert (because.code, because.params) == ("ROUTE_FUNCTION", {"function": "foreign_affairs"})


def test_functions_named_in_rows_are_each_asked() -> None:
    rows = """  - key: rows
    zh: 明细
    en: Rows
    type: item_list
    columns:
      - key: what
        zh: 类型
        en: What
        type: enum
        options: [{code: abroad, zh: 外事, en: Abroad}, {code: office, zh: 办公, en: Office}]
"""
    text = node("who: in_charge, of: rows.what, mode: all", rows)
    values = {"rows": [{"what": "office"}, {"what": "abroad"}, {"what": "abroad"}, {}]}
    assert people(routed(text, values), "extra") == [ENVOY]


def test_people_the_requester_chose_are_taken_as_chosen() -> None:
    found = routed(node("who: chosen, mode: any"), selected={"extra": [BOSS]})
    assert people(found, "extra") == [BOSS]
    assert people(routed(node("who: chosen, mode: any")), "extra") == []


@pytest.mark.parametrize(
    ("amount", "who", "expected"),
    [
        (100_000, "dept_head", HEAD),
        (100_001, "finance_head", EAST_MONEY),
        (1_000_000, "finance_head", EAST_MONEY),
        (1_000_001, "president", BOSS),
    ],
)
def test_the_matrix_gives_the_decision_by_amount(
    amount: int, who: str, expected: uuid.UUID
) -> None:
    found = routed(node("who: matrix, matrix: authority, mode: any"), {"amount": amount})
    extra = found.nodes[2]
    assert (extra.who, people(found, "extra")) == (who, [expected])
    reason = extra.reasons[-1]
    assert (reason.code, reason.params["matrix"], reason.params["who"]) == (
        "ROUTE_MATRIX",
        "authority",
        who,
    )


def test_a_draft_without_its_amount_shows_what_it_waits_for_and_cannot_be_planned() -> None:
    found = routed(CLAIM, {"amount": None})
    finance = found.nodes[1]
    assert finance.status is RouteStatus.UNDETERMINED
    assert finance.reasons[0].code == "ROUTE_UNDETERMINED"
    assert finance.reasons[0].params == {"name": "amount", "reason": "NULL_OPERAND"}
    with pytest.raises(Refusal) as caught:
        flow_plan(found, {}, PlanSurroundings())
    (detail,) = caught.value.details
    assert (detail.code, detail.path) == ("ROUTE_VALUE_MISSING", "amount")


def test_a_fact_that_nobody_gave_is_named() -> None:
    text = changed(CLAIM, '"amount > T1"', '"urgent"')
    package = sound(text)
    request = RouteRequest(values={"amount": 1}, requester_id=NURSE, department_id=WARD)
    found = route(
        package.scenarios["claim"],
        request,
        vocabulary=package.vocabulary,
        organisation=Organisation(),
        now=NOW,
    )
    assert found.nodes[1].reasons[0].params == {"name": "urgent", "reason": "MISSING_NAME"}


def test_facts_the_package_does_not_know_are_not_taken() -> None:
    found = routed(CLAIM, facts={"amount": 1, "smuggled": True})
    assert set(found.facts) == {"urgent", "extra_approver_required"}


def test_the_plan_carries_people_reasons_and_policies_to_the_engine() -> None:
    text = changed(
        CLAIM,
        "who: dept_head, mode: any}",
        "who: dept_head, mode: vote, vote: {quorum: 80, passing: 60}, can: [request_material],"
        " evidence: [minutes_number], due_hours: 4, timeouts: [{hours: 2, action: remind}]}",
    )
    found = routed(text, {"amount": 10})
    plan = flow_plan(found, {}, PlanSurroundings(weights={HEAD: 3}))
    head, finance = plan.nodes
    assert (plan.flow_code, plan.flow_version) == ("claim", "1.0.0")
    assert (head.mode, head.kind) == (SignMode.VOTE, NodeKind.APPROVE)
    assert "skip" not in head.to_json()
    assert [(one.staff_id, one.weight) for one in head.candidates] == [(HEAD, 3)]
    assert (head.vote.quorum_bp, head.vote.pass_bp) == (8000, 6000)
    assert head.can == {"request_material"}
    assert [rule.name for rule in head.evidence] == ["minutes_number"]
    assert head.due is not None
    assert (head.due.minutes, head.due.working) == (240, True)
    assert [(step.after.minutes, step.action) for step in head.timeouts] == [
        (120, TimeoutAction.REMIND)
    ]
    assert finance.to_json()["skip"]["params"]["condition"] == "amount > T1"
    assert finance.candidates == ()


def test_a_clock_that_never_stops_counts_every_hour() -> None:
    text = changed(CLAIM, "mode: any}", "mode: any, calendar: always, due_hours: 1}")
    head = flow_plan(routed(text), {}, PlanSurroundings()).nodes[0]
    assert head.due is not None
    assert head.due.working is False


def test_a_publicity_lasts_as_long_as_the_form_says() -> None:
    text = node(
        "who: system, mode: notify, kind: publicity, window: {field: days}",
        "  - {key: days, zh: 天数, en: Days, type: int, required: true}\n",
    )
    found = routed(text, {"days": 3})
    window = flow_plan(found, {"days": 3}, PlanSurroundings()).nodes[2].window
    assert window is not None
    assert window.minutes == 3 * 24 * 60


def test_branches_stay_side_by_side_in_the_plan() -> None:
    branches = """  - join: any
    branches:
      - - {key: left, zh: 左, en: Left, who: dept_head, mode: any}
      - - {key: right, zh: 右, en: Right, who: finance_head, mode: any}
        - {key: right2, zh: 右二, en: Right 2, who: president, mode: any}
controls:"""
    plan = flow_plan(routed(changed(CLAIM, "controls:", branches)), {}, PlanSurroundings())
    stage = plan.stages[2]
    assert stage.join.value == "any"
    assert [[item.key for item in branch.nodes] for branch in stage.branches] == [
        ["left"],
        ["right", "right2"],
    ]


def test_two_thirds_written_as_67_percent_let_two_of_three_be_quorate() -> None:
    text = changed(
        CLAIM,
        "who: dept_head, mode: any}",
        "who: dept_head, mode: vote, vote: {quorum: 67, passing: 50}, due_hours: 4}",
    )
    head, _ = flow_plan(routed(text, {"amount": 10}), {}, PlanSurroundings()).nodes
    assert head.vote.quorate(2, 3)
    assert not head.vote.quorate(1, 3)
