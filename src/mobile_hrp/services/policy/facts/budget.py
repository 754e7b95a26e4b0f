"""What the budget says to a document's lines, for control C01."""

from dataclasses import replace
from datetime import datetime

from mobile_hrp.domain.budget.movements import Charge
from mobile_hrp.domain.policy.facts.budget import BudgetCheck, CoveringLine
from mobile_hrp.domain.policy.links import request_links
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.budget.impact import LineImpact, budget_impact
from mobile_hrp.services.policy.facts.surroundings import hospital_of, uuids


async def load_budget_check(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> BudgetCheck:
    """Without locks, as the requester is shown it; the ledger decides again under its own."""
    hospital = await hospital_of(session, document)
    requests = uuids(entry.text for entry in request_links(document))
    charges = [Charge(line.budget_line_id, line.amount_fen, line.path) for line in document.lines]
    impact = await budget_impact(
        session,
        hospital_id=hospital.id,
        charges=charges,
        now=now,
        document_id=document.id,
        request_id=next(iter(requests), None),
    )
    paths = {line.budget_line_id: line.path for line in reversed(document.lines)}
    return BudgetCheck(
        tuple(_covering(line, paths.get(line.line_id, "")) for line in impact.lines),
        impact.uncovered_paths,
    )


def _covering(line: LineImpact, path: str) -> CoveringLine:
    """The five figures without what this document, or the request it uses, holds already."""
    after = line.figures_after
    return CoveringLine(
        line_id=line.line_id,
        name=line.name,
        path=path,
        figures=replace(
            line.figures,
            frozen_fen=after.frozen_fen,
            occupied_fen=after.occupied_fen - line.requested_fen,
        ),
        available_fen=line.available_before_fen,
        requested_fen=line.requested_fen,
        outcome=line.outcome,
    )
