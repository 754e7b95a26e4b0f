"""Who may see a loan: its borrower, those who had it before, and finance."""

from sqlalchemy import ColumnElement, Select, or_, select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.models.document import Document
from mobile_hrp.models.loan import Loan, LoanMovement
from mobile_hrp.services.askers import Asker
from mobile_hrp.services.vouchers.access import documents_reached


def of_person(viewer: Asker) -> ColumnElement[bool]:
    """Loans the person owes, and those they once had and handed on."""
    handed_on = select(LoanMovement.loan_id).where(
        LoanMovement.hospital_id == viewer.hospital_id,
        LoanMovement.from_staff_id == viewer.staff_id,
    )
    return or_(Loan.borrower_id == viewer.staff_id, Loan.id.in_(handed_on))


def for_finance(viewer: Asker) -> Select[Loan]:
    """Loans on documents whose vouchers the viewer may look at."""
    return (
        select(Loan)
        .join(
            Document,
            (Document.hospital_id == Loan.hospital_id) & (Document.id == Loan.document_id),
        )
        .where(documents_reached(viewer, Permission.VOUCHER_VIEW))
    )


def visible_loans(viewer: Asker) -> ColumnElement[bool]:
    """Either of the two."""
    return or_(of_person(viewer), Loan.id.in_(for_finance(viewer).with_only_columns(Loan.id)))
