"""C06 发票连号: one seller's receipts with adjacent numbers suggest a split or a made-up sale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.receipts import EarlierReceipts
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.receipts.identity import are_consecutive, normal_title


@dataclass(frozen=True, slots=True)
class _Paper:
    """A numbered receipt; ``path`` is empty and ``document`` set where it was claimed before."""

    number: str
    code: str
    seller: str
    seller_name: str
    issued_on: date
    total_fen: int
    path: str = ""
    document: str = ""


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    """One observation per run of numbers that has a receipt of this document in it."""
    window = context.tables.find(
        "retention_days", {"rule": "consecutive_receipt_window"}, document.on
    )
    if window is None:
        return
    here = _here(document)
    papers = [*here, *_before(context.of(EarlierReceipts), {paper.number for paper in here})]
    for run in _runs(sorted(papers, key=lambda one: one.number), window.whole("days")):
        path = next((paper.path for paper in run if paper.path), "")
        if path:
            days = [paper.issued_on for paper in run]
            yield Observation(
                "consecutive",
                path,
                {
                    "seller": run[0].seller_name,
                    "numbers": tuple(paper.number for paper in run),
                    "first_on": min(days).isoformat(),
                    "last_on": max(days).isoformat(),
                    "total_fen": sum(paper.total_fen for paper in run),
                    "documents": tuple(
                        dict.fromkeys(paper.document for paper in run if paper.document)
                    ),
                    "days": window.whole("days"),
                    **cited(window),
                },
            )


def _here(document: PolicyDocument) -> list[_Paper]:
    return [
        _Paper(
            number=receipt.number,
            code=receipt.code,
            seller=_seller(receipt.seller_tax_id, receipt.seller_name),
            seller_name=receipt.seller_name,
            issued_on=receipt.issued_on,
            total_fen=receipt.total_fen or 0,
            path=receipt.path,
        )
        for receipt in document.receipts
        if receipt.issued_on is not None
    ]


def _before(earlier: EarlierReceipts, numbers_here: set[str]) -> list[_Paper]:
    """What is on the document already is not also counted as earlier: it may be sent again."""
    return [
        _Paper(
            number=receipt.number,
            code=receipt.code,
            seller=_seller(receipt.seller_tax_id, receipt.seller_name),
            seller_name=receipt.seller_name,
            issued_on=receipt.issued_on,
            total_fen=receipt.total_fen,
            document=receipt.document_number,
        )
        for receipt in earlier.receipts
        if receipt.number not in numbers_here
    ]


def _seller(tax_id: str, name: str) -> str:
    return normal_title(tax_id or name)


def _runs(papers: Sequence[_Paper], days: int) -> Iterable[list[_Paper]]:
    """Longest chains of neighbours; ``papers`` are sorted by number."""
    left = list(papers)
    while left:
        run = [left.pop(0)]
        for paper in tuple(left):
            if _neighbours(run[-1], paper, days):
                run.append(paper)
                left.remove(paper)
        if len(run) > 1:
            yield run


def _neighbours(first: _Paper, second: _Paper, days: int) -> bool:
    return (
        bool(first.seller)
        and first.seller == second.seller
        and first.code == second.code
        and are_consecutive(first.number, second.number)
        and abs((first.issued_on - second.issued_on).days) <= days
    )


CONTROL = ControlFunction(
    key="receipt_consecutive",
    check=check,
    needs=(EarlierReceipts,),
    tables=("retention_days",),
    applies=lambda document: bool(document.receipts),
)
