"""A claim that went its whole way: paid, its vouchers final, its receipts in the object store."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sqlalchemy import update
from tests.scenarios.hospital import Hospital, Paper
from tests.scenarios.vouchers.journeys import Books, Journey

from mobile_hrp.domain.voucher.terms import VoucherState
from mobile_hrp.graphql.context import Context
from mobile_hrp.models.receipt import Receipt, ReceiptUse
from mobile_hrp.runtime.objects import Objects
from mobile_hrp.schema import schema
from mobile_hrp.services.ports import Services
from mobile_hrp.services.vouchers.drafts import finalize_voucher, verify_voucher, vouchers_of

ORIGINAL = b"%PDF-1.7 made up receipt"
CLAIM = Journey(
    "vehicle_claim",
    "CARD",
    {
        "reason": "公务用车 <b>加油</b> & 过路",
        "fund_source": "OWN",
        "budget_line": "vehicles",
        "econ_class": "30231",
        "lines": [
            {"cost_type": "fuel", "amount": "420.00"},
            {"cost_type": "toll", "amount": "85.00"},
        ],
    },
)


@dataclass(frozen=True)
class _Ports:
    """What the archive's resolvers reach of a process: its object store."""

    objects: Objects


@dataclass
class ArchiveTown:
    hospital: Hospital
    objects: Objects
    folder: Path

    async def claim(self, *, final: bool = True) -> Paper:
        """A paid claim with one receipt; ``final``: its vouchers were verified and finalised."""
        books = await Books.open(self.hospital)
        paper = await books.travel(CLAIM)
        await self._attach(paper)
        if final:
            await self.finish(paper)
        return paper

    async def finish(self, paper: Paper) -> None:
        hospital = self.hospital
        async with hospital.database.transaction(hospital.id) as session:
            for voucher in await vouchers_of(session, document_id=paper.id):
                assert voucher.state is VoucherState.DRAFT
                await verify_voucher(
                    session,
                    voucher_id=voucher.id,
                    actor_id=hospital.holder("finance_review", 1),
                    now=hospital.clock(),
                )
                await finalize_voucher(
                    session,
                    voucher_id=voucher.id,
                    actor_id=hospital.holder("finance_head"),
                    now=hospital.clock(),
                )

    async def ask(
        self, who: uuid.UUID, query: str, **variables: Any
    ) -> tuple[Mapping[str, Any], list[str]]:
        """The data and the codes of the errors."""
        context = await self.context(who)
        answer = await schema.execute(query, variable_values=variables, context_value=context)
        codes = [str(getattr(error.original_error, "code", error)) for error in answer.errors or ()]
        return answer.data or {}, codes

    async def context(self, who: uuid.UUID) -> Context:
        context = await self.hospital.context(who)
        context.services = cast("Services", _Ports(self.objects))
        return context

    async def _attach(self, paper: Paper) -> None:
        """Give the claim a receipt whose bytes are kept."""
        hospital = self.hospital
        digest = hashlib.sha256(ORIGINAL).hexdigest()
        key = Objects.key(hospital.id, digest)
        await self.objects.keep(key, ORIGINAL)
        receipt = uuid.uuid5(paper.id, "receipt")
        async with hospital.owner.transaction(hospital.id) as session:
            session.add(
                Receipt(
                    hospital_id=hospital.id,
                    id=receipt,
                    sha256=digest,
                    size_bytes=len(ORIGINAL),
                    content_type="application/pdf",
                    original_name="加油发票.pdf",
                    storage_key=key,
                    uploaded_by=paper.requester,
                    status="confirmed",
                    created_at=hospital.clock(),
                )
            )
            await session.flush()
            session.add(
                ReceiptUse(
                    hospital_id=hospital.id,
                    id=uuid.uuid5(paper.id, "use"),
                    receipt_id=receipt,
                    document_id=paper.id,
                    state="claimed",
                    created_at=hospital.clock(),
                )
            )

    async def lose_receipt(self, paper: Paper) -> None:
        async with self.hospital.owner.transaction(self.hospital.id) as session:
            await session.execute(
                update(Receipt)
                .where(Receipt.id == uuid.uuid5(paper.id, "receipt"))
                .values(storage_key="7/originals/00/gone")
            )
