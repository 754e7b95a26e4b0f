"""What an event of a document means for the books: its lines, their money and their dimensions.

What was deducted by the reviewer is never booked; what the document is settled by beside payment
is shared over its lines exactly. The economic class chosen in the form goes before the budget
line's own; money that comes back is booked where the document it belongs to was charged.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import aliased

from mobile_hrp.domain.money import allot
from mobile_hrp.domain.scenario.model import FieldDefinition, Scenario
from mobile_hrp.domain.scenario.vocabulary import ROW_TYPES, FieldType
from mobile_hrp.domain.voucher.draft import Dimensions, LineFacts
from mobile_hrp.domain.voucher.template import TemplateBook, read_templates
from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.models.organization import Department, EconomicClass, FundSource
from mobile_hrp.runtime.database import AnySession

UNFUNDED = "none"
_RESEARCH = "research"
_TAX = "tax"


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a document is settled beside plain payment (fen, of the whole document).

    ``part_fen`` books only this much of what is payable: one payment of several, or what of a
    payment came back.
    """

    loan_offset_fen: int = 0
    tax_fen: int = 0
    part_fen: int | None = None


@lru_cache(maxsize=1)
def template_book() -> TemplateBook:
    """The templates shipped with the scenario library. Faulty data stops here, at the start."""
    source = resources.files("mobile_hrp.scenario_library") / "cn_hospital_core"
    text = (source / "voucher_templates.yaml").read_text("utf-8")
    return read_templates(yaml.safe_load(text))


@dataclass(frozen=True, slots=True)
class _Charged:
    """A document line with the budget line that bears it; either may lack what the other has."""

    line: DocumentLine
    budget: BudgetLine | None
    nature: str | None
    department_kind: str | None


async def lines_to_book(
    session: AnySession, document: Document, scenario: Scenario | None, settlement: Settlement
) -> Mapping[str, list[LineFacts]]:
    """The document's lines with their dimensions, by nature of the funds that bear them."""
    rows = await _charged(session, document.id)
    borrowed = await _borrowed(session, document, scenario, rows)
    nets = _nets(document, [row.line.amount_fen for row in rows])
    offsets = _shares(settlement.loan_offset_fen, nets)
    taxes = _shares(settlement.tax_fen, nets)
    if settlement.part_fen is not None:
        payable = [net - off - tax for net, off, tax in zip(nets, offsets, taxes, strict=True)]
        nets = _shares(settlement.part_fen, payable)
        offsets = taxes = [0] * len(nets)
    form = await _FormDimensions.read(session, document, scenario)
    by_nature: dict[str, list[LineFacts]] = {}
    for position, row in enumerate(rows):
        bearer = row if row.budget is not None or borrowed is None else borrowed
        facts = LineFacts(
            document_line_id=row.line.id,
            net_fen=nets[position],
            cost_kind=_cost_kind(row.line.expense_type, bearer),
            dimensions=form.completed(row.line.form_path, _dimensions(document, bearer.budget)),
            loan_offset_fen=offsets[position],
            tax_fen=taxes[position],
            text=row.line.description,
        )
        if facts.net_fen:
            by_nature.setdefault(bearer.nature or form.nature or UNFUNDED, []).append(facts)
    return by_nature


def tax_withheld(document: Document) -> int:
    """What the form says is kept back from the payees for the tax office (fen)."""
    value = document.values.get(_TAX)
    return value if isinstance(value, int) and value > 0 else 0


async def _charged(session: AnySession, document_id: uuid.UUID) -> list[_Charged]:
    """The lines in order; the kind of department is that of the one that bears the cost."""
    bearing, own = aliased(Department), aliased(Department)
    rows = await session.execute(
        select(DocumentLine, BudgetLine, FundSource.nature, bearing.kind, own.kind)
        .outerjoin(BudgetLine, BudgetLine.id == DocumentLine.budget_line_id)
        .outerjoin(FundSource, FundSource.id == BudgetLine.fund_source_id)
        .join(Document, Document.id == DocumentLine.document_id)
        .outerjoin(bearing, bearing.id == BudgetLine.department_id)
        .outerjoin(own, own.id == Document.department_id)
        .where(DocumentLine.document_id == document_id)
        .order_by(DocumentLine.position)
    )
    return [
        _Charged(line, budget, nature, bearing_kind or own_kind)
        for line, budget, nature, bearing_kind, own_kind in rows
    ]


async def _borrowed(
    session: AnySession, document: Document, scenario: Scenario | None, rows: Sequence[_Charged]
) -> _Charged | None:
    """Where the document was charged that this one gives money back to."""
    charge = scenario.budget.charge if scenario is not None else None
    if charge is None or not charge.document or all(row.budget for row in rows):
        return None
    linked = _key(document.values.get(charge.document))
    found = await _charged(session, linked) if linked is not None else []
    return next((row for row in found if row.budget is not None), None)


def _nets(document: Document, amounts: Sequence[int]) -> list[int]:
    """What was approved of each line: a deduction is shared over the lines exactly (核减)."""
    if 0 < document.amount_fen < sum(amounts):
        return allot(document.amount_fen, amounts)
    return list(amounts)


def _shares(total_fen: int, amounts: Sequence[int]) -> list[int]:
    return allot(total_fen, amounts) if total_fen else [0] * len(amounts)


def _cost_kind(expense_type: str, bearer: _Charged) -> str:
    by_expense_type = template_book().cost_kinds
    if expense_type in by_expense_type:
        return by_expense_type[expense_type]
    if bearer.nature == _RESEARCH or (bearer.budget is not None and bearer.budget.project_id):
        return _RESEARCH
    return "admin" if bearer.department_kind == "functional" else "clinical"


def _dimensions(document: Document, budget: BudgetLine | None) -> Dimensions:
    if budget is None:
        return Dimensions(department_id=document.department_id)
    return Dimensions(
        department_id=budget.department_id or document.department_id,
        project_id=budget.project_id,
        fund_source_id=budget.fund_source_id,
        function_class=budget.function_class,
        department_economic_class_id=budget.department_economic_class_id,
        government_economic_class_id=budget.government_economic_class_id,
    )


@dataclass(frozen=True, slots=True)
class _FormDimensions:
    """What the form itself says of fund, project and economic class, for the whole and by row."""

    values: Mapping[str, Any]
    fields: Sequence[FieldDefinition]
    schemes: Mapping[uuid.UUID, str]
    nature: str | None

    @classmethod
    async def read(
        cls, session: AnySession, document: Document, scenario: Scenario | None
    ) -> "_FormDimensions":
        fields = scenario.fields if scenario is not None else ()
        schemes = await session.execute(select(EconomicClass.id, EconomicClass.scheme))
        found = cls(document.values, fields, {row.id: row.scheme for row in schemes}, None)
        fund = found.reference(FieldType.FUND_SOURCE, "")
        nature = (
            await session.scalar(select(FundSource.nature).where(FundSource.id == fund))
            if fund
            else None
        )
        return replace(found, nature=nature)

    def completed(self, path: str, dimensions: Dimensions) -> Dimensions:
        """The dimensions with what the form adds; only the economic class goes before theirs."""
        economic = self.reference(FieldType.ECON_CLASS, path)
        scheme = self.schemes.get(economic) if economic else None
        return replace(
            dimensions,
            project_id=dimensions.project_id or self.reference(FieldType.PROJECT, path),
            fund_source_id=dimensions.fund_source_id or self.reference(FieldType.FUND_SOURCE, path),
            department_economic_class_id=economic
            if scheme == "department"
            else dimensions.department_economic_class_id,
            government_economic_class_id=economic
            if scheme == "government"
            else dimensions.government_economic_class_id,
        )

    def reference(self, kind: FieldType, path: str) -> uuid.UUID | None:
        """The first id of this type in the row at ``values.<list>.<number>``, else in the head."""
        _, _, place = path.partition(".")
        listed, _, number = place.partition(".")
        for field in self.fields:
            if field.key == listed and field.type in ROW_TYPES and number.isdecimal():
                row = self.values[listed][int(number)]
                if (key := _first(field.columns, row, kind)) is not None:
                    return key
        return _first(self.fields, self.values, kind)


def _first(
    fields: Sequence[FieldDefinition], values: Mapping[str, Any], kind: FieldType
) -> uuid.UUID | None:
    keys = (_key(values.get(field.key)) for field in fields if field.type is kind)
    return next((key for key in keys if key is not None), None)


def _key(value: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(value)) if value else None
    except ValueError:
        return None
