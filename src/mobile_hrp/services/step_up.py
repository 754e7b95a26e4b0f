"""What makes a decision risky, from the hospital's policy and books, and who has just proved it."""

import uuid
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select

from mobile_hrp.domain.identity.sessions import LoginMethod
from mobile_hrp.domain.identity.step_up import DecisionRisk, StepUpReason, is_fresh, step_up_reasons
from mobile_hrp.domain.payment.accounts import payable_from
from mobile_hrp.domain.policy.forms import everywhere
from mobile_hrp.domain.policy.tables import PolicyTables
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.domain.scenario.vocabulary import FieldType
from mobile_hrp.models.document import Document
from mobile_hrp.models.identity import SessionFamily
from mobile_hrp.models.payment import PayeeAccount
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services import scenarios
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.policy.subject import policy_document
from mobile_hrp.services.policy.tables import packaged_tables, policy_in_force
from mobile_hrp.services.scenarios import LoadedScenario

_DEVICE_TABLE: Final = "unusual_device"
_LIMITS_TABLE: Final = "retention_days"
_COOLING_RULE: Final = "payee_cooling_off"
_STANDARD_NEW_FOR: Final = timedelta(days=7)
_CODES: Final = {
    StepUpReason.AMOUNT: "STEP_UP_AMOUNT",
    StepUpReason.NEW_DEVICE: "STEP_UP_NEW_DEVICE",
    StepUpReason.NEW_PAYEE: "STEP_UP_NEW_PAYEE",
    StepUpReason.NOT_OPENED: "STEP_UP_NOT_OPENED",
}


async def reasons_for(
    session: AnySession,
    *,
    document: Document,
    known_since: datetime | None,
    opened: bool,
    now: datetime,
) -> tuple[StepUpReason, ...]:
    """Why deciding on this document, from a device known since then, needs a fresh proof."""
    loaded = await scenarios.loaded_scenario(
        session, document.scenario_code, document.scenario_version
    )
    policy = await policy_in_force(session)
    tables = policy.tables.completed_by(packaged_tables(loaded.vocabulary))
    today = await budget_day(session, document.hospital_id, now)
    limits = tables.find(_DEVICE_TABLE, {"scenario": document.scenario_code}, today)
    risk = DecisionRisk(
        amount_fen=document.amount_fen,
        large_from_fen=limits.fen("large_from") if limits else None,
        known_since=known_since,
        new_for=timedelta(days=limits.whole("new_days")) if limits else _STANDARD_NEW_FOR,
        payee_cooling=await _pays_a_new_account(
            session, document=document, loaded=loaded, tables=tables, today=today, now=now
        ),
        opened=opened,
    )
    return step_up_reasons(risk, now=now)


async def has_just_signed_in(session: AnySession, *, session_id: uuid.UUID, now: datetime) -> bool:
    """Whether this session was opened a moment ago by password; codes of providers prove less."""
    opened_at = await session.scalar(
        select(SessionFamily.opened_at).where(
            SessionFamily.id == session_id,
            SessionFamily.method == LoginMethod.PASSWORD,
            SessionFamily.ended_at.is_(None),
        )
    )
    return is_fresh(opened_at, now=now)


def step_up_required(reasons: Collection[StepUpReason]) -> Refusal:
    """One refusal that says what to do, and a detail for each reason."""
    return Refusal.of(
        (
            RefusalDetail("STEP_UP_REQUIRED", "token", {"reasons": ",".join(sorted(reasons))}),
            *(RefusalDetail(_CODES[reason], "token") for reason in reasons),
        )
    )


async def _pays_a_new_account(
    session: AnySession,
    *,
    document: Document,
    loaded: LoadedScenario,
    tables: PolicyTables,
    today: date,
    now: datetime,
) -> bool:
    """Whether a registered account on the form may not be paid yet, or is not in use at all."""
    rest = tables.find(_LIMITS_TABLE, {"rule": _COOLING_RULE}, today)
    subject = await policy_document(session, document=document, loaded=loaded, lines=(), now=now)
    named = [entry.text for entry in everywhere(subject, FieldType.PAYEE)]
    accounts = await session.scalars(select(PayeeAccount).where(PayeeAccount.id.in_(_ids(named))))
    for account in accounts:
        if account.enabled_at is None or account.disabled_at is not None:
            return True
        enabled_on = await budget_day(session, document.hospital_id, account.enabled_at)
        if rest is not None and today < payable_from(enabled_on, rest.whole("days")):
            return True
    return False


def _ids(texts: Collection[str]) -> list[uuid.UUID]:
    found = []
    for text in texts:
        try:
            found.append(uuid.UUID(text))
        except ValueError:  # an account written out, which the hospital does not register
            continue
    return found
