"""Invoices of the tax bureau: 数电票, VAT electronic and paper, roll, and the toll form."""

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.synthetic.receipts.canvas import BROWN, RED, Canvas
from mobile_hrp.synthetic.receipts.facts import Invoice

_TAX_COLUMNS = (70, 150, 205, 240, 310, 400, 460, 560)


def digital(invoice: Invoice) -> Canvas:
    """数电票: buyer and seller side by side, 20-digit number, no code."""
    canvas = Canvas(600, 400)
    kind = "增值税专用发票" if invoice.special else "普通发票"
    canvas.centre(300, 42, f"电子发票（{kind}）", size=17, colour=BROWN)
    canvas.seal(262, 50, 338, 78, "国家税务总局", size=6)
    canvas.text(440, 42, "发票号码：", colour=BROWN)
    canvas.text(487, 42, invoice.number, size=8)
    canvas.text(440, 60, "开票日期：", colour=BROWN)
    canvas.text(487, 60, f"{invoice.date:%Y年%m月%d日}")
    canvas.qr(18, 14, 62, tax_bureau_code(invoice, "31" if invoice.special else "32"))
    _party_boxes(canvas, invoice)
    _item_table(canvas, invoice, top=146, bottom=292)
    canvas.vertical(21, 322, "备注", colour=BROWN)
    canvas.box(15, 310, 585, 362)
    canvas.line(32, 310, 32, 362)
    canvas.text(40, 328, f"测试数据，不得入账，序列 {invoice.check[:6]}", size=8)
    canvas.text(58, 380, "开票人：", colour=BROWN)
    canvas.text(96, 380, invoice.drawer)
    return canvas


def _party_boxes(canvas: Canvas, invoice: Invoice) -> None:
    canvas.box(15, 86, 585, 146)
    for x, title, party in ((18, "购买方信息", invoice.buyer), (303, "销售方信息", invoice.seller)):
        canvas.vertical(x + 3, 98, title, size=8, colour=BROWN)
        canvas.line(x + 14, 86, x + 14, 146)
        canvas.text(x + 18, 107, "名称：", size=8, colour=BROWN)
        canvas.text(x + 44, 107, party.name)
        canvas.text(x + 18, 136, "统一社会信用代码/纳税人识别号：", size=8, colour=BROWN)
        canvas.text(x + 142, 136, party.tax_id, size=9, mono=True)
    canvas.line(300, 86, 300, 146)


def _item_table(canvas: Canvas, invoice: Invoice, *, top: float, bottom: float) -> None:
    canvas.box(15, top, 585, bottom + 18)
    titles = ("项目名称", "规格型号", "单 位", "数 量", "单 价", "金 额", "税率/征收率", "税 额")
    for x, title in zip(_TAX_COLUMNS, titles, strict=True):
        canvas.centre(x, top + 12, title, size=8, colour=BROWN)
    for index, item in enumerate(invoice.items):
        y = top + 28 + index * 14
        canvas.text(18, y, item.name, size=8)
        canvas.centre(205, y, item.unit, size=8)
        canvas.right(255, y, str(item.quantity), size=8)
        canvas.right(345, y, f"{item.amount / 100 / item.quantity:.6f}", size=8)
        canvas.right(430, y, grammar.render_fen(item.amount), size=8)
        canvas.centre(460, y, f"{item.rate}%", size=8)
        canvas.right(582, y, grammar.render_fen(item.tax), size=8)
    canvas.text(60, bottom - 6, "合", colour=BROWN)
    canvas.text(106, bottom - 6, "计", colour=BROWN)
    canvas.right(430, bottom - 6, f"¥{grammar.render_fen(invoice.amount)}")
    canvas.right(582, bottom - 6, f"¥{grammar.render_fen(invoice.tax)}")
    canvas.line(15, bottom, 585, bottom)
    canvas.text(50, bottom + 12, "价税合计（大写）", size=8, colour=BROWN)
    canvas.text(160, bottom + 12, f"⊗ {invoice.words}")
    canvas.text(415, bottom + 12, "（小写）", size=8, colour=BROWN)
    canvas.text(450, bottom + 12, f"¥{grammar.render_fen(invoice.total)}")


def tax_bureau_code(invoice: Invoice, type_code: str) -> str:
    """The QR payload in the tax bureau's layout; 数电票 state the total, older forms the amount."""
    digital_form = type_code in {"31", "32", "51"}
    amount = invoice.total if digital_form else invoice.amount
    code, number = ("", invoice.number) if digital_form else (invoice.code, invoice.number[-8:])
    check = "" if digital_form else invoice.check
    figures, date, crc = grammar.render_fen(amount), f"{invoice.date:%Y%m%d}", invoice.check[:4]
    return f"01,{type_code},{code},{number},{figures},{date},{check},{crc}"


def vat(invoice: Invoice, *, electronic: bool) -> Canvas:
    """增值税普通/专用发票 with code and number; buyer above the lines, seller below."""
    canvas = Canvas(610, 400)
    kind = ("电子" if electronic else "") + ("专用发票" if invoice.special else "普通发票")
    canvas.centre(305, 40, f"测试增值税{kind}", size=17, colour=BROWN)
    canvas.seal(268, 46, 342, 74, "发票监制章", size=6)
    number = invoice.number[-8:]
    if electronic:
        for y, label, value in (
            (22, "发票代码：", invoice.code),
            (38, "发票号码：", number),
            (54, "开票日期：", f"{invoice.date:%Y年%m月%d日}"),
            (70, "校 验 码：", " ".join(invoice.check[i : i + 5] for i in range(0, 20, 5))),
        ):
            canvas.text(432, y, label, colour=BROWN)
            canvas.text(478, y, value)
        canvas.text(30, 70, "机器编号：", colour=BROWN)
        canvas.text(74, 70, invoice.check[:12])
        canvas.qr(28, 8, 56, tax_bureau_code(invoice, "08" if invoice.special else "10"))
    else:
        canvas.text(60, 40, invoice.code, size=13)
        canvas.text(440, 36, f"No {number}", size=15)
        canvas.text(520, 50, invoice.code, size=7)
        canvas.text(520, 60, number, size=7)
        canvas.text(440, 74, "开票日期：", colour=BROWN)
        canvas.text(486, 74, f"{invoice.date:%Y年%m月%d日}")
        canvas.centre(305, 84, "发 票 联", size=9, colour=BROWN)
    _vat_party(canvas, 88, "购买方", invoice.buyer.name, invoice.buyer.tax_id)
    canvas.vertical(354, 102, "密码区", size=8, colour=BROWN)
    for row in range(4):
        canvas.text(
            380,
            100 + row * 14,
            f"{invoice.check[row:]}<>+{invoice.check[: 5 + row]}*/-",
            size=7,
            mono=True,
        )
    _vat_items(canvas, invoice)
    _vat_party(canvas, 296, "销售方", invoice.seller.name, invoice.seller.tax_id)
    canvas.vertical(354, 316, "备注", size=8, colour=BROWN)
    for x, label in ((34, "收款人："), (193, "复核："), (315, "开票人："), (437, "销售方：（章）")):
        canvas.text(x, 374, label, size=8, colour=BROWN)
    canvas.text(352, 374, invoice.drawer, size=8)
    return canvas


def _vat_party(canvas: Canvas, top: float, title: str, name: str, number: str) -> None:
    canvas.box(24, top, 590, top + 62)
    canvas.vertical(29, top + 14, title, size=8, colour=BROWN)
    for index, (label, value) in enumerate(
        (
            ("名　　　　称：", name),
            ("纳税人识别号：", number),
            ("地 址、电 话：", ""),
            ("开户行及账号：", ""),
        )
    ):
        y = top + 12 + index * 15
        canvas.text(46, y, label, size=8, colour=BROWN)
        canvas.text(108, y, value, mono=index == 1)


def _vat_items(canvas: Canvas, invoice: Invoice) -> None:
    canvas.box(24, 150, 590, 296)
    titles = (
        "货物或应税劳务、服务名称",
        "规格型号",
        "单位",
        "数 量",
        "单 价",
        "金 额",
        "税率",
        "税 额",
    )
    for x, title in zip((98, 195, 235, 285, 355, 437, 492, 550), titles, strict=True):
        canvas.centre(x, 162, title, size=8, colour=BROWN)
    for index, item in enumerate(invoice.items):
        y = 178 + index * 14
        canvas.text(28, y, item.name, size=8)
        canvas.centre(235, y, item.unit, size=8)
        canvas.right(300, y, str(item.quantity), size=8)
        canvas.right(390, y, f"{item.amount / 100 / item.quantity:.4f}", size=8)
        canvas.right(478, y, grammar.render_fen(item.amount), size=8)
        canvas.centre(492, y, f"{item.rate}%", size=8)
        canvas.right(588, y, grammar.render_fen(item.tax), size=8)
    canvas.text(62, 272, "合　　计", colour=BROWN)
    canvas.right(478, 272, f"¥{grammar.render_fen(invoice.amount)}")
    canvas.right(588, 272, f"¥{grammar.render_fen(invoice.tax)}")
    canvas.line(24, 277, 590, 277)
    canvas.text(60, 290, "价税合计（大写）", size=8, colour=BROWN)
    canvas.text(180, 290, f"⊗{invoice.words}")
    canvas.text(446, 290, "（小写）", size=8, colour=BROWN)
    canvas.text(482, 290, f"¥{grammar.render_fen(invoice.total)}")


def toll_e(invoice: Invoice) -> Canvas:
    """通行费通用（电子）发票: no tax columns."""
    canvas = Canvas(610, 400)
    canvas.centre(275, 52, "测试省车辆通行费通用（电子）发票", size=17, colour=BROWN)
    number = invoice.number[-8:]
    for y, label, value in (
        (56, "发票代码:", invoice.code),
        (71, "发票号码:", number),
        (86, "开票日期:", f"{invoice.date:%Y 年 %m 月 %d 日}"),
    ):
        canvas.text(458, y, label, colour=BROWN)
        canvas.text(504, y, value, size=8)
    total = grammar.render_fen(invoice.total)
    canvas.qr(
        28,
        10,
        56,
        f"{invoice.code},{number},{total},{invoice.date.isoformat()},{invoice.buyer.name}",
    )
    _vat_party(canvas, 96, "购买方", invoice.buyer.name, invoice.buyer.tax_id)
    canvas.text(62, 172, "货物或应税劳务、服务名称", size=8, colour=BROWN)
    canvas.text(472, 172, "金额（元）", size=8, colour=BROWN)
    canvas.text(92, 188, "车辆通行费", size=8)
    canvas.right(506, 188, total, size=8)
    canvas.text(83, 280, "合 计", colour=BROWN)
    canvas.right(506, 280, total)
    canvas.text(62, 296, "价税合计（大写）", size=8, colour=BROWN)
    canvas.text(177, 296, invoice.words)
    canvas.text(434, 296, "（小写）", size=8, colour=BROWN)
    canvas.text(480, 296, total)
    _vat_party(canvas, 304, "销售方", invoice.seller.name, invoice.seller.tax_id)
    canvas.text(378, 318, "入口站：测试入口站", size=8)
    canvas.text(378, 330, "出口站：测试出口站", size=8)
    return canvas


def roll(invoice: Invoice) -> Canvas:
    """增值税普通发票（卷票): a till slip of 76 mm with code, number and words."""
    canvas = Canvas(216, 430)
    canvas.centre(108, 30, "测试增值税普通发票（卷票）", size=11, colour=BROWN)
    canvas.centre(108, 48, "发 票 联", size=10, colour=BROWN)
    number = invoice.number[-8:]
    rows = [
        f"发票代码：{invoice.code}",
        f"发票号码：{number}",
        f"机器编号：{invoice.check[:12]}",
        f"销售方名称：{invoice.seller.name}",
        f"销售方税号：{invoice.seller.tax_id}",
        f"开票日期：{invoice.date.isoformat()}",
        f"收款员：{invoice.drawer}",
        f"购买方名称：{invoice.buyer.name}",
        f"购买方税号：{invoice.buyer.tax_id}",
        "项目　　　单价　数量　金额",
    ]
    for index, row in enumerate(rows):
        canvas.text(12, 70 + index * 17, row, size=8)
    y = 70 + len(rows) * 17
    total = grammar.render_fen(invoice.total)
    canvas.text(12, y, invoice.items[0].name, size=8)
    canvas.right(204, y + 14, total, size=8)
    canvas.text(12, y + 36, f"合计金额（小写）：¥{total}", size=8)
    canvas.text(12, y + 53, f"合计金额（大写）：{invoice.words}", size=8)
    canvas.text(12, y + 70, f"校验码：{invoice.check}", size=8)
    canvas.qr(70, y + 82, 72, tax_bureau_code(invoice, "11"))
    canvas.seal(120, 320, 200, 370, "发票专用章", size=7)
    canvas.lines.clear()
    canvas.text(12, 424, "测试数据，不得入账", size=7, colour=RED)
    return canvas
