"""Structured invoice XML: edrm e-invoice (attached to OFD), 数电票 EInvoice, and XBRL of the MOF.

The three vocabularies are read by local element names, without namespaces: issuers disagree on
prefixes. DTDs and entities are refused.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from mobile_hrp.domain.receipts import chinese_amount, grammar
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import MONEY_FIELDS, Value
from mobile_hrp.domain.refusal import Refusal

_NAMES: dict[str, tuple[str, ...]] = {
    "code": ("InvoiceCode", "CodeOfInvoice"),
    "number": ("InvoiceNumber", "InvoiceNo", "NumberOfInvoice", "EIid", "EInvoiceNumber"),
    "date": ("IssueDate", "DateOfIssue", "IssueTime", "RequestTime"),
    "check": ("InvoiceCheckCode", "IdentifyingCode"),
    "total": (
        "TaxInclusiveTotalAmount", "TaxIncludedAmountInFigures", "TotalTax-includedAmount",
        "TotalTaxIncludedAmount", "TotalAmountInFigures", "Fare",
    ),
    "amount": ("TaxExclusiveTotalAmount", "TotalAmountExcludingTax", "TotalAmWithoutTax"),
    "tax": ("TaxTotalAmount", "TotalTaxAmount", "TotalTaxAm"),
    "words": (
        "TaxInclusiveTotalAmountWithWords", "TaxIncludedAmountInWords",
        "TotalTax-includedAmountInChinese",
    ),
    "seller": ("SellerName", "NameOfSeller"),
    "seller_tax": (
        "SellerTaxID", "SellerIdNum",
        "TaxpayerIdentificationNumberUnifiedSocialCreditCodeOfSeller",
        "UnifiedSocialCreditCodeOfSeller",
    ),
    "buyer": ("BuyerName", "NameOfPurchaser"),
    "buyer_tax": (
        "BuyerTaxID", "BuyerIdNum",
        "TaxpayerIdentificationNumberUnifiedSocialCreditCodeOfPurchaser",
        "UnifiedSocialCreditCodeOfPurchaser",
    ),
}  # fmt: skip
_NO_TAX = re.compile(r"\*+|免税|不征税|出口零税率")
_SPECIAL_TYPES = ("专用", "01", "31")


def parse(data: bytes) -> Element:
    """The root element. Raises Refusal for DTDs, entities and text that is not XML."""
    try:
        return defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Refusal("RECEIPT_UNSAFE_XML", path="file") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Refusal("RECEIPT_DAMAGED", path="file") from error


def texts(root: Element) -> Iterator[tuple[str, str]]:
    """Local element name and text of every element that has text, in document order."""
    for element in root.iter():
        if element.text and element.text.strip():
            yield str(element.tag).rpartition("}")[2].rpartition(":")[2], element.text.strip()


def fields(root: Element) -> dict[str, Value]:
    """Our field names -> values; empty when the XML is no invoice we know."""
    stated: dict[str, str] = {}
    for name, text in texts(root):
        stated.setdefault(name, text)
    found: dict[str, Value] = {}
    for field_name, names in _NAMES.items():
        raw = next((stated[name] for name in names if name in stated), None)
        value = None if raw is None else normal_value(field_name, raw)
        if value is not None:
            found[field_name] = value
    return found if "number" in found else {}


def normal_value(name: str, raw: str) -> Value | None:
    """A stated text in our own form; None when it does not fit the field."""
    text = raw.strip()
    if name in MONEY_FIELDS:
        if name == "tax" and _NO_TAX.fullmatch(text):
            return 0
        figure = re.sub(r"[¥￥,\s]", "", text)
        if re.fullmatch(r"-?\d{1,12}(\.\d{1,2})?", figure):
            return grammar.parse_money(figure if "." in figure else f"{figure}.00")
        return None
    if name in {"date", "words"}:
        return grammar.parse_date(text) if name == "date" else chinese_amount.parse(text)
    if name in {"number", "code", "check", "seller_tax", "buyer_tax"}:
        return grammar.plain(text).upper() or None
    return text or None


def kind_of(found: dict[str, Value], stated: str) -> ReceiptKind:
    """The kind by number form and by the type name or code that the file states."""
    special = any(word in stated for word in _SPECIAL_TYPES)
    if grammar.is_digital_number(str(found.get("number", ""))):
        if "铁路" in stated or "RailwayE-Ticket" in stated:
            return ReceiptKind.RAIL_E
        return ReceiptKind.DIGITAL_SPECIAL if special else ReceiptKind.DIGITAL_NORMAL
    return ReceiptKind.VAT_E_SPECIAL if special else ReceiptKind.VAT_E_NORMAL


def type_text(root: Element) -> str:
    """What the file says about its own type, as text for :func:`kind_of`."""
    wanted = {
        "TypeOfInvoice",
        "InvoiceTypeCode",
        "LabelName",
        "EInvoiceType",
        "GeneralOrSpecialVAT",
    }
    return " ".join(text for name, text in texts(root) if name in wanted)
