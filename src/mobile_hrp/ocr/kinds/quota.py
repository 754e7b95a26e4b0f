"""定额发票: code, number and a fixed amount, printed in words (壹拾元整). It carries no date."""

import re

from mobile_hrp.domain.receipts import chinese_amount, grammar
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.kinds.base import Found, KindRules, cue_score, found, words_found
from mobile_hrp.ocr.sheet import Sheet

_CUES = (("定额发票", 4.0), ("通用定额", 2.0), ("定额", 1.0), ("盖章有效", 0.3))


def score(sheet: Sheet) -> tuple[float, ReceiptKind]:
    return cue_score(sheet, _CUES), ReceiptKind.QUOTA


def extract(sheet: Sheet, _kind: ReceiptKind) -> list[Found]:
    return [*_numbers(sheet), *_amount(sheet)]


def _numbers(sheet: Sheet) -> list[Found]:
    result: list[Found] = []
    for name, length in (("code", 12), ("number", 8)):
        for piece in sheet.find(rf"(?<![\d.])\d{{{length}}}(?![\d.])"):
            result += found(sheet, name, piece.text, piece)
    return result


def _amount(sheet: Sheet) -> list[Found]:
    result = words_found(sheet)
    for piece in sheet.find(r"(?:[¥￥] ?\d{1,4}(?:\.00)?|(?<!\d)\d{1,4}(?:\.00)? ?元)(?!\d)"):
        figure = re.sub(r"[^\d.]", "", piece.text)
        value_in_figures = grammar.parse_money(figure if "." in figure else f"{figure}.00")
        result += found(sheet, "total", value_in_figures, piece)
        break
    if not result:
        for piece in sheet.find(r"[壹贰叁伍拾佰]{1,3}[元圆]"):
            result += found(sheet, "words", chinese_amount.parse(piece.text), piece)
    return result


RULES = KindRules(
    name="quota",
    fields=("number", "code", "total"),
    score=score,
    extract=extract,
)
