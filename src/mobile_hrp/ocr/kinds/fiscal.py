"""财政票据: medical and non-tax bills of the finance ministry, electronic and paper.

票据代码 has 8 digits, 票据号码 10 on electronic bills, 校验码 6 characters. The payer of a medical
bill is a patient: the name is read for the owner's screen only and is never part of a key.
"""

import re

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.kinds.base import (
    MONEY,
    Found,
    KindRules,
    after_label,
    cue_score,
    first_date,
    found,
    tax_ids,
    title_text,
    words_found,
)
from mobile_hrp.ocr.sheet import Piece, Sheet

_MEDICAL = (
    ("医疗门诊收费票据", 3.0), ("医疗住院收费票据", 3.0), ("医疗收费票据", 3.0), ("门诊号", 1.0),
    ("医保统筹基金支付", 1.5), ("个人账户支付", 1.0), ("个人现金支付", 1.0), ("医疗机构类型", 1.5),
    ("就诊", 0.7), ("医保类型", 1.0), ("业务流水号", 0.7),
)  # fmt: skip
_NONTAX = (
    ("非税收入统一票据", 3.5),
    ("非税收入", 1.5),
    ("公益事业捐赠", 2.5),
    ("行政事业性收费", 2.0),
)
_BOTH = (
    ("票据代码", 1.5),
    ("票据号码", 1.5),
    ("交款人", 1.2),
    ("收款单位", 1.0),
    ("财政票据监制", 1.0),
)


def score(sheet: Sheet) -> tuple[float, ReceiptKind]:
    medical, nontax = cue_score(sheet, _MEDICAL), cue_score(sheet, _NONTAX)
    points = max(medical, nontax) + cue_score(sheet, _BOTH)
    if sheet.labels("发票代码") or sheet.labels("定额"):
        points -= 3.0
    if medical > nontax:
        electronic = bool(sheet.labels("电子")) or bool(sheet.labels("票据号码"))
        return points, ReceiptKind.MEDICAL_E if electronic else ReceiptKind.MEDICAL
    return points, ReceiptKind.NONTAX_E


def extract(sheet: Sheet, kind: ReceiptKind) -> list[Found]:
    return [
        *_numbers(sheet),
        *_date(sheet),
        *_total(sheet),
        *_payer(sheet),
        *_payee(sheet, kind),
    ]


def _numbers(sheet: Sheet) -> list[Found]:
    result: list[Found] = []
    for piece in after_label(sheet, ("票据代码",), r"(?<!\d)\d{8}(?!\d)", rows_below=1):
        result += found(sheet, "code", piece.text, piece)
        break
    for piece in after_label(
        sheet, ("票据号码", "NO", "No"), r"(?<!\d)\d{8,10}(?!\d)", rows_below=1
    ):
        result += found(sheet, "number", piece.text, piece)
        break
    for piece in after_label(
        sheet, ("校验码",), r"(?<![0-9A-Za-z])[0-9A-Za-z]{6}(?![0-9A-Za-z])", rows_below=1
    ):
        result += found(sheet, "check", piece.text, piece)
        break
    return result


def _date(sheet: Sheet) -> list[Found]:
    for hit in (
        *sheet.labels("开票日期", errors=1),
        *sheet.labels("收费日期"),
        *sheet.labels("日期"),
    ):
        rest = hit.row.after(hit)
        if value := grammar.parse_date(rest.text):
            strength = 0.94 if hit.text == "日期" else 1.0  # of admission, of discharge …
            return found(sheet, "date", value, rest.until_gap(6), strength)
    return first_date(sheet, 0.95)


def _total(sheet: Sheet) -> list[Found]:
    result = words_found(sheet)
    for hit in (*sheet.labels("小写"), *sheet.labels("(大写)"), *sheet.labels("金额合计")):
        matches = list(re.finditer(MONEY, hit.row.after(hit).text))
        if matches:
            piece = hit.row.after(hit).sub(matches[-1])
            return result + found(sheet, "total", grammar.parse_money(piece.text), piece)
    return result


def _payer(sheet: Sheet) -> list[Found]:
    result: list[Found] = []
    for hit in sheet.find_compact(r"交款人(?!统一)[:;]?"):
        rest = hit.row.after(hit)
        if match := re.search(r"[\u4e00-\u9fff()·A-Za-z]{2,40}", rest.until_gap(4).text):
            result += found(sheet, "buyer", title_text(match.group()), rest.sub(match))
            break
    for hit in sheet.find_compact(r"统一社会信用代码[:;]?"):
        for value, piece in tax_ids(hit.row.after(hit))[:1]:
            result += found(sheet, "buyer_tax", value, piece)
    return result


def _payee(sheet: Sheet, kind: ReceiptKind) -> list[Found]:
    for hit in sheet.find_compact(r"收款单位(?:\(章\))?[:;]?"):
        rest: Piece = hit.row.after(hit)
        if match := re.search(r"[\u4e00-\u9fff()·A-Za-z]{3,40}", rest.until_gap(5).text):
            text = re.split("复核|收款人", match.group())[0]
            if text:
                return found(
                    sheet,
                    "seller",
                    title_text(text),
                    rest.sub(match),
                    0.9 if kind is ReceiptKind.MEDICAL else 1.0,
                )
    return []


RULES = KindRules(
    name="fiscal",
    fields=("number", "code", "date", "total"),
    optional=("check", "buyer", "buyer_tax", "seller"),
    score=score,
    extract=extract,
)
