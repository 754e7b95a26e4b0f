"""Account numbers, what is shown of them, and cooling off."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.payment.accounts import (
    checked_account,
    masked_holder,
    masked_number,
    require_payable,
)
from mobile_hrp.domain.payment.terms import PayeeKind
from mobile_hrp.domain.refusal import Refusal

GOOD = {
    "holder": "测试某",
    "number": "6200 0000 0000 0001",
    "bank_name": "示例银行",
    "bank_code": "",
}


def test_a_number_has_one_spelling() -> None:
    assert checked_account(**GOOD).number == "6200000000000001"
    assert checked_account(**{**GOOD, "number": "gb29-test-601613"}).number == "GB29TEST601613"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"number": ""}, "PAYEE_NUMBER_INVALID"),
        ({"number": "12345"}, "PAYEE_NUMBER_INVALID"),
        ({"number": "６２００００００００００"}, "PAYEE_NUMBER_INVALID"),
        ({"number": "=6200000000000001"}, "PAYEE_NUMBER_INVALID"),
        ({"number": "6200|000000000001"}, "PAYEE_NUMBER_INVALID"),
        ({"holder": "  "}, "PAYEE_NAME_INVALID"),
        ({"holder": "测\n试"}, "PAYEE_NAME_INVALID"),
        ({"bank_name": ""}, "PAYEE_BANK_INVALID"),
        ({"bank_code": "12"}, "PAYEE_BANK_INVALID"),
    ],
)
def test_a_wrong_account_is_refused_without_repeating_it(wrong: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        checked_account(**{**GOOD, **wrong})
    detail = refused.value.details[0]
    assert detail.code == code
    assert not any(value in str(detail.params) for value in wrong.values() if value.strip())


@settings(deadline=None)
@given(st.text(alphabet="0123456789", min_size=6, max_size=34))
def test_a_mask_shows_four_characters_at_most(number: str) -> None:
    shown = masked_number(number).removeprefix("****")
    assert number.endswith(shown)
    assert len(shown) <= min(4, len(number) // 2)


def test_a_person_reads_by_the_first_character_a_company_in_full() -> None:
    assert masked_holder("测试某某某", PayeeKind.STAFF) == "测**"
    assert masked_holder("测", PayeeKind.EXTERNAL) == "测"
    assert masked_holder("示例公司", PayeeKind.SUPPLIER) == "示例公司"


@pytest.mark.parametrize(
    ("today", "enabled_on", "disabled", "code"),
    [
        (date(2026, 3, 12), date(2026, 3, 10), False, "PAYEE_COOLING"),
        (date(2026, 3, 13), None, False, "PAYEE_NOT_ENABLED"),
        (date(2026, 5, 1), date(2026, 3, 10), True, "PAYEE_DISABLED"),
    ],
)
def test_a_new_account_waits(
    today: date, enabled_on: date | None, disabled: bool, code: str
) -> None:
    with pytest.raises(Refusal, match=code):
        require_payable(
            today, enabled_on=enabled_on, disabled=disabled, cooling_days=3, path="payee"
        )


def test_it_is_paid_from_the_day_it_has_cooled_off() -> None:
    require_payable(
        date(2026, 3, 13),
        enabled_on=date(2026, 3, 10),
        disabled=False,
        cooling_days=3,
        path="payee",
    )
