"""Taxi and shop slips, laid out as boxes: which amount is claimed, and what may prove it."""

import numpy as np
import pytest

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import Field, FieldState, Reading, Value
from mobile_hrp.ocr import optical
from mobile_hrp.ocr.kinds import bus, rail_paper, shop, taxi, vat
from mobile_hrp.ocr.kinds.base import Found
from mobile_hrp.ocr.sheet import Sheet, TextBox

_LINE, _WIDTH = 24, 400


def slip(*rows: str) -> Sheet:
    """One box for each part of a row, parts separated by two blanks, the last one at the right."""
    boxes = []
    for index, row in enumerate(rows):
        parts = row.split("  ")
        for place, part in enumerate(parts):
            width = 12 * len(part)
            left = _WIDTH - width - 10 if place and place == len(parts) - 1 else 10 + place * 130
            top = 10 + index * _LINE
            boxes.append(TextBox.upright(part, 0.98, box=(left, top, left + width, top + 16)))
    return Sheet(_WIDTH, 20 + len(rows) * _LINE, boxes, reader="small")


def values(found: list[Found], name: str) -> list[Value]:
    return [one.value for one in found if one.name == name]


def strength(found: list[Found], name: str) -> float:
    return next(one.strength for one in found if one.name == name)


def taxi_slip(*amounts: str) -> list[Found]:
    labels = ("金额", "燃油附加费", "预约叫车服务费", "实收金额")
    rows = [f"{label}  {amount}" for label, amount in zip(labels, amounts, strict=False)]
    sheet = slip("出租汽车专用发票", "日期  2021-03-04", "单价  2.30", "里程  7.9", *rows)
    return taxi.RULES.extract(sheet, ReceiptKind.TAXI)


def test_fare_and_surcharges_that_add_up_prove_what_was_received() -> None:
    found = taxi_slip("¥25.30", "¥1.00", "¥0.00", "¥26.00")
    assert values(found, "total") == [2600]
    assert values(found, "lines_total") == [2600]


@pytest.mark.parametrize(
    "amounts",
    [
        ("¥25-30", "¥1·00", "¥0,00", "¥26-00"),
        ("¥25.30", "¥1.00", "¥0.00", "¥2600"),
    ],
)
def test_points_of_dots_are_read_as_points(amounts: tuple[str, ...]) -> None:
    found = taxi_slip(*amounts)
    assert values(found, "total") == [2600]
    assert values(found, "lines_total") == [2600]


def test_amounts_that_do_not_add_up_prove_nothing_and_only_suggest() -> None:
    found = taxi_slip("¥25.30", "¥1.00", "¥0.00", "¥36.00")
    assert values(found, "lines_total") == []
    assert strength(found, "total") < 0.9


def test_an_unreadable_sum_is_suggested_from_its_parts_and_asked() -> None:
    found = taxi_slip("¥25.60", "¥1.00", "¥0.00")
    assert values(found, "total") == [2700]
    assert values(found, "lines_total") == []
    assert strength(found, "total") < 0.9


def test_a_price_per_kilometre_is_no_fare() -> None:
    sheet = slip("出租汽车发票", "单价  2.50元<km", "里程  6.7km", "金额  27.00元")
    assert values(taxi.RULES.extract(sheet, ReceiptKind.TAXI), "total") == [2700]


def test_the_number_of_a_telephone_is_no_invoice_number() -> None:
    sheet = slip("出租汽车发票", "发票代码  131001800001", "电话号码 87654321", "金额  27.00元")
    assert values(taxi.RULES.extract(sheet, ReceiptKind.TAXI), "number") == []


def test_a_coach_ticket_takes_neither_a_date_nor_a_telephone_for_its_number() -> None:
    sheet = slip("道路汽车客票", "20210304", "服务电话 87654321", "号码 10203040", "票价 12.00")
    assert values(bus.RULES.extract(sheet, ReceiptKind.BUS), "number") == ["10203040"]


def test_four_digits_are_never_surely_a_train() -> None:
    sheet = slip("A012345", "甲站  7788  乙站", "2021年03月04日 09:12 开", "¥55.5元")
    found = rail_paper.RULES.extract(sheet, ReceiptKind.RAIL_PAPER)
    assert values(found, "train") == ["7788"]
    assert strength(found, "train") < 0.95


def shop_slip(total: str, date: str = "Date: 26-05-2018 12:01") -> list[Found]:
    sheet = slip("CORNER SHOP", date, "TEA  12.00", "BREAD  3.50", "SST  0.93", f"TOTAL  {total}")
    return shop.RULES.extract(sheet, ReceiptKind.SHOP)


def test_a_shop_total_that_its_lines_explain_is_clear() -> None:
    explained, unexplained = shop_slip("16.43"), shop_slip("116.43")
    assert values(explained, "total") == [1643]
    assert strength(explained, "total") > strength(unexplained, "total")
    assert strength(unexplained, "total") < 0.9


@pytest.mark.parametrize(
    ("date", "sure"),
    [
        ("Date: 26-05-2018 12:01", True),
        ("Date: 05-06-2018 12:01", False),
        ("Date: 18/05/30 12:01", False),
        ("26-05-2018", False),
    ],
)
def test_a_date_that_could_be_another_is_not_proven_by_reading_it_twice(
    date: str, *, sure: bool
) -> None:
    assert (strength(shop_slip("16.43", date), "date") >= 0.95) is sure


def test_a_private_buyer_without_tax_id_does_not_stop_the_reading() -> None:
    session = optical.Session(optical.Page(np.zeros((10, 10, 3), np.uint8)), "auto")
    names = [name for name in vat.RULES.fields if name != "buyer_tax"]
    fields = {name: Field("1", FieldState.PROVEN) for name in names}
    reading = Reading(ReceiptKind.VAT_E_NORMAL, fields)
    assert session.is_enough(reading, vat.RULES)
    fields["seller"] = Field("1", FieldState.LIKELY)
    assert not session.is_enough(reading, vat.RULES)


@pytest.mark.parametrize(
    ("number", "serial", "sightings"),
    [("K123456", "10000000000000K123456", 2), ("47K123456", "10000000000000K123456", 1)],
)
def test_a_serial_proves_only_the_part_of_the_ticket_number_that_it_repeats(
    number: str, serial: str, sightings: int
) -> None:
    sheet = slip(number, "甲站  乙站", "2023年03月04日 08:10开  ￥64.5元", "二等座", serial)
    found = rail_paper.RULES.extract(sheet, ReceiptKind.RAIL_PAPER)
    assert values(found, "number") == [number] * sightings


def test_a_head_of_the_ticket_number_that_a_blank_cuts_off_is_not_proven_away() -> None:
    sheet = slip(
        "47 K123456", "甲站  乙站", "2023年03月04日 08:10开  ￥64.5元", "10000000000000K123456"
    )
    found = rail_paper.RULES.extract(sheet, ReceiptKind.RAIL_PAPER)
    assert values(found, "number") == ["K123456"]


def test_one_of_several_dates_of_a_ticket_is_no_proof_unless_it_is_named() -> None:
    bare = slip("汽车客票", "2023-03-02", "2023-03-04 08:10", "票价  8.00元")
    found = bus.RULES.extract(bare, ReceiptKind.BUS)
    assert values(found, "date") == ["2023-03-02"]
    assert strength(found, "date") < 0.95
    named = slip("汽车客票", "售票 2023-03-02", "乘车日期  2023-03-04", "票价  8.00元")
    found = bus.RULES.extract(named, ReceiptKind.BUS)
    assert values(found, "date") == ["2023-03-04"]
    assert strength(found, "date") == 1.0


@pytest.mark.parametrize("note", ["有效期至2031年12月31日", "2018年10月12日印1000份"])
def test_a_date_of_the_taxi_form_is_not_the_day_of_the_ride(note: str) -> None:
    sheet = slip("出租汽车专用发票", note, "日期  2021-03-04", "上车  08:10", "金额  27.00元")
    found = taxi.RULES.extract(sheet, ReceiptKind.TAXI)
    assert values(found, "date") == ["2021-03-04"]


def test_a_due_date_is_not_the_day_of_sale() -> None:
    sheet = slip("SHOP", "Due date: 13/04/2018", "Date: 14/03/2018 10:11", "TOTAL  12.00")
    found = shop.RULES.extract(sheet, ReceiptKind.SHOP)
    assert values(found, "date") == ["2018-03-14"]


@pytest.mark.parametrize("print_", ["某某科技有限公司密", "某某"])
def test_a_name_that_ends_unlike_one_is_weaker(print_: str) -> None:
    whole = slip("价税合计", "名称:某某科技有限公司")
    cut = slip("价税合计", f"名称:{print_}")
    assert strength(vat.RULES.extract(whole, ReceiptKind.VAT_NORMAL), "seller") == 1.0
    assert strength(vat.RULES.extract(cut, ReceiptKind.VAT_NORMAL), "seller") < 0.95


def test_parties_without_anything_that_tells_them_apart_are_guesses() -> None:
    sheet = slip("名称:某某科技有限公司", "地址", "电话", "名称:某某商店")
    found = vat.RULES.extract(sheet, ReceiptKind.VAT_NORMAL)
    assert values(found, "buyer") == ["某某科技有限公司"]
    assert max(strength(found, "buyer"), strength(found, "seller")) < 0.75


@pytest.mark.parametrize("print_", ["2021-0304", "202103-04", "2021年03用04日"])
def test_a_date_whose_separators_are_unreadable_is_read_with_less_trust(print_: str) -> None:
    sheet = slip("出租汽车专用发票", f"日期  {print_}", "上车  08:10", "金额  27.00元")
    found = taxi.RULES.extract(sheet, ReceiptKind.TAXI)
    assert values(found, "date") == ["2021-03-04"]
    assert strength(found, "date") < 0.95
    ticket = slip("K123456", "甲站  乙站", f"{print_} 08:10开", "￥64.5元")
    found = rail_paper.RULES.extract(ticket, ReceiptKind.RAIL_PAPER)
    assert values(found, "date") == ["2021-03-04"]
    assert strength(found, "date") < 0.95


def test_digits_without_a_label_are_no_loose_date() -> None:
    sheet = slip("出租汽车专用发票", "20210304", "上车  08:10", "金额  27.00元")
    assert values(taxi.RULES.extract(sheet, ReceiptKind.TAXI), "date") == []


@pytest.mark.parametrize("figure", ["420.00", "20.00"])
def test_a_fare_without_a_readable_mark_is_a_guess(figure: str) -> None:
    sheet = slip("出租汽车专用发票", "日期  2021-03-04", "单价  2.30", f"里程  {figure}", "等候  0")
    found = taxi.RULES.extract(sheet, ReceiptKind.TAXI)
    assert values(found, "total") == [2000]
    assert strength(found, "total") < 0.75


def test_a_stroke_before_a_total_is_no_digit_where_the_lines_explain_the_rest() -> None:
    found = shop_slip("116.43")
    assert values(found, "total") == [1643]
    assert strength(found, "total") < 0.9


def test_a_speck_within_a_number_does_not_lose_it() -> None:
    sheet = slip("出租汽车发票", "发票代码  131001800001", "发票号码  10:203040", "金额  27.00元")
    found = taxi.RULES.extract(sheet, ReceiptKind.TAXI)
    assert values(found, "number") == ["10203040"]
    assert strength(found, "number") < 0.95
    assert strength(found, "code") == 1.0


def test_a_seal_across_a_name_is_no_part_of_it() -> None:
    sheet = slip("价税合计", "名称:某某市第一医院收费专用章")
    found = vat.RULES.extract(sheet, ReceiptKind.VAT_NORMAL)
    assert values(found, "seller") == ["某某市第一医院"]
