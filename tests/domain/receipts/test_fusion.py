import datetime as dt

from mobile_hrp.domain.receipts import tax_id
from mobile_hrp.domain.receipts.fusion import fuse
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import (
    Box,
    Buyer,
    Evidence,
    Field,
    FieldState,
    ProofCode,
    Source,
    Value,
)


def seen(value: Value, score: float = 0.99, reader: str = "small", y: float = 0.1) -> Evidence:
    return Evidence(value, Source.OCR, score, reader, Box(0, 0.1, y, 0.2, y + 0.02))


def coded(value: Value) -> Evidence:
    return Evidence(value, Source.QR, 0.999, "qr")


def settle(
    kind: ReceiptKind, evidence: dict[str, list[Evidence]], buyer: Buyer | None = None
) -> dict[str, Field]:
    today = dt.date(2025, 1, 1)
    return fuse(kind, evidence, expected=("number", "total"), buyer=buyer, today=today).fields


def passed(found: Field) -> set[ProofCode]:
    return {proof.code for proof in found.proofs if proof.passed}


def test_a_single_reader_is_never_proof_however_sure_it_is() -> None:
    fields = settle(ReceiptKind.VAT_NORMAL, {"total": [seen(4030, 0.999)]})
    assert fields["total"].state is FieldState.LIKELY


def test_two_readers_do_not_prove_a_taxi_fare() -> None:
    evidence = {"total": [seen(4030, 0.999), seen(4030, 0.999, "tiny")]}
    assert settle(ReceiptKind.TAXI, evidence)["total"].state is FieldState.LIKELY
    assert settle(ReceiptKind.SHOP, evidence)["total"].state is FieldState.LIKELY
    assert settle(ReceiptKind.RAIL_PAPER, evidence)["total"].state is FieldState.PROVEN


def test_words_prove_figures() -> None:
    fields = settle(ReceiptKind.QUOTA, {"total": [seen(1000)], "words": [seen(1000)]})
    assert fields["total"].state is FieldState.PROVEN
    assert ProofCode.WORDS in passed(fields["total"])
    assert "words" not in fields


def test_words_that_contradict_figures_are_asked() -> None:
    fields = settle(ReceiptKind.QUOTA, {"total": [seen(1000)], "words": [seen(2000)]})
    assert fields["total"].state is FieldState.DOUBTFUL


def test_arithmetic_proves_three_amounts_and_picks_the_one_that_fits() -> None:
    evidence = {
        "total": [seen(11300, 0.97), seen(71300, 0.98, "tiny")],
        "amount": [seen(10000)],
        "tax": [seen(1300)],
    }
    fields = settle(ReceiptKind.VAT_NORMAL, evidence)
    assert fields["total"].value == 11300
    assert {fields[name].state for name in ("total", "amount", "tax")} == {FieldState.PROVEN}
    assert 71300 in fields["total"].alternatives


def test_a_code_that_contradicts_the_print_is_shown_and_asked() -> None:
    evidence = {"total": [seen(100000), seen(100000, 0.99, "tiny"), coded(10000)]}
    result = fuse(ReceiptKind.DIGITAL_NORMAL, evidence, expected=("total",))
    found = result.fields["total"]
    assert found.value == 10000
    assert 100000 in found.alternatives
    assert found.state is FieldState.DOUBTFUL
    assert [notice.code for notice in result.notices] == ["RECEIPT_QR_CONTRADICTS"]


def test_a_code_that_agrees_proves() -> None:
    fields = settle(
        ReceiptKind.DIGITAL_NORMAL,
        {"number": [seen("24990000000000000007"), coded("24990000000000000007")]},
    )
    assert fields["number"].state is FieldState.PROVEN


def test_the_same_number_at_two_places_proves_it() -> None:
    twice = [seen("Z5A000001", y=0.1), seen("Z5A000001", y=0.9)]
    assert settle(ReceiptKind.RAIL_PAPER, {"number": twice})["number"].state is FieldState.PROVEN
    once = [seen("Z5A000001", y=0.1), seen("Z5A000001", y=0.1)]
    assert settle(ReceiptKind.RAIL_PAPER, {"number": once})["number"].state is FieldState.LIKELY


def test_what_nobody_saw_is_missing_and_asked() -> None:
    fields = settle(ReceiptKind.TAXI, {})
    assert fields["number"].state is FieldState.MISSING
    assert fields["number"].value is None


def test_a_date_after_today_is_asked() -> None:
    result = fuse(
        ReceiptKind.TAXI,
        {"date": [seen("2025-01-02"), seen("2025-01-02", 0.99, "tiny")]},
        expected=("date",),
        today=dt.date(2025, 1, 1),
    )
    assert result.fields["date"].state is FieldState.DOUBTFUL
    assert [notice.code for notice in result.notices] == ["RECEIPT_DATE_IN_FUTURE"]


def test_the_hospitals_own_title_proves_the_buyer_and_another_is_noticed() -> None:
    us = Buyer("测试（某）医院")
    ours = settle(ReceiptKind.VAT_NORMAL, {"buyer": [seen("测试(某)医院", 0.9)]}, us)
    assert ours["buyer"].state is FieldState.PROVEN
    result = fuse(
        ReceiptKind.VAT_NORMAL, {"buyer": [seen("样例公司")]}, expected=("buyer",), buyer=us
    )
    assert [notice.code for notice in result.notices] == ["RECEIPT_BUYER_NOT_US"]


def test_missing_tax_is_derived_only_when_it_is_a_legal_rate() -> None:
    legal = settle(ReceiptKind.VAT_NORMAL, {"total": [seen(11300)], "amount": [seen(10000)]})
    assert legal["tax"].value == 1300
    assert legal["tax"].source is Source.DERIVED
    odd = settle(ReceiptKind.VAT_NORMAL, {"total": [seen(11300)], "amount": [seen(7000)]})
    assert "tax" not in odd


def test_two_clear_readings_that_differ_are_asked() -> None:
    evidence = {"number": [seen("00000007", 0.98), seen("00000001", 0.97, "tiny")]}
    assert settle(ReceiptKind.TAXI, evidence)["number"].state is FieldState.DOUBTFUL


def test_one_recogniser_in_red_light_is_no_second_opinion() -> None:
    date = [seen("2020-01-02", 0.99), seen("2020-01-02", 0.99, "small-red")]
    assert settle(ReceiptKind.TAXI, {"date": date})["date"].state is FieldState.LIKELY
    date.append(seen("2020-01-02", 0.99, "tiny"))
    assert settle(ReceiptKind.TAXI, {"date": date})["date"].state is FieldState.PROVEN


def test_one_poor_reading_of_a_tax_id_is_not_proven_by_its_check_character() -> None:
    body = "91000000MA0000001"
    value = body + tax_id.check_character(body)
    poor, clear = seen(value, 0.8), seen(value, 0.95)
    other = seen(value, 0.8, "tiny")
    states = [
        settle(ReceiptKind.VAT_NORMAL, {"seller_tax": evidence})["seller_tax"].state
        for evidence in ([poor], [clear], [poor, other])
    ]
    assert states == [FieldState.DOUBTFUL, FieldState.PROVEN, FieldState.PROVEN]


def test_a_legal_rate_proves_an_amount_only_where_other_differences_would_fit_none() -> None:
    def state(total: int, amount: int) -> FieldState:
        evidence = {"total": [seen(total)], "words": [seen(total)], "amount": [seen(amount, 0.95)]}
        return settle(ReceiptKind.VAT_NORMAL, evidence)["amount"].state

    assert state(11300, 10000) is FieldState.PROVEN
    assert state(565, 500) is not FieldState.PROVEN
