"""Receipts in somebody's wallet, as they are after a person has confirmed them."""

import secrets
import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from tests.scenarios.hospital import Hospital

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import (
    Field,
    FieldState,
    Proof,
    ProofCode,
    Reading,
    Source,
    to_json,
)
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models.organization import Hospital as HospitalRow
from mobile_hrp.models.receipt import Receipt, ReceiptStatus
from mobile_hrp.runtime.ids import new_id

SELLER = "测试甲办公用品有限公司"
SELLER_TAX = "91990000MA00000016"


async def keep_receipt(
    hospital: Hospital,
    owner: uuid.UUID,
    *,
    total_fen: int = 268_00,
    issued_on: date | None = None,
    buyer: str | None = None,
    contradicted: frozenset[ProofCode] = frozenset(),
) -> str:
    """An invoice made out to the hospital unless ``buyer`` says otherwise; answers with its id."""
    async with hospital.owner.transaction(hospital.id) as session:
        us = (
            await session.execute(select(HospitalRow).where(HospitalRow.id == hospital.id))
        ).scalar_one()
        key, now = new_id(), hospital.clock()
        number = f"2699{secrets.randbelow(10**16):016d}"
        fields = {
            "number": number,
            "date": (issued_on or now.date()).isoformat(),
            "total": total_fen,
            "seller": SELLER,
            "seller_tax": SELLER_TAX,
            "buyer": buyer or us.name,
            "buyer_tax": us.tax_id,
        }
        reading = Reading(
            kind=ReceiptKind.DIGITAL_NORMAL, fields=_fields(fields, contradicted), engine="test"
        )
        session.add(
            Receipt(
                hospital_id=hospital.id,
                id=key,
                sha256=secrets.token_hex(32),
                size_bytes=1,
                content_type="application/pdf",
                original_name="made-up.pdf",
                storage_key=f"made-up/{key}",
                uploaded_by=owner,
                status=ReceiptStatus.CONFIRMED,
                kind=ReceiptKind.DIGITAL_NORMAL,
                reading=to_json(reading),
                identity_key=f"einvoice:{number}",
                created_at=now,
                read_at=now,
                confirmed_at=now,
            )
        )
    return encode_id("Receipt", key)


def _fields(values: Mapping[str, Any], contradicted: frozenset[ProofCode]) -> dict[str, Field]:
    failed = tuple(Proof(code, passed=False) for code in sorted(contradicted))
    return {
        name: Field(
            value,
            FieldState.PROVEN,
            confidence=1,
            source=Source.EFILE,
            proofs=(Proof(ProofCode.FILE, passed=True), *(failed if name == "total" else ())),
        )
        for name, value in values.items()
    }
