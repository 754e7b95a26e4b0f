"""Tesseract through pytesseract: the engine that every Debian has. Far weaker on Chinese forms."""

import shutil

import cv2
import pytesseract

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.ocr.engines.base import EngineMissingError, Pixels
from mobile_hrp.ocr.sheet import TextBox

_SPARSE_TEXT = "--psm 11"
_SECONDS_MAX = 60


class TesseractReader:
    """chi_sim and eng, sparse text. Words of one line are joined as the engine grouped them."""

    name = "tesseract"

    def __init__(self, languages: str = "chi_sim+eng") -> None:
        if shutil.which("tesseract") is None:
            raise EngineMissingError("tesseract is not installed")
        self._languages = languages

    def read(self, page: Pixels) -> list[TextBox]:
        """Raises Refusal with ``RECEIPT_READ_TIMEOUT`` when tesseract does not come to an end."""
        try:
            data = pytesseract.image_to_data(
                cv2.cvtColor(page, cv2.COLOR_BGR2RGB),
                lang=self._languages,
                config=_SPARSE_TEXT,
                output_type=pytesseract.Output.DICT,
                timeout=_SECONDS_MAX,
            )
        except pytesseract.TesseractError:
            raise
        except RuntimeError as error:  # how pytesseract tells that the time is up
            raise Refusal("RECEIPT_READ_TIMEOUT", path="file") from error
        lines: dict[tuple[int, int, int], list[int]] = {}
        for index, text in enumerate(data["text"]):
            if text.strip() and float(data["conf"][index]) > 0:
                key = (data["block_num"][index], data["par_num"][index], data["line_num"][index])
                lines.setdefault(key, []).append(index)
        return [_line(data, indexes) for indexes in lines.values()]


def _line(data: dict[str, list[int]], indexes: list[int]) -> TextBox:
    text = " ".join(str(data["text"][i]) for i in indexes)
    score = min(float(data["conf"][i]) for i in indexes) / 100
    return TextBox.upright(
        text,
        score,
        box=(
            min(data["left"][i] for i in indexes),
            min(data["top"][i] for i in indexes),
            max(data["left"][i] + data["width"][i] for i in indexes),
            max(data["top"][i] + data["height"][i] for i in indexes),
        ),
    )
