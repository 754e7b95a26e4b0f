"""The lines of a document kept in step with its values, without losing which line is which."""

import uuid
from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select, update

from mobile_hrp.domain.scenario.charges import charged_rows
from mobile_hrp.domain.scenario.deductions import after_deductions
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.models.receipt import ReceiptUse
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id

_LINES = (
    select(DocumentLine)
    .where(DocumentLine.document_id == bindparam("of_document"))
    .order_by(DocumentLine.position)
)


async def lines_of(session: AnySession, document_id: uuid.UUID) -> Sequence[DocumentLine]:
    """The lines as they stand, in their order."""
    return (await session.scalars(_LINES, {"of_document": document_id})).all()


async def write_lines(
    session: WriteSession, document: Document, scenario: Scenario
) -> Sequence[DocumentLine]:
    """Bring the lines to what values and deductions say; a line keeps its id and its receipts.

    The receipts of a line that was struck out stay with the document, on no line.
    """
    found = await session.scalars(
        select(DocumentLine).where(DocumentLine.document_id == document.id)
    )
    known = {line.form_path: line for line in found}
    position = max((line.position for line in known.values()), default=-1)
    rows = after_deductions(charged_rows(scenario, document.values), document.deductions)
    kept = []
    for row in rows:
        line = known.pop(row.path, None)
        if line is None:
            position += 1
            line = DocumentLine(
                hospital_id=document.hospital_id,
                id=new_id(),
                document_id=document.id,
                position=position,
                form_path=row.path,
            )
            session.add(line)
        line.description = row.description
        line.expense_type = row.expense_type
        line.amount_fen = row.amount_fen
        line.budget_line_id = row.budget_line_id
        line.receipt_ids = [str(receipt) for receipt in row.receipts]
        kept.append(line)
    struck = [line.id for line in known.values()]
    if struck:
        await session.execute(
            update(ReceiptUse)
            .where(ReceiptUse.document_line_id.in_(struck))
            .values(document_line_id=None)
        )
        await session.execute(delete(DocumentLine).where(DocumentLine.id.in_(struck)))
    await session.flush()
    return sorted(kept, key=lambda line: line.position)
