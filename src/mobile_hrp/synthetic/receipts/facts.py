"""Made-up facts for receipts: nobody's name, nobody's number, yet every checksum is right.

Company names begin with 测试 or 样例, area codes are 99 or 000000, which no tax bureau issues.
"""

import datetime as dt
import random
from dataclasses import dataclass, field

from mobile_hrp.domain.receipts import chinese_amount, grammar, tax_id

_TRADES = (
    "科技",
    "商贸",
    "酒店管理",
    "文化传播",
    "医疗器械",
    "物业服务",
    "信息技术",
    "办公用品",
    "图书",
    "餐饮",
)
_MARKS = ("甲", "乙", "丙", "丁", "某某", "东方某", "南山某", "长河某", "明月某", "清风某")
_ITEMS = (
    ("*住宿服务*住宿费", "天", 6), ("*餐饮服务*餐饮费", "次", 6), ("*印刷品*图书", "本", 9),
    ("*医疗仪器器械*听诊器", "个", 13), ("*办公用品*打印纸", "箱", 13),
    ("*会展服务*会议费", "次", 6), ("*运输服务*客运服务费", "次", 3),
    ("*信息技术服务*软件服务费", "项", 6), ("*纸制品*病历夹", "个", 13),
)  # fmt: skip
_USCC_TAIL = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_GIVEN = "安宁平和文武子木水火土金一二三四五"


@dataclass(frozen=True, slots=True)
class Party:
    name: str
    tax_id: str


@dataclass(frozen=True, slots=True)
class Item:
    """Amount and tax in fen; the rate in per cent."""

    name: str
    unit: str
    quantity: int
    rate: int
    amount: int
    tax: int


@dataclass(frozen=True, slots=True)
class Invoice:
    number: str
    code: str
    check: str
    date: dt.date
    seller: Party
    buyer: Party
    items: tuple[Item, ...]
    drawer: str
    special: bool = False
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def amount(self) -> int:
        return sum(item.amount for item in self.items)

    @property
    def tax(self) -> int:
        return sum(item.tax for item in self.items)

    @property
    def total(self) -> int:
        return self.amount + self.tax

    @property
    def words(self) -> str:
        return chinese_amount.render(self.total)


def made_up_tax_id(random_: random.Random) -> str:
    body = "91000000MA" + "".join(random_.choice(_USCC_TAIL) for _ in range(7))
    return body + tax_id.check_character(body)


def made_up_company(random_: random.Random) -> Party:
    first, mark, trade = (random_.choice(words) for words in (("测试", "样例"), _MARKS, _TRADES))
    name = f"{first}{mark}{trade}有限公司"
    return Party(name, made_up_tax_id(random_))


def made_up_person(random_: random.Random) -> str:
    return "测" + "".join(random_.choice(_GIVEN) for _ in range(2))


def digits(random_: random.Random, count: int) -> str:
    return "".join(random_.choice("0123456789") for _ in range(count))


def made_up_date(random_: random.Random, *, first: int = 2024, last: int = 2025) -> dt.date:
    start, end = dt.date(first, 1, 1).toordinal(), dt.date(last, 12, 28).toordinal()
    return dt.date.fromordinal(random_.randint(start, end))


def made_up_items(
    random_: random.Random, *, count: int, total_fen: int | None = None
) -> tuple[Item, ...]:
    """Lines whose tax is the rate of the amount, rounded by line as issuers do."""
    items = []
    for _ in range(count):
        name, unit, rate = random_.choice(_ITEMS)
        amount = random_.randint(500, 300_000)
        items.append(
            Item(name, unit, random_.randint(1, 9), rate, amount, round(amount * rate / 100))
        )
    if total_fen is not None:
        name, unit, rate = random_.choice(_ITEMS)
        amount = round(total_fen / (1 + rate / 100))
        items = [Item(name, unit, 1, rate, amount, total_fen - amount)]
    return tuple(items)


def digital_number(random_: random.Random, date: dt.date) -> str:
    """20 digits: year, area 99 (nobody's), channel, sequence."""
    return f"{date.year % 100:02d}99{random_.choice('27')}{digits(random_, 15)}"


def made_up_invoice(
    seed: int,
    *,
    buyer: Party | None = None,
    seller: Party | None = None,
    date: dt.date | None = None,
    total_fen: int | None = None,
    special: bool = False,
) -> Invoice:
    random_ = random.Random(seed)
    issued = date or made_up_date(random_)
    return Invoice(
        number=digital_number(random_, issued),
        code=f"09900{issued.year % 100:02d}00{random_.choice('14')}11",
        check=digits(random_, 20),
        date=issued,
        seller=seller or made_up_company(random_),
        buyer=buyer or made_up_company(random_),
        items=made_up_items(random_, count=random_.randint(1, 4), total_fen=total_fen),
        drawer=made_up_person(random_),
        special=special,
    )


def truth_of(invoice: Invoice, kind: str) -> dict[str, str]:
    """In the form of a truth file: amounts with two decimals, dates as ISO."""
    return {
        "doc": kind,
        "number": invoice.number,
        "date": invoice.date.isoformat(),
        "total": grammar.render_fen(invoice.total),
        "amount": grammar.render_fen(invoice.amount),
        "tax": grammar.render_fen(invoice.tax),
        "seller": invoice.seller.name,
        "seller_tax": invoice.seller.tax_id,
        "buyer": invoice.buyer.name,
        "buyer_tax": invoice.buyer.tax_id,
    }
