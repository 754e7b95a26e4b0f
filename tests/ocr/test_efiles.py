import pytest

from mobile_hrp.domain.receipts.reading import FieldState, Reading, Source, from_json, to_json
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.ocr.pipeline import read_receipt
from mobile_hrp.ocr.report import shown
from mobile_hrp.synthetic.receipts import KINDS, draw_digital_invoice

E_KINDS = (
    "digital_normal",
    "digital_special",
    "vat_e_normal",
    "vat_e_special",
    "toll_e",
    "rail_e",
    "medical_e",
    "nontax_e",
    "vat_roll",
    "itinerary",
    "machine_printed",
)


def differences(reading: Reading, truth: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Field -> (stated, read) wherever they differ; the kind under ``doc``."""
    stated = dict(truth)
    seen = {"doc": reading.kind.value}
    seen |= {name: shown(reading.value(name)) for name in stated if name != "doc"}
    return {name: (stated[name], seen[name]) for name in stated if stated[name] != seen[name]}


@pytest.mark.parametrize("kind", E_KINDS)
@pytest.mark.parametrize("file_type", ["pdf", "ofd"])
def test_an_electronic_original_is_read_exactly_and_asks_nothing(kind: str, file_type: str) -> None:
    drawn = KINDS[kind](7)
    data = drawn.pdf if file_type == "pdf" else drawn.ofd
    reading = read_receipt(data, f"a.{file_type}")
    assert differences(reading, drawn.truth) == {}
    assert reading.asked() == ()


@pytest.mark.parametrize("kind", ["digital_normal", "digital_special", "vat_e_normal"])
def test_a_structured_original_is_read_exactly(kind: str) -> None:
    drawn = KINDS[kind](8)
    assert drawn.xml is not None
    reading = read_receipt(drawn.xml, "a.xml")
    assert differences(reading, drawn.truth) == {}
    assert {field.state for field in reading.fields.values()} == {FieldState.PROVEN}
    assert {field.source for field in reading.fields.values()} == {Source.EFILE}


def test_one_drawing_has_one_truth_in_all_its_files() -> None:
    drawn = draw_digital_invoice(9)
    assert drawn.xml is not None
    readings = [read_receipt(data, "a") for data in (drawn.pdf, drawn.ofd, drawn.xml)]
    values = [
        {name: field.value for name, field in sorted(reading.fields.items())}
        for reading in readings
    ]
    assert values[0] == values[1] == values[2]


def test_every_field_of_a_pdf_has_a_place_on_the_page() -> None:
    reading = read_receipt(draw_digital_invoice(10).pdf, "a.pdf")
    for name, field in reading.fields.items():
        assert field.box is not None, name
        assert 0 <= field.box.x0 < field.box.x1 <= 1
        assert 0 <= field.box.y0 < field.box.y1 <= 1


def test_a_reading_survives_being_stored() -> None:
    reading = read_receipt(draw_digital_invoice(11).pdf, "a.pdf")
    assert from_json(to_json(reading)) == reading


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'<?xml version="1.0"?><note>hello</note>', "RECEIPT_NOT_AN_INVOICE"),
        (b'<?xml version="1.0"?><open>', "RECEIPT_DAMAGED"),
        (
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
            "RECEIPT_UNSAFE_XML",
        ),
    ],
)
def test_xml_that_is_no_invoice_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_receipt(data, "a.xml")
    assert caught.value.code == code
