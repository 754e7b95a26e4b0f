"""Every performance field × every role × every place it is held at: who may ask at all.

The fields come from the schema; the table says by hand who may. A new field fails until it is in
the table, and an entry for a field that is gone fails as well.
"""

import uuid
from collections.abc import Iterator

import pytest
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition

from mobile_hrp.domain.identity.policy import RULES
from mobile_hrp.domain.identity.roles import ADMINISTRATORS, Role, ScopeKind
from mobile_hrp.domain.identity.viewer import RoleGrant, Viewer
from mobile_hrp.graphql.access import Audience, Rule, rule_of
from mobile_hrp.resolvers.registry import MUTATIONS, QUERIES
from mobile_hrp.schema import schema

EVERYBODY = frozenset(Role) - ADMINISTRATORS
OFFICE = frozenset({Role.PERFORMANCE_OFFICE})
HEADS = frozenset({Role.DEPT_HEAD})
MAY_ASK = {
    "Query.my_performance": EVERYBODY,
    "Query.performance_history": EVERYBODY,
    "Query.explain_payout_line": EVERYBODY,
    "Query.compare_periods": EVERYBODY,
    "Query.what_if_performance": EVERYBODY,
    "Query.peer_band": EVERYBODY,
    "Query.performance_looks": EVERYBODY,
    "Query.performance_statement": EVERYBODY,
    "Query.performance_card": EVERYBODY,
    "Query.my_disputes": EVERYBODY,
    "Query.secondary_distribution": EVERYBODY,
    "Query.my_dispute_evidence": EVERYBODY,
    "Mutation.add_dispute_evidence": EVERYBODY,
    "Mutation.add_decision_evidence": OFFICE,
    "Query.performance_calculation": OFFICE,
    "Mutation.open_performance_dispute": EVERYBODY,
    "Mutation.read_performance_disputes": OFFICE,
    "Mutation.decide_performance_dispute": OFFICE,
    "Mutation.propose_secondary_distribution": HEADS,
    "Mutation.approve_secondary_distribution": OFFICE,
    "Query.performance_runs": OFFICE,
    "Query.performance_run_difference": OFFICE,
    "Mutation.calculate_performance": OFFICE,
    "Mutation.publish_performance": OFFICE,
    "Mutation.import_performance_facts": OFFICE,
    "Mutation.propose_performance_rules": OFFICE,
    "Mutation.approve_performance_rules": OFFICE,
    "Mutation.mark_performance_paid": OFFICE,
    "Mutation.view_staff_performance": OFFICE,
    "Mutation.view_member_performance": HEADS,
}
OWNERS_TYPES = {
    "Card",
    "CostSource",
    "CountedWork",
    "FormulaTerm",
    "MyDispute",
    "MyDisputeEvidence",
    "MyPerformance",
    "MySecondaryShare",
    "PayoutExplanation",
    "PayoutLine",
    "PeerBand",
    "PerformanceChange",
    "PerformanceComparison",
    "PerformanceLook",
    "PerformanceSummary",
    "PerformanceWhatIf",
}
"""Types of one's own pay: reachable through the owner's own queries and through nothing else."""
OFFICE_TYPES = {
    "DisputeCount",
    "DisputeEvidencePayload",
    "DisputePayload",
    "PerformanceCalculation",
    "ReadDispute",
    "ReadDisputeEvidence",
    "ReadDisputePayload",
    "SecondaryDistribution",
    "SecondaryDistributionPayload",
    "WaitingDispute",
    "PackageDifference",
    "PerformanceImport",
    "PerformanceImportPayload",
    "PerformancePackage",
    "PerformancePeriodPayload",
    "PerformanceRuleSet",
    "PerformanceRuleSetPayload",
    "PerformanceRun",
    "PerformanceRunPayload",
    "StaffPayoutLine",
    "StaffPerformance",
    "StaffPerformancePayload",
}


def about_pay(definition: StrawberryObjectDefinition) -> bool:
    return "performance" in definition.origin.__module__


def root_fields() -> Iterator[tuple[str, Rule]]:
    for root, parts in (("Query", QUERIES), ("Mutation", MUTATIONS)):
        for part in parts:
            definition = get_object_definition(part)
            assert definition is not None
            if "performance" not in part.__module__:
                continue
            for field in definition.fields:
                rule = rule_of(part, field.metadata)
                assert rule is not None, field.python_name
                yield f"{root}.{field.python_name}", rule


def viewers() -> Iterator[tuple[Role, ScopeKind, Viewer]]:
    place = uuid.UUID(int=1)
    for role in Role:
        for kind in ScopeKind:
            grant = RoleGrant(role, kind, place, frozenset({place}))
            yield role, kind, Viewer(7, place, place, place, (grant,))


def object_types() -> Iterator[StrawberryObjectDefinition]:
    for kind in schema.schema_converter.type_map.values():
        definition = kind.definition
        if isinstance(definition, StrawberryObjectDefinition) and not definition.is_input:
            yield definition


def test_the_table_has_every_performance_field_and_no_other() -> None:
    assert {name for name, _ in root_fields()} == set(MAY_ASK)


def test_each_field_is_open_to_the_roles_of_the_table_wherever_they_are_held() -> None:
    cells = 0
    for name, rule in root_fields():
        assert rule.permission is not None, name
        for role, kind, viewer in viewers():
            expected = role in MAY_ASK[name] and kind in RULES[role].held_at
            assert viewer.holds(rule.permission) is expected, (name, role, kind)
            cells += 1
    assert cells == len(MAY_ASK) * len(Role) * len(ScopeKind)


def test_each_field_of_each_type_about_pay_is_the_owners_or_reached_by_permission() -> None:
    seen = set()
    for definition in object_types():
        if not about_pay(definition) or definition.name in {"Query", "Mutation"}:
            continue
        seen.add(definition.name)
        expected = Audience.OWNER if definition.name in OWNERS_TYPES else Audience.REACHED
        for field in definition.fields:
            rule = rule_of(definition.origin, field.metadata)
            assert rule is not None
            if rule.permission is None:
                assert rule.audience is expected, (definition.name, field.python_name)
    assert seen == OWNERS_TYPES | OFFICE_TYPES


@pytest.mark.parametrize("name", sorted(OWNERS_TYPES))
def test_types_of_ones_own_pay_are_reached_through_ones_own_queries_only(name: str) -> None:
    own = {field for field, roles in MAY_ASK.items() if roles == EVERYBODY}
    text = schema.as_str()
    assert name in text
    doors = set()
    for root, parts in (("Query", QUERIES), ("Mutation", MUTATIONS)):
        for part in parts:
            definition = get_object_definition(part)
            assert definition is not None
            for field in definition.fields:
                if name in reached_from(field.type):
                    doors.add(f"{root}.{field.python_name}")
    assert doors
    assert doors <= own


def reached_from(kind: object, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """Names of the object types an answer of this type can hold."""
    while hasattr(kind, "of_type"):
        kind = kind.of_type
    definition = get_object_definition(kind) if isinstance(kind, type) else None
    if definition is None or definition.name in seen:
        return seen
    seen |= {definition.name}
    for field in definition.fields:
        seen |= reached_from(field.type, seen)
    return seen
