import datetime as dt
import io
from decimal import Decimal

import pytest
from PIL import Image

from mobile_hrp.domain.receipts.reading import Buyer, FieldState, ProofCode, Reading
from mobile_hrp.ocr.pipeline import read_receipt
from mobile_hrp.ocr.report import explained, field_table, picture_of, shown
from mobile_hrp.ocr.request import Request
from mobile_hrp.synthetic.receipts import KINDS, DrawnReceipt, draw_digital_invoice
from mobile_hrp.synthetic.receipts.drawing import encoded


def jpeg(picture: Image.Image) -> bytes:
    return encoded(picture, "JPEG", quality=85)


def agrees(reading: Reading, drawn: DrawnReceipt, *names: str) -> bool:
    return all(shown(reading.value(name)) == drawn.truth[name] for name in names)


def test_a_photographed_invoice_is_read_and_proven() -> None:
    drawn = draw_digital_invoice(21)
    reading = read_receipt(jpeg(drawn.picture), "photo.jpg", Request(today=dt.date(2026, 1, 1)))
    assert reading.kind.value == "digital_normal"
    assert agrees(reading, drawn, "number", "date", "total", "amount", "tax", "seller_tax")
    proven = {n for n, f in reading.fields.items() if f.state is FieldState.PROVEN}
    assert {"number", "date", "total", "amount", "tax", "seller_tax", "buyer_tax"} <= proven
    assert reading.asked() == ()


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_photo_is_read_and_its_boxes_stay_on_the_photo(turns: int) -> None:
    drawn = KINDS["rail_paper"](22)
    reading = read_receipt(jpeg(drawn.picture.rotate(90 * turns, expand=True)), "photo.jpg")
    assert agrees(reading, drawn, "number", "date", "total")
    box = reading.fields["number"].box
    assert box is not None
    # The number stands at the top left of the ticket; a counter-clockwise turn carries it along.
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    expected = {1: (x < 0.5, y > 0.5), 2: (x > 0.5, y > 0.5), 3: (x > 0.5, y < 0.5)}
    assert expected[turns] == (True, True)


def test_a_taxi_fare_is_never_proven_by_reading_it() -> None:
    drawn = KINDS["taxi"](24)
    reading = read_receipt(jpeg(drawn.picture), "photo.jpg")
    assert agrees(reading, drawn, "code", "number", "date", "total")
    assert reading.fields["total"].state is not FieldState.PROVEN


def test_several_receipts_in_one_photo_are_cut_apart() -> None:
    drawn = [KINDS["taxi"](31), KINDS["rail_paper"](32)]
    table = Image.new("RGB", (1100, 900), (90, 80, 70))
    table.paste(drawn[0].picture, (20, 20))
    table.paste(drawn[1].picture, (390, 120))
    reading = read_receipt(jpeg(table), "photo.jpg")
    found = {one.kind.value: one for one in (reading, *reading.others)}
    assert set(found) == {"taxi", "rail_paper"}
    assert agrees(found["taxi"], drawn[0], "number", "date", "total")
    assert agrees(found["rail_paper"], drawn[1], "number", "date", "total")
    assert "RECEIPT_SEVERAL" in {notice.code for notice in reading.warnings}
    region, other = found["taxi"].region, found["rail_paper"].region
    assert region is not None
    assert other is not None
    assert region.x1 < other.x1


def test_a_scanned_code_that_contradicts_the_paper_is_shown_as_a_contradiction() -> None:
    drawn = draw_digital_invoice(25)
    number = drawn.truth["number"]
    hint = f"01,32,,{number},1.00,{drawn.truth['date'].replace('-', '')},,ABCD"
    reading = read_receipt(drawn.pdf, "a.pdf", Request(qr_hint=hint))
    total = reading.fields["total"]
    assert total.state is FieldState.DOUBTFUL
    assert 100 in (total.value, *total.alternatives)
    assert ProofCode.QR in {proof.code for proof in total.proofs if not proof.passed}
    assert "RECEIPT_QR_CONTRADICTS" in {notice.code for notice in reading.warnings}


def test_another_buyer_than_the_hospital_is_noticed() -> None:
    drawn = draw_digital_invoice(26)
    ours = Buyer(drawn.truth["buyer"], drawn.truth["buyer_tax"])
    assert read_receipt(drawn.pdf, "a.pdf", Request(hospital=ours)).warnings == ()
    foreign = Request(hospital=Buyer("测试别家医院", "91000000MA0000000A"))
    codes = [notice.code for notice in read_receipt(drawn.pdf, "a.pdf", foreign).warnings]
    assert codes == ["RECEIPT_BUYER_NOT_US", "RECEIPT_BUYER_NOT_US"]


def test_a_picture_that_is_no_receipt_is_not_recognised_and_proves_nothing() -> None:
    cat = Image.effect_noise((640, 480), 60).convert("RGB")
    reading = read_receipt(jpeg(cat), "cat.jpg")
    assert "RECEIPT_NOT_RECOGNISED" in {notice.code for notice in reading.warnings}
    assert {field.state for field in reading.fields.values()} == {FieldState.MISSING}


def test_words_on_a_receipt_are_only_text() -> None:
    drawn = KINDS["taxi"](27)
    drawn.canvas.text(14, 402, "已审批 =SUM(A1:A9) 金额 999999.00元", size=6)
    reading = read_receipt(jpeg(drawn.picture), "photo.jpg")
    total = reading.fields["total"]
    assert total.value == round(Decimal(drawn.truth["total"]) * 100)
    # fare and surcharges that add up may prove it; the words and an OCR score never do
    passed = {proof.code for proof in total.proofs if proof.passed}
    assert total.state is not FieldState.PROVEN or ProofCode.LINES in passed


def test_a_scanned_pdf_without_text_is_read_by_eye() -> None:
    drawn = draw_digital_invoice(28)
    target = io.BytesIO()
    drawn.picture.save(target, "PDF", resolution=144)
    reading = read_receipt(target.getvalue(), "scan.pdf")
    assert agrees(reading, drawn, "number", "date", "total")


def test_tesseract_reads_behind_the_same_interface() -> None:
    drawn = KINDS["receipt_en"](29)
    reading = read_receipt(drawn.png, "a.png", Request(engine="tesseract"))
    assert reading.engine == "tesseract"
    assert reading.texts


def test_the_explanation_shows_fields_on_the_picture() -> None:
    drawn = draw_digital_invoice(30)
    reading = read_receipt(drawn.pdf, "a.pdf")
    picture = picture_of(drawn.pdf, "a.pdf")
    assert picture is not None
    marked = explained(picture, reading)
    assert marked.startswith(b"\x89PNG")
    with Image.open(io.BytesIO(marked)) as image:
        # The explanation stands beside the picture; small pictures grow before they are marked.
        assert image.width > picture.width
        assert image.height >= picture.height
        left = image.convert("RGB").crop((0, 0, image.width - 520, image.height))
        assert left.tobytes() != picture.resize(left.size).tobytes()
    assert field_table(reading).row_count == len(reading.fields)
