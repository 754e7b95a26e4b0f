"""Draw a receipt of any kind: picture, files and truth."""

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from mobile_hrp.synthetic.receipts import facts, files
from mobile_hrp.synthetic.receipts.canvas import Canvas
from mobile_hrp.synthetic.receipts.forms import invoices, others, travel
from mobile_hrp.synthetic.receipts.forms.travel import Drawn


@dataclass(frozen=True, slots=True)
class DrawnReceipt:
    """``truth`` has the form of a truth file (amounts as text). ``canvas`` can be drawn again."""

    kind: str
    canvas: Canvas
    truth: dict[str, str]
    invoice: facts.Invoice | None = None

    @property
    def picture(self) -> Image.Image:
        return self.canvas.picture()

    @property
    def png(self) -> bytes:
        return encoded(self.picture, "PNG")

    @property
    def jpeg(self) -> bytes:
        return encoded(self.picture, "JPEG")

    @property
    def pdf(self) -> bytes:
        return files.pdf(self.canvas)

    @property
    def ofd(self) -> bytes:
        """With tags that point at the values (数电票), or the attached XML (VAT forms)."""
        return files.ofd(self.canvas, self.invoice, attach_xml="code" in self.truth)

    @property
    def xml(self) -> bytes | None:
        """The structured original; None for kinds that have none."""
        if self.invoice is None:
            return None
        edrm = "code" in self.truth
        return files.edrm_xml(self.invoice) if edrm else files.digital_xml(self.invoice)


def encoded(picture: Image.Image, image_format: str, *, quality: int = 90) -> bytes:
    target = io.BytesIO()
    picture.save(target, image_format, quality=quality)
    return target.getvalue()


def draw_digital_invoice(
    seed: int,
    *,
    buyer: facts.Party | None = None,
    seller: facts.Party | None = None,
    date: dt.date | None = None,
    total_fen: int | None = None,
    special: bool = False,
) -> DrawnReceipt:
    """A 数电票 with a right QR code, 大写, arithmetic and tax ids. Same arguments, same bytes."""
    invoice = facts.made_up_invoice(
        seed, buyer=buyer, seller=seller, date=date, total_fen=total_fen, special=special
    )
    kind = "digital_special" if special else "digital_normal"
    return DrawnReceipt(kind, invoices.digital(invoice), facts.truth_of(invoice, kind), invoice)


def draw_vat_invoice(
    seed: int,
    *,
    electronic: bool = True,
    special: bool = False,
    seller: facts.Party | None = None,
) -> DrawnReceipt:
    """增值税 ordinary or special invoice, as an electronic form or on paper."""
    invoice = facts.made_up_invoice(seed, special=special, seller=seller)
    kind = f"vat_{'e_' if electronic else ''}{'special' if special else 'normal'}"
    truth = facts.truth_of(invoice, kind) | {"code": invoice.code, "number": invoice.number[-8:]}
    if electronic:
        truth["check"] = invoice.check
    return DrawnReceipt(kind, invoices.vat(invoice, electronic=electronic), truth, invoice)


def draw_roll(seed: int) -> DrawnReceipt:
    invoice = facts.made_up_invoice(seed)
    truth = facts.truth_of(invoice, "vat_roll") | {
        "code": invoice.code,
        "number": invoice.number[-8:],
    }
    truth |= {"check": invoice.check}
    del truth["amount"], truth["tax"]
    return DrawnReceipt("vat_roll", invoices.roll(invoice), truth, invoice)


def draw_toll_e(seed: int) -> DrawnReceipt:
    invoice = facts.made_up_invoice(seed)
    truth = facts.truth_of(invoice, "toll_e") | {
        "code": invoice.code,
        "number": invoice.number[-8:],
    }
    del truth["amount"], truth["tax"]
    return DrawnReceipt("toll_e", invoices.toll_e(invoice), truth, invoice)


def _plain(draw: Callable[[int], Drawn]) -> Callable[[int], DrawnReceipt]:
    def drawer(seed: int) -> DrawnReceipt:
        drawn = draw(seed)
        return DrawnReceipt(drawn.truth["doc"], drawn.canvas, drawn.truth)

    return drawer


KINDS: dict[str, Callable[[int], DrawnReceipt]] = {
    "digital_normal": draw_digital_invoice,
    "digital_special": lambda seed: draw_digital_invoice(seed, special=True),
    "vat_e_normal": draw_vat_invoice,
    "vat_e_special": lambda seed: draw_vat_invoice(seed, special=True),
    "vat_normal": lambda seed: draw_vat_invoice(seed, electronic=False),
    "vat_special": lambda seed: draw_vat_invoice(seed, electronic=False, special=True),
    "vat_roll": draw_roll,
    "toll_e": draw_toll_e,
    "rail_e": _plain(travel.rail_e),
    "rail_paper": _plain(travel.rail_paper),
    "taxi": _plain(travel.taxi),
    "bus": _plain(travel.bus),
    "toll": _plain(travel.toll),
    "itinerary": _plain(travel.itinerary),
    "medical_e": _plain(lambda seed: others.fiscal(seed, medical=True)),
    "medical": _plain(others.medical_paper),
    "nontax_e": _plain(lambda seed: others.fiscal(seed, medical=False)),
    "quota": _plain(others.quota),
    "machine_printed": _plain(others.machine_printed),
    "receipt_cn": _plain(lambda seed: others.shop(seed, english=False)),
    "receipt_en": _plain(lambda seed: others.shop(seed, english=True)),
}
"""Every kind by name; each value draws one from a seed."""
