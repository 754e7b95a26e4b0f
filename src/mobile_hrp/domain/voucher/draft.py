"""Drafts a voucher from a template and the facts of a document; each half balances alone."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.domain.voucher.template import (
    Figure,
    Spread,
    TemplateBook,
    TemplateLine,
    VoucherTemplate,
)
from mobile_hrp.domain.voucher.terms import Half, Side, VoucherEvent


@dataclass(frozen=True, slots=True)
class Dimensions:
    """What DA/T 95-2022 Annex C asks of an entry beside account and amount."""

    department_id: uuid.UUID | None = None
    project_id: uuid.UUID | None = None
    fund_source_id: uuid.UUID | None = None
    function_class: str | None = None
    department_economic_class_id: uuid.UUID | None = None
    government_economic_class_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One document line to book: its approved amount and how it is settled (fen)."""

    document_line_id: uuid.UUID
    net_fen: int
    cost_kind: str
    dimensions: Dimensions = field(default_factory=Dimensions)
    loan_offset_fen: int = 0
    tax_fen: int = 0
    text: str = ""

    def figure(self, figure: Figure) -> int:
        match figure:
            case Figure.NET:
                return self.net_fen
            case Figure.LOAN_OFFSET:
                return self.loan_offset_fen
            case Figure.TAX:
                return self.tax_fen
            case Figure.PAYABLE:
                return self.net_fen - self.loan_offset_fen - self.tax_fen


@dataclass(frozen=True, slots=True)
class VoucherFacts:
    """One event of one document, all its lines of one fund nature."""

    document_number: str
    scenario: str
    event: VoucherEvent
    fund_nature: str
    lines: tuple[LineFacts, ...]


@dataclass(frozen=True, slots=True)
class EntryDraft:
    half: Half
    side: Side
    account_code: str
    account_name: str
    amount_fen: int
    summary: str
    document_line_id: uuid.UUID | None
    dimensions: Dimensions


@dataclass(frozen=True, slots=True)
class VoucherDraft:
    """``needs_confirmation`` lists accounts no accountant of this hospital has confirmed yet."""

    template_code: str
    template_version: str
    entries: tuple[EntryDraft, ...]
    needs_confirmation: tuple[str, ...]


def draft_voucher(book: TemplateBook, facts: VoucherFacts) -> VoucherDraft:
    """Apply the fitting template. Entries of zero fen are left out.

    Raises:
        Refusal: VOUCHER_TEMPLATE_MISSING, VOUCHER_ACCOUNT_MISSING, VOUCHER_UNBALANCED,
            AMOUNT_NOT_POSITIVE for a line that books less than nothing.
    """
    _require_settled(facts)
    template = book.select(
        scenario=facts.scenario, event=facts.event, fund_nature=facts.fund_nature
    )
    unconfirmed: set[str] = set()
    entries: list[EntryDraft] = []
    for line in template.lines:
        entries.extend(_entries(template, line, facts, unconfirmed))
    require_balanced(entries)
    return VoucherDraft(template.code, book.version, tuple(entries), tuple(sorted(unconfirmed)))


def require_balanced(entries: Iterable[EntryDraft]) -> None:
    """Each half must balance on its own, to the fen."""
    faults = []
    booked = list(entries)
    for half in Half:
        debit = half_total(booked, half, Side.DEBIT)
        credit = half_total(booked, half, Side.CREDIT)
        if debit != credit:
            params = {
                "half": half.value,
                "debit": format_money(debit),
                "credit": format_money(credit),
            }
            faults.append(RefusalDetail("VOUCHER_UNBALANCED", half.value, params))
    if faults:
        raise Refusal.of(tuple(faults))


def half_total(entries: Sequence[EntryDraft], half: Half, side: Side) -> int:
    return sum(each.amount_fen for each in entries if each.half is half and each.side is side)


def _require_settled(facts: VoucherFacts) -> None:
    for position, line in enumerate(facts.lines):
        smallest = min(line.figure(figure) for figure in Figure)
        if smallest < 0 or line.net_fen == 0:
            raise Refusal(
                "AMOUNT_NOT_POSITIVE", path=f"lines.{position}", amount=format_money(smallest)
            )


def _entries(
    template: VoucherTemplate, line: TemplateLine, facts: VoucherFacts, unconfirmed: set[str]
) -> list[EntryDraft]:
    """The entries of one template line: one per document line, or one per account and purse.

    A purse is what an entry for the whole document must not mix: fund source, project and classes.
    """
    entries: dict[tuple[str, int, Dimensions], EntryDraft] = {}
    for position, document_line in enumerate(facts.lines):
        amount_fen = document_line.figure(line.figure)
        if not amount_fen:
            continue
        account = line.account_for(document_line.cost_kind, template.code)
        if not account.confirmed:
            unconfirmed.add(account.code)
        per_line = line.spread is Spread.PER_LINE
        spent_on = document_line.dimensions
        if not per_line:
            spent_on = replace(spent_on, department_id=_department_of_all(facts.lines))
        key = (account.code, position if per_line else -1, spent_on)
        already_fen = entries[key].amount_fen if key in entries else 0
        text = document_line.text if per_line else ""
        entries[key] = EntryDraft(
            half=line.half,
            side=line.side,
            account_code=account.code,
            account_name=account.name,
            amount_fen=already_fen + amount_fen,
            summary=" ".join(filter(None, (template.summary, facts.document_number, text))),
            document_line_id=document_line.document_line_id if per_line else None,
            dimensions=spent_on,
        )
    return list(entries.values())


def _department_of_all(lines: Sequence[LineFacts]) -> uuid.UUID | None:
    departments = {line.dimensions.department_id for line in lines}
    return next(iter(departments)) if len(departments) == 1 else None


def lacking(entries: Iterable[EntryDraft]) -> tuple[str, ...]:
    """What every entry must name and some entry does not: fund source, economic class."""
    listed = [entry.dimensions for entry in entries]
    found = []
    if any(each.fund_source_id is None for each in listed):
        found.append("fund_source")
    if any(
        each.department_economic_class_id is None and each.government_economic_class_id is None
        for each in listed
    ):
        found.append("economic_class")
    return tuple(found)
