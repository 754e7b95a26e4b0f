"""What was bought from whom, who is close to them, and business with those who give."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from mobile_hrp.domain.policy.controls.donation_rules import ORGANISATION
from mobile_hrp.domain.policy.controls.related_party import TABLE as CONCENTRATION
from mobile_hrp.domain.policy.facts.suppliers import DonationFacts, SupplierFacts, SupplierShare
from mobile_hrp.domain.policy.form_view import head
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import FieldType, FormKind, Group
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import Supplier
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services import scenarios
from mobile_hrp.services.policy.facts.looking_up import STANDING, ids_on, nodes_ahead
from mobile_hrp.services.policy.reference_facts import is_supplied, reference_facts
from mobile_hrp.services.policy.tables import published_tables
from mobile_hrp.services.scenarios.catalogue import in_force

_DONATION = "donation"
_BUSINESS_SHOWN = 10


async def load_suppliers(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> SupplierFacts | None:
    """Payments of the window by supplier; None while nobody says who is close to a supplier."""
    if not await is_supplied(session, "supplier_relation"):
        return None
    rule = (await published_tables(session)).find(CONCENTRATION, {"scope": "hospital"}, document.on)
    days = 0 if rule is None else rule.whole("days")
    paid = [
        (row, supplier)
        for row, supplier in await _business(session, document, payments=True)
        if row.submitted_at is not None and row.submitted_at >= now - timedelta(days=days)
    ]
    suppliers = await session.execute(
        select(Supplier.id, Supplier.tax_id, Supplier.name).where(
            Supplier.id.in_(ids_on(document, FieldType.SUPPLIER))
        )
    )
    named = suppliers.all()
    relations = await reference_facts(
        session,
        kind="supplier_relation",
        keys={tax_id for _, tax_id, _ in named},
        on=document.on,
    )
    return SupplierFacts(
        suppliers={
            str(key): SupplierShare(
                name=name,
                bought_fen=sum(row.amount_fen for row, one in paid if one == str(key)),
                by_requester_fen=sum(
                    row.amount_fen
                    for row, one in paid
                    if one == str(key) and row.requester_id == document.requester_id
                ),
                relations=tuple(
                    f"{fact.text('employee_number')} {fact.text('relation')}"
                    for fact in relations
                    if fact.key == tax_id
                ),
            )
            for key, tax_id, name in named
        },
        all_bought_fen=sum(row.amount_fen for row, _ in paid),
    )


async def _business(
    session: AnySession, document: PolicyDocument, *, payments: bool
) -> list[tuple[Document, str]]:
    """Other standing documents that name a supplier, with that supplier's id as text.

    With ``payments`` only what pays; otherwise everything about purchases and payments.
    """
    keys: dict[str, str] = {}
    for version in await in_force(session):
        loaded = await scenarios.loaded_scenario(session, version.code, version.version)
        key = _supplier_key(loaded.scenario)
        pays = loaded.scenario.form_kind is FormKind.PAYMENT
        if key and (pays or (not payments and loaded.scenario.group is Group.PROCUREMENT)):
            keys[version.code] = key
    rows: Sequence[Document] = (
        await session.scalars(
            select(Document)
            .where(
                Document.id != document.id,
                Document.status.in_(STANDING),
                Document.scenario_code.in_(keys),
            )
            .order_by(Document.created_at.desc(), Document.id)
        )
    ).all()
    return [
        (row, str(values[keys[row.scenario_code]]))
        for row in rows
        if (values := _values(row)).get(keys[row.scenario_code])
    ]


def _values(row: Document) -> dict[str, Any]:
    return row.values


def _supplier_key(scenario: Scenario) -> str:
    return next((one.key for one in scenario.fields if one.type is FieldType.SUPPLIER), "")


async def load_donation(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> DonationFacts:
    """Business with whoever gives or pays, and how the route accepts and publishes a gift."""
    givers = {str(key) for key in await _givers(session, document)}
    business = [
        row.number
        for row, supplier in await _business(session, document, payments=False)
        if supplier in givers
    ]
    ahead = await nodes_ahead(session, document, now)
    windows = [routed.node.window for routed in ahead if routed.node.window is not None]
    return DonationFacts(
        business=tuple(business[:_BUSINESS_SHOWN]),
        accepted_centrally=any(routed.node.function == _DONATION for routed in ahead),
        publicity_days=max((window.days for window in windows), default=0),
    )


async def _givers(session: AnySession, document: PolicyDocument) -> list[uuid.UUID]:
    """By reference, or by the name of an organisation that is a supplier's."""
    named = list(ids_on(document, FieldType.SUPPLIER))
    organisation = head(document).text(ORGANISATION)
    if organisation:
        found = await session.scalars(select(Supplier.id).where(Supplier.name == organisation))
        named.extend(found)
    return named
