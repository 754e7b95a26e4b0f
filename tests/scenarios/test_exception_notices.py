"""Whoever may wave a finding through hears that it is asked for; the requester hears the answer."""

import uuid

from sqlalchemy import select
from tests.scenarios.hospital import PLAN, Hospital
from tests.scenarios.test_findings import WORDS, ask, claim, override, stopping

from mobile_hrp.domain.notification.vocabulary import NotificationState
from mobile_hrp.models.notification import Notification


async def told(hospital: Hospital, kind: str) -> dict[uuid.UUID, NotificationState]:
    async with hospital.owner.reading(PLAN.hospital_id) as session:
        found = await session.scalars(select(Notification).where(Notification.kind == kind))
        return {one.recipient_id: one.state for one in found}


async def test_who_may_grant_it_is_told_once_and_the_requester_of_the_answer(
    hospital: Hospital,
) -> None:
    paper = await claim(hospital, contradicted=WORDS)
    head, accountant = hospital.holder("finance_head"), hospital.holder("chief_accountant")
    finding = await stopping(hospital, paper)
    await ask(hospital, paper)  # again, for the same draft
    asked = await told(hospital, "exception_asked")
    assert asked == {head: NotificationState.LIVE, accountant: NotificationState.LIVE}
    assert await told(hospital, "exception_granted") == {}

    assert (await override(hospital, head, finding))["userErrors"] == []
    assert await told(hospital, "exception_asked") == {
        head: NotificationState.ACTED,
        accountant: NotificationState.WITHDRAWN,
    }
    assert await told(hospital, "exception_granted") == {paper.requester: NotificationState.LIVE}


async def test_nobody_is_asked_to_grant_their_own_exception(hospital: Hospital) -> None:
    head = hospital.holder("finance_head")
    await stopping(hospital, await claim(hospital, who=head, contradicted=WORDS))
    assert set(await told(hospital, "exception_asked")) == {hospital.holder("chief_accountant")}
    assert await told(hospital, "exception_granted") == {}
