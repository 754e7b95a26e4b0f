"""C17 报销冲借款: who holds a loan settles it with the claim; what is settled is really owed."""

from collections.abc import Iterable, Sequence

from mobile_hrp.domain.policy.facts.loans import OpenLoan, OpenLoans
from mobile_hrp.domain.policy.forms import Entry
from mobile_hrp.domain.policy.links import is_loan_link, loan_links
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    loans = context.of(OpenLoans).loans
    links = loan_links(document)
    if not links:
        yield from _left_aside(loans)
    by_id = {str(loan.document_id): loan for loan in loans}
    for link in links:
        yield from _linked(document, link, by_id.get(link.text))


def _left_aside(loans: Sequence[OpenLoan]) -> Iterable[Observation]:
    for loan in loans:
        yield Observation(
            "not_offset",
            evidence={
                "number": loan.number,
                "outstanding_fen": loan.outstanding_fen,
                "due_on": loan.due_on.isoformat(),
            },
        )


def _linked(document: PolicyDocument, link: Entry, loan: OpenLoan | None) -> Iterable[Observation]:
    """Only where the link must be given does the whole document repay it: a claim may be larger."""
    if loan is None:
        yield Observation("not_open", link.path)
    elif link.field.required and document.amount_fen > loan.outstanding_fen:
        yield Observation(
            "above_outstanding",
            link.path,
            {
                "number": loan.number,
                "amount_fen": document.amount_fen,
                "outstanding_fen": loan.outstanding_fen,
                "over_fen": document.amount_fen - loan.outstanding_fen,
            },
        )


CONTROL = ControlFunction(
    key="loan_offset",
    check=check,
    needs=(OpenLoans,),
    applies=lambda document: any(is_loan_link(field) for field in document.fields),
)
