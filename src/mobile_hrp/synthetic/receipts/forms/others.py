"""Fiscal bills, quota and machine-printed invoices, and shop receipts."""

import random

from mobile_hrp.domain.receipts import chinese_amount, grammar
from mobile_hrp.synthetic.receipts import facts
from mobile_hrp.synthetic.receipts.canvas import BROWN, RED, Canvas
from mobile_hrp.synthetic.receipts.forms.travel import Drawn

_FEES = ("西药费", "检查费", "化验费", "治疗费")


def fiscal(seed: int, *, medical: bool) -> Drawn:
    """财政电子票据: 8-digit code, 10-digit number, 6-character check code."""
    random_ = random.Random(seed)
    date = facts.made_up_date(random_)
    code, number = f"9906{facts.digits(random_, 4)}", facts.digits(random_, 10)
    check = "".join(random_.choice("0123456789abcdef") for _ in range(6))
    total = random_.randint(500, 900_000)
    payer = facts.made_up_person(random_) if medical else facts.made_up_company(random_).name
    title = "测试省医疗门诊收费票据（电子）" if medical else "测试非税收入统一票据（电子）"
    figures = grammar.render_fen(total)
    canvas = Canvas(600, 380)
    canvas.centre(300, 36, title, size=16, colour=RED)
    canvas.qr(24, 14, 58, f"CZ-EI-00,1.1.0,{code},{number},{check},{date:%Y%m%d},{figures}")
    canvas.text(90, 66, f"票据代码：{code}")
    canvas.text(390, 66, f"票据号码：{number}")
    tax = "" if medical else facts.made_up_tax_id(random_)
    canvas.text(90, 82, f"交款人统一社会信用代码：{tax}")
    canvas.text(390, 82, f"校验码：{check}")
    canvas.text(90, 98, f"交款人：{payer}")
    canvas.text(390, 98, f"开票日期：{date.isoformat()}")
    canvas.box(60, 108, 560, 300)
    canvas.text(80, 124, "项目名称　　　　数量/单位　　　　金额（元）　　　备注", colour=BROWN)
    canvas.text(80, 142, "西药费" if medical else "测试收费项目")
    canvas.right(390, 142, figures)
    canvas.text(80, 250, f"金额合计（大写）{chinese_amount.render(total)}")
    canvas.text(390, 250, f"（小写）{figures}")
    if medical:
        canvas.text(
            80, 270, "业务流水号：000　门诊号：000　医疗机构类型：综合医院　医保类型：测试", size=8
        )
        canvas.text(
            80, 286, "医保统筹基金支付：0.00　个人账户支付：0.00　个人现金支付：0.00", size=8
        )
    payee = "测试某某医院" if medical else "测试某某局"
    canvas.text(80, 330, f"收款单位（章）：{payee}")
    canvas.text(330, 330, f"复核人：{facts.made_up_person(random_)}")
    canvas.seal(150, 290, 240, 340, "财务专用章")
    truth = {
        "doc": "medical_e" if medical else "nontax_e", "code": code, "number": number,
        "date": date.isoformat(), "total": figures, "check": check, "buyer": payer, "seller": payee,
    }  # fmt: skip
    if tax:
        truth["buyer_tax"] = tax
    return Drawn(canvas, truth)


def medical_paper(seed: int) -> Drawn:
    """医疗门诊收费票据 on paper: a red serial after NO, no QR code, no check code."""
    random_ = random.Random(seed)
    date = facts.made_up_date(random_, first=2019, last=2023)
    code, number = f"9906{facts.digits(random_, 4)}", facts.digits(random_, 10)
    fees = [random_.randint(500, 60_000) for _ in range(random_.randint(1, 4))]
    payer, payee = facts.made_up_person(random_), "测试某某医院"
    figures = grammar.render_fen(sum(fees))
    canvas = Canvas(540, 300, paper=(252, 246, 236))
    canvas.centre(270, 30, "测试省医疗门诊收费票据", size=16, colour=BROWN)
    canvas.text(30, 52, f"票据代码：{code}", size=9)
    canvas.text(400, 52, f"NO {number}", size=13, colour=RED)
    canvas.text(30, 74, "业务流水号：000　医疗机构类型：综合医院", size=9)
    canvas.text(390, 74, f"收费日期：{date:%Y年%m月%d日}", size=9)
    canvas.text(30, 92, f"交款人：{payer}　　性别：女　　医保类型：测试", size=9)
    canvas.box(26, 102, 514, 238)
    canvas.text(40, 118, "项目", colour=BROWN)
    canvas.right(240, 118, "金额（元）", colour=BROWN)
    for index, (name, fee) in enumerate(zip(_FEES, fees, strict=False)):
        canvas.text(40, 138 + index * 18, name)
        canvas.right(240, 138 + index * 18, grammar.render_fen(fee))
    canvas.text(40, 228, f"合计（大写）{chinese_amount.render(sum(fees))}")
    canvas.text(370, 228, f"（小写）¥{figures}")
    canvas.text(30, 254, "医保统筹支付：0.00　个人账户支付：0.00　个人现金支付：0.00", size=8)
    canvas.text(30, 282, f"收款单位（章）：{payee}")
    canvas.text(380, 282, f"收款人：{facts.made_up_person(random_)}")
    canvas.seal(140, 250, 230, 296, "收费专用章")
    truth = {
        "doc": "medical", "code": code, "number": number, "date": date.isoformat(),
        "total": figures, "buyer": payer, "seller": payee,
    }  # fmt: skip
    return Drawn(canvas, truth)


def quota(seed: int) -> Drawn:
    """定额发票: the amount is printed in words and is all there is."""
    random_ = random.Random(seed)
    code, number = f"1990{facts.digits(random_, 8)}", facts.digits(random_, 8)
    value = random_.choice((1, 2, 5, 10, 20, 50, 100)) * 100
    canvas = Canvas(230, 140, paper=(250, 238, 236))
    canvas.centre(115, 24, "测试省通用定额发票", size=13, colour=RED)
    canvas.centre(115, 40, "发 票 联", size=9, colour=RED)
    canvas.text(20, 62, f"发票代码 {code}", size=9)
    canvas.text(20, 78, f"发票号码 {number}", size=9)
    canvas.centre(115, 104, chinese_amount.render(value).replace("圆", "元"), size=14)
    canvas.text(20, 128, "收款单位（盖章）　　　　年　月　日", size=8)
    truth = {"doc": "quota", "code": code, "number": number, "total": grammar.render_fen(value)}
    return Drawn(canvas, truth)


def machine_printed(seed: int) -> Drawn:
    """通用机打发票: local form with words and figures, no tax columns."""
    random_ = random.Random(seed)
    date = facts.made_up_date(random_, first=2018, last=2022)
    code, number = f"1990{facts.digits(random_, 8)}", facts.digits(random_, 8)
    seller, buyer = facts.made_up_company(random_), facts.made_up_company(random_)
    total = random_.randint(1000, 500_000)
    canvas = Canvas(480, 260)
    canvas.centre(240, 28, "测试省国家税务局通用机打发票", size=14, colour=BROWN)
    canvas.centre(240, 44, "发 票 联", size=9, colour=BROWN)
    canvas.text(310, 62, f"发票代码 {code}", size=9)
    canvas.text(310, 78, f"发票号码 {number}", size=9)
    canvas.text(24, 78, f"开票日期：{date:%Y年%m月%d日}　行业分类：测试", size=9)
    canvas.box(20, 86, 460, 210)
    canvas.text(28, 102, f"付款方名称：{buyer.name}", size=9)
    canvas.text(28, 120, "项目　　　　单价　　　　数量　　　　金额", size=9, colour=BROWN)
    canvas.text(28, 138, "测试服务费", size=9)
    canvas.right(420, 138, grammar.render_fen(total), size=9)
    canvas.text(28, 180, f"合计（大写）：{chinese_amount.render(total)}", size=9)
    canvas.text(300, 180, f"（小写）¥{grammar.render_fen(total)}", size=9)
    canvas.text(28, 202, f"收款方名称：{seller.name}", size=9)
    canvas.text(28, 226, f"收款方识别号：{seller.tax_id}", size=9)
    truth = {
        "doc": "machine_printed", "code": code, "number": number, "date": date.isoformat(),
        "total": grammar.render_fen(total), "seller": seller.name, "seller_tax": seller.tax_id,
        "buyer": buyer.name,
    }  # fmt: skip
    return Drawn(canvas, truth)


def shop(seed: int, *, english: bool) -> Drawn:
    """A till receipt: lines, total, cash and change."""
    random_ = random.Random(seed)
    date = facts.made_up_date(random_)
    goods = [
        (random_.randint(1, 4), random_.randint(100, 20_000)) for _ in range(random_.randint(2, 6))
    ]
    total = sum(count * price for count, price in goods)
    cash = (total // 10_000 + 1) * 10_000
    canvas = Canvas(230, 210 + 18 * len(goods))
    head = "SAMPLE TRADING SDN BHD" if english else facts.made_up_company(random_).name
    canvas.centre(115, 24, head, size=10)
    when = f"Date: {date:%d/%m/%Y} 14:05" if english else f"时间：{date.isoformat()} 14:05:21"
    canvas.text(
        16,
        48,
        f"Receipt No: {facts.digits(random_, 6)}"
        if english
        else f"单号：{facts.digits(random_, 10)}",
        size=9,
    )
    canvas.text(16, 64, when, size=9)
    canvas.text(
        16, 84, "Item  Qty  Price  Amount" if english else "名称　　数量　　单价　　金额", size=9
    )
    for index, (count, price) in enumerate(goods):
        y = 102 + index * 18
        canvas.text(16, y, f"GOODS {index + 1}" if english else f"测试商品{index + 1}", size=9)
        canvas.right(110, y, str(count), size=9)
        canvas.right(160, y, grammar.render_fen(price), size=9)
        canvas.right(214, y, grammar.render_fen(count * price), size=9)
    y = 110 + 18 * len(goods)
    rows = (
        (("TOTAL RM", total), ("CASH", cash), ("CHANGE", cash - total))
        if english
        else (("合计：", total), ("实收：", cash), ("找零：", cash - total))
    )
    for index, (label, value) in enumerate(rows):
        canvas.text(16, y + index * 18, label, size=10)
        canvas.right(214, y + index * 18, grammar.render_fen(value), size=10)
    canvas.centre(115, y + 66, "THANK YOU" if english else "谢谢惠顾 收银小票", size=9)
    truth = {"doc": "receipt", "date": date.isoformat(), "total": grammar.render_fen(total)}
    return Drawn(canvas, truth)
