"""铁路电子客票: the railway's 数电票 since November 2024. 20-digit number, fare, train."""

import re

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.kinds import invoice
from mobile_hrp.ocr.kinds.base import (
    MONEY,
    Found,
    KindRules,
    after_label,
    cue_score,
    found,
    tax_ids,
    title_text,
)
from mobile_hrp.ocr.sheet import Sheet

_CUES = (
    ("铁路电子客票", 4.0), ("电子发票(铁路电子客票)", 2.0), ("电子客票号", 2.0), ("票价:", 0.8),
    ("购买方名称", 0.6), ("买票请到12306", 0.5), ("中国铁路", 0.8),
)  # fmt: skip
_TRAIN = r"(?<![0-9A-Z])(?:[GDCZTKYLS]\d{1,4}|[1-9]\d{3})(?![0-9A-Z])"


def score(sheet: Sheet) -> tuple[float, ReceiptKind]:
    points = cue_score(sheet, _CUES)
    if sheet.labels("航空运输") or sheet.labels("民航"):
        points -= 4.0
    return points, ReceiptKind.RAIL_E


def extract(sheet: Sheet, _kind: ReceiptKind) -> list[Found]:
    return [
        *invoice.digital_number(sheet),
        *invoice.issue_date(sheet),
        *_fare(sheet),
        *_buyer(sheet),
        *_trip(sheet),
    ]


def _fare(sheet: Sheet) -> list[Found]:
    for piece in after_label(sheet, ("票价", "退票费", "改签费"), MONEY, rows_below=1):
        return found(sheet, "total", grammar.parse_money(piece.text), piece)
    for piece in sheet.find(r"[¥￥] ?\d{1,5}\.\d\d"):
        return found(sheet, "total", grammar.parse_money(piece.text), piece, 0.95)
    return []


def _buyer(sheet: Sheet) -> list[Found]:
    result: list[Found] = []
    for hit in sheet.find_compact(r"购买方名称[:;]?"):
        rest = hit.row.after(hit)
        if match := re.search(r"[\u4e00-\u9fff()·A-Za-z0-9]{2,40}", rest.until_gap(5).text):
            text = re.split("统一社会", match.group())[0]
            result += found(sheet, "buyer", title_text(text), rest.sub(match))
            break
    for hit in sheet.find_compact(r"信用代码[:;]?|识别号[:;]?"):
        for value, piece in tax_ids(hit.row.after(hit))[:1]:
            result += found(sheet, "buyer_tax", value, piece)
    return result


def _trip(sheet: Sheet) -> list[Found]:
    result: list[Found] = []
    for piece in sheet.find(_TRAIN):
        if piece.text[0].isalpha():
            result += found(sheet, "train", piece.text, piece)
            break
    for piece in sheet.find(r"20\d\d ?年 ?\d{1,2} ?月 ?\d{1,2} ?日 ?\d\d:\d\d ?开"):
        result += found(sheet, "travel_date", grammar.parse_date(piece.text), piece)
        break
    return result


RULES = KindRules(
    name="rail_e",
    fields=("number", "date", "total"),
    optional=("buyer", "buyer_tax", "train", "travel_date"),
    score=score,
    extract=extract,
)
