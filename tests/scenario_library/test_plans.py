"""Every scenario that ships makes a plan the approval engine can run, in several situations."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from mobile_hrp.domain.approval import open_instance
from mobile_hrp.domain.approval.calendar import office_hours, round_the_clock
from mobile_hrp.domain.approval.terms import InstanceStatus, NodeKind, NodeStatus, SignMode
from mobile_hrp.domain.scenario.form import Filling, FormStage, fill
from mobile_hrp.domain.scenario.model import FieldDefinition, Scenario
from mobile_hrp.domain.scenario.organisation import Holding, HoldingScope, StaffFacts
from mobile_hrp.domain.scenario.plan import PlanSurroundings, flow_plan
from mobile_hrp.domain.scenario.routing import RouteRequest, route
from mobile_hrp.domain.scenario.vocabulary import (
    REFERENCE_LIST_TYPES,
    REQUESTER_EDITOR,
    ROW_TYPES,
    FieldType,
)
from mobile_hrp.scenario_library.check import core_package

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
PACKAGE = core_package()
SCENARIOS = sorted(PACKAGE.scenarios.values(), key=lambda scenario: scenario.code)
REQUESTER, DEPARTMENT, CAMPUS = (uuid.UUID(int=number) for number in (1, 2, 3))
ROLES = sorted({kind.role for kind in PACKAGE.vocabulary.approvers.values() if kind.role})
COMMITTEES = {"president_meeting", "party_committee", "pharmacy_committee", "consumables_committee"}


class FullHospital:
    """Every role is held by somebody else; committees have three members."""

    def __init__(self, job: str) -> None:
        self.job = job

    def holders(self, role: str) -> Sequence[Holding]:
        base = 1000 + 10 * ROLES.index(role)
        size = 3 if role in COMMITTEES else 1
        return [Holding(uuid.UUID(int=base + n), HoldingScope.HOSPITAL) for n in range(size)]

    def department_chain(self, department_id: uuid.UUID) -> Sequence[uuid.UUID]:
        return [department_id]

    def campus_of(self, _department_id: uuid.UUID) -> uuid.UUID | None:
        return CAMPUS

    def department_behind(self, _kind: FieldType, _reference: uuid.UUID) -> uuid.UUID | None:
        return DEPARTMENT

    def staff(self, _staff_id: uuid.UUID) -> StaffFacts | None:
        return StaffFacts(DEPARTMENT, "STAFF", self.job)

    def project_leader(self, _project_id: uuid.UUID) -> uuid.UUID | None:
        return uuid.UUID(int=500)

    def departments_in_charge(self, _function: str) -> Sequence[uuid.UUID]:
        return [DEPARTMENT]

    def fund_nature(self, _fund_source_id: uuid.UUID) -> str | None:
        return "own"


def entered(field: FieldDefinition, amount: str) -> Any:
    """Something a requester could enter."""
    some_id = str(uuid.UUID(int=700))
    if field.type in ROW_TYPES:
        return [{column.key: entered(column, amount) for column in field.columns}]
    if field.type in REFERENCE_LIST_TYPES:
        return [some_id]
    least = field.minimum if field.minimum is not None and field.minimum > 0 else Decimal(1)
    simple: dict[FieldType, Any] = {
        FieldType.MONEY: amount,
        FieldType.INT: int(least),
        FieldType.DECIMAL: format(least, "f"),
        FieldType.DATE: "2026-11-23",
        FieldType.DATETIME: "2026-11-23T08:00:00+08:00",
        FieldType.DATERANGE: {"from": "2026-11-23", "to": "2026-11-24"},
        FieldType.BOOL: True,
    }
    if field.type is FieldType.ENUM:
        return field.options[0].code
    return simple.get(field.type, some_id)


def completed(scenario: Scenario, amount: str) -> dict[str, Any]:
    """A form filled in completely, checked as a submission."""
    values = {
        field.key: entered(field, amount)
        for field in scenario.fields
        if field.calculation is None
        and REQUESTER_EDITOR in (field.editable_by or (REQUESTER_EDITOR,))
    }
    filling = Filling(FormStage.SUBMIT, PACKAGE.vocabulary.thresholds)
    return fill(scenario.fields, values, filling).checked()


@pytest.mark.parametrize("job", ["nurse", "doctor", "management"])
@pytest.mark.parametrize(("amount", "unusual"), [("10.00", False), ("900000.00", True)])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.code)
def test_a_complete_form_starts_an_approval_that_somebody_can_decide(
    scenario: Scenario, amount: str, unusual: bool, job: str
) -> None:
    values = completed(scenario, amount)
    facts = dict.fromkeys(
        ("over_standard", "over_quota", "extra_approver_required", "used_in_performance"), unusual
    )
    found = route(
        scenario,
        RouteRequest(values, REQUESTER, DEPARTMENT, facts=facts),
        vocabulary=PACKAGE.vocabulary,
        organisation=FullHospital(job),
        now=NOW,
    )
    around = PlanSurroundings(
        administrators=(uuid.UUID(int=900),),
        superiors={uuid.UUID(int=700): uuid.UUID(int=901)},
        calendars={"office": office_hours(), "always": round_the_clock()},
    )
    plan = flow_plan(found, values, around)
    outcome = open_instance(
        plan,
        instance_id=uuid.UUID(int=5),
        requester=REQUESTER,
        snapshot_hash="0" * 64,
        now=NOW,
        ids=(uuid.UUID(int=10_000 + number) for number in count()),
        amount_fen=0,
    )
    assert outcome.state.status is InstanceStatus.RUNNING
    active = [
        node for node in plan.nodes if outcome.state.nodes[node.key].status is NodeStatus.ACTIVE
    ]
    assert active
    for routed in found.nodes:
        needed = routed.status.value == "included" and routed.node.kind is not NodeKind.PUBLICITY
        if needed and routed.node.mode is not SignMode.NOTIFY:
            assert routed.people, routed.key
