"""Verification of receipts (查验): ask the provider in the background, or record who asked by hand.

Nobody verifies a receipt of their own. What is found stands beside the receipt; it changes neither
the reading nor the use of it: a control or a person decides.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.receipts.verification import (
    VerificationInputs,
    VerificationOutcome,
    verification_inputs,
)
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.receipt import (
    Receipt,
    ReceiptStatus,
    ReceiptVerification,
    VerificationRequest,
)
from mobile_hrp.runtime import jobs
from mobile_hrp.runtime.database import AnySession, Database, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit, events
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.ports import ReceiptVerifier, VerificationAnswer
from mobile_hrp.services.receipts.store import current_values
from mobile_hrp.services.receipts.wallet import visible_receipt

VERIFY_JOB = "verify_receipt"
REASON_MAX = 400
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""Between attempts while the provider is unavailable; after the last one it stays so."""


async def request_verification(
    session: WriteSession, *, viewer: Viewer, receipt_id: uuid.UUID, offered: bool, now: datetime
) -> ReceiptVerification:
    """Have a receipt verified. One that is being verified is not asked twice.

    Raises:
        Refusal: NOT_FOUND, RECEIPT_VERIFICATION_OFF, RECEIPT_VERIFY_OWN, RECEIPT_NOT_READ_YET, and
            those of ``verification_inputs``.
    """
    receipt = await _verifiable(session, viewer, receipt_id)
    if not offered:
        raise Refusal("RECEIPT_VERIFICATION_OFF", path="receiptId")
    await _inputs(session, receipt, now)
    running = await session.scalar(
        select(ReceiptVerification).where(
            ReceiptVerification.receipt_id == receipt.id,
            ReceiptVerification.finished_at.is_(None),
        )
    )
    if running is not None:
        return running
    row = ReceiptVerification(
        hospital_id=receipt.hospital_id,
        id=new_id(),
        receipt_id=receipt.id,
        requested_by=viewer.staff_id,
        requested_at=now,
        manual=False,
        mismatched=[],
        attempts=0,
    )
    session.add(row)
    await session.flush()
    await _audit(session, row, viewer.staff_id, "receipt.verify", now)
    await _queue(session, row, run_after=None)
    return row


async def record_manual_verification(
    session: WriteSession,
    *,
    viewer: Viewer,
    receipt_id: uuid.UUID,
    outcome: VerificationOutcome,
    reason: str,
    now: datetime,
) -> ReceiptVerification:
    """A person asked the tax bureau's site, or the issuer, and says what came out.

    Raises:
        Refusal: NOT_FOUND, RECEIPT_VERIFY_OWN, RECEIPT_REASON_REQUIRED, RECEIPT_VALUE_INVALID for
            an outcome that is none of an invoice.
    """
    receipt = await _verifiable(session, viewer, receipt_id)
    why = reason.strip()
    if not why or len(why) > REASON_MAX or not why.isprintable():
        raise Refusal("RECEIPT_REASON_REQUIRED", path="reason")
    if outcome in {VerificationOutcome.UNAVAILABLE, VerificationOutcome.LIMIT_REACHED}:
        raise Refusal("RECEIPT_VALUE_INVALID", path="outcome")
    row = ReceiptVerification(
        hospital_id=receipt.hospital_id,
        id=new_id(),
        receipt_id=receipt.id,
        requested_by=viewer.staff_id,
        requested_at=now,
        manual=True,
        reason=why,
        outcome=outcome,
        mismatched=[],
        attempts=0,
        finished_at=now,
    )
    session.add(row)
    await session.flush()
    await _audit(session, row, viewer.staff_id, "receipt.verify_by_hand", now)
    return row


async def _verifiable(session: WriteSession, viewer: Viewer, receipt_id: uuid.UUID) -> Receipt:
    viewer.require_held(Permission.RECEIPTS_OVERRIDE)
    receipt = await visible_receipt(session, viewer=viewer, receipt_id=receipt_id)
    if receipt.uploaded_by == viewer.staff_id:
        raise Refusal("RECEIPT_VERIFY_OWN", path="receiptId")
    if receipt.status not in {ReceiptStatus.READ, ReceiptStatus.CONFIRMED}:
        raise Refusal("RECEIPT_NOT_READ_YET", path="receiptId")
    return receipt


async def _inputs(session: AnySession, receipt: Receipt, now: datetime) -> VerificationInputs:
    return verification_inputs(
        receipt.kind,
        await current_values(session, receipt),
        today=await budget_day(session, receipt.hospital_id, now),
    )


@dataclass(frozen=True, slots=True)
class VerificationAsker:
    """The worker's side: ask, write down, ask again later where no answer came."""

    database: Database
    verifier: ReceiptVerifier | None

    async def __call__(self, payload: Mapping[str, str], now: datetime) -> None:
        hospital_id, key = int(payload["hospital_id"]), uuid.UUID(payload["verification_id"])
        async with self.database.transaction(hospital_id) as session:
            row = await _lock(session, key)
            if row is None:
                return
            receipt = (
                await session.execute(select(Receipt).where(Receipt.id == row.receipt_id))
            ).scalar_one()
            inputs: VerificationInputs | None
            try:
                inputs = await _inputs(session, receipt, now)
            except Refusal:  # corrected since; there is nothing to ask any more
                inputs = None
            if self.verifier is None or inputs is None:  # or switched off since
                await _finish(session, row, VerificationOutcome.UNAVAILABLE, now)
                return
        answer = await self.verifier.verify(inputs)
        async with self.database.transaction(hospital_id) as session:
            row = await _lock(session, key)
            if row is not None:
                await _note(session, row, answer, now)


async def _note(
    session: WriteSession, row: ReceiptVerification, answer: VerificationAnswer, now: datetime
) -> None:
    session.add(
        VerificationRequest(
            hospital_id=row.hospital_id,
            id=new_id(),
            verification_id=row.id,
            nonce=answer.nonce,
            key_id=answer.key_id,
            body_sha256=answer.body_sha256,
            sent_at=answer.sent_at,
            duration_ms=answer.duration_ms,
            http_status=answer.http_status,
            outcome=answer.outcome,
            provider_code=answer.provider_code,
        )
    )
    row.attempts += 1
    if answer.outcome is VerificationOutcome.UNAVAILABLE and row.attempts <= len(PAUSES):
        await session.flush()
        await _queue(session, row, run_after=PAUSES[row.attempts - 1])
        return
    row.mismatched = list(answer.mismatched)
    await _finish(session, row, answer.outcome, now)


async def _finish(
    session: WriteSession, row: ReceiptVerification, outcome: VerificationOutcome, now: datetime
) -> None:
    row.outcome, row.finished_at = outcome, now
    await session.flush()
    await _audit(session, row, None, "receipt.verified", now)
    await events.publish(
        session,
        hospital_id=row.hospital_id,
        kind="receipt_verified",
        dedupe_key=f"receipt_verified:{row.id}",
        subject_type="receipt",
        subject_id=row.receipt_id,
        audience=(row.requested_by,),
        now=now,
    )


async def _queue(
    session: WriteSession, row: ReceiptVerification, *, run_after: timedelta | None
) -> None:
    await jobs.enqueue(
        session,
        VERIFY_JOB,
        {"hospital_id": row.hospital_id, "verification_id": row.id},
        run_after=run_after,
        dedupe_key=f"{VERIFY_JOB}:{row.hospital_id}:{row.id}:{row.attempts}",
    )


async def _lock(session: WriteSession, key: uuid.UUID) -> ReceiptVerification | None:
    """The verification while it is open."""
    found = await session.execute(
        select(ReceiptVerification)
        .where(ReceiptVerification.id == key, ReceiptVerification.finished_at.is_(None))
        .with_for_update()
    )
    return found.scalar_one_or_none()


async def _audit(
    session: WriteSession,
    row: ReceiptVerification,
    actor_id: uuid.UUID | None,
    action: str,
    now: datetime,
) -> None:
    await audit.record(
        session,
        hospital_id=row.hospital_id,
        actor_id=actor_id,
        action=action,
        subject_type="receipt",
        subject_id=row.receipt_id,
        detail={
            "verification": str(row.id),
            "outcome": row.outcome.value if row.outcome else None,
            "manual": row.manual,
        },
        now=now,
    )
