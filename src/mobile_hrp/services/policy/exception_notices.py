"""Telling of exceptions: who may wave a finding through hears of it, then the requester."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.policy import RULES
from mobile_hrp.domain.policy.judging import NEVER_OVERRIDDEN
from mobile_hrp.domain.scenario.vocabulary import Severity
from mobile_hrp.models.document import Document
from mobile_hrp.models.finding import ControlFinding
from mobile_hrp.notifications.withdrawal import withdraw
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.notices import News, tell
from mobile_hrp.services.role_holders import holders_for_hospital

OVERRIDERS: Final = tuple(
    role for role, rule in RULES.items() if Permission.FINDING_OVERRIDE in rule.scoped
)
_SUBJECT: Final = "finding"


async def tell_of_asked(
    session: WriteSession,
    *,
    document: Document,
    findings: Iterable[ControlFinding],
    now: datetime,
) -> None:
    """Tell those who may wave them through of the findings that stop a document.

    Never its requester, who may not, nor of what nobody may wave through.
    """
    holders = await holders_for_hospital(
        session,
        hospital_id=document.hospital_id,
        roles=OVERRIDERS,
        day=await budget_day(session, document.hospital_id, now),
        campus_id=document.campus_id,
    )
    recipients = [one for one in holders if one != document.requester_id]
    for finding in findings:
        if finding.severity is Severity.BLOCK and finding.key not in NEVER_OVERRIDDEN:
            await tell(
                session,
                hospital_id=document.hospital_id,
                news=_news("exception_asked", document, finding),
                recipients=recipients,
                now=now,
            )


async def tell_of_granted(
    session: WriteSession,
    *,
    document: Document,
    finding: ControlFinding,
    granted_by: uuid.UUID,
    now: datetime,
) -> None:
    """Tell the requester, and take back what asked the others."""
    await withdraw(
        session,
        hospital_id=document.hospital_id,
        subject_type=_SUBJECT,
        subject_ids=[finding.id],
        acted_by=granted_by,
        now=now,
    )
    await tell(
        session,
        hospital_id=document.hospital_id,
        news=_news("exception_granted", document, finding),
        recipients=[document.requester_id],
        now=now,
    )


def _news(kind: str, document: Document, finding: ControlFinding) -> News:
    asked = kind == "exception_asked"
    return News(
        kind=kind,
        subject_type=_SUBJECT if asked else "document",
        subject_id=finding.id if asked else document.id,
        dedupe_key=f"{kind}:{finding.id}",
        params={"number": document.number, "title": document.title, "control": finding.control},
    )
