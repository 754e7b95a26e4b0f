"""通用机打发票: local tax forms with code, number, words and figures. Layouts vary by province."""

import re

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.kinds import invoice
from mobile_hrp.ocr.kinds.base import (
    Found,
    KindRules,
    cue_score,
    found,
    money_pieces,
    tax_ids,
    title_text,
)
from mobile_hrp.ocr.kinds.roll import total_and_words
from mobile_hrp.ocr.sheet import Sheet

_CUES = (
    ("通用机打发票", 3.0), ("机打发票", 1.0), ("行业分类", 1.5), ("付款方名称", 1.0),
    ("付款单位", 0.7), ("收款方名称", 1.0), ("收款方识别号", 0.7),
    ("发票代码", 0.4), ("发票号码", 0.4), ("大写", 0.4),
)  # fmt: skip
_NAME = re.compile(r"[\u4e00-\u9fffA-Za-z0-9()·]{2,40}")
_NOT_OURS = ("上车", "里程", "增值税", "车辆通行费", "客票")


def score(sheet: Sheet) -> tuple[float, ReceiptKind]:
    points = cue_score(sheet, _CUES)
    points -= 3.0 * sum(bool(sheet.labels(word)) for word in _NOT_OURS)
    return points, ReceiptKind.MACHINE_PRINTED


def extract(sheet: Sheet, _kind: ReceiptKind) -> list[Found]:
    result = [
        *invoice.code_and_number(sheet),
        *total_and_words(sheet),
        *_named(sheet, "buyer", ("付款方名称", "付款单位", "付款方")),
        *_named(sheet, "seller", ("收款方名称", "收款单位", "收款方")),
    ]
    result += invoice.issue_date(sheet, anywhere=True)
    for hit in sheet.labels("收款方识别号", errors=1):
        for number, piece in tax_ids(hit.row.after(hit))[:1]:
            result += found(sheet, "seller_tax", number, piece)
    if not any(item.name == "total" for item in result):
        largest = max(money_pieces(sheet), key=lambda item: item[0], default=None)
        result += found(sheet, "total", largest[0], largest[1], 0.85) if largest else []
    return result


def _named(sheet: Sheet, name: str, labels: tuple[str, ...]) -> list[Found]:
    for label in labels:
        for hit in sheet.labels(label):
            rest = hit.row.after(hit).until_gap(5)
            match = _NAME.search(rest.text)
            if match and not match.group().startswith(("识别号", "名称", "(")):
                return found(sheet, name, title_text(match.group()), rest.sub(match))
    return []


RULES = KindRules(
    name="machine_printed",
    fields=("number", "code", "date", "total"),
    optional=("seller", "seller_tax", "buyer"),
    score=score,
    extract=extract,
)
