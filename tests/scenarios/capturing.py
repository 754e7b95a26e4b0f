"""A phone's camera and the worker that reads what it sends, over the schema."""

import io
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select
from starlette.datastructures import UploadFile
from tests.scenarios.hospital import Hospital

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import Field, FieldState, Reading, Source, Value
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.ids import decode_id, encode_id
from mobile_hrp.models.receipt import Receipt
from mobile_hrp.ocr.workers import RecognitionPool
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.objects import Objects
from mobile_hrp.runtime.settings import Environment, Settings
from mobile_hrp.schema import schema
from mobile_hrp.services.identity.sign_in import Doors
from mobile_hrp.services.ports import Services
from mobile_hrp.services.receipts.reading import ReceiptReader, store_reading

SHOWN = """id status kind kindLabel pictureUrl isCut discardedAt used splitFrom
  region { x0 y0 x1 y1 } parts { id }
  fields { name label value state stateLabel asked box { x0 } proofs { code label passed } }
  notices { code message } duplicates { trace certain own documentNumber code }
  verification { outcome manual reason mismatched attempts verifiedBy }"""
PROGRESS = f"""captureId stage queuePosition pollAfterMs canRetry problem {{ code }}
  receipt {{ {SHOWN} }}"""
START = f"""mutation S($input: StartCaptureInput!) {{ startCapture(input: $input) {{
  progress {{ {PROGRESS} }} upload {{ url mutation formField map sizeBytesMax contentTypes }}
  userErrors {{ code }} replayed }} }}"""
UPLOAD = f"""mutation U($input: UploadReceiptInput!, $file: Upload!) {{
  uploadReceipt(input: $input, file: $file) {{ receipt {{ {SHOWN} }}
    userErrors {{ code field }} replayed }} }}"""
POLL = f"query P($id: ID!) {{ captureProgress(captureId: $id) {{ {PROGRESS} }} }}"
WATCH = "subscription W($id: ID!) { captureProgress(captureId: $id) { stage queuePosition } }"
LOOK = f"query L($id: ID!) {{ receipt(id: $id) {{ {SHOWN} texts {{ text }} }} }}"
WALLET = """query W($filter: ReceiptFilterInput, $after: String, $first: Int! = 20) {
  myReceipts(first: $first, after: $after, filter: $filter) {
    edges { node { id } } pageInfo { hasNextPage endCursor } } }"""


def action(name: str, kind: str = "ReceiptActionInput") -> str:
    """Any mutation that answers with a receipt."""
    return f"""mutation A($input: {kind}!) {{ {name}(input: $input) {{
      receipt {{ {SHOWN} }} parts {{ {SHOWN} }} userErrors {{ code field }} replayed }} }}"""


def filed(name: str, kind: str) -> str:
    """Any mutation that answers with a document."""
    return f"""mutation F($input: {kind}!) {{ {name}(input: $input) {{
      document {{ id status version values lines {{ amount receiptIds }} }}
      userErrors {{ code field }} replayed }} }}"""


@dataclass
class Camera:
    """Sends files as phones do; ``read`` is the worker's turn."""

    hospital: Hospital
    services: Services
    reader: ReceiptReader
    settings: Settings = field(default_factory=lambda: Settings(environment=Environment.TEST))

    async def run(self, who: uuid.UUID, query: str, **variables: Any) -> Mapping[str, Any]:
        context = await self.context(who)
        result = await schema.execute(query, variable_values=variables, context_value=context)
        assert result.errors is None, result.errors
        return cast("Mapping[str, Any]", result.data)

    async def context(self, who: uuid.UUID) -> Context:
        context = await self.hospital.context(who)
        context.services = self.services
        return context

    async def start(self, who: uuid.UUID, **given: Any) -> Mapping[str, Any]:
        body = {"captureId": encode_id("ReceiptCapture", new_id()), **given}
        return await self._do(who, "startCapture", START, body)

    async def send(
        self, who: uuid.UUID, data: bytes, name: str = "a.pdf", **given: Any
    ) -> Mapping[str, Any]:
        body = {**({} if "captureId" in given else {"receiptId": fresh_id()}), **given}
        file = UploadFile(io.BytesIO(data), filename=name)
        return await self._do(who, "uploadReceipt", UPLOAD, body, file=file)

    async def act(
        self, who: uuid.UUID, name: str, receipt_id: str, **given: Any
    ) -> Mapping[str, Any]:
        kind = given.pop("kind", "ReceiptActionInput")
        body = {"receiptId": receipt_id, **given}
        return await self._do(who, name, action(name, kind), body)

    async def file(self, who: uuid.UUID, name: str, kind: str, **given: Any) -> Mapping[str, Any]:
        return await self._do(who, name, filed(name, kind), given)

    async def poll(self, who: uuid.UUID, capture_id: str) -> Any:
        return (await self.run(who, POLL, id=capture_id))["captureProgress"]

    async def look(self, who: uuid.UUID, receipt_id: str) -> Any:
        return (await self.run(who, LOOK, id=receipt_id))["receipt"]

    async def wallet(self, who: uuid.UUID, **wanted: Any) -> list[str]:
        found = await self.run(who, WALLET, filter=wanted)
        return [edge["node"]["id"] for edge in found["myReceipts"]["edges"]]

    async def read(self, receipt_id: str) -> None:
        """The worker reads it for real."""
        payload = {
            "hospital_id": str(self.hospital.id),
            "receipt_id": str(decode_id("Receipt", receipt_id)),
        }
        await self.reader(payload, self.hospital.clock())

    async def dictate(self, receipt_id: str, reading: Reading) -> None:
        """As if the worker had read just this."""
        async with self.hospital.database.transaction(self.hospital.id) as session:
            key = decode_id("Receipt", receipt_id)
            now = self.hospital.clock()
            await store_reading(session, receipt_id=key, reading=reading, now=now)

    async def fail(self, receipt_id: str) -> None:
        """As if the worker had run out of time."""
        async with self.hospital.database.transaction(self.hospital.id) as session:
            await store_reading(
                session,
                receipt_id=decode_id("Receipt", receipt_id),
                reading=Refusal("RECEIPT_READ_TIMEOUT", path="file"),
                now=self.hospital.clock(),
            )

    async def row(self, receipt_id: str) -> Receipt:
        async with self.hospital.owner.reading(self.hospital.id) as session:
            key = decode_id("Receipt", receipt_id)
            return (await session.execute(select(Receipt).where(Receipt.id == key))).scalar_one()

    async def _do(
        self, who: uuid.UUID, name: str, query: str, given: Mapping[str, Any], **more: Any
    ) -> Mapping[str, Any]:
        body = {"idempotencyKey": uuid.uuid4().hex, **given}
        answer = (await self.run(who, query, input=body, **more))[name]
        return cast("Mapping[str, Any]", answer)


@asynccontextmanager
async def open_camera(hospital: Hospital, folder: Path) -> AsyncIterator[Camera]:
    """Objects in a folder of the test, recognition in a worker process."""
    objects = Objects.open("", folder)
    settings = Settings(environment=Environment.TEST)
    async with RecognitionPool(1) as pool:
        services = Services(
            settings=settings, objects=objects, inspection=pool, doors=cast("Doors", None)
        )
        reader = ReceiptReader(hospital.database, objects, pool, "auto")
        yield Camera(hospital, services, reader, settings)


def fresh_id() -> str:
    return encode_id("Receipt", new_id())


def taxi(total: int, *, number: str, state: FieldState = FieldState.LIKELY) -> Reading:
    """A made-up taxi receipt as it was read."""
    values: dict[str, Value] = {
        "number": number,
        "code": "111002012345",
        "date": "2026-11-20",
        "total": total,
    }
    fields = {
        name: Field(value, state, confidence=0.9, source=Source.OCR)
        for name, value in values.items()
    }
    return Reading(kind=ReceiptKind.TAXI, fields=fields, engine="made-up")
