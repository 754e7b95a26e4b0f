"""Tickets: rail, taxi, coach, toll booth, and the air itinerary."""

import random
from dataclasses import dataclass

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.synthetic.receipts import facts
from mobile_hrp.synthetic.receipts.canvas import BLUE, BROWN, GREY, RED, Canvas

_STATIONS = ("测试北", "样例南", "某某东", "长河西", "明月")
_PAPER_BLUE = (214, 232, 244)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A canvas and what it says (amounts as text with two decimals)."""

    canvas: Canvas
    truth: dict[str, str]


def rail_e(seed: int, *, buyer: facts.Party | None = None) -> Drawn:
    """铁路电子客票: a 数电票 of the railway."""
    random_ = random.Random(seed)
    date = facts.made_up_date(random_, first=2025, last=2025)
    number = f"{date.year % 100:02d}999{facts.digits(random_, 15)}"
    fare = random_.randint(20, 1500) * 100 + random_.choice((0, 50))
    party = buyer or facts.made_up_company(random_)
    start, end = random_.sample(_STATIONS, 2)
    train = f"G{random_.randint(1, 9999)}"
    canvas = Canvas(600, 400)
    canvas.centre(300, 42, "电子发票（铁路电子客票）", size=17, colour=BROWN)
    canvas.text(40, 80, f"发票号码：{number}")
    canvas.text(420, 80, f"开票日期：{date:%Y年%m月%d日}")
    canvas.text(90, 130, f"{start}站", size=15)
    canvas.text(280, 130, train, size=14)
    canvas.text(430, 130, f"{end}站", size=15)
    canvas.text(90, 170, f"{date:%Y年%m月%d日} 08:15开")
    canvas.text(330, 170, "05车12A号　二等座")
    canvas.text(90, 205, f"票价：￥{grammar.render_fen(fare)}", size=12)
    canvas.text(90, 235, f"000000********000X　{facts.made_up_person(random_)}")
    canvas.text(90, 262, f"电子客票号：{facts.digits(random_, 22)}")
    canvas.text(90, 290, f"购买方名称：{party.name}")
    canvas.text(330, 290, f"统一社会信用代码：{party.tax_id}")
    canvas.text(90, 330, "买票请到12306 发货请到95306", size=8, colour=GREY)
    canvas.text(200, 346, "中国铁路祝您旅途愉快", size=8, colour=GREY)
    canvas.qr(
        470, 190, 70, f"01,51,,{number},{grammar.render_fen(fare)},{date:%Y%m%d},,{number[-4:]}"
    )
    truth = {
        "doc": "rail_e", "number": number, "date": date.isoformat(),
        "total": grammar.render_fen(fare), "buyer": party.name, "buyer_tax": party.tax_id,
        "train": train,
    }  # fmt: skip
    return Drawn(canvas, truth)


def rail_paper(seed: int) -> Drawn:
    """火车票: number at the top left, serial at the bottom."""
    random_ = random.Random(seed)
    date = facts.made_up_date(random_, first=2018, last=2024)
    tail = random_.choice("ABCDEFGHTUVZ") + facts.digits(random_, 6)
    number = random_.choice(("", "Z5", "077", "4", "76")) + tail
    fare = random_.randint(100, 9000) * 10
    train = f"{random_.choice('GDCZTK')}{random_.randint(1, 9999)}"
    start, end = random_.sample(_STATIONS, 2)
    canvas = Canvas(340, 212, paper=_PAPER_BLUE)
    canvas.text(14, 26, number, size=13, colour=RED)
    canvas.text(250, 26, "检票：8B", size=10)
    canvas.text(34, 56, f"{start}站", size=15)
    canvas.text(140, 56, train, size=16)
    canvas.text(228, 56, f"{end}站", size=15)
    canvas.text(24, 82, f"{date:%Y年%m月%d日}09:{random_.randint(10, 59)}开", size=12)
    canvas.text(240, 82, "05车12A号", size=12)
    canvas.text(24, 102, f"￥{fare // 100}.{fare % 100 // 10}元", size=12)
    canvas.text(260, 102, "二等座", size=12)
    canvas.text(24, 124, "限乘当日当次车", size=11)
    canvas.text(60, 168, "买票请到12306 发货请到95306", size=8)
    canvas.text(80, 182, "中国铁路祝您旅途愉快", size=9)
    canvas.text(14, 204, f"{facts.digits(random_, 14)}{tail} 测试售", size=10)
    canvas.qr(268, 126, 58, facts.digits(random_, 120))
    truth = {
        "doc": "rail_paper", "number": number, "date": date.isoformat(),
        "total": grammar.render_fen(fare), "train": train,
    }  # fmt: skip
    return Drawn(canvas, truth)


def taxi(seed: int) -> Drawn:
    """出租车发票: labels in one pass, values in a second pass that is shifted against them."""
    random_ = random.Random(seed)
    date = facts.made_up_date(random_, first=2019, last=2024)
    code = f"1990{random_.randint(0, 9)}{date.year % 100:02d}3{facts.digits(random_, 4)}"
    number = facts.digits(random_, 8)
    fare = random_.randint(10, 160) * 100
    shift = random_.uniform(-4, 4)
    with_paid = random_.random() < 0.4
    canvas = Canvas(170, 420, paper=(250, 246, 236))
    canvas.centre(85, 24, "测试市出租汽车专用发票", size=10, colour=RED)
    canvas.centre(85, 40, "发 票 联　TAXI", size=9, colour=RED)
    canvas.text(14, 64, f"发票代码 {code}", size=9)
    canvas.text(14, 80, f"发票号码 {number}", size=9)
    canvas.text(14, 96, "监督电话 12345", size=8, colour=GREY)
    rows = [
        ("单位", "测试出租"), ("电话", facts.digits(random_, 8)),
        ("车号", f"测T-{facts.digits(random_, 4)}"),
        ("证号", facts.digits(random_, 6)), ("日期", f"{date.isoformat()}"),
        ("上车", _clock(random_)),
        ("下车", _clock(random_)), ("单价", "2.40元/公里"),
        ("里程", f"{random_.randint(20, 400) / 10}km"),
        ("等候", f"00:{_clock(random_)}"), ("状态", "1"),
    ]  # fmt: skip
    if with_paid:
        surcharge = 100
        rows += [
            ("金额", f"￥{grammar.render_fen(fare - surcharge)}"),
            ("燃油附加费", f"￥{grammar.render_fen(surcharge)}"),
            ("实收金额", f"￥{grammar.render_fen(fare)}"),
        ]
    else:
        rows += [("金额", f"￥{grammar.render_fen(fare)}")]
    rows += [("卡号", ""), ("原额", ""), ("余额", "")]
    for index, (label, value) in enumerate(rows):
        y = 120 + index * 17
        canvas.text(14, y, label, size=9, colour=RED)
        canvas.right(150, y + shift, value, size=9, colour=BLUE)
    canvas.text(14, 410, "手写无效　测试数据", size=7, colour=RED)
    truth = {
        "doc": "taxi", "code": code, "number": number, "date": date.isoformat(),
        "total": grammar.render_fen(fare),
    }  # fmt: skip
    return Drawn(canvas, truth)


def _clock(random_: random.Random) -> str:
    return f"{random_.randint(0, 23):02d}:{random_.randint(0, 59):02d}"


def bus(seed: int) -> Drawn:
    random_ = random.Random(seed)
    date = facts.made_up_date(random_, first=2019, last=2024)
    code, number = f"1990{facts.digits(random_, 8)}", facts.digits(random_, 8)
    fare = random_.randint(5, 200) * 100
    canvas = Canvas(360, 190, paper=(244, 240, 250))
    canvas.centre(230, 22, "测试省道路汽车客票", size=13, colour=BROWN)
    canvas.centre(230, 38, "发 票 联", size=9, colour=BROWN)
    canvas.text(190, 58, f"发票代码 {code}", size=9)
    canvas.text(190, 74, f"发票号码 {number}", size=9)
    canvas.text(20, 100, "到站　样例开发区", size=10)
    canvas.text(200, 100, f"票价：¥ {grammar.render_fen(fare)}〈全〉", size=10)
    canvas.text(20, 124, "乘车日期　　开车时间　　车次　　座号　　检票口", size=9, colour=BROWN)
    canvas.text(20, 142, date.isoformat(), size=10)
    canvas.text(100, 142, "09:30", size=10)
    canvas.text(170, 142, facts.digits(random_, 3), size=10)
    canvas.text(225, 142, facts.digits(random_, 2), size=10)
    truth = {
        "doc": "bus", "code": code, "number": number, "date": date.isoformat(),
        "total": grammar.render_fen(fare),
    }  # fmt: skip
    return Drawn(canvas, truth)


def toll(seed: int) -> Drawn:
    """通行费 slip of a booth."""
    random_ = random.Random(seed)
    date = facts.made_up_date(random_, first=2019, last=2024)
    code, number = f"1990{facts.digits(random_, 8)}", facts.digits(random_, 8)
    paid = random_.randint(5, 300) * 100
    canvas = Canvas(210, 260)
    canvas.centre(105, 24, "测试省高速公路车辆通行费", size=11, colour=BROWN)
    canvas.centre(105, 40, "通用机打发票 发票联", size=9, colour=BROWN)
    rows = [
        f"发票代码：{code}", f"发票号码：{number}", "入口：样例收费站", "出口：测试收费站",
        f"收费员：{facts.digits(random_, 5)}", "车型：一型客车",
        f"日期：{date.isoformat()} 10:22:31",
        f"实收金额：{paid // 100}.00元",
    ]  # fmt: skip
    for index, row in enumerate(rows):
        canvas.text(16, 66 + index * 20, row, size=9)
    truth = {
        "doc": "toll", "code": code, "number": number, "date": date.isoformat(),
        "total": grammar.render_fen(paid),
    }  # fmt: skip
    return Drawn(canvas, truth)


def itinerary(seed: int) -> Drawn:
    """航空运输电子客票行程单: fare, civil aviation fund, fuel surcharge, total."""
    random_ = random.Random(seed)
    date = facts.made_up_date(random_, first=2019, last=2025)
    ticket = f"999{facts.digits(random_, 10)}"
    fare, fund, fuel = random_.randint(30, 300) * 1000, 5000, random_.choice((0, 2000, 4000))
    total = fare + fund + fuel
    flight = f"ZZ{random_.randint(1000, 9999)}"
    canvas = Canvas(640, 320)
    canvas.centre(320, 30, "航空运输电子客票行程单", size=15, colour=BROWN)
    canvas.centre(320, 46, "ITINERARY/RECEIPT OF E-TICKET FOR AIR TRANSPORT", size=8, colour=BROWN)
    canvas.text(470, 30, f"印刷序号：{facts.digits(random_, 11)}", size=9)
    canvas.text(30, 74, f"旅客姓名 {facts.made_up_person(random_)}", size=9)
    canvas.text(260, 74, "有效身份证件号码 000000********000X", size=9)
    canvas.text(30, 100, "承运人　航班号　座位等级　日期　时间　客票级别", size=9, colour=BROWN)
    canvas.text(30, 122, "自 测试机场　样例航", size=9)
    canvas.text(170, 122, flight, size=9)
    canvas.text(230, 122, "Y", size=9)
    canvas.text(290, 122, date.isoformat(), size=9)
    canvas.text(370, 122, "08:30", size=9)
    canvas.text(30, 142, "至 样例机场", size=9)
    for x, label, value in (
        (30, "票价", f"CNY {grammar.render_fen(fare)}"),
        (160, "民航发展基金", f"CN {grammar.render_fen(fund)}"),
        (300, "燃油附加费", f"YQ {grammar.render_fen(fuel)}"),
        (440, "合计", f"CNY {grammar.render_fen(total)}"),
    ):
        canvas.text(x, 190, label, size=9, colour=BROWN)
        canvas.text(x, 208, value, size=9)
    canvas.text(30, 240, f"电子客票号码 {ticket}", size=9)
    canvas.text(260, 240, f"验证码 {facts.digits(random_, 4)}", size=9)
    canvas.text(30, 264, f"填开单位 {facts.made_up_company(random_).name}", size=9)
    canvas.text(430, 264, f"填开日期 {date.isoformat()}", size=9)
    truth = {
        "doc": "itinerary", "number": ticket, "date": date.isoformat(),
        "total": grammar.render_fen(total), "fare": grammar.render_fen(fare),
        "caac_fund": grammar.render_fen(fund), "fuel_surcharge": grammar.render_fen(fuel),
        "flight": flight,
    }  # fmt: skip
    return Drawn(canvas, truth)
