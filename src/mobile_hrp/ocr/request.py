"""What a caller knows about a receipt besides its file."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from mobile_hrp.domain.receipts.reading import Box, Buyer


@dataclass(frozen=True, slots=True)
class Request:
    """``engine``: auto, tiny, small or tesseract. ``qr_hint``: what the phone's scanner decoded.

    ``region``: where on the upright first page a person says the receipt is; nothing else is read.
    """

    engine: str = "auto"
    hospital: Buyer | None = None
    qr_hint: str | None = None
    today: dt.date | None = None
    region: Box | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            engine=data["engine"],
            hospital=Buyer(**data["hospital"]) if data["hospital"] else None,
            qr_hint=data["qr_hint"],
            today=dt.date.fromisoformat(data["today"]) if data["today"] else None,
            region=Box(**data["region"]) if data["region"] else None,
        )
