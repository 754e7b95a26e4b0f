"""From a filled form to what it charges: one row per budget line and amount, with its receipts."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mobile_hrp.domain.scenario.model import Charge, Scenario
from mobile_hrp.domain.scenario.vocabulary import FieldType

_DESCRIPTIONS = ("description", "content", "item", "purpose", "reason")
_EXPENSE_TYPE = "expense_type"


@dataclass(frozen=True, slots=True)
class ChargedRow:
    """``path`` leads to the row in the form; ``amount_fen`` is positive."""

    path: str
    description: str
    expense_type: str
    amount_fen: int
    budget_line_id: uuid.UUID | None
    receipts: tuple[uuid.UUID, ...]


def charged_rows(scenario: Scenario, values: Mapping[str, Any]) -> tuple[ChargedRow, ...]:
    """The rows of a document; a draft's rows without an amount are left out.

    A scenario that charges nothing but has an amount gives one row without a budget line, so that
    lists, receipts and vouchers have something to hold on to.
    """
    charge = scenario.budget.charge
    if charge is not None and charge.rows:
        rows = values.get(charge.rows) or []
        found = [
            _row(scenario, charge, row, f"values.{charge.rows}.{index}")
            for index, row in enumerate(rows)
        ]
        return tuple(row for row in found if row is not None)
    amount = charge.amount if charge is not None else scenario.amount
    if not amount:
        return ()
    single = _row(scenario, charge or Charge(amount=amount), values, "values")
    return (single,) if single is not None else ()


def _row(
    scenario: Scenario, charge: Charge, row: Mapping[str, Any], path: str
) -> ChargedRow | None:
    amount = row.get(charge.amount)
    if not isinstance(amount, int) or amount <= 0:
        return None
    described = next((row[key] for key in _DESCRIPTIONS if row.get(key)), scenario.name.zh)
    return ChargedRow(
        path=path,
        description=str(described)[:200],
        expense_type=str(row.get(_EXPENSE_TYPE) or scenario.code),
        amount_fen=amount,
        budget_line_id=_uuid(row.get(charge.line)) if charge.line else None,
        receipts=_receipts(scenario, charge, row),
    )


def _receipts(scenario: Scenario, charge: Charge, row: Mapping[str, Any]) -> tuple[uuid.UUID, ...]:
    listed = scenario.field(charge.rows) if charge.rows else None
    fields: Sequence[Any] = listed.columns if listed is not None else scenario.fields
    found = [
        _uuid(item)
        for field in fields
        if field.type is FieldType.INVOICE_LIST
        for item in row.get(field.key) or []
    ]
    return tuple(dict.fromkeys(item for item in found if item is not None))


def document_amount(scenario: Scenario, values: Mapping[str, Any]) -> int:
    """What stands for the document in lists and limits, in fen; 0 when it has no money."""
    value = values.get(scenario.amount) if scenario.amount else None
    return value if isinstance(value, int) and value > 0 else 0


def _uuid(value: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(value)) if value else None
    except ValueError:
        return None
