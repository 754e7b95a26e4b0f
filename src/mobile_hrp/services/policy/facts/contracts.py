"""Contracts, deliveries and procurement behind a payment, for controls C09 and C20 to C22."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import cast, func, select
from sqlalchemy.dialects.postgresql import JSONPATH

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.policy.facts.contracts import Contract, Contracts
from mobile_hrp.domain.policy.facts.deliveries import Acceptance, Deliveries, Delivery
from mobile_hrp.domain.policy.facts.procurement import ProcurementRecord, ProcurementRecords
from mobile_hrp.domain.policy.forms import Entry, Row, everywhere, head
from mobile_hrp.domain.policy.links import is_acceptance_link, request_links
from mobile_hrp.domain.policy.reference import ReferenceFact
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import FieldType
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services import scenarios
from mobile_hrp.services.policy.facts.surroundings import STANDING, tax_ids, uuids
from mobile_hrp.services.policy.reference_facts import is_supplied, reference_facts

_INCREASE: Final = "increase"
_METHOD_KEY: Final = "method"


async def load_contracts(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> Contracts | None:
    """None where the form names a contract and no ledger of contracts was ever supplied."""
    del now
    numbers = _contract_numbers(document)
    suppliers = await tax_ids(session, everywhere(document, FieldType.SUPPLIER))
    if not numbers:
        return Contracts({}, suppliers)
    if not await is_supplied(session, "contract"):
        return None
    facts = await reference_facts(session, kind="contract", keys=numbers, on=document.on)
    known = {fact.key: await _contract(session, document, fact) for fact in facts}
    return Contracts(known, suppliers)


def _contract_numbers(document: PolicyDocument) -> list[str]:
    return [entry.text for entry in everywhere(document, FieldType.CONTRACT)]


async def _contract(session: AnySession, document: PolicyDocument, fact: ReferenceFact) -> Contract:
    """With what the ledger says was paid, and our own documents that it does not list yet."""
    paid, increased = await _paid_and_increased(session, fact.key, document)
    return Contract(
        number=fact.key,
        supplier_tax_id=fact.text("supplier_tax_id"),
        supplier_name=fact.text("supplier_name"),
        amount_fen=fact.fen("amount"),
        signed_on=fact.day("signed_on"),
        ends_on=fact.day("ends_on") if fact.given("ends_on") else None,
        prepayment_rate=(fact.number("prepayment_rate") if fact.given("prepayment_rate") else None),
        retention_fen=fact.fen("retention_amount") if fact.given("retention_amount") else 0,
        retention_until=fact.day("retention_until") if fact.given("retention_until") else None,
        acceptance_required=fact.flag("acceptance_required"),
        paid_fen=paid,
        increased_fen=increased,
    )


async def _paid_and_increased(
    session: AnySession, number: str, document: PolicyDocument
) -> tuple[int, int]:
    """What was paid or is on its way under a contract, and by how much it grew; in fen."""
    payments = await reference_facts(
        session, kind="contract_payment", keys=[number], on=document.on
    )
    listed = {payment.text("payment_number") for payment in payments}
    paid = sum(payment.fen("amount") for payment in payments)
    increased = 0
    for scenario, other in await _naming(session, number, document):
        form = Row("values", scenario.fields, other.values)
        more = form.named(_INCREASE)
        if more is not None:
            increased += more.fen
        elif form.first(FieldType.PAYEE) is not None and other.number not in listed:
            paid += other.amount_fen
    return paid, increased


async def _naming(
    session: AnySession, number: str, document: PolicyDocument
) -> list[tuple[Scenario, Document]]:
    """Other documents that still stand and have the number in a field of their own."""
    rows = await session.scalars(
        select(Document).where(
            Document.id != document.id,
            Document.status.in_(STANDING),
            func.jsonb_path_exists(
                Document.values,
                cast("$.* ? (@ == $number)", JSONPATH),
                func.jsonb_build_object("number", number),
            ),
        )
    )
    found = [(await scenarios.of_document(session, row), row) for row in rows]
    return [
        (scenario, row)
        for scenario, row in found
        if any(
            entry.text == number
            for entry in Row("values", scenario.fields, row.values).of_type(FieldType.CONTRACT)
        )
    ]


async def load_deliveries(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> Deliveries | None:
    """None where neither a system of stock nor an acceptance of our own says what came."""
    del now
    requests = await _linked(session, (entry.text for entry in request_links(document)))
    accepting = [entry for entry in head(document).entries() if is_acceptance_link(entry.field)]
    papers = {str(row.id): row for row in await _linked(session, (one.text for one in accepting))}
    if not papers and not await is_supplied(session, "goods_receipt"):
        return None
    orders = (*_contract_numbers(document), *(row.number for row in requests))
    facts = await reference_facts(session, kind="goods_receipt", keys=orders, on=document.on)
    paid = [
        (await _paid_and_increased(session, number, document))[0]
        for number in _contract_numbers(document)
    ]
    return Deliveries(
        orders=orders,
        deliveries=tuple(
            Delivery(
                number=fact.text("receipt_number"),
                supplier_tax_id=fact.text("supplier_tax_id"),
                amount_fen=fact.fen("amount"),
                accepted=fact.flag("accepted"),
            )
            for fact in facts
        ),
        acceptances=tuple(
            Acceptance(
                entry.path,
                papers[entry.text].number,
                papers[entry.text].status in {DocumentStatus.APPROVED, DocumentStatus.CLOSED},
            )
            for entry in accepting
            if entry.text in papers
        ),
        paid_fen=sum(paid),
    )


async def load_procurement_records(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> ProcurementRecords:
    """Decisions on linked documents, and those of the procurement system for the same numbers."""
    del now
    rows = await _linked(session, (one.text for one in head(document).of_type(FieldType.DOC_LINK)))
    records = [
        ProcurementRecord(row.number, method.text, row.amount_fen)
        for row in rows
        if row.status in {DocumentStatus.APPROVED, DocumentStatus.CLOSED}
        and (method := await _method(session, row)) is not None
    ]
    numbers = (*_contract_numbers(document), *(row.number for row in rows))
    facts = await reference_facts(session, kind="procurement_record", keys=numbers, on=document.on)
    records += [
        ProcurementRecord(
            number=fact.key,
            method=fact.text("method"),
            amount_fen=fact.fen("amount"),
            category=fact.text("category"),
            approval_number=fact.text("approval_number"),
        )
        for fact in facts
    ]
    return ProcurementRecords(tuple(records))


async def _method(session: AnySession, row: Document) -> Entry | None:
    scenario = await scenarios.of_document(session, row)
    return Row("values", scenario.fields, row.values).named(_METHOD_KEY)


async def _linked(session: AnySession, texts: Iterable[str]) -> Sequence[Document]:
    rows = await session.scalars(
        select(Document).where(Document.id.in_(uuids(texts))).order_by(Document.id)
    )
    return rows.all()
