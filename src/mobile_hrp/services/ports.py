"""What services reach outside the database by: opened once per process, closed with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mobile_hrp.domain.receipts.verification import VerificationInputs, VerificationOutcome
from mobile_hrp.ocr.workers import RecognitionPool
from mobile_hrp.runtime.objects import Objects
from mobile_hrp.runtime.settings import Settings
from mobile_hrp.services.identity.sign_in import Doors


@dataclass(frozen=True, slots=True)
class VerificationAnswer:
    """What a provider said of an invoice, and what the log keeps of having asked."""

    outcome: VerificationOutcome
    mismatched: tuple[str, ...]
    provider_code: str
    http_status: int | None
    nonce: str
    key_id: str
    body_sha256: str
    sent_at: datetime
    duration_ms: int


class ReceiptVerifier(Protocol):
    """A provider of invoice verification (查验)."""

    async def verify(self, inputs: VerificationInputs) -> VerificationAnswer:
        """Ask once. A provider that does not answer is an answer: UNAVAILABLE."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The adapters of this process. ``inspection`` looks at uploads outside this process."""

    settings: Settings
    objects: Objects
    inspection: RecognitionPool
    doors: Doors
