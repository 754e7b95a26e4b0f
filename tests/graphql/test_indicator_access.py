"""Every field about indicators, reports, the funnel and exports × every role: who may ask at all.

The fields come from the schema, the table is written by hand: a new field fails until it is here.
"""

import uuid
from collections.abc import Iterator

from strawberry.types.base import StrawberryObjectDefinition, get_object_definition

from mobile_hrp.domain.identity.policy import RULES
from mobile_hrp.domain.identity.roles import ADMINISTRATORS, Role, ScopeKind
from mobile_hrp.domain.identity.viewer import RoleGrant, Viewer
from mobile_hrp.graphql.access import Audience, Rule, rule_of
from mobile_hrp.resolvers.registry import MUTATIONS, QUERIES
from mobile_hrp.schema import schema

MODULES = ("indicators", "indicator_thresholds", "dashboards", "value", "data_exports")
EVERYBODY = frozenset(Role) - ADMINISTRATORS
READERS = frozenset(
    {
        Role.DEPT_HEAD,
        Role.CAMPUS_HEAD,
        Role.FINANCE_HEAD,
        Role.BUDGET_OFFICE,
        Role.CHIEF_ACCOUNTANT,
        Role.PERFORMANCE_OFFICE,
        Role.PRESIDENT_IN_CHARGE,
        Role.PRESIDENT,
        Role.FUNCTIONAL_DEPT_HEAD,
        Role.AUDIT_OFFICE,
    }
)
EXPORTERS = frozenset({Role.FINANCE_HEAD, Role.CHIEF_ACCOUNTANT})
MAY_ASK = {
    "Query.indicators": READERS,
    "Query.indicator_series": READERS,
    "Query.indicator_month": READERS,
    "Query.indicator_replay": READERS,
    "Query.indicator_sources": READERS,
    "Query.indicator_thresholds": READERS,
    "Mutation.set_indicator_threshold": READERS,
    "Query.department_dashboard": READERS,
    "Query.hospital_dashboard": READERS,
    "Query.monthly_reports": READERS,
    "Query.funnel": READERS,
    "Query.waiting_reasons": READERS,
    "Query.adoption": READERS,
    "Query.form_friction": READERS,
    "Query.data_exports": EXPORTERS,
    "Mutation.import_indicator_facts": frozenset({Role.FINANCE_HEAD}),
    "Mutation.propose_indicator_change": READERS,
    "Mutation.make_monthly_report": READERS,
    "Mutation.record_events": EVERYBODY,
    "Mutation.make_data_export": EXPORTERS,
}


def of_subject(module: str) -> bool:
    return module.rsplit(".", maxsplit=1)[-1] in MODULES


def root_fields() -> Iterator[tuple[str, Rule]]:
    for root, parts in (("Query", QUERIES), ("Mutation", MUTATIONS)):
        for part in parts:
            definition = get_object_definition(part)
            assert definition is not None
            if not of_subject(part.__module__):
                continue
            for field in definition.fields:
                rule = rule_of(part, field.metadata)
                assert rule is not None, field.python_name
                yield f"{root}.{field.python_name}", rule


def test_the_table_has_every_field_and_no_other() -> None:
    assert {name for name, _ in root_fields()} == set(MAY_ASK)


def test_each_field_is_open_to_the_roles_of_the_table_wherever_they_are_held() -> None:
    cells = 0
    place = uuid.UUID(int=1)
    for name, rule in root_fields():
        assert rule.permission is not None, name
        for role in Role:
            for kind in ScopeKind:
                grant = RoleGrant(role, kind, place, frozenset({place}))
                viewer = Viewer(7, place, place, place, (grant,))
                expected = role in MAY_ASK[name] and kind in RULES[role].held_at
                assert viewer.holds(rule.permission) is expected, (name, role, kind)
                cells += 1
    assert cells == len(MAY_ASK) * len(Role) * len(ScopeKind)


def test_each_type_is_reached_through_those_fields_alone() -> None:
    seen = 0
    for kind in schema.schema_converter.type_map.values():
        definition = kind.definition
        if not isinstance(definition, StrawberryObjectDefinition) or definition.is_input:
            continue
        if definition.name in {"Query", "Mutation"} or not of_subject(definition.origin.__module__):
            continue
        seen += 1
        for field in definition.fields:
            rule = rule_of(definition.origin, field.metadata)
            assert rule is not None
            assert rule.audience is Audience.REACHED, (definition.name, field.python_name)
    assert seen >= 30
