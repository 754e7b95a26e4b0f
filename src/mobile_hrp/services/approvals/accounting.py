"""The vouchers of a document: drafted when it is approved and paid, dropped when it goes back."""

import uuid
from datetime import datetime

from sqlalchemy import delete, select, update

from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import BudgetOperation, FormKind
from mobile_hrp.domain.voucher.terms import VoucherEvent, VoucherState
from mobile_hrp.models.document import Document
from mobile_hrp.models.voucher import Voucher, VoucherLine
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import vouchers


async def draft_vouchers(
    session: WriteSession,
    *,
    document: Document,
    scenario: Scenario,
    event: VoucherEvent,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> None:
    """Draft what the books need of this event; a request that only reserves money needs nothing."""
    if _reaches_the_books(scenario):
        await vouchers.draft_vouchers(
            session, document=document, event=event, actor_id=actor_id, now=now
        )


def _reaches_the_books(scenario: Scenario) -> bool:
    if scenario.form_kind is FormKind.REQUISITION:
        return False
    spends = BudgetOperation.EXECUTE in scenario.budget.events.values()
    return spends or scenario.form_kind is not FormKind.CUSTOM


async def drop_drafts(session: WriteSession, document: Document) -> None:
    """Forget the drafts of a document that is not approved any more.

    A voucher that somebody verified stays for the accountant to reverse; it lets go of the
    document's lines, which are about to be written anew.
    """
    drafts = select(Voucher.id).where(
        Voucher.document_id == document.id, Voucher.state == VoucherState.DRAFT
    )
    await session.execute(delete(VoucherLine).where(VoucherLine.voucher_id.in_(drafts)))
    await session.execute(
        delete(Voucher).where(
            Voucher.document_id == document.id, Voucher.state == VoucherState.DRAFT
        )
    )
    kept = select(Voucher.id).where(Voucher.document_id == document.id)
    await session.execute(
        update(VoucherLine).where(VoucherLine.voucher_id.in_(kept)).values(document_line_id=None)
    )
