"""Writing a canvas as PDF (with a text layer) and as OFD, and an invoice as XML."""

import ctypes
import hashlib
import io
import re
import zipfile
from xml.sax.saxutils import escape

import numpy as np
import pypdfium2  # type: ignore[import-untyped]  # ships neither stubs nor py.typed
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]  # ships neither stubs nor py.typed

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.synthetic.receipts.canvas import Canvas, Colour, face_bytes, qr_picture, runs
from mobile_hrp.synthetic.receipts.facts import Invoice

_OFD = "http://www.ofdspec.org/2016"
_MM = 25.4 / 72
_CREATED = re.compile(rb"(/CreationDate ?\(D:)\d{14}")
_ID = re.compile(rb"/ID ?\[<[0-9A-F]{32}><[0-9A-F]{32}>\]")


def pdf(canvas: Canvas, *, pages: int = 1) -> bytes:
    """A PDF whose text can be selected; the fonts are embedded. Same arguments, same bytes."""
    document = pypdfium2.PdfDocument.new()
    buffers = {face: _buffer(face_bytes(face)) for face in ("han", "sans", "mono")}
    fonts = {
        face: pdfium_c.FPDFText_LoadFont(
            document, buffer, len(buffer), pdfium_c.FPDF_FONT_TRUETYPE, True
        )
        for face, buffer in buffers.items()
    }
    for _ in range(pages):
        page = document.new_page(canvas.width, canvas.height)
        _draw_lines(canvas, page)
        _draw_codes(canvas, page)
        for text in canvas.texts:
            for run in runs(text):
                item = pdfium_c.FPDFPageObj_CreateTextObj(document, fonts[run.face], text.size)
                pdfium_c.FPDFText_SetText(item, _utf16(run.text))
                pdfium_c.FPDFPageObj_SetFillColor(item, *text.colour, 255)
                pdfium_c.FPDFPageObj_Transform(item, 1, 0, 0, 1, run.x, canvas.height - run.y)
                pdfium_c.FPDFPage_InsertObject(page, item)
        page.gen_content()
    target = io.BytesIO()
    document.save(target)
    document.close()
    return _timeless(target.getvalue())


def _timeless(written: bytes) -> bytes:
    """What pdfium writes, without the time of day and the id that it makes from it."""
    dated = _CREATED.sub(rb"\g<1>20240101000000", written)
    digest = hashlib.sha256(_ID.sub(b"", dated)).hexdigest()[:32].upper().encode("ascii")
    return _ID.sub(b"/ID[<" + digest + b"><" + digest + b">]", dated)


def _buffer(data: bytes) -> "ctypes.Array[ctypes.c_ubyte]":
    return (ctypes.c_ubyte * len(data)).from_buffer_copy(data)


def _utf16(text: str) -> "ctypes.Array[ctypes.c_ushort]":
    units = np.frombuffer(text.encode("utf-16-le") + b"\0\0", dtype=np.uint16)
    return (ctypes.c_ushort * len(units))(*units.tolist())


def _draw_lines(canvas: Canvas, page: pypdfium2.PdfPage) -> None:
    for line in canvas.lines:
        path = pdfium_c.FPDFPageObj_CreateNewPath(line.x0, canvas.height - line.y0)
        pdfium_c.FPDFPath_LineTo(path, line.x1, canvas.height - line.y1)
        pdfium_c.FPDFPageObj_SetStrokeColor(path, *line.colour, 255)
        pdfium_c.FPDFPageObj_SetStrokeWidth(path, line.width)
        pdfium_c.FPDFPath_SetDrawMode(path, pdfium_c.FPDF_FILLMODE_NONE, True)
        pdfium_c.FPDFPage_InsertObject(page, path)


def _draw_codes(canvas: Canvas, page: pypdfium2.PdfPage) -> None:
    for code in canvas.codes:
        modules = np.asarray(qr_picture(code.text).convert("L")) < 128
        side = code.side / modules.shape[0]
        for row, column in zip(*np.nonzero(modules), strict=True):
            _fill(
                page,
                code.x + column * side,
                canvas.height - code.y - (row + 1) * side,
                side,
                (0, 0, 0),
            )


def _fill(page: pypdfium2.PdfPage, x: float, y: float, side: float, colour: Colour) -> None:
    square = pdfium_c.FPDFPageObj_CreateNewRect(x, y, side, side)
    pdfium_c.FPDFPageObj_SetFillColor(square, *colour, 255)
    pdfium_c.FPDFPath_SetDrawMode(square, pdfium_c.FPDF_FILLMODE_ALTERNATE, False)
    pdfium_c.FPDFPage_InsertObject(page, square)


def ofd(canvas: Canvas, invoice: Invoice | None = None, *, attach_xml: bool = False) -> bytes:
    """An OFD with page text; with ``invoice`` also custom tags, or the attached edrm XML."""
    objects = []
    for index, text in enumerate(canvas.texts):
        corner = (text.x, text.y - text.size, len(text.text) * text.size, text.size * 1.2)
        boundary = " ".join(f"{value * _MM:.3f}" for value in corner)
        size = f"{text.size * _MM:.3f}"
        objects.append(
            f'<ofd:TextObject ID="{100 + index}" Boundary="{boundary}" Font="1" Size="{size}">'
            f'<ofd:TextCode X="0" Y="{size}">{escape(text.text)}</ofd:TextCode></ofd:TextObject>'
        )
    page = f"0 0 {canvas.width * _MM:.1f} {canvas.height * _MM:.1f}"
    parts = {
        "OFD.xml": f'<ofd:OFD xmlns:ofd="{_OFD}" DocType="OFD" Version="1.0"><ofd:DocBody>'
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f'<ofd:Document xmlns:ofd="{_OFD}"><ofd:CommonData><ofd:PageArea>'
        f"<ofd:PhysicalBox>{page}</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages>"
        '<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>',
        "Doc_0/Pages/Page_0/Content.xml": f'<ofd:Page xmlns:ofd="{_OFD}"><ofd:Content>'
        f'<ofd:Layer ID="2">{"".join(objects)}</ofd:Layer></ofd:Content></ofd:Page>',
    }
    if invoice is not None and attach_xml:
        parts["Doc_0/Attachs/original_invoice.xml"] = edrm_xml(invoice).decode()
    elif invoice is not None:
        parts["Doc_0/Tags/CustomTag.xml"] = _tags(canvas, invoice)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in parts.items():
            # A fixed time keeps the bytes, and so the hash, the same for one seed.
            container.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content)
    return target.getvalue()


def _tags(canvas: Canvas, invoice: Invoice) -> str:
    wanted = {
        "InvoiceNo": invoice.number,
        "IssueDate": f"{invoice.date:%Y年%m月%d日}",
        "BuyerName": invoice.buyer.name,
        "BuyerTaxID": invoice.buyer.tax_id,
        "SellerName": invoice.seller.name,
        "SellerTaxID": invoice.seller.tax_id,
        "TaxExclusiveTotalAmount": f"¥{grammar.render_fen(invoice.amount)}",
        "TaxTotalAmount": f"¥{grammar.render_fen(invoice.tax)}",
        "TaxInclusiveTotalAmount": f"¥{grammar.render_fen(invoice.total)}",
    }
    ids = {text.text: 100 + index for index, text in enumerate(canvas.texts)}
    tags = "".join(
        f'<ofd:{tag}><ofd:ObjectRef PageRef="1">{ids[value]}</ofd:ObjectRef></ofd:{tag}>'
        for tag, value in wanted.items()
        if value in ids
    )
    return f'<ofd:root xmlns:ofd="{_OFD}" version="1.0">{tags}</ofd:root>'


def edrm_xml(invoice: Invoice) -> bytes:
    """The structured invoice that older issuers attach to an OFD."""
    values = (
        ("InvoiceCode", invoice.code), ("InvoiceNo", invoice.number[-8:]),
        ("IssueDate", f"{invoice.date:%Y年%m月%d日}"), ("InvoiceCheckCode", invoice.check),
        ("BuyerName", invoice.buyer.name), ("BuyerTaxID", invoice.buyer.tax_id),
        ("SellerName", invoice.seller.name), ("SellerTaxID", invoice.seller.tax_id),
        ("TaxInclusiveTotalAmount", grammar.render_fen(invoice.total)),
        ("TaxExclusiveTotalAmount", grammar.render_fen(invoice.amount)),
        ("TaxTotalAmount", grammar.render_fen(invoice.tax)),
    )  # fmt: skip
    body = "".join(f"<fp:{name}>{escape(value)}</fp:{name}>" for name, value in values)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<eInvoice xmlns:fp="http://www.edrm.org.cn/schema/e-invoice/2019" Version="1.0">'
        f"{body}</eInvoice>"
    ).encode()


def digital_xml(invoice: Invoice) -> bytes:
    """数电票 as XML, the form that the tax bureau's platform delivers."""
    label = "增值税专用发票" if invoice.special else "普通发票"
    return (
        '<?xml version="1.0" encoding="UTF-8"?><EInvoice><Header>'
        f"<EIid>{invoice.number}</EIid><InherentLabel><EInvoiceType><LabelName>{label}</LabelName>"
        "</EInvoiceType></InherentLabel></Header><EInvoiceData><SellerInformation>"
        f"<SellerIdNum>{invoice.seller.tax_id}</SellerIdNum><SellerName>{escape(invoice.seller.name)}</SellerName>"
        f"</SellerInformation><BuyerInformation><BuyerIdNum>{invoice.buyer.tax_id}</BuyerIdNum>"
        f"<BuyerName>{escape(invoice.buyer.name)}</BuyerName></BuyerInformation><BasicInformation>"
        f"<TotalAmWithoutTax>{grammar.render_fen(invoice.amount)}</TotalAmWithoutTax>"
        f"<TotalTaxAm>{grammar.render_fen(invoice.tax)}</TotalTaxAm>"
        f"<TotalTax-includedAmount>{grammar.render_fen(invoice.total)}</TotalTax-includedAmount>"
        f"<TotalTax-includedAmountInChinese>{invoice.words}</TotalTax-includedAmountInChinese>"
        "</BasicInformation></EInvoiceData><TaxSupervisionInfo>"
        f"<InvoiceNumber>{invoice.number}</InvoiceNumber>"
        f"<IssueTime>{invoice.date.isoformat()} 10:00:00</IssueTime>"
        "</TaxSupervisionInfo></EInvoice>"
    ).encode()
