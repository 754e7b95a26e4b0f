"""大写金额: the amount in words, the best single check on an amount in figures.

Digits 零壹贰叁肆伍陆柒捌玖, units 拾佰仟 and 万亿, then 圆 or 元, 角, 分, and 整 or 正 at the end
(《支付结算办法》, annex 1). Readers also meet the everyday forms 一二三十百千 and look-alikes.
"""

import unicodedata

_DIGITS = {
    "零": 0, "〇": 0, "壹": 1, "一": 1, "贰": 2, "貳": 2, "二": 2, "叁": 3, "參": 3, "叄": 3,
    "三": 3, "肆": 4, "四": 4, "伍": 5, "五": 5, "陆": 6, "陸": 6, "六": 6, "柒": 7, "七": 7,
    "捌": 8, "八": 8, "玖": 9, "九": 9,
}  # fmt: skip
_SMALL_UNITS = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_LARGE_UNITS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_LOOK_ALIKES = str.maketrans(
    {"园": "圆", "圓": "圆", "员": "圆", "元": "圆", "正": "整", "壶": "壹", "壺": "壹",
     "查": "壹", "宣": "壹", "染": "柒",
     "武": "贰", "参": "叁", "会": "叁", "络": "玖", "致": "玖", "措": "捌", "阵": "陆",
     "拐": "捌", "什": "仟", "值": "佰"}
)  # fmt: skip
WORD_CHARACTERS = "".join(sorted({*_DIGITS, *_SMALL_UNITS, *_LARGE_UNITS, *"圆元角分整正"}))
_FIGURES = "零壹贰叁肆伍陆柒捌玖"
_FEN_LIMIT = 10**14


def parse(text: str, *, lenient: bool = True) -> int | None:
    """Fen of an amount in words; None when it is not one well-formed amount.

    ``lenient`` first maps characters that optical readers confuse (武 for 贰) to the numeral.
    """
    words = unicodedata.normalize("NFKC", text)
    if lenient:
        words = words.translate(_LOOK_ALIKES)
    else:
        words = words.replace("元", "圆").replace("正", "整")
    words = words.strip("⊗ⓧⓍ×xX:() ¥")
    negative = words.startswith("负")
    words = words.removeprefix("负").removesuffix("整")
    if "圆" in words:
        whole, _, rest = words.partition("圆")
        yuan = _integer(whole)
    else:
        yuan, rest = 0, words
    fraction = _fraction(rest)
    if yuan is None or fraction is None or not words:
        return None
    fen = yuan * 100 + fraction
    return (-fen if negative else fen) if fen < _FEN_LIMIT else None


def render(fen: int) -> str:
    """Fen in words: 12003 -> 壹佰贰拾圆零叁分."""
    sign, fen = ("负", -fen) if fen < 0 else ("", fen)
    yuan, jiao, cents = fen // 100, fen // 10 % 10, fen % 10
    words = _integer_words(yuan) + "圆" if yuan else ""
    if jiao:
        words += f"{_FIGURES[jiao]}角"
    elif cents and yuan:
        words += "零"
    if cents:
        words += f"{_FIGURES[cents]}分"
    if not words:
        words = "零圆"
    return sign + words + ("" if cents else "整")


def _integer(words: str) -> int | None:
    if not words:
        return None
    total = section = digit = 0
    seen_digit = False
    for character in words:
        if character in _DIGITS:
            digit, seen_digit = _DIGITS[character], True
        elif character in _SMALL_UNITS:
            section += (digit if seen_digit else 1) * _SMALL_UNITS[character]
            digit, seen_digit = 0, False
        elif character in _LARGE_UNITS:
            unit = _LARGE_UNITS[character]
            if total < unit:
                total, section = 0, total + section  # 亿 counts what stands before it: 壹万亿
            total += (section + digit) * unit
            section, digit, seen_digit = 0, 0, False
        else:
            return None
    return total + section + digit


def _fraction(words: str) -> int | None:
    words = words.strip("零")
    if not words:
        return 0
    fen, digit = 0, None
    for character in words:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character == "角" and digit is not None:
            fen, digit = fen + digit * 10, None
        elif character == "分" and digit is not None:
            fen, digit = fen + digit, None
        else:
            return None
    return fen if digit is None else None


def _integer_words(value: int) -> str:
    words, pending_zero = "", False
    groups = [(value // 10**8, "亿"), (value // 10**4 % 10**4, "万"), (value % 10**4, "")]
    for group, unit in groups:
        if not group:
            pending_zero = pending_zero or bool(words)
            continue
        if words and group < 1000:  # noqa: PLR2004 - four digits to a group
            pending_zero = True
        words += ("零" if words and pending_zero else "") + _group_words(group) + unit
        pending_zero = False
    return words


def _group_words(group: int) -> str:
    words, zero = "", False
    for unit_value, unit in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit = group // unit_value % 10
        if digit:
            words += ("零" if zero and words else "") + _FIGURES[digit] + unit
            zero = False
        else:
            zero = True
    return words
