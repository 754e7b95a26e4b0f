"""What numbers, codes, dates and amounts on Chinese receipts look like, and how to read them.

Every reader takes text as printed or as an optical reader saw it and answers a value in our own
form (fen, ISO date, digits) or None. Source: 国家税务总局公告2012年第44号 (invoice codes),
数电票 numbering of 20 digits (year, area, channel, sequence).
"""

import datetime as dt
import re
import unicodedata

_FULL_DATE = re.compile(
    r"(20[0-4]\d|19\d\d) ?[年\-./] ?(\d{1,2}) ?[月\-./] ?(\d\d(?=\d\d:\d\d)|\d{1,2}(?!\d))"
)
_COMPACT_DATE = re.compile(r"(?<!\d)(20[0-4]\d)(0[1-9]|1[0-2])([0-2]\d|3[01])(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2}) ?[\-./] ?(\d{1,2}) ?[\-./] ?(20[0-4]\d|\d\d)(?!\d)")
_SHORT_DATE = re.compile(r"(?<!\d)(\d\d)[\-./年](\d{1,2})[\-./月](\d{1,2})(?!\d)")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_MONTH_NAME = re.compile(
    r"(\d{1,2})[\s\-/]*(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\s\-/,]*(20\d\d)",
    re.IGNORECASE,
)
_MONEY = re.compile(r"(-?)[¥￥$]?(-?\d{1,3}(?:,\d{3})+|-?\d+)[.](\d{1,2})(?!\d)")
_WHOLE_MONEY = re.compile(r"(?<![\d.])(-?\d{1,7})(?:元|圆)")
_CENTURY = 2000
_YEAR_MIN, _YEAR_MAX = 1990, 2049
DIGITAL_NUMBER = re.compile(r"\d{20}")
_VAT_CODE = re.compile(r"\d{10}|\d{12}")


def plain(text: str) -> str:
    """Text for comparing and matching: NFKC, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def spaced(text: str) -> str:
    """NFKC with every run of blanks as one."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def digits_of(text: str) -> str:
    """Only the digits, after undoing the usual letter-for-digit misreadings."""
    table = str.maketrans({"O": "0", "o": "0", "I": "1", "l": "1", "|": "1", "S": "5", "B": "8"})
    return "".join(c for c in text.translate(table) if c.isascii() and c.isdigit())


def parse_date(text: str, *, day_first: bool = False) -> str | None:
    """The first date in the text as ISO (2023-11-21), or None.

    ``day_first`` reads 12/01/2018 as 12 January, as on receipts in English outside the USA; without
    it month and day are told apart only when one of them is above 12.
    """
    compact = spaced(text)
    for pattern in (_FULL_DATE, _COMPACT_DATE):
        if (match := pattern.search(compact)) and (found := _iso(*match.groups())):
            return found
    if match := _MONTH_NAME.search(text):
        return _iso(match[3], str(_MONTHS[match[2].lower()]), match[1])
    if match := _YEAR_LAST.search(compact):
        first, second, year = match.groups()
        year = year if len(year) > 2 else f"20{year}"  # noqa: PLR2004 - two-digit year
        month_first = int(second) > 12 or not (day_first or int(first) > 12)  # noqa: PLR2004
        return _iso(year, first, second) if month_first else _iso(year, second, first)
    return None


def is_ambiguous_date(text: str) -> bool:
    """Whether the date could be another: 05-06-2018 and 18/05/30 could, 05-26-2018 could not."""
    compact = spaced(text)
    if any(p.search(compact) for p in (_FULL_DATE, _COMPACT_DATE)) or _MONTH_NAME.search(text):
        return False
    match = _YEAR_LAST.search(compact)
    if match is None:
        return False
    if len(match[3]) == 2:  # noqa: PLR2004 - which end the year stands at is not known
        return True
    first, second = int(match[1]), int(match[2])
    return first != second and max(first, second) <= 12  # noqa: PLR2004 - months of a year


def parse_short_date(text: str) -> str | None:
    """A date with a two-digit year first: 20-01-08 is 2020-01-08."""
    match = _SHORT_DATE.search(plain(text))
    return _iso(f"20{match[1]}", match[2], match[3]) if match else None


def _iso(year: str, month: str, day: str) -> str | None:
    try:
        date = dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
    return date.isoformat() if _YEAR_MIN <= date.year <= _YEAR_MAX else None


def parse_money(text: str) -> int | None:
    """The last amount with decimals in the text, in fen; whole yuan only when 元 follows."""
    amounts = all_money(text)
    return amounts[-1] if amounts else None


def all_money(text: str) -> list[int]:
    """Every amount with decimals (or whole yuan followed by 元), in fen, in reading order."""
    compact = re.sub(r"\.{2,}", ".", plain(text).replace("。", ".").replace("·", "."))
    found = [(m.start(), _fen(m[1] + m[2], m[3])) for m in _MONEY.finditer(compact)]
    found += [(m.start(), _fen(m[1], "00")) for m in _WHOLE_MONEY.finditer(compact)]
    return [fen for _, fen in sorted(found)]


def _fen(whole: str, decimals: str) -> int:
    negative = whole.startswith("-")
    figure = int(whole.replace("-", "").replace(",", "")) * 100 + int(decimals.ljust(2, "0"))
    return -figure if negative else figure


def render_fen(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def is_digital_number(number: str) -> bool:
    """20 digits: year (2), area (2, province or separately planned city), channel (1), sequence."""
    return (
        bool(DIGITAL_NUMBER.fullmatch(number))
        and 20 <= int(number[:2]) <= 49  # noqa: PLR2004 - numbers of this form exist since 2021
        and 11 <= int(number[2:4]) <= 99  # noqa: PLR2004 - area codes begin at 11, Beijing
    )


def is_vat_code(code: str) -> bool:
    """10 digits (special and old ordinary paper) or 12 (electronic, roll, taxi and local forms)."""
    return bool(_VAT_CODE.fullmatch(code))


def year_in_code(code: str) -> int | None:
    """The year that an invoice code carries: digits 5-6 of ten, 6-7 of twelve."""
    if not is_vat_code(code):
        return None
    digits = code[4:6] if len(code) == 10 else code[5:7]  # noqa: PLR2004 - the ten-digit form
    return _CENTURY + int(digits)
