"""Several receipts in one photo are cut apart; the parts of one receipt never are."""

import pytest

from mobile_hrp.ocr import splitting
from mobile_hrp.ocr.kinds import registry
from mobile_hrp.ocr.pipeline import read_receipt
from mobile_hrp.ocr.report import shown
from mobile_hrp.ocr.sheet import Sheet, TextBox
from mobile_hrp.synthetic.receipts import KINDS, DrawnReceipt
from mobile_hrp.synthetic.receipts.canvas import text_width
from mobile_hrp.synthetic.receipts.drawing import encoded
from mobile_hrp.synthetic.receipts.table import on_one_table


def laid_out(places: list[tuple[float, float, DrawnReceipt]]) -> Sheet:
    """The texts of drawn receipts on one sheet, each shifted to its place."""
    boxes = []
    for left, top, drawn in places:
        for text in drawn.canvas.texts:
            if not text.text.strip():
                continue
            x, y = left + text.x, top + text.y
            width = text_width(text.text, text.size, mono=text.mono)
            box = (x, y - text.size * 0.85, x + width, y + text.size * 0.2)
            boxes.append(TextBox.upright(text.text, 0.99, box=box))
    return Sheet(2000, 2000, boxes, reader="test")


def kinds_on(sheet: Sheet) -> list[str]:
    return [registry.classify(part.sheet)[1].value for part in splitting.parts(sheet)]


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("seed", [3, 4, 5])
def test_one_receipt_stays_one(kind: str, seed: int) -> None:
    drawn = KINDS[kind](seed)
    assert kinds_on(laid_out([(40, 40, drawn)])) == [drawn.kind]


@pytest.mark.parametrize(
    "kinds",
    [
        ("digital_normal", "receipt_en"),
        ("receipt_cn", "vat_special", "receipt_en"),
        ("taxi", "rail_paper", "quota", "medical"),
        ("digital_normal", "digital_special", "vat_e_normal", "rail_e"),
    ],
)
def test_two_to_four_receipts_are_cut_apart(kinds: tuple[str, ...]) -> None:
    drawn = [KINDS[kind](index + 11) for index, kind in enumerate(kinds)]
    places = [
        ((index % 2) * 720.0 + 30, (index // 2) * 560.0 + 30 + 20 * index, one)
        for index, one in enumerate(drawn)
    ]
    assert sorted(kinds_on(laid_out(places))) == sorted(one.kind for one in drawn)


def test_two_slips_of_different_days_one_below_the_other_are_two() -> None:
    first, second = KINDS["receipt_cn"](1), KINDS["receipt_en"](2)
    assert first.truth["date"] != second.truth["date"]
    places = [(40.0, 40.0, first), (40.0, first.canvas.height + 160, second)]
    assert kinds_on(laid_out(places)) == ["receipt", "receipt"]


def test_a_photo_of_a_table_is_read_receipt_by_receipt() -> None:
    drawn = [KINDS["medical"](41), KINDS["receipt_en"](42), KINDS["rail_e"](43)]
    photo = encoded(on_one_table([one.picture for one in drawn], 7), "JPEG", quality=88)
    reading = read_receipt(photo, "table.jpg")
    found = {one.kind.value: one for one in (reading, *reading.others)}
    assert sorted(found) == sorted(one.kind for one in drawn)
    for one in drawn:
        for name in {"number", "date", "total"} & set(one.truth):
            assert shown(found[one.kind].value(name)) == one.truth[name], (one.kind, name)
    (several,) = [n for n in reading.warnings if n.code == "RECEIPT_SEVERAL"]
    assert several.params == {"count": 3}
