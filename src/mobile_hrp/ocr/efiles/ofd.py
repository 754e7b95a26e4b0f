"""OFD (GB/T 33190-2016): a zip of XML. Attached invoice XML first, then tags, then page text.

Three generations of issuers are met: an attached ``original_invoice.xml``, only ``CustomTag.xml``
that points from field names to text objects (数电票), and an attached XBRL instance.
"""

import posixpath
import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.reading import MONEY_FIELDS, Value
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.ocr import archive
from mobile_hrp.ocr.efiles import xml
from mobile_hrp.ocr.sheet import Sheet, TextBox

_TAG_NAMES = {
    "InvoiceNo": "number", "InvoiceNumber": "number", "InvoiceCode": "code", "IssueDate": "date",
    "InvoiceCheckCode": "check", "BuyerName": "buyer", "BuyerTaxID": "buyer_tax",
    "SellerName": "seller", "SellerTaxID": "seller_tax", "TaxExclusiveTotalAmount": "amount",
    "TaxTotalAmount": "tax", "TaxInclusiveTotalAmount": "total",
    "TaxInclusiveTotalAmountWithWords": "words",
}  # fmt: skip
_PAGES_MAX = 50
_PAGE_WIDTH, _PAGE_HEIGHT = 210.0, 140.0


@dataclass(frozen=True, slots=True)
class OfdContent:
    """``fields`` from structured parts; ``sheets`` for layout reading and highlighting."""

    fields: dict[str, Value] = field(default_factory=dict)
    stated_type: str = ""
    sheets: list[Sheet] = field(default_factory=list)


def read(data: bytes) -> OfdContent:
    """Raises Refusal for a container or an XML part that is damaged or hostile."""
    names = archive.members(data)
    found: dict[str, Value] = {}
    stated_type = ""
    for name in names:
        if re.search(r"/Attachs?/[^/]+\.xml$", name, re.IGNORECASE):
            root = _part(data, name)
            if root is not None and (attached := xml.fields(root)):
                found = attached | found
                stated_type += xml.type_text(root)
    sheets, objects = _pages(data, names)
    if not found:
        found = _tagged(data, names, objects)
    return OfdContent(found, stated_type, sheets)


def _part(data: bytes, name: str) -> Element | None:
    """One XML part; None when it is not well formed (issuers write ``xmlns:=""``)."""
    try:
        return xml.parse(archive.read(data, name))
    except Refusal as refusal:
        if refusal.code == "RECEIPT_DAMAGED":
            return None
        raise


def _pages(data: bytes, names: dict[str, int]) -> tuple[list[Sheet], dict[str, str]]:
    """Page texts with their templates, and the text of every object by id."""
    objects: dict[str, str] = {}
    sheets = []
    templates = [n for n in names if re.search(r"/T[^/]*/T[^/]*/Content\.xml$", n, re.IGNORECASE)]
    pages = [n for n in names if re.search(r"/Pages?/[^/]+/Content\.xml$", n, re.IGNORECASE)]
    for index, name in enumerate(sorted(pages)[:_PAGES_MAX]):
        root = _part(data, name)
        if root is None:
            continue
        width, height = _page_size(data, names, root)
        boxes = _boxes(root, objects)
        if index < len(templates):
            template = _part(data, sorted(templates)[index])
            boxes += [] if template is None else _boxes(template, {})
        sheets.append(Sheet(width, height, boxes, page=index, reader="ofd"))
    return sheets, objects


def _page_size(data: bytes, names: dict[str, int], page: Element) -> tuple[float, float]:
    for root in (page, *(_part(data, n) for n in names if posixpath.basename(n) == "Document.xml")):
        for element in root.iter() if root is not None else ():
            if str(element.tag).endswith("PhysicalBox"):
                numbers = _numbers(element.text or "")
                if len(numbers) == 4 and numbers[2] > 0 and numbers[3] > 0:  # noqa: PLR2004 - x y w h
                    return numbers[2], numbers[3]
    return _PAGE_WIDTH, _PAGE_HEIGHT


def _boxes(root: Element, objects: dict[str, str]) -> list[TextBox]:
    boxes = []
    for element in root.iter():
        if not str(element.tag).endswith("TextObject"):
            continue
        codes = [code for code in element.iter() if str(code.tag).endswith("TextCode")]
        text = "".join(code.text or "" for code in codes)
        objects[element.get("ID", "")] = text
        boundary = _numbers(element.get("Boundary", ""))
        if text.strip() and len(boundary) == 4:  # noqa: PLR2004 - x y w h
            boxes.append(_placed(text, codes[0], boundary, _number(element.get("Size"), 3.0)))
    return boxes


def _placed(text: str, code: Element, boundary: list[float], size: float) -> TextBox:
    """A text object's box. Its boundary may be far wider than the text; deltas tell the width."""
    x, y, width, height = boundary
    left = x + _number(code.get("X"), 0.0)
    advance = sum(0.5 if c.isascii() else 1.0 for c in text) * size
    baseline = y + _number(code.get("Y"), height)
    bottom = min(y + height, baseline + 0.2 * size) if baseline > y else y + height
    return TextBox.upright(
        text, 1.0, box=(left, bottom - 1.1 * size, min(left + advance, x + width + size), bottom)
    )


def _tagged(data: bytes, names: dict[str, int], objects: dict[str, str]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name in names:
        if not re.search(r"/Tags/[^/]+\.xml$", name, re.IGNORECASE):
            continue
        root = _part(data, name)
        for element in root.iter() if root is not None else ():
            field_name = _TAG_NAMES.get(str(element.tag).rpartition("}")[2])
            if not field_name or field_name in found:
                continue
            references = [e.text or "" for e in element if str(e.tag).endswith("ObjectRef")]
            value = _value(
                field_name, [objects.get(reference.strip(), "") for reference in references]
            )
            if value is not None:
                found[field_name] = value
    return found


def _value(field_name: str, parts: list[str]) -> Value | None:
    """The value among the referenced texts; totals refer to words and figures alike."""
    joined = "".join(parts).strip()
    if field_name in MONEY_FIELDS:
        amounts = grammar.all_money(joined)
        return amounts[-1] if amounts else xml.normal_value(field_name, joined)
    return xml.normal_value(field_name, joined)


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split()]
    except ValueError:
        return []


def _number(text: str | None, default: float) -> float:
    numbers = _numbers(text or "")
    return numbers[0] if numbers else default
