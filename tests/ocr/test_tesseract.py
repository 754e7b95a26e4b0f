import numpy as np
import pytesseract
import pytest

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.ocr.engines import tesseract


def test_a_reader_that_does_not_come_to_an_end_is_a_typed_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tesseract, "_SECONDS_MAX", 0.001)
    with pytest.raises(Refusal) as late:
        tesseract.TesseractReader().read(np.full((400, 400, 3), 255, np.uint8))
    assert late.value.code == "RECEIPT_READ_TIMEOUT"


def test_a_reader_that_fails_otherwise_is_not_hidden() -> None:
    reader = tesseract.TesseractReader("no_such_language")
    with pytest.raises(pytesseract.TesseractError):
        reader.read(np.full((40, 40, 3), 255, np.uint8))
