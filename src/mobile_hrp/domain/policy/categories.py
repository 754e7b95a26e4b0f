"""What is bought, as procurement divides it: goods, services, works, or nothing of the kind."""

from collections.abc import Mapping
from typing import Final

from mobile_hrp.domain.policy.forms import head, rows
from mobile_hrp.domain.policy.tables import PolicyTables
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.vocabulary import FieldType

CATEGORY_TABLE: Final = "procurement_category"
_EXPENSE_TYPE: Final = ("CostTypeCode", "expense_type")


def amounts_by_category(document: PolicyDocument, tables: PolicyTables) -> Mapping[str, int]:
    """In fen. A form whose rows name types of expense is divided by them.

    Else its own type of expense counts, or its scenario's where it names none; what the table
    does not list is not bought (utilities, fees).
    """
    found: dict[str, int] = {}
    for expense_type, amount_fen in _amounts(document):
        category = category_of(expense_type, document, tables)
        if category:
            found[category] = found.get(category, 0) + amount_fen
    return found


def category_of(expense_type: str, document: PolicyDocument, tables: PolicyTables) -> str:
    known = tables.find(CATEGORY_TABLE, {"expense_type": expense_type}, document.on)
    return known.text("category") if known else ""


def _amounts(document: PolicyDocument) -> list[tuple[str, int]]:
    typed = [
        (kind.text, amount.fen)
        for row in rows(document)
        if (kind := row.named(*_EXPENSE_TYPE)) and (amount := row.first(FieldType.MONEY))
    ]
    if typed:
        return typed
    kind = head(document).named(*_EXPENSE_TYPE)
    return [(kind.text if kind else document.scenario, document.amount_fen)]
