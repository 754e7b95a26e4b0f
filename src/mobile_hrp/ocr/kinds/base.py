"""What a kind of receipt declares, and the finders that kinds share."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mobile_hrp.domain.receipts import chinese_amount, grammar, tax_id
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import Box, Value
from mobile_hrp.ocr.sheet import Piece, Row, Sheet

MONEY = r"[¥￥$]?-?(?:\d{1,3}(?:,\d{3})+|\d{1,9})\.\d{1,2}(?!\d)"
DATE = r"(?:20|19)\d\d ?[年\-./] ?\d{1,2} ?[月\-./] ?(?:\d\d(?=\d\d:\d\d)|\d{1,2}(?!\d))"
LOOSE_DATE = r"(?<!\d)20[0-4]\d ?[^\d\s]{0,2} ?[01]\d ?[^\d\s]{0,2} ?[0-3]\d(?!\d)"
"""A date whose separators were not or wrongly read: 2021-0304, 2021年03用04日."""
LOOSE = 0.9
MARKED_MONEY = r"[¥￥]" + r" ?-?\d[\d,]*\.\d{1,2}(?!\d)"
_WORDS = re.compile(rf"[负{chinese_amount.WORD_CHARACTERS}园员武参查宣染]{{2,}}")
# A run after another Han character is the tail of an amount whose head was misread, unless the
# character belongs to a label (大写, 合计, 人民币).
_LABEL_ENDS = set("写计币额:)¥X×")
_NAME_LIKE = re.compile(
    r"(?:[司厂店部社行局所会院校学心处馆站场园房室坊堂厅吧庄城楼屋铺摊队团府委办企业集团户者人网"
    r"库轩阁苑宫市货寓栈]|[一-龥]{2,}[)）]|[A-Za-z.]{3,})$"
)
"""How organisations, and the forms of a private buyer, end."""
_SEAL = re.compile(r"(?<=.{4})(?:收费|财务|发票|结算|票据)?专用章.*$")
"""What a seal across a name adds to it."""
_OPEN_END = 0.94
"""A name that ends unlike one may be cut short, or go on with print that is not its own."""
_ONE_OF_SEVERAL = 0.94
"""Reading one of several dates twice does not make it the right one."""
_REPAIRED = 0.7
"""An id that was chosen to satisfy its check character is asked about."""
_TAX_ID = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{15,20}(?![0-9A-Z])")
NAME_END = (
    "公司|有限|商店|酒店|饭店|宾馆|医院|学院|大学|中学|学校|中心|工厂|厂|店|部|社|银行|分行|局|所|"
    "协会|研究院|合作社|经营部|工作室|事务所|支行|集团|个人|酒吧|超市|商行|餐厅|站"
)


@dataclass(frozen=True, slots=True)
class Found:
    """One sighting of a field on a sheet. ``strength`` (0..1) is how well its place explains it."""

    name: str
    value: Value
    score: float
    box: Box | None
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class KindRules:
    """One entry of the registry.

    ``fields`` are asked for when missing; ``optional`` ones are only shown when present.
    ``score`` tells how much a sheet looks like this kind (0: not at all) and which kind exactly.
    """

    name: str
    fields: tuple[str, ...]
    score: Callable[[Sheet], tuple[float, ReceiptKind]]
    extract: Callable[[Sheet, ReceiptKind], list[Found]]
    optional: tuple[str, ...] = ()


def found(
    sheet: Sheet, name: str, value: Value | None, piece: Piece, strength: float = 1.0
) -> list[Found]:
    """Zero or one sightings; so that finders can be written without branches."""
    if value is None or value == "":
        return []
    if name.endswith("_tax") and not _is_as_read(str(value), piece):
        strength *= _REPAIRED
    if name in {"seller", "buyer"} and not _NAME_LIKE.search(str(value)):
        strength *= _OPEN_END
    return [Found(name, value, piece.score, sheet.locate(piece), strength)]


def _is_as_read(value: str, piece: Piece) -> bool:
    return value in {piece.text, piece.text.upper()} or tax_id.is_as_printed(value, piece.text)


def cue_score(sheet: Sheet, cues: Iterable[tuple[str, float]], *, errors: int = 1) -> float:
    """Sum of the weights of the phrases on the sheet; longer ones may be misread a bit."""
    total = 0.0
    for phrase, weight in cues:
        allowed = errors if len(phrase) >= 5 else 0  # noqa: PLR2004 - short words must be exact
        if sheet.labels(phrase, errors=allowed):
            total += weight
    return total


def after_label(
    sheet: Sheet, labels: Iterable[str], pattern: str, *, errors: int = 0, rows_below: int = 0
) -> Iterator[Piece]:
    """Matches of a pattern to the right of a label in its row, else in cells just below it."""
    compiled = re.compile(pattern)
    for label in labels:
        for hit in sheet.labels(label, errors=errors):
            rest = hit.row.after(hit)
            if match := compiled.search(rest.text):
                yield rest.sub(match)
                continue
            for cell in sheet.below(hit, heights=1.0 + rows_below) if rows_below else ():
                piece = sheet.piece_of(cell)
                if match := compiled.search(piece.text):
                    yield piece.sub(match)
                    break


def dates(sheet: Sheet, *, top: float = 0.0, bottom: float = 1.0) -> list[tuple[str, Piece]]:
    """Every full date between two relative heights."""
    result = []
    for piece in sheet.find(DATE):
        value = grammar.parse_date(piece.text)
        if value and top <= sheet.relative_y(piece) <= bottom:
            result.append((value, piece))
    return result


def first_date(sheet: Sheet, strength: float = 1.0) -> list[Found]:
    """The first date of a paper that does not say which one it is: no proof where two differ."""
    seen = dates(sheet)
    if len({value for value, _ in seen}) > 1:
        strength = min(strength, _ONE_OF_SEVERAL)
    return [
        item for value, piece in seen[:1] for item in found(sheet, "date", value, piece, strength)
    ]


@dataclass(frozen=True, slots=True)
class WordsAmount:
    """An amount in words. ``strength`` is low when its head may have been misread away."""

    fen: int
    piece: Piece
    strength: float


def words_amount(sheet: Sheet) -> WordsAmount | None:
    """The amount in words (大写): a labelled one before others, then the longest."""
    candidates = []
    for row in sheet.rows:
        for match in _WORDS.finditer(row.compact):
            text = match.group()
            after_stranger = _follows_stranger(row, match.start())
            beheaded = after_stranger and (
                text[0] in "拾佰仟百千万亿" or not re.search("[圆元园]", text)
            )
            value = chinese_amount.parse(text)
            if value is None or beheaded or not re.search("[圆元园角分]", text):
                continue
            piece = row.piece(*match.span())
            labelled = bool(re.search("大写|价税|合计", row.compact))
            amount = WordsAmount(value, piece, 0.7 if after_stranger else 1.0)
            candidates.append(((labelled, len(text)), amount))
    return max(candidates, key=lambda item: item[0])[1] if candidates else None


def _follows_stranger(row: Row, start: int) -> bool:
    """Whether a Han character that is no label stands right before this place."""
    if not start or row.places[start] - row.places[start - 1] > 1:
        return False
    before = row.compact[start - 1]
    return "\u4e00" <= before <= "\u9fff" and before not in _LABEL_ENDS


def words_found(sheet: Sheet) -> list[Found]:
    """The amount in words as the helper field ``words``, which proves the total."""
    words = words_amount(sheet)
    return found(sheet, "words", words.fen, words.piece, words.strength) if words else []


def money_pieces(sheet: Sheet, pattern: str = MONEY) -> list[tuple[int, Piece]]:
    """Every amount in figures with its place."""
    result = []
    for piece in sheet.find(pattern):
        value = grammar.parse_money(piece.text)
        if value is not None:
            result.append((value, piece))
    return result


def tax_ids(piece: Piece) -> list[tuple[str, Piece]]:
    """Tax-id shaped tokens in a piece, with single misread characters repaired by the checksum."""
    result = []
    upper = piece.text.upper()
    for match in _TAX_ID.finditer(upper):
        token = match.group()
        if sum(c.isdigit() for c in token) < 8:  # noqa: PLR2004 - an order number of letters is none
            continue
        result.append((tax_id.repair(token) or token, piece.sub(match)))
    return result


def title_text(text: str) -> str:
    """A company name as printed, without label remains and stray seal characters around it."""
    name = _SEAL.sub("", text.replace(" ", "")).strip(":;,.、。·|-_*'\"`")
    return name.replace("(", "（").replace(")", "）")
