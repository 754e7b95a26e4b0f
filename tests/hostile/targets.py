"""What is fuzzed: a parser, what it may answer, and drawn seeds to begin from.

A target takes any bytes. It returns quietly when they were read or refused; whatever else comes
out of it is a finding.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.hostile.corpus import paged_pdf, zipped

from mobile_hrp.domain import money
from mobile_hrp.domain.receipts import chinese_amount, grammar, qr_payload
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.ocr import archive, intake, pipeline
from mobile_hrp.ocr.kinds import registry
from mobile_hrp.ocr.request import Request
from mobile_hrp.synthetic.receipts import KINDS, draw_digital_invoice

_OFD_PARTS = (
    "Doc_0/Pages/Page_0/Content.xml",
    "Doc_0/Tags/CustomTag.xml",
    "Doc_0/Attachs/original_invoice.xml",
    "Doc_0/Document.xml",
)
_SMALL_PIXELS = 200
"""Drawing is exercised, but most of the time goes to inputs."""
_TEXT_OBJECT = b'<ofd:TextObject ID="100" Boundary="1 1 90 9" Size="3"><ofd:TextCode X="0" Y="3">'


@dataclass(frozen=True, slots=True)
class Target:
    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]


def read_ofd(data: bytes) -> None:
    """The first byte chooses: the container itself, or one part in an otherwise good container.

    Bytes changed at random hardly ever pass a ZIP's checksums, so most of the parsers behind it
    would never be met otherwise.
    """
    choice, body = _choice(data, len(_OFD_PARTS) + 1)
    if choice == len(_OFD_PARTS):
        _read(body if body.startswith(b"PK\x03\x04") else b"PK\x03\x04" + body)
        return
    page = b"<Page>" + _TEXT_OBJECT.replace(b"ofd:", b"") + "发票号码".encode()
    parts = {
        "OFD.xml": b"<OFD/>",
        _OFD_PARTS[0]: page + b"</TextCode></TextObject></Page>",
        _OFD_PARTS[choice]: body,
    }
    _read(zipped(list(parts.items()), level=1))


def read_xml(data: bytes) -> None:
    _read(data if intake.sniff(data) is intake.FileFormat.XML else b"<?xml " + data)


def read_pdf(data: bytes) -> None:
    """The first byte chooses: the file itself, or the operators of one page of a good file."""
    choice, body = _choice(data, 2)
    whole = body if body.startswith(b"%PDF-1.") else b"%PDF-1.4\n" + body
    content = whole if choice else paged_pdf(body)
    try:
        accepted = intake.inspect(content, "fuzz.pdf")
        for sheet in pipeline.pdf_sheets(accepted.content):
            rules, kind, _ = registry.classify(sheet)
            list(rules.extract(sheet, kind))
            intake.render_page(accepted.content, sheet.page, side_pixels=_SMALL_PIXELS)
    except Refusal:
        return


def read_qr(data: bytes) -> None:
    found = qr_payload.parse(data.decode("utf-8", "surrogateescape"))
    for value in () if found is None else found.fields.values():
        assert isinstance(value, str | int)
        assert isinstance(value, int) or value.isprintable()


def read_money(data: bytes) -> None:
    """Typed amounts, printed amounts, dates, and amounts in words, which come back unchanged."""
    text = data.decode("utf-8", "replace")
    try:
        fen = money.parse_money(text, allow_negative=True)
    except Refusal:
        pass
    else:
        assert money.parse_money(money.format_money(fen), allow_negative=True) == fen
    grammar.all_money(text)
    grammar.parse_date(text)
    grammar.parse_date(text, day_first=True)
    grammar.parse_short_date(text)
    for lenient in (True, False):
        words = chinese_amount.parse(text, lenient=lenient)
        if words is not None:
            assert chinese_amount.parse(chinese_amount.render(words)) == words


def _choice(data: bytes, count: int) -> tuple[int, bytes]:
    return (data[0] % count, data[1:]) if data else (0, b"")


def _read(data: bytes) -> None:
    try:
        pipeline.read_receipt(data, "fuzz", Request())
    except Refusal:
        return


def _ofd_seeds() -> list[bytes]:
    seeds = []
    for drawn in (draw_digital_invoice(1), KINDS["vat_e_normal"](2), KINDS["taxi"](3)):
        seeds.append(bytes([len(_OFD_PARTS)]) + drawn.ofd)
        held = archive.members(drawn.ofd)
        seeds += [
            bytes([index]) + archive.read(drawn.ofd, name)
            for index, name in enumerate(_OFD_PARTS)
            if name in held
        ]
    return seeds


def _xml_seeds() -> list[bytes]:
    drawn = (draw_digital_invoice(1), KINDS["vat_e_special"](2), KINDS["digital_special"](3))
    return [one.xml or b"" for one in drawn]


def _pdf_seeds() -> list[bytes]:
    lines = b"".join(
        b"BT /F1 9 Tf 1 0 0 1 20 %d Tm"
        b" (Invoice No. 2599212345678901234%d 2025-01-0%d 12.30) Tj ET\n"
        % (180 - 12 * row, row, row + 1)
        for row in range(5)
    )
    drawing = b"q 1 0 0 1 5 5 cm 0 0 m 50 50 l S 10 10 20 20 re f Q\n"
    return [b"\0" + lines, b"\0" + drawing + lines, b"\1" + paged_pdf(lines)]


def _qr_seeds() -> list[bytes]:
    codes = [code.text for kind in KINDS.values() for code in kind(4).canvas.codes]
    codes.append("http://bills.example/page/99060123/0123456789/a1b2c3")
    return [code.encode() for code in codes]


def _money_seeds() -> list[bytes]:
    amounts = (0, 5, 30, 100, 12_003, 10_000_000, 123_456_789, 10**12, -4_250)
    texts = [chinese_amount.render(fen) for fen in amounts]
    texts += [money.format_money(fen) for fen in amounts]
    texts += ["¥1,234.50", "2025年1月9日", "12/31/2024", "3 Feb 2024", "20-01-08", "１２.３", "1e9"]
    return [text.encode() for text in texts]


TARGETS = {
    "ofd": Target(read_ofd, _ofd_seeds),
    "pdf": Target(read_pdf, _pdf_seeds),
    "xml": Target(read_xml, _xml_seeds),
    "qr": Target(read_qr, _qr_seeds),
    "money": Target(read_money, _money_seeds),
}
