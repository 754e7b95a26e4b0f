"""Payee accounts before they change, and periods before something is booked into them."""

from datetime import datetime

from sqlalchemy import select

from mobile_hrp.domain.approval.terms import NodeKind
from mobile_hrp.domain.policy.facts.accounts import AccountChange
from mobile_hrp.domain.policy.facts.periods import AccountingPeriod, ChargedPeriod, PeriodFacts
from mobile_hrp.domain.policy.form_view import placed
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.vocabulary import FieldType
from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.models.organization import FundSource, Supplier
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.policy.facts.looking_up import ids_on, nodes_ahead, people
from mobile_hrp.services.policy.reference_facts import is_supplied, reference_facts

_STEP_UP = "step_up"
_OPEN = "open"
_CARRY = "carry"


async def load_account_change(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> AccountChange | None:
    """The owner's accounts, the check of the new one, and who takes part on the route."""
    if not await is_supplied(session, "payee_account"):
        return None
    holder, reachable = await _owner(session, document)
    accounts = [
        fact
        for fact in await reference_facts(session, kind="payee_account", keys=None, on=document.on)
        if fact.text("holder") == holder
    ]
    checks = await reference_facts(
        session,
        kind="account_verification",
        keys={one.text for one in placed(document, FieldType.PAYEE)},
        on=document.on,
    )
    ahead = await nodes_ahead(session, document, now)
    verifiers = {
        person.staff_id
        for routed in ahead
        if routed.node.kind is not NodeKind.CONFIRM
        for person in routed.people
        if person.staff_id != document.requester_id
    }
    return AccountChange(
        current=tuple(fact.text("account_number") for fact in accounts),
        changed_on=max((fact.day("added_on") for fact in accounts), default=None),
        step_up=any(_STEP_UP in routed.node.evidence for routed in ahead),
        verified=all(fact.flag("passed") for fact in checks) if checks else None,
        verifiers=len(verifiers),
        old_contact=reachable,
    )


async def _owner(session: AnySession, document: PolicyDocument) -> tuple[str, bool]:
    """The register's code of whose account it is, and whether they can still be told."""
    suppliers = ids_on(document, FieldType.SUPPLIER)
    if suppliers:
        row = (
            await session.execute(
                select(Supplier.tax_id, Supplier.active).where(Supplier.id == suppliers[0])
            )
        ).one_or_none()
        return ("", False) if row is None else (row[0], row[1])
    requester = (await people(session, [document.requester_id])).get(document.requester_id)
    return ("", False) if requester is None else (requester.number, requester.active)


async def load_periods(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> PeriodFacts:
    """The accounting period of the day, where one is kept, and the lines that are charged."""
    del now
    periods = [
        AccountingPeriod(
            fact.text("period"),
            fact.day("starts_on"),
            fact.day("ends_on"),
            open=fact.text("state") == _OPEN,
        )
        for fact in await reference_facts(
            session, kind="accounting_period", keys=None, on=document.on
        )
        if fact.day("starts_on") <= document.on <= fact.day("ends_on")
    ]
    charged = [line.budget_line_id for line in document.lines if line.budget_line_id is not None]
    rows = await session.execute(
        select(BudgetLine, FundSource.year_end)
        .outerjoin(
            FundSource,
            (FundSource.hospital_id == BudgetLine.hospital_id)
            & (FundSource.id == BudgetLine.fund_source_id),
        )
        .where(BudgetLine.id.in_(charged))
    )
    return PeriodFacts(
        period=min(periods, key=lambda one: (one.open, one.code), default=None),
        lines={
            line.id: ChargedPeriod(
                code=line.code,
                first_day=line.first_day,
                last_day=line.last_day,
                closed=line.closed_at is not None,
                carries=year_end == _CARRY,
            )
            for line, year_end in rows
        },
    )
