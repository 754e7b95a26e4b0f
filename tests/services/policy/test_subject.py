"""A stored receipt as the controls see it: the reading with a person's corrections on top."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import FieldState, Proof, ProofCode, Reading, to_json
from mobile_hrp.models.receipt import Receipt
from mobile_hrp.scenario_library.check import core_package
from mobile_hrp.services.policy.subject import named_receipts, receipt_facts
from mobile_hrp.synthetic.receipts.confirmed import confirmed_reading
from mobile_hrp.synthetic.receipts.facts import Party, made_up_invoice

US = Party("示例医院", "12990000MB00000011")
INVOICE = made_up_invoice(3, buyer=US, date=date(2026, 5, 4), total_fen=268_00)
READING = confirmed_reading(INVOICE)


def stored(reading: Reading | None) -> Receipt:
    return Receipt(
        id=uuid.UUID(int=9),
        kind=ReceiptKind.DIGITAL_NORMAL if reading else None,
        reading=to_json(reading) if reading else None,
    )


def contradicted(name: str, code: ProofCode) -> Reading:
    """The reading with one proof of a field that fails."""
    field = READING.fields[name]
    failed = replace(
        field, state=FieldState.DOUBTFUL, proofs=(*field.proofs, Proof(code, passed=False))
    )
    return replace(READING, fields={**READING.fields, name: failed})


def seen(reading: Reading | None, corrections: Mapping[str, Any] | None = None) -> Any:
    return receipt_facts(stored(reading), "values.lines.0", corrections or {})


def test_a_proven_receipt_is_shown_as_it_was_read() -> None:
    found = seen(READING)
    assert (found.number, found.issued_on, found.total_fen) == (
        INVOICE.number,
        date(2026, 5, 4),
        268_00,
    )
    assert (found.buyer_name, found.buyer_tax_id) == (US.name, US.tax_id)
    assert (found.seller_name, found.seller_tax_id) == (INVOICE.seller.name, INVOICE.seller.tax_id)
    assert (found.proven, found.faults, found.path) == (True, (), "values.lines.0")


def test_what_a_person_says_counts_and_is_no_proof() -> None:
    found = seen(READING, {"buyer": "另一家医院", "date": "2026-05-05"})
    assert (found.buyer_name, found.issued_on) == ("另一家医院", date(2026, 5, 5))
    assert not found.proven


def test_a_contradiction_is_a_fault_until_the_value_is_replaced() -> None:
    reading = contradicted("total", ProofCode.WORDS)
    assert seen(reading).faults == ("WORDS",)
    assert not seen(reading).proven
    assert seen(reading, {"total": 268_00}).faults == ()


def test_a_correction_cannot_talk_a_wrong_sum_away() -> None:
    assert seen(READING, {"total": 300_00}).faults == ("ARITHMETIC",)
    wrong = contradicted("total", ProofCode.ARITHMETIC)
    assert seen(wrong).faults == ("ARITHMETIC",)
    assert seen(wrong, {"number": "26992000000000000001"}).faults == ()  # the sum is right


def test_a_receipt_that_was_never_read_says_nothing() -> None:
    found = seen(None)
    assert (found.kind, found.number, found.total_fen, found.proven) == ("", "", None, False)


def test_every_receipt_of_a_form_is_found_with_the_row_it_proves() -> None:
    scenario = core_package().scenarios["general_claim"]
    first, second = uuid.UUID(int=1), uuid.UUID(int=2)
    values = {"lines": [{"receipts": [str(first)]}, {"receipts": [str(second), "no id"]}]}
    assert list(named_receipts(scenario.fields, values)) == [
        (first, "values.lines.0"),
        (second, "values.lines.1"),
    ]
    travel = core_package().scenarios["travel_claim"]
    assert list(named_receipts(travel.fields, {"invoices": [str(first)]})) == [(first, "values")]
