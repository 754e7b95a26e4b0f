"""What is behind a value: the files its facts came from, or documents, as far as one may see."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, select, true

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.indicator.definition import Indicator
from mobile_hrp.domain.indicator.terms import Origin
from mobile_hrp.models.document import Document
from mobile_hrp.models.indicator import IndicatorFact, IndicatorImport
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.document_access import visible_documents
from mobile_hrp.services.indicators.facts import following, midnight, zone_of
from mobile_hrp.services.indicators.values import require_place


@dataclass(frozen=True, slots=True)
class Sources:
    """Latest first. One of the two is empty: a dataset is filled from files or from documents."""

    imports: tuple[IndicatorImport, ...] = ()
    documents: tuple[Document, ...] = ()


async def sources_of(
    session: AnySession,
    *,
    viewer: Viewer,
    indicator: Indicator,
    month: date,
    department_id: uuid.UUID | None,
    first: int,
) -> Sources:
    """Where the facts of a month come from; a document is listed only for whoever may see it.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND (see ``require_place``).
    """
    require_place(viewer, department_id)
    if indicator.definition.dataset.origin is Origin.DOCUMENTS:
        return Sources(
            documents=tuple(await _documents(session, viewer, month, department_id, first))
        )
    at: ColumnElement[bool] = true()
    if department_id is not None:
        at = IndicatorFact.department_id == department_id
    behind = select(IndicatorFact.import_id).where(
        IndicatorFact.dataset == indicator.definition.dataset.code,
        IndicatorFact.occurred_on >= month,
        IndicatorFact.occurred_on < following(month),
        IndicatorFact.withdrawn_by.is_(None),
        at,
    )
    rows = await session.scalars(
        select(IndicatorImport)
        .where(IndicatorImport.id.in_(behind))
        .order_by(IndicatorImport.imported_at.desc(), IndicatorImport.id)
        .limit(first)
    )
    return Sources(imports=tuple(rows))


async def _documents(
    session: AnySession,
    viewer: Viewer,
    month: date,
    department_id: uuid.UUID | None,
    first: int,
) -> Sequence[Document]:
    zone = await zone_of(session)
    statement = select(Document).where(
        Document.finished_at >= midnight(month, zone),
        Document.finished_at < midnight(following(month), zone),
        Document.submitted_at.is_not(None),
        visible_documents(viewer),
    )
    if department_id is not None:
        statement = statement.where(Document.department_id == department_id)
    newest = statement.order_by(Document.finished_at.desc(), Document.id.desc()).limit(first)
    return (await session.scalars(newest)).all()
