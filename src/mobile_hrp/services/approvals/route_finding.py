"""Find the route of a document: what is known of it, and what the rules make of that."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from mobile_hrp.domain.approval.plan import FlowPlan
from mobile_hrp.domain.budget.terms import Outcome
from mobile_hrp.domain.policy.terms import Finding
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.plan import PlanSurroundings, flow_plan
from mobile_hrp.domain.scenario.routing import Route, RouteRequest, route
from mobile_hrp.domain.scenario.vocabulary import EXTRA_APPROVER_FACT
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services import scenarios
from mobile_hrp.services.approvals.budget import expected_outcome
from mobile_hrp.services.document_lines import lines_of
from mobile_hrp.services.organisation_view import load_organisation
from mobile_hrp.services.policy.checking import facts_for_route, submission_findings
from mobile_hrp.services.scenarios import LoadedScenario

Selected: TypeAlias = Mapping[str, Sequence[uuid.UUID]]
"""The people a requester chose, by node."""


@dataclass(frozen=True, slots=True)
class FoundRoute:
    """A route, and what the engine needs of the organisation beside it."""

    route: Route
    around: PlanSurroundings

    def plan(self, document: Document) -> FlowPlan:
        """The route as the engine runs it.

        Raises:
            Refusal: ROUTE_VALUE_MISSING for a route that still lacks values.
        """
        return flow_plan(self.route, document.values, self.around)


def facts_of(
    scenario: Scenario, document: Document, findings: Iterable[Finding], outcome: Outcome
) -> dict[str, bool]:
    """What the flow's conditions read of the controls, the ledger and the performance rules."""
    facts = facts_for_route(scenario, document, findings)
    facts[EXTRA_APPROVER_FACT] |= outcome is Outcome.NEEDS_EXTRA_APPROVER
    return facts


async def find_route(
    session: AnySession,
    *,
    document: Document,
    loaded: LoadedScenario,
    facts: Mapping[str, bool],
    now: datetime,
    selected: Selected | None = None,
) -> FoundRoute:
    """Route the document as it is. Refuses nothing: what is missing shows at its node."""
    organisation = await load_organisation(session, hospital_id=document.hospital_id, now=now)
    request = RouteRequest(
        values=document.values,
        requester_id=document.requester_id,
        department_id=document.department_id,
        facts=facts,
        selected=selected or {},
    )
    found = route(
        loaded.scenario,
        request,
        vocabulary=loaded.vocabulary,
        organisation=organisation,
        now=now,
    )
    return FoundRoute(found, organisation.surroundings())


async def expected_route(
    session: AnySession,
    *,
    document: Document,
    now: datetime,
    selected: Selected | None = None,
    standing: Iterable[str] = (),
) -> FoundRoute:
    """The route the document would take if it were submitted now; nothing is locked or kept.

    ``standing`` names yes/no facts that hold whatever is found now: a document that is on its way
    holds its budget, so that the ledger has no reason left to ask for one more approver.
    """
    loaded = await scenarios.loaded_scenario(
        session, document.scenario_code, document.scenario_version
    )
    lines = await lines_of(session, document.id)
    findings = await submission_findings(
        session, document=document, loaded=loaded, lines=lines, now=now
    )
    outcome = await expected_outcome(
        session, document=document, scenario=loaded.scenario, lines=lines, now=now
    )
    facts = facts_of(loaded.scenario, document, findings, outcome)
    facts |= dict.fromkeys(standing, True)
    return await find_route(
        session, document=document, loaded=loaded, facts=facts, now=now, selected=selected
    )
