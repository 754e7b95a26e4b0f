"""VAT invoices before 数电票: electronic and paper, ordinary and special. Code and number."""

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.kinds import invoice
from mobile_hrp.ocr.kinds.base import Found, KindRules, cue_score
from mobile_hrp.ocr.sheet import Sheet

_CUES = (
    ("增值税电子普通发票", 3.0),
    ("增值税电子专用发票", 3.0),
    ("增值税普通发票", 3.0),
    ("增值税专用发票", 2.5),
    ("货物或应税劳务", 1.0),
    ("机器编号", 0.7),
    ("校验码", 0.7),
    ("纳税人识别号", 0.5),
    ("开户行及账号", 0.7),
    ("价税合计", 0.6),
    ("密码区", 0.3),
    ("销售方:(章)", 0.5),
    ("销货单位", 0.8),
    ("购货单位", 0.8),
)


def score(sheet: Sheet) -> tuple[float, ReceiptKind]:
    points = cue_score(sheet, _CUES)
    if sheet.labels("通行费通用") or sheet.labels("统一社会信用代码/纳税人识别号", errors=2):
        points -= 2.0
    normal = bool(sheet.labels("普通发票", errors=1))
    special = bool(sheet.labels("专用发票", errors=1)) and not normal
    electronic = _is_electronic(sheet)
    if electronic:
        kind = ReceiptKind.VAT_E_SPECIAL if special else ReceiptKind.VAT_E_NORMAL
    else:
        kind = ReceiptKind.VAT_SPECIAL if special else ReceiptKind.VAT_NORMAL
    return points, kind


def _is_electronic(sheet: Sheet) -> bool:
    """电子 in the title, or the number block labelled as only electronic forms label it."""
    if sheet.labels("电子普通") or sheet.labels("电子专用") or sheet.labels("税电子"):
        return True
    if sheet.labels("发票联") or sheet.labels("抵扣联") or sheet.labels("记账联"):
        return False
    return bool(sheet.labels("发票代码")) and bool(sheet.labels("发票号码"))


def extract(sheet: Sheet, _kind: ReceiptKind) -> list[Found]:
    return [
        *invoice.code_and_number(sheet),
        *invoice.issue_date(sheet),
        *invoice.check_code(sheet),
        *invoice.totals(sheet),
        *invoice.parties(sheet, side_by_side=False),
    ]


RULES = KindRules(
    name="vat",
    fields=(
        "number", "code", "date", "total", "amount", "tax",
        "seller", "seller_tax", "buyer", "buyer_tax",
    ),
    optional=("check",),
    score=score,
    extract=extract,
)  # fmt: skip
