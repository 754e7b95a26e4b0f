"""The requester's open loans, for controls C16 and C17."""

from datetime import datetime

from mobile_hrp.domain.policy.facts.loans import OpenLoan, OpenLoans
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.loans import open_loans_of


async def load_open_loans(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> OpenLoans:
    del now
    found = await open_loans_of(session, document.requester_id)
    return OpenLoans(
        tuple(
            OpenLoan(one.document_id, one.number, one.outstanding_fen, one.due_on) for one in found
        )
    )
