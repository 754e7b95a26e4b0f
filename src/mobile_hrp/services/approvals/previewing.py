"""Who would decide if a document were submitted now: the candidates, and whom the rules choose."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mobile_hrp.domain.approval.foresight import Foreseen, foresee
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.routing import Route, RouteStatus
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.approvals import store
from mobile_hrp.services.approvals.beginning import begin
from mobile_hrp.services.approvals.progress import state_of
from mobile_hrp.services.approvals.route_finding import Selected, expected_route
from mobile_hrp.services.approvals.wording import people_in
from mobile_hrp.services.documents import content_of
from mobile_hrp.services.snapshots import snapshot_of

_COMMENT = "-"
"""An alteration needs words; nobody reads those of a preview."""


@dataclass(frozen=True, slots=True)
class Preview:
    """``foreseen`` is by node key. ``refusal`` is why the approval could not begin like this."""

    route: Route
    foreseen: Mapping[str, Foreseen] = field(default_factory=dict)
    refusal: Refusal | None = None

    @property
    def complete(self) -> bool:
        return all(node.status is not RouteStatus.UNDETERMINED for node in self.route.nodes)

    @property
    def people(self) -> set[uuid.UUID]:
        """Everybody the explanations name."""
        return people_in(said for one in self.foreseen.values() for said in one.happened)


async def preview(
    session: AnySession,
    *,
    document: Document,
    now: datetime,
    selected: Selected | None = None,
) -> Preview:
    """Route the document and play its approval on, on a copy that is thrown away.

    The way is the one a submission takes: the same route, the same beginning, the same engine.
    """
    found = await expected_route(session, document=document, now=now, selected=selected)
    if not (shown := Preview(found.route)).complete:
        return shown
    try:
        begun = await begin(
            session,
            document=document,
            plan=found.plan(document),
            before=await state_of(session, document.id),
            comment=_COMMENT,
            now=now,
            snapshot=snapshot_of(content_of(document)),
        )
    except Refusal as refusal:
        return Preview(found.route, refusal=refusal)
    return Preview(found.route, foresee(begun.state, now=now, ids=store.fresh_ids()))
