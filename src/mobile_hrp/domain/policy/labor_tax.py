"""Income tax withheld on fees and royalties (劳务报酬、稿酬预扣预缴), by the tables in force."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from mobile_hrp.domain.money import allot
from mobile_hrp.domain.policy.form_view import head
from mobile_hrp.domain.policy.paid_people import FEE_KIND, ROYALTY, PaidPerson
from mobile_hrp.domain.policy.tables import PolicyTables
from mobile_hrp.domain.policy.terms import PolicyDocument

RULES_TABLE: Final = "labor_tax_rules"
BANDS_TABLE: Final = "labor_tax_bands"
LABOR_INCOME: Final = "labor"
ROYALTY_INCOME: Final = "royalty"


@dataclass(frozen=True, slots=True)
class Withheld:
    """One person's income of one kind on a document, all rows taken together."""

    key: str
    income: str
    gross_fen: int
    tax_fen: int


def withheld_fen(income: str, gross_fen: int, tables: PolicyTables, on: date) -> int | None:
    """The tax on one payment, rounded half up to the fen; None without a rule for the income."""
    rule = tables.find(RULES_TABLE, {"income": income}, on)
    if rule is None:
        return None
    gross = Decimal(gross_fen)
    if gross_fen <= rule.fen("fixed_up_to"):
        deducted = gross - rule.fen("fixed_deduction")
    else:
        deducted = gross * (1 - rule.number("deduction_rate"))
    taxable = max(deducted, Decimal(0)) * rule.number("taxable_share")
    bands = [
        band
        for band in tables.rows(BANDS_TABLE, on)
        if band.text("income") == income and band.fen("above") < taxable
    ]
    if not bands:
        return 0
    band = max(bands, key=lambda one: one.fen("above"))
    tax = taxable * band.number("rate") - band.fen("quick_deduction")
    return int(tax.quantize(Decimal(1), ROUND_HALF_UP))


def income_of(document: PolicyDocument, person: PaidPerson) -> str:
    royalty = person.row.get(ROYALTY)
    if (royalty is not None and royalty.value is True) or (
        head(document).text(FEE_KIND) == ROYALTY_INCOME
    ):
        return ROYALTY_INCOME
    return LABOR_INCOME


def withheld(
    document: PolicyDocument, people: Iterable[PaidPerson], tables: PolicyTables
) -> tuple[Withheld, ...]:
    """The tax of each person, several rows of one person counted as one payment."""
    gross: dict[tuple[str, str], int] = {}
    for person in people:
        payment = (person.key, income_of(document, person))
        gross[payment] = gross.get(payment, 0) + person.gross_fen
    found = []
    for (key, income), fen in gross.items():
        tax_fen = withheld_fen(income, fen, tables, document.on)
        if tax_fen is not None:
            found.append(Withheld(key, income, fen, tax_fen))
    return tuple(found)


def withheld_by_row(
    document: PolicyDocument, people: Sequence[PaidPerson], tables: PolicyTables
) -> dict[str, int]:
    """The tax (fen) by the path of a row; several rows of one person share that person's."""
    by_row: dict[str, int] = {}
    for one in withheld(document, people, tables):
        rows = [
            person
            for person in people
            if person.key == one.key and income_of(document, person) == one.income
        ]
        if one.gross_fen > 0:
            parts = allot(one.tax_fen, [person.gross_fen for person in rows])
            by_row |= {row.row.path: part for row, part in zip(rows, parts, strict=True)}
    return by_row
