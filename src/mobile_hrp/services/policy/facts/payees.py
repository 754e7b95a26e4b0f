"""The accounts a form pays, as registered here or in the hospital's own register, for C18."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select

from mobile_hrp.domain.policy.accounts import plain_account
from mobile_hrp.domain.policy.facts.payees import STAFF, SUPPLIER, KnownAccount, PayeeAccounts
from mobile_hrp.domain.policy.forms import everywhere
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.vocabulary import FieldType
from mobile_hrp.models.organization import Staff, Supplier
from mobile_hrp.models.payment import PayeeAccount
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.policy.facts.surroundings import employee_number, tax_ids, uuids
from mobile_hrp.services.policy.reference_facts import is_supplied, reference_facts

_KIND: Final = "payee_account"
_SHOWN_DIGITS: Final = 4


async def load_payee_accounts(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> PayeeAccounts | None:
    """None in a hospital that registers accounts nowhere: nothing can be concluded there."""
    del now
    entries = everywhere(document, FieldType.PAYEE)
    texts = [entry.text for entry in entries]
    registered = await _registered(session, texts)
    if not registered and not await _any_register(session):
        return None
    return PayeeAccounts(
        known={**await _supplied(session, document, texts), **registered},
        requester=await employee_number(session, document.requester_id),
        suppliers=await tax_ids(session, everywhere(document, FieldType.SUPPLIER)),
    )


async def _any_register(session: AnySession) -> bool:
    ours = await session.scalar(select(PayeeAccount.id).limit(1))
    return ours is not None or await is_supplied(session, _KIND)


async def _registered(session: AnySession, texts: Sequence[str]) -> Mapping[str, KnownAccount]:
    """Accounts named by id that are in use; added when they were enabled."""
    rows = await session.execute(
        select(PayeeAccount, Staff.employee_number, Supplier.tax_id)
        .outerjoin(
            Staff,
            (Staff.hospital_id == PayeeAccount.hospital_id) & (Staff.id == PayeeAccount.staff_id),
        )
        .outerjoin(
            Supplier,
            (Supplier.hospital_id == PayeeAccount.hospital_id)
            & (Supplier.id == PayeeAccount.supplier_id),
        )
        .where(
            PayeeAccount.id.in_(uuids(texts)),
            PayeeAccount.enabled_at.is_not(None),
            PayeeAccount.disabled_at.is_(None),
        )
    )
    return {
        str(account.id): KnownAccount(
            holder_kind=account.kind.value,
            holder=number or tax_id or "",
            added_on=await budget_day(
                session, account.hospital_id, account.enabled_at or account.registered_at
            ),
            tail=account.number_masked[-_SHOWN_DIGITS:],
        )
        for account, number, tax_id in rows
    }


async def _supplied(
    session: AnySession, document: PolicyDocument, texts: Sequence[str]
) -> Mapping[str, KnownAccount]:
    """Accounts written out, as the register of another system has them."""
    by_number = {plain_account(text): text for text in texts}
    facts = await reference_facts(session, kind=_KIND, keys=by_number, on=document.on)
    return {
        by_number[fact.key]: KnownAccount(
            holder_kind=SUPPLIER if fact.text("holder_kind") == SUPPLIER else STAFF,
            holder=fact.text("holder"),
            added_on=fact.day("added_on"),
        )
        for fact in facts
    }
