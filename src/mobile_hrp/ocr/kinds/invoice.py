"""Finders for the invoices of the tax bureau: 数电票, VAT electronic and paper.

All share a form: title, number and date at the top, two parties, item lines, 合计 with amount and
tax, 价税合计 in words and figures. 数电票 put buyer and seller side by side; older forms put the
buyer above the lines and the seller below them.
"""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from mobile_hrp.domain.receipts import grammar, tax_id
from mobile_hrp.ocr.kinds.base import (
    MARKED_MONEY,
    MONEY,
    NAME_END,
    Found,
    WordsAmount,
    after_label,
    dates,
    first_date,
    found,
    money_pieces,
    tax_ids,
    title_text,
    words_amount,
)
from mobile_hrp.ocr.sheet import Piece, Row, Sheet

_TOP = 0.38
_GUESSED_ROLE = 0.7
_NAME_LABEL = r"(?<![目务物品劳])(?:名[^规目货]?|各|^|[方买售])称[:;]?(?!规)"
_TAX_LABEL = r"识别号?[:;]?|信用代码[:;]?|税号[:;]?"
_SIDE_CHARACTERS = "购买销售方信息密码区备注"
_PARTY_WORDS = re.compile(rf"[\u4e00-\u9fff()（）A-Za-z0-9·]{{2,40}}?(?:{NAME_END})[)）]?$")
_NO_TAX = re.compile(r"\*{2,}|免税|不征税")


def digital_number(sheet: Sheet) -> list[Found]:
    """The 20-digit number: after its label, else the first of that form near the top."""
    for piece in after_label(
        sheet, ("发票号码", "票号码", "发票号"), r"(?<!\d)\d{20}(?!\d)", errors=0
    ):
        return found(sheet, "number", piece.text, piece)
    for piece in sheet.find(r"(?<!\d)\d{20}(?!\d)"):
        if sheet.relative_y(piece) < _TOP and grammar.is_digital_number(piece.text):
            return found(sheet, "number", piece.text, piece, 0.97)
    return []


def code_and_number(sheet: Sheet) -> list[Found]:
    """发票代码 (10 or 12 digits) and 发票号码 (8 digits); each may be printed at two places."""
    result: list[Found] = []
    for piece in after_label(sheet, ("发票代码",), r"(?<!\d)(?:\d{12}|\d{10})(?!\d)", errors=1):
        result += found(sheet, "code", piece.text, piece)
    for piece in after_label(sheet, ("发票号码",), r"(?<!\d)\d{8}(?!\d)", errors=1):
        result += found(sheet, "number", piece.text, piece)
    for piece in sheet.find(r"N[o0°º?]?\.? ?:? ?\d{8}(?!\d)"):
        result += found(sheet, "number", piece.text[-8:], piece, 0.99)
    machine = {piece.row for piece in sheet.labels("机器编号", errors=1)}
    for piece in sheet.find(r"(?<![\d.])(?:\d{12}|\d{10}|\d{8})(?![\d.])"):
        if sheet.relative_y(piece) > _TOP or _dateish(piece.text) or _in_cipher(piece):
            continue
        if len(piece.text) == 8:  # noqa: PLR2004 - the number's length
            if sheet.relative_x(piece) > 0.5:  # noqa: PLR2004 - right half
                result += found(sheet, "number", piece.text, piece, 0.95)
        elif piece.row not in machine and not _after(piece, "编号"):
            result += found(sheet, "code", piece.text, piece, 0.95)
    return result


def _in_cipher(piece: Piece) -> bool:
    """Whether the digits stand in the 密码区."""
    return any(re.search(r"[<>*+]", cell.text) for cell in piece.cells)


def _dateish(text: str) -> bool:
    return len(text) == 8 and grammar.parse_date(text) is not None  # noqa: PLR2004 - yyyymmdd


def _after(piece: Piece, word: str) -> bool:
    return word in piece.row.before(piece).text.replace(" ", "")[-6:]


def issue_date(sheet: Sheet, *, anywhere: bool = False) -> list[Found]:
    """开票日期; without its label a date near the top, or the first one ``anywhere``."""
    for hit in (*sheet.labels("开票日期", errors=1), *sheet.labels("填开日期")):
        rest = hit.row.after(hit)
        # The 年月日 of the form may be too faint to read: then only eight digits stand there.
        value = grammar.parse_date(rest.text) or grammar.parse_date(
            re.sub(r"\D", "", rest.text)[:8]
        )
        if value:
            return found(sheet, "date", value, rest.until_gap(8))
    if anywhere:
        return first_date(sheet)
    return [
        item
        for value, piece in dates(sheet, bottom=_TOP)[:1]
        for item in found(sheet, "date", value, piece, 0.97)
    ]


def check_code(sheet: Sheet) -> list[Found]:
    """校验码: 20 digits, printed in groups of five."""
    for hit in (*sheet.labels("校验码", errors=0), *sheet.labels("验码")):
        rest = hit.row.after(hit)
        if match := re.search(r"(?:\d ?){20}(?!\d)", rest.text):
            piece = rest.sub(match)
            return found(sheet, "check", piece.text.replace(" ", ""), piece)
    for piece in sheet.find(r"(?<!\d)\d{5} ?\d{5} ?\d{5} ?\d{5}(?!\d)"):
        if sheet.relative_y(piece) < _TOP:
            return found(sheet, "check", piece.text.replace(" ", ""), piece, 0.96)
    return []


def totals(sheet: Sheet) -> list[Found]:
    """价税合计 in words and figures, 合计 amount and tax."""
    words = words_amount(sheet)
    total = _total(sheet, words)
    result: list[Found] = []
    if words:
        result += found(sheet, "words", words.fen, words.piece, words.strength)
    if total:
        result += found(sheet, "total", total[0], total[1])
    anchor = total[1] if total else (words.piece if words else None)
    return result + _amount_and_tax(
        sheet, anchor, total[0] if total else (words.fen if words else None)
    )


def _total(sheet: Sheet, words: WordsAmount | None) -> tuple[int, Piece] | None:
    for hit in (
        *sheet.labels("小写"),
        *sheet.labels("价税合计", errors=1),
        *sheet.labels("(大写)"),
    ):
        rest = hit.row.after(hit)
        matches = list(re.finditer(MONEY, rest.text))
        if matches:
            piece = rest.sub(matches[-1])
            return _money(piece), piece
    if words:
        beside = [
            (value, piece)
            for value, piece in money_pieces(sheet)
            if abs(piece.middle - words.piece.middle) < words.piece.row.height
            and piece.x0 > words.piece.x0
        ]
        if beside:
            return beside[-1]
    return None


def _money(piece: Piece) -> int:
    value = grammar.parse_money(piece.text)
    if value is None:
        raise ValueError("the piece was matched as an amount")
    return value


def _amount_and_tax(sheet: Sheet, anchor: Piece | None, total: int | None) -> list[Found]:
    """The 合计 line: the lowest line of ¥ amounts above 价税合计."""
    above = [
        (value, piece)
        for value, piece in money_pieces(sheet, MARKED_MONEY)
        if anchor is None or piece.middle < anchor.middle - 0.5 * anchor.row.height
    ]
    labels = [
        p
        for p in sheet.find_compact(r"合.?计")
        if "价税" not in p.row.compact and "大写" not in p.row.compact
    ]
    if not above:
        above = [
            (value, piece)
            for value, piece in money_pieces(sheet)
            for label in labels[-1:]
            if abs(piece.middle - label.middle) < 1.2 * label.row.height and piece.x0 > label.x1
        ]
    if not above:
        return []
    lowest = max(piece.middle for _, piece in above)
    line = sorted(
        ((v, p) for v, p in above if lowest - p.middle < 1.6 * p.row.height),
        key=lambda item: item[1].x0,
    )
    result: list[Found] = []
    pair = _pair(line, total)
    amount = pair[0] if pair else line[0]
    result += found(sheet, "amount", amount[0], amount[1])
    if pair:
        result += found(sheet, "tax", pair[1][0], pair[1][1])
    elif len(line) > 1:
        result += found(sheet, "tax", line[-1][0], line[-1][1])
    elif no_tax := _no_tax_mark(sheet, amount[1]):
        result += found(sheet, "tax", 0, no_tax)
    return result


def _pair(
    line: list[tuple[int, Piece]], total: int | None
) -> tuple[tuple[int, Piece], tuple[int, Piece]] | None:
    if len(line) < 2:  # noqa: PLR2004 - amount and tax
        return None
    for first, second in pairwise(line):
        if total is not None and first[0] + second[0] == total:
            return first, second
    return None


def _no_tax_mark(sheet: Sheet, amount: Piece) -> Piece | None:
    """*** (or 免税) in the tax column of the 合计 line."""
    for row in sheet.rows:
        for piece in row.find(_NO_TAX):
            if piece.x0 > amount.x1 and abs(piece.middle - amount.middle) < 1.6 * amount.row.height:
                return piece
    return None


def parties(sheet: Sheet, *, side_by_side: bool) -> list[Found]:
    """Buyer and seller with their tax ids."""
    divide = _divide(sheet, side_by_side=side_by_side)
    result: list[Found] = []
    for hit in sheet.find_compact(_TAX_LABEL):
        rest = _own_column(sheet, hit, hit.row.after(hit), side_by_side=side_by_side)
        for value, piece in tax_ids(rest)[:1]:
            result += found(sheet, f"{_role(piece, divide, side_by_side)}_tax", value, piece)
    for hit in sheet.find_compact(_NAME_LABEL):
        rest = _own_column(sheet, hit, hit.row.after(hit), side_by_side=side_by_side)
        name = _name_in(rest)
        if name:
            result += found(sheet, _role(hit, divide, side_by_side), title_text(name.text), name)
    result += _loose_tax_ids(sheet, result, divide, side_by_side=side_by_side)
    result += _loose_names(sheet, result, divide, side_by_side=side_by_side)
    if divide.is_guess:
        result = [replace(item, strength=item.strength * _GUESSED_ROLE) for item in result]
    return result


@dataclass(frozen=True, slots=True)
class _Divide:
    """Where buyer ends and seller begins: an x for 数电票, else a y."""

    place: float
    is_guess: bool = False
    """Nothing of the form shows it: who is who is not proven, whatever is read."""


def _divide(sheet: Sheet, *, side_by_side: bool) -> _Divide:
    if side_by_side:
        hits = sorted(sheet.find_compact(_TAX_LABEL + "|" + _NAME_LABEL), key=lambda p: p.x0)
        gaps = [(b.x0 - a.x0, (a.x0 + b.x0) / 2) for a, b in pairwise(hits)]
        widest = max(gaps, default=(0.0, sheet.width / 2))
        if widest[0] > 0.25 * sheet.width:
            return _Divide(widest[1])
        return _Divide(sheet.width / 2, is_guess=True)
    for hit in (
        *sheet.labels("价税合计", errors=1),
        *sheet.labels("(大写)"),
        *sheet.labels("小写"),
    ):
        return _Divide(hit.middle)
    middles = [row.middle for row in sheet.rows]
    middle = (min(middles) + max(middles)) / 2 if middles else 0.0
    return _Divide(middle, is_guess=True)


def _role(piece: Piece, divide: _Divide, side_by_side: bool) -> str:
    place = (piece.x0 + min(piece.x1, piece.x0 + 1)) / 2 if side_by_side else piece.middle
    return "buyer" if place < divide.place else "seller"


def _own_column(sheet: Sheet, hit: Piece, rest: Piece, *, side_by_side: bool) -> Piece:
    """The rest of the row up to the next label, so that the neighbour's value is not taken."""
    limit = sheet.width if not side_by_side or hit.x0 > sheet.width / 2 else None
    following = re.search(r"名 ?称 ?:|统一社会|纳税人|识别号", rest.text)
    if following:
        rest = Piece(rest.row, rest.start, rest.start + following.start())
    if limit is None:
        end = rest.start
        while end < rest.end and rest.row.left[end] < sheet.width * 0.55:
            end += 1
        rest = Piece(rest.row, rest.start, end)
    return rest


def _name_in(rest: Piece) -> Piece | None:
    match = re.search(r"[^\s:;.,]", rest.text)
    if not match:
        return None
    piece = Piece(rest.row, rest.start + match.start(), rest.end).until_gap(1.6)
    text = piece.text
    while text and (text[-1] == " " or (text[-1] in _SIDE_CHARACTERS and text[-2:-1] == " ")):
        text = text[:-1]
    piece = Piece(piece.row, piece.start, piece.start + len(text))
    letters = re.sub(r"[\d\W_]", "", text)
    return piece if len(letters) >= 2 else None  # noqa: PLR2004 - 个人 is the shortest name


def _loose_tax_ids(
    sheet: Sheet, known: list[Found], divide: _Divide, *, side_by_side: bool
) -> list[Found]:
    """Ids with a right check character whose label was not readable."""
    have = {item.name for item in known} | {str(item.value) for item in known}
    result: list[Found] = []
    for row in sheet.rows:
        for value, piece in tax_ids(row.whole()):
            name = f"{_role(piece, divide, side_by_side)}_tax"
            if name not in have and value not in have and tax_id.is_checked(value):
                result += found(sheet, name, value, piece, 0.95)
                have.add(name)
    return result


def _loose_names(
    sheet: Sheet, known: list[Found], divide: _Divide, *, side_by_side: bool
) -> list[Found]:
    """A company name just above a known tax id when the label 名称 was not readable."""
    result: list[Found] = []
    for role in ("buyer", "seller"):
        ids = [item for item in known if item.name == f"{role}_tax" and item.box]
        if any(item.name == role for item in known) or not ids:
            continue
        result += _name_above(sheet, ids[0], role, divide, side_by_side=side_by_side)
    return result


def _name_above(
    sheet: Sheet, tax: Found, role: str, divide: _Divide, *, side_by_side: bool
) -> list[Found]:
    if tax.box is None:
        return []
    y = tax.box.y0 * sheet.height
    rows: list[tuple[float, Row]] = [
        (y - row.middle, row) for row in sheet.rows if y - row.middle > 0
    ]
    for distance, row in sorted(rows, key=lambda item: item[0])[:3]:
        if distance > 4 * row.height:
            break
        for cell in row.cells:
            piece = sheet.piece_of(cell)
            text = re.sub(r"^.*?[:;]", "", cell.text)
            if _role(piece, divide, side_by_side) == role and _PARTY_WORDS.match(text):
                return found(sheet, role, title_text(text), piece, 0.9)
    return []
