"""Payees' accounts: registered, enabled, found; sealed at rest, masked for everybody who looks.

The first account of a person or supplier is in use at once and cools off; a further one waits for
an approved change of account. The old contact hears of it.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.payment.accounts import (
    AccountDetails,
    checked_account,
    masked_holder,
    masked_number,
)
from mobile_hrp.domain.payment.terms import PayeeKind
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.organization import Staff, Supplier
from mobile_hrp.models.payment import PayeeAccount
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.services import audit
from mobile_hrp.services.notices import News, tell

_PURPOSE = "payee account"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What is entered. The holder of a staff or supplier account is who the hospital knows."""

    kind: PayeeKind
    account_number: str
    bank_name: str
    bank_code: str = ""
    supplier_id: uuid.UUID | None = None
    holder_name: str = ""


class AccountSealer:
    """Seals details for one row of one hospital, so that they open nowhere else."""

    def __init__(self, box: SecretsBox) -> None:
        self._box = box

    def seal(self, details: AccountDetails, *, hospital_id: int, account_id: uuid.UUID) -> str:
        return self._box.seal(
            _PURPOSE, json.dumps(asdict(details)), context=f"{hospital_id}|{account_id}"
        )

    def open(self, row: PayeeAccount) -> AccountDetails:
        """Raises ``SealBroken`` for details that were sealed for another row."""
        plain = self._box.open(_PURPOSE, row.details_sealed, context=f"{row.hospital_id}|{row.id}")
        return AccountDetails(**json.loads(plain))

    def hash(self, number: str, *, hospital_id: int) -> bytes:
        return self._box.lookup_hash(_PURPOSE, f"{hospital_id}|{number}")

    def hashes(self, number: str, *, hospital_id: int) -> tuple[bytes, ...]:
        """Under the active key first, then under retired ones."""
        return self._box.lookup_hashes(_PURPOSE, f"{hospital_id}|{number}")


async def register_account(
    session: WriteSession, *, viewer: Viewer, new: NewAccount, sealer: AccountSealer, now: datetime
) -> PayeeAccount:
    """Register an account of one's own, of a supplier, or of somebody paid by name.

    An equal account of the same owner is the one there is; a disabled one starts anew.

    Raises:
        Refusal: PAYEE_…, PERMISSION_DENIED for a supplier's, NOT_FOUND for an unknown supplier.
    """
    viewer.require(Permission.DOCUMENT_SUBMIT, owner_id=viewer.staff_id)
    holder = await _holder(session, viewer, new)
    details = checked_account(
        holder=holder,
        number=new.account_number,
        bank_name=new.bank_name,
        bank_code=new.bank_code,
    )
    present = await _of_owner(session, viewer, new)
    hashes = sealer.hashes(details.number, hospital_id=viewer.hospital_id)
    for row in present:
        if row.number_hash in hashes and row.disabled_at is None and sealer.open(row) == details:
            return row
    account = _account(viewer, new, details, sealer, now)
    in_use = [row for row in present if row.enabled_at is not None and row.disabled_at is None]
    if new.kind is PayeeKind.EXTERNAL or not in_use:
        account.enabled_at = now
    session.add(account)
    await session.flush()
    await _record(session, account, "payee.register", actor_id=viewer.staff_id, now=now)
    if account.enabled_at is None:
        await _tell_old_contact(session, account, in_use, now)
    return account


async def enable_account(
    session: WriteSession,
    *,
    account_id: uuid.UUID,
    document_id: uuid.UUID,
    requester_id: uuid.UUID,
    now: datetime,
) -> None:
    """An approved change puts the new account in use and ends the old one; twice changes nothing.

    Cooling off runs from now.

    Raises:
        Refusal: NOT_FOUND, PAYEE_DISABLED; PAYEE_NOT_THEIRS for a colleague's account.
    """
    account = await session.scalar(
        select(PayeeAccount).where(PayeeAccount.id == account_id).with_for_update()
    )
    if account is None:
        raise Refusal("NOT_FOUND", path="values.new_account")
    if account.kind is PayeeKind.STAFF and account.staff_id != requester_id:
        raise Refusal("PAYEE_NOT_THEIRS", path="values.new_account")
    if account.enabled_at is not None and account.disabled_at is None:
        return
    if account.disabled_at is not None:
        raise Refusal("PAYEE_DISABLED", path="values.new_account")
    for row in await _lock_of_same_owner(session, account):
        if row.id != account.id and row.enabled_at is not None and row.disabled_at is None:
            row.disabled_at = now
            await _record(session, row, "payee.disable", actor_id=None, now=now)
    account.enabled_at = now
    account.enabled_by_document_id = document_id
    await _record(session, account, "payee.enable", actor_id=None, now=now)


def usable_accounts(viewer: Viewer) -> ColumnElement[bool]:
    """Accounts a person may put on a form: their own, suppliers', and those they registered."""
    return or_(
        PayeeAccount.staff_id == viewer.staff_id,
        PayeeAccount.kind == PayeeKind.SUPPLIER,
        and_(
            PayeeAccount.kind == PayeeKind.EXTERNAL,
            PayeeAccount.registered_by == viewer.staff_id,
        ),
    )


async def accounts_by_id(
    session: AnySession, keys: Sequence[uuid.UUID]
) -> dict[uuid.UUID, PayeeAccount]:
    rows = await session.scalars(select(PayeeAccount).where(PayeeAccount.id.in_(keys)))
    return {row.id: row for row in rows}


async def _holder(session: WriteSession, viewer: Viewer, new: NewAccount) -> str:
    """Whose account it is. The owner's row is locked: two registrations see one another."""
    if new.kind is PayeeKind.STAFF:
        name = await session.scalar(
            select(Staff.name).where(Staff.id == viewer.staff_id).with_for_update(key_share=True)
        )
        return name or ""
    if new.kind is PayeeKind.SUPPLIER:
        viewer.require_held(Permission.SUPPLIER_MANAGE)
        name = await session.scalar(
            select(Supplier.name)
            .where(Supplier.id == new.supplier_id, Supplier.active)
            .with_for_update(key_share=True)
        )
        if name is None:
            raise Refusal("NOT_FOUND", path="supplierId")
        return name
    return new.holder_name


async def _of_owner(
    session: WriteSession, viewer: Viewer, new: NewAccount
) -> Sequence[PayeeAccount]:
    staff_id = viewer.staff_id
    owner = _owned_by(new.kind, staff_id, new.supplier_id, registered_by=staff_id)
    rows = await session.scalars(select(PayeeAccount).where(owner).order_by(PayeeAccount.id))
    return rows.all()


async def _lock_of_same_owner(
    session: WriteSession, account: PayeeAccount
) -> Sequence[PayeeAccount]:
    """The accounts this one replaces. People paid by name have each account for itself."""
    if account.kind is PayeeKind.EXTERNAL:
        return ()
    owner = _owned_by(
        account.kind, account.staff_id, account.supplier_id, registered_by=account.registered_by
    )
    rows = await session.scalars(
        select(PayeeAccount).where(owner).order_by(PayeeAccount.id).with_for_update()
    )
    return rows.all()


def _owned_by(
    kind: PayeeKind,
    staff_id: uuid.UUID | None,
    supplier_id: uuid.UUID | None,
    *,
    registered_by: uuid.UUID,
) -> ColumnElement[bool]:
    match kind:
        case PayeeKind.STAFF:
            return PayeeAccount.staff_id == staff_id
        case PayeeKind.SUPPLIER:
            return PayeeAccount.supplier_id == supplier_id
        case PayeeKind.EXTERNAL:
            return and_(
                PayeeAccount.kind == PayeeKind.EXTERNAL,
                PayeeAccount.registered_by == registered_by,
            )


def _account(
    viewer: Viewer, new: NewAccount, details: AccountDetails, sealer: AccountSealer, now: datetime
) -> PayeeAccount:
    key = new_id()
    return PayeeAccount(
        hospital_id=viewer.hospital_id,
        id=key,
        kind=new.kind,
        staff_id=viewer.staff_id if new.kind is PayeeKind.STAFF else None,
        supplier_id=new.supplier_id if new.kind is PayeeKind.SUPPLIER else None,
        details_sealed=sealer.seal(details, hospital_id=viewer.hospital_id, account_id=key),
        number_hash=sealer.hash(details.number, hospital_id=viewer.hospital_id),
        holder_masked=masked_holder(details.holder, new.kind),
        number_masked=masked_number(details.number),
        bank_name=details.bank_name,
        registered_by=viewer.staff_id,
        registered_at=now,
    )


async def _tell_old_contact(
    session: WriteSession, account: PayeeAccount, in_use: Sequence[PayeeAccount], now: datetime
) -> None:
    """Whoever is paid on the old account, or registered it, may know nothing of the new one."""
    people = {row.staff_id or row.registered_by for row in in_use}
    await tell(
        session,
        hospital_id=account.hospital_id,
        news=News(
            kind="old_contact_notice",
            subject_type="payee_account",
            subject_id=account.id,
            dedupe_key=f"old_contact:{account.id}",
            params={"title": account.bank_name, "number": account.number_masked},
        ),
        recipients=sorted(people),
        now=now,
    )


async def _record(
    session: WriteSession,
    account: PayeeAccount,
    action: str,
    *,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> None:
    await audit.record(
        session,
        hospital_id=account.hospital_id,
        actor_id=actor_id,
        action=action,
        subject_type="payee_account",
        subject_id=account.id,
        detail={"kind": account.kind.value, "number": account.number_masked},
        now=now,
    )
