import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.receipts import grammar


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2023年11月21日", "2023-11-21"),
        ("２０２４年 1 月 2 日", "2024-01-02"),
        ("2018-03-09 08:56:14", "2018-03-09"),
        ("2013-08-2408:56:14", "2013-08-24"),
        ("20241128", "2024-11-28"),
        ("2025.1.6", "2025-01-06"),
        ("02 Jul 2017 18:41", "2017-07-02"),
        ("26/08/2016", "2016-08-26"),
        ("11/29/2015 SUN", "2015-11-29"),
    ],
)
def test_dates_in_all_common_forms_are_read(text: str, date: str) -> None:
    assert grammar.parse_date(text) == date


def test_an_ambiguous_date_follows_the_country() -> None:
    assert grammar.parse_date("11/02/2019", day_first=True) == "2019-02-11"
    assert grammar.parse_date("11/02/2019") == "2019-11-02"


@pytest.mark.parametrize("text", ["", "2024-13-01", "2024-02-30", "0024-01-01", "电话 12345678"])
def test_what_is_no_date_gives_none(text: str) -> None:
    assert grammar.parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("¥ 480.00", 48000),
        ("￥64.5元", 6450),
        ("1,234,567.89", 123456789),
        ("-82.83", -8283),
        ("¥-82.83", -8283),
        ("21..00元", 2100),
        ("50元", 5000),
        ("3 40.00 120.00", 12000),
    ],
)
def test_amounts_are_read_as_fen(text: str, fen: int) -> None:
    assert grammar.parse_money(text) == fen


@pytest.mark.parametrize("text", ["", "13%", "12345678", "1.234", "3km"])
def test_figures_that_are_no_amount_give_none(text: str) -> None:
    assert grammar.parse_money(text) is None


@settings(deadline=None, max_examples=100)
@given(st.integers(min_value=-(10**11), max_value=10**11))
def test_rendered_fen_are_read_back(fen: int) -> None:
    assert grammar.parse_money(grammar.render_fen(fen)) == fen


def test_the_digital_number_has_twenty_digits_and_a_year() -> None:
    assert grammar.is_digital_number("24990000000000000001")
    assert not grammar.is_digital_number("19990000000000000001")
    assert not grammar.is_digital_number("2499000000000000000")


def test_the_year_stands_in_the_code() -> None:
    assert grammar.year_in_code("099002400111") == 2024
    assert grammar.year_in_code("9900171320") == 2017
    assert grammar.year_in_code("123") is None
