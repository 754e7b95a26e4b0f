from mobile_hrp.domain.receipts.identity import (
    are_consecutive,
    fact_key,
    identity,
    normal_title,
)
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import Value


def test_a_digital_invoice_is_its_number_whatever_the_file_was() -> None:
    facts: dict[str, Value | None] = {
        "number": "24990000000000000007",
        "date": "2024-01-02",
        "total": 100,
    }
    keys = {
        identity(kind, facts).key
        for kind in (ReceiptKind.DIGITAL_NORMAL, ReceiptKind.DIGITAL_SPECIAL, ReceiptKind.UNKNOWN)
    }
    assert keys == {"einvoice:24990000000000000007"}


def test_older_invoices_need_code_and_number() -> None:
    with_code = {"number": "00000007", "code": "099002400111"}
    assert identity(ReceiptKind.TAXI, with_code).key == "invoice:099002400111:00000007"
    assert identity(ReceiptKind.TAXI, {"number": "00000007"}).key is None


def test_a_fiscal_bill_never_collides_with_an_invoice() -> None:
    facts = {"number": "0000000007", "code": "99060126"}
    assert identity(ReceiptKind.MEDICAL_E, facts).key == "fiscal:99060126:0000000007"


def test_a_rail_ticket_needs_its_date_because_numbers_return() -> None:
    first = identity(ReceiptKind.RAIL_PAPER, {"number": "Z5A000001", "date": "2020-01-01"})
    second = identity(ReceiptKind.RAIL_PAPER, {"number": "Z5A000001", "date": "2024-01-01"})
    assert first.key != second.key
    assert identity(ReceiptKind.RAIL_PAPER, {"number": "Z5A000001"}).key is None


def test_the_same_facts_have_one_key_and_others_another() -> None:
    facts: dict[str, Value | None] = {
        "seller": "测试（甲）有限公司",
        "date": "2024-01-02",
        "total": 100,
    }
    same = facts | {"seller": "测试(甲)有限公司 "}
    assert fact_key(ReceiptKind.SHOP, facts) == fact_key(ReceiptKind.SHOP, same)
    assert fact_key(ReceiptKind.SHOP, facts) != fact_key(ReceiptKind.SHOP, facts | {"total": 101})
    assert fact_key(ReceiptKind.SHOP, {"date": "2024-01-02"}) is None


def test_titles_are_compared_without_width_brackets_and_blanks() -> None:
    assert normal_title("测试（某）医院 ") == normal_title("测试(某)医院")
    assert normal_title("测试甲") != normal_title("测试乙")


def test_consecutive_numbers_are_neighbours_of_equal_length() -> None:
    assert are_consecutive("00000007", "00000008")
    assert not are_consecutive("00000007", "00000007")
    assert not are_consecutive("00000007", "8")
    assert are_consecutive("00000007", "00000012", distance=5)
