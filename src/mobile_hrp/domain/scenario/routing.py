"""Routing: who decides on one document, in which order, and why; also why not.

A pure function of the scenario version, the form's values, the facts and the organisation. The
result is complete enough to be shown before submitting (``routePreview``), stored with the
instance, shown afterwards (``explainRoute``) and turned into the engine's ``FlowPlan``.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from mobile_hrp.domain.approval.terms import Join, SignMode
from mobile_hrp.domain.expression import ExpressionError, ExpressionFault, Reason, Value
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.domain.scenario.cases import chosen
from mobile_hrp.domain.scenario.model import ApproverKind, NodeDefinition, Scenario, Vocabulary
from mobile_hrp.domain.scenario.organisation import (
    Because,
    OrganisationView,
    Person,
    Search,
    find_people,
    function_codes,
    references,
)
from mobile_hrp.domain.scenario.values import readable_fields
from mobile_hrp.domain.scenario.vocabulary import (
    DOCUMENT_AMOUNT,
    FactSource,
    FieldType,
    Resolution,
)

REASON_TEXT_MAX = 300


class RouteStatus(StrEnum):
    INCLUDED = "included"
    SKIPPED = "skipped"
    UNDETERMINED = "undetermined"
    """A value the condition reads is missing: a draft that is not filled in yet."""


@dataclass(frozen=True, slots=True)
class RoutedNode:
    """One node: who decides and why, or why it is skipped.

    ``conditions`` are the elementary conditions with the values they read; ``who`` is the approver
    kind after a matrix has spoken.
    """

    node: NodeDefinition
    status: RouteStatus
    who: str
    people: tuple[Person, ...] = ()
    reasons: tuple[Because, ...] = ()
    conditions: tuple[Reason, ...] = ()

    @property
    def key(self) -> str:
        return self.node.key


@dataclass(frozen=True, slots=True)
class RoutedStep:
    branches: tuple[tuple[RoutedNode, ...], ...]
    join: Join = Join.ALL


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one document. ``facts`` are all the values conditions could read, beside the form.

    ``rule_version`` is ``scenario@version``, the rules that were applied.
    """

    scenario: Scenario
    rule_version: str
    steps: tuple[RoutedStep, ...]
    facts: Mapping[str, Value]
    routed_at: datetime

    @property
    def nodes(self) -> tuple[RoutedNode, ...]:
        return tuple(node for step in self.steps for branch in step.branches for node in branch)

    def require_complete(self) -> None:
        """Refuse a route that is not settled yet.

        Raises:
            Refusal: ROUTE_VALUE_MISSING per node that lacks a value.
        """
        missing = tuple(
            RefusalDetail(
                "ROUTE_VALUE_MISSING",
                str(reason.params["name"]),
                {
                    "node": routed.node.name.zh,
                    "name": str(reason.params["name"]),
                },
            )
            for routed in self.nodes
            if routed.status is RouteStatus.UNDETERMINED
            for reason in routed.reasons
        )
        if missing:
            raise Refusal.of(missing)


@dataclass(frozen=True, slots=True)
class RouteRequest:
    """What is to be routed. ``values`` are the form's stored values (money in fen).

    ``facts`` are those the controls and the service know (``over_standard`` ...); what the
    organisation knows is looked up. ``selected`` names the people a requester chose, by node.
    """

    values: Mapping[str, Any]
    requester_id: uuid.UUID
    department_id: uuid.UUID
    facts: Mapping[str, Value] = field(default_factory=dict)
    selected: Mapping[str, Sequence[uuid.UUID]] = field(default_factory=dict)


def route(
    scenario: Scenario,
    request: RouteRequest,
    *,
    vocabulary: Vocabulary,
    organisation: OrganisationView,
    now: datetime,
) -> Route:
    """Route a document, or a draft of one. Refuses nothing: what is missing shows at its node."""
    facts = gather_facts(scenario, request, vocabulary, organisation)
    values = readable_values(scenario, request.values, facts, vocabulary)
    search = Search(
        scenario=scenario,
        values=request.values,
        requester_id=request.requester_id,
        department_id=request.department_id,
        organisation=organisation,
        selected=request.selected,
    )
    steps = tuple(
        RoutedStep(
            tuple(
                tuple(_route_node(node, values, search, vocabulary) for node in branch)
                for branch in step.branches
            ),
            step.join,
        )
        for step in scenario.steps
    )
    return Route(scenario, f"{scenario.code}@{scenario.version}", steps, facts, now)


def gather_facts(
    scenario: Scenario,
    request: RouteRequest,
    vocabulary: Vocabulary,
    organisation: OrganisationView,
) -> dict[str, Value]:
    """The facts that were given, and those the organisation knows."""
    facts = {name: value for name, value in request.facts.items() if name in vocabulary.facts}
    known = {
        name for name, fact in vocabulary.facts.items() if fact.source is FactSource.ORGANISATION
    }
    person = organisation.staff(request.requester_id)
    looked_up: dict[str, Value] = {
        "applicant_rank": person.rank if person is not None else None,
        "applicant_role": person.job_category if person is not None else None,
        "fund_nature": _fund_nature(scenario, request.values, organisation),
        "functional_control": _controlled(scenario, request.values, organisation),
    }
    return facts | {name: value for name, value in looked_up.items() if name in known}


def _fund_nature(
    scenario: Scenario, values: Mapping[str, Any], organisation: OrganisationView
) -> str | None:
    for item in scenario.fields:
        if item.type is FieldType.FUND_SOURCE:
            for source in references(values.get(item.key)):
                return organisation.fund_nature(source)
    return None


def _controlled(
    scenario: Scenario, values: Mapping[str, Any], organisation: OrganisationView
) -> bool:
    """Whether a functional department is in charge of anything the document names."""
    return any(
        organisation.departments_in_charge(code)
        for node in scenario.nodes
        if node.who == "functional_dept_head" and node.of
        for code in function_codes(node, values)
    )


def readable_values(
    scenario: Scenario,
    values: Mapping[str, Any],
    facts: Mapping[str, Value],
    vocabulary: Vocabulary,
) -> dict[str, Value]:
    """All that the flow's conditions read: thresholds, facts, fields and ``document_amount``."""
    readable: dict[str, Value] = {**vocabulary.thresholds, **facts}
    readable |= readable_fields(scenario.fields, values)
    if scenario.amount:
        readable[DOCUMENT_AMOUNT] = readable.get(scenario.amount)
    return readable


def _route_node(
    node: NodeDefinition, values: Mapping[str, Value], search: Search, vocabulary: Vocabulary
) -> RoutedNode:
    conditions: tuple[Reason, ...] = ()
    try:
        if node.when is not None:
            conditions = node.when.expression.explain(values)
            if not node.when.expression.holds(values):
                return RoutedNode(
                    node,
                    RouteStatus.SKIPPED,
                    node.who,
                    reasons=_decided(conditions, "ROUTE_CONDITION_NOT_MET"),
                    conditions=conditions,
                )
        who = chosen(node, vocabulary.matrices, values)
    except ExpressionError as error:
        return RoutedNode(
            node, RouteStatus.UNDETERMINED, node.who, reasons=(_missing(node, error, values),)
        )
    kind = vocabulary.approvers[who]
    people = find_people(node, kind, search)
    reasons = (*_included(node, conditions), *_by_matrix(node, who, values))
    if not people and _expects_people(node, kind):
        reasons = (*reasons, Because("ROUTE_NOBODY", {"who": who}))
    return RoutedNode(node, RouteStatus.INCLUDED, who, people, reasons, conditions)


def _expects_people(node: NodeDefinition, kind: ApproverKind) -> bool:
    return kind.by is not Resolution.SYSTEM and node.mode is not SignMode.NOTIFY


def _included(node: NodeDefinition, conditions: tuple[Reason, ...]) -> tuple[Because, ...]:
    if node.when is None:
        return (Because("ROUTE_ALWAYS"),)
    return _decided(conditions, "ROUTE_CONDITION_MET")


def _decided(conditions: Iterable[Reason], code: str) -> tuple[Because, ...]:
    """One explanation per condition that decided, with the values it read."""
    return tuple(
        Because(code, {"condition": reason.text, "values": described(reason.values)})
        for reason in conditions
        if reason.decided
    )


def _by_matrix(node: NodeDefinition, who: str, values: Mapping[str, Value]) -> tuple[Because, ...]:
    if not node.matrix:
        return ()
    amount = shown(values.get(DOCUMENT_AMOUNT))
    return (Because("ROUTE_MATRIX", {"matrix": node.matrix, "amount": amount, "who": who}),)


def _missing(node: NodeDefinition, error: ExpressionError, values: Mapping[str, Value]) -> Because:
    """Which value the node waits for."""
    name = error.name
    if error.code is ExpressionFault.NULL_OPERAND and not name and node.when is not None:
        empty = [item for item in sorted(node.when.expression.names) if values.get(item) is None]
        name = ", ".join(empty)
    return Because("ROUTE_UNDETERMINED", {"name": name, "reason": error.code.value})


def described(values: Mapping[str, Value]) -> str:
    """``amount=12000.00, T2=10000.00``, for explanations and logs; bounded in length."""
    text = ", ".join(f"{name}={shown(value)}" for name, value in values.items())
    return text if len(text) <= REASON_TEXT_MAX else text[: REASON_TEXT_MAX - 1] + "…"


def shown(value: Value) -> str:
    if value is None:
        return "∅"
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
