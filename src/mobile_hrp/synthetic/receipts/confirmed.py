"""A made-up invoice as it is after recognition, with nothing left to ask."""

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import (
    Field,
    FieldState,
    Proof,
    ProofCode,
    Reading,
    Source,
    Value,
)
from mobile_hrp.synthetic.receipts.facts import Invoice

ENGINE = "made-up"


def confirmed_reading(invoice: Invoice) -> Reading:
    """Every field of a 数电票, proven as by its electronic original."""
    values: dict[str, Value] = {
        "number": invoice.number,
        "date": invoice.date.isoformat(),
        "amount": invoice.amount,
        "tax": invoice.tax,
        "total": invoice.total,
        "seller": invoice.seller.name,
        "seller_tax": invoice.seller.tax_id,
        "buyer": invoice.buyer.name,
        "buyer_tax": invoice.buyer.tax_id,
    }
    proof = Proof(ProofCode.FILE, passed=True)
    return Reading(
        kind=ReceiptKind.DIGITAL_NORMAL,
        fields={
            name: Field(
                value, FieldState.PROVEN, confidence=1, source=Source.EFILE, proofs=(proof,)
            )
            for name, value in values.items()
        },
        engine=ENGINE,
    )
