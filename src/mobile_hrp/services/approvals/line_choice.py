"""The budget line a form did not name: that of the request it uses, else the one that covers it."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from mobile_hrp.domain.scenario.links import link_values
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import FieldType
from mobile_hrp.models.budget import BudgetHold
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.budget.matching import find_covering_line


async def choose_lines(
    session: WriteSession,
    *,
    document: Document,
    scenario: Scenario,
    lines: Sequence[DocumentLine],
    now: datetime,
) -> None:
    """Give each line without a budget line the one it is charged to, in the form too.

    What people decide on names the line, so it stands in the values that are hashed.

    Raises:
        Refusal: NO_COVERING_LINE, BUDGET_LINE_AMBIGUOUS at the field that names no line.
    """
    charge = scenario.budget.charge
    missing = [line for line in lines if line.budget_line_id is None]
    if charge is None or not charge.line or not missing:
        return
    of_request = await _line_of_requests(session, document, scenario)
    on = await budget_day(session, document.hospital_id, now)
    for line in missing:
        line.budget_line_id = of_request or await find_covering_line(
            session,
            hospital_id=document.hospital_id,
            department_id=document.department_id,
            campus_id=document.campus_id,
            expense_type=line.expense_type,
            on=on,
            project_id=_named(scenario, document.values, FieldType.PROJECT),
            fund_source_id=_named(scenario, document.values, FieldType.FUND_SOURCE),
            path=f"{line.form_path}.{charge.line}",
        )
        document.values = _with_line(
            document.values, line.form_path, charge.line, line.budget_line_id
        )
    await session.flush()


async def _line_of_requests(
    session: WriteSession, document: Document, scenario: Scenario
) -> uuid.UUID | None:
    """The one line on which the linked requests hold money; None when there are several."""
    linked = [key for _, key in link_values(scenario, document.values)]
    if not linked:
        return None
    held = await session.scalars(
        select(BudgetHold.line_id)
        .where(BudgetHold.document_id.in_(linked), BudgetHold.left_fen > 0)
        .distinct()
    )
    found = held.all()
    return found[0] if len(found) == 1 else None


def _named(scenario: Scenario, values: Mapping[str, Any], kind: FieldType) -> uuid.UUID | None:
    for field in scenario.fields:
        if field.type is kind and values.get(field.key):
            return uuid.UUID(str(values[field.key]))
    return None


def _with_line(
    values: Mapping[str, Any], form_path: str, key: str, line_id: uuid.UUID
) -> dict[str, Any]:
    """The values with the line entered in the head or in the row of the path."""
    head, _, row = form_path.removeprefix("values").removeprefix(".").partition(".")
    if not head:
        return {**values, key: str(line_id)}
    rows = list(values[head])
    rows[int(row)] = {**rows[int(row)], key: str(line_id)}
    return {**values, head: rows}
