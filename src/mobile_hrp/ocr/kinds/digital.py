"""数电票: fully digitalised e-invoices, ordinary and special. Title, 20-digit number, no code."""

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.ocr.kinds import invoice
from mobile_hrp.ocr.kinds.base import Found, KindRules, cue_score
from mobile_hrp.ocr.sheet import Sheet

_CUES = (
    ("电子发票(普通发票)", 3.0),
    ("电子发票(增值税专用发票)", 3.0),
    ("统一社会信用代码/纳税人识别号", 1.5),
    ("购买方信息", 0.5),
    ("税率/征收率", 1.0),
    ("项目名称", 0.5),
)


def score(sheet: Sheet) -> tuple[float, ReceiptKind]:
    numbers = [p for p in sheet.find(r"(?<!\d)\d{20}(?!\d)") if grammar.is_digital_number(p.text)]
    labelled = any("号码" in p.row.compact for p in numbers)
    points = cue_score(sheet, _CUES) + (1.5 if labelled else 0.0)
    special = bool(sheet.labels("专用发票", errors=1)) and not sheet.labels("普通发票", errors=0)
    return points, ReceiptKind.DIGITAL_SPECIAL if special else ReceiptKind.DIGITAL_NORMAL


def extract(sheet: Sheet, _kind: ReceiptKind) -> list[Found]:
    return [
        *invoice.digital_number(sheet),
        *invoice.issue_date(sheet),
        *invoice.totals(sheet),
        *invoice.parties(sheet, side_by_side=True),
    ]


RULES = KindRules(
    name="digital",
    fields=(
        "number",
        "date",
        "total",
        "amount",
        "tax",
        "seller",
        "seller_tax",
        "buyer",
        "buyer_tax",
    ),
    score=score,
    extract=extract,
)
