"""C22 政府采购方式: above a limit a lawful method of procurement, with its papers."""

from collections.abc import Iterable, Mapping
from typing import Final

from mobile_hrp.domain.policy.categories import CATEGORY_TABLE, amounts_by_category
from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.procurement import ProcurementRecords
from mobile_hrp.domain.policy.forms import Entry, has_type, head
from mobile_hrp.domain.policy.tables import Standard
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType, Severity

_METHODS: Final = "procurement_method"
_STANDING: Final = "procurement_method_standing"
_EMERGENCY: Final = "emergency"
_COMMITTING: Final = (
    FieldType.PAYEE,
    FieldType.SUPPLIER,
    FieldType.CONTRACT,
    FieldType.INVOICE_LIST,
)
"""Forms with one of these spend or promise money; the others only ask for it."""


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    amounts = amounts_by_category(document, context.tables)
    records = context.of(ProcurementRecords).records
    method = _own_method(document, context)
    for category, amount in amounts.items():
        if category == _EMERGENCY:
            yield from _emergency(document, amount)
            continue
        required = _required(document, context, category, amount)
        if required is not None:
            yield from _judged(document, context, _Case(category, amount, required), method)
    total = sum(amounts.values())
    for record in records:
        if amounts and total > record.amount_fen:
            yield Observation(
                "above_record",
                evidence={
                    "record": record.number,
                    "recorded_fen": record.amount_fen,
                    "amount_fen": total,
                    "over_fen": total - record.amount_fen,
                },
            )


class _Case:
    """What is bought for how much, and the row that says how."""

    def __init__(self, category: str, amount_fen: int, required: Standard) -> None:
        self.required = required
        self.shown: Mapping[str, Evidence] = {
            "category": category,
            "amount_fen": amount_fen,
            "from_fen": required.fen("from_amount"),
            "required": required.text("method"),
            **cited(required),
        }


def _required(
    document: PolicyDocument, context: PolicyContext, category: str, amount_fen: int
) -> Standard | None:
    """The band of the amount: the highest it reaches."""
    reached = [
        band
        for band in context.tables.rows(_METHODS, document.on)
        if band.text("category") == category and band.fen("from_amount") <= amount_fen
    ]
    return max(reached, key=lambda band: band.fen("from_amount"), default=None)


def _standing(method: str, document: PolicyDocument, context: PolicyContext) -> Standard | None:
    return context.tables.find(_STANDING, {"method": method}, document.on)


def _own_method(document: PolicyDocument, context: PolicyContext) -> Entry | None:
    """The choice whose options are methods of procurement."""
    return next(
        (
            entry
            for entry in head(document).of_type(FieldType.ENUM)
            if _standing(entry.text, document, context)
        ),
        None,
    )


def _judged(
    document: PolicyDocument, context: PolicyContext, case: _Case, own: Entry | None
) -> Iterable[Observation]:
    least = _standing(case.required.text("method"), document, context)
    if least is None:
        return
    path = own.path if own else ""
    if own is not None:
        chosen = [(own.text, _papers(document))]
    else:
        chosen = [
            (record.method, bool(record.approval_number))
            for record in context.of(ProcurementRecords).records
        ]
    if not chosen:
        yield from _without(document, case)
        return
    known = [
        (standing, papers)
        for method, papers in chosen
        if (standing := _standing(method, document, context))
    ]
    strong = [one for one in known if one[0].whole("standing") >= least.whole("standing")]
    methods = tuple(method for method, _ in chosen)
    if not strong:
        yield Observation("too_weak", path, {**case.shown, "methods": methods})
    elif all(standing.row["papers"] and not papers for standing, papers in strong):
        yield Observation("no_papers", path, {**case.shown, "methods": methods})


def _papers(document: PolicyDocument) -> bool:
    """The reason that a single source must be given, on the form itself."""
    return head(document).named("single_source_reason") is not None


def _without(document: PolicyDocument, case: _Case) -> Iterable[Observation]:
    """The lowest band asks for no record."""
    if case.required.fen("from_amount") == 0:
        return
    if has_type(document, *_COMMITTING):
        yield Observation("no_method", evidence=case.shown)
    else:
        yield Observation("method_due", evidence=case.shown, severity=Severity.INFO)


def _emergency(document: PolicyDocument, amount_fen: int) -> Iterable[Observation]:
    due = head(document).named("papers_by")
    yield Observation(
        "papers_later",
        due.path if due else "",
        {"amount_fen": amount_fen, "papers_on": due.day.isoformat() if due else ""},
        Severity.INFO,
    )


CONTROL = ControlFunction(
    key="procurement_method",
    check=check,
    needs=(ProcurementRecords,),
    tables=(CATEGORY_TABLE, _METHODS, _STANDING),
    applies=lambda document: document.amount_fen > 0,
)
