"""The ledger of WeChat's one-time subscriptions: WeChat tells no balance, so we keep it."""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_hrp.runtime.ids import new_id

_ENTER = text("""
INSERT INTO wechat_permit (hospital_id, id, endpoint_id, template_id, change, reason, reference,
                           created_at)
SELECT :hospital_id, r.id, r.endpoint_id, :template_id, r.change, r.reason, r.reference,
       CAST(:now AS timestamptz)
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
     AS r(id uuid, endpoint_id uuid, change int, reason text, reference text)
ON CONFLICT (hospital_id, endpoint_id, template_id, reference) DO NOTHING
""")

_CLEAR = text("""
INSERT INTO wechat_permit (hospital_id, id, endpoint_id, template_id, change, reason, reference,
                           created_at)
SELECT :hospital_id, r.id, r.endpoint_id, :template_id, -sum(p.change), 'refused', r.reference,
       CAST(:now AS timestamptz)
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id uuid, endpoint_id uuid, reference text)
JOIN wechat_permit p ON p.hospital_id = :hospital_id AND p.endpoint_id = r.endpoint_id
                    AND p.template_id = :template_id
GROUP BY r.id, r.endpoint_id, r.reference
HAVING sum(p.change) <> 0
ON CONFLICT (hospital_id, endpoint_id, template_id, reference) DO NOTHING
""")


async def grant(
    session: AsyncSession,
    *,
    hospital_id: int,
    endpoint_id: uuid.UUID,
    template_id: str,
    reference: str,
    now: datetime,
) -> None:
    """Enter one accepted tap. ``reference`` is the tap's own: a repeated report counts once."""
    await _enter(session, hospital_id, template_id, [(endpoint_id, 1, "granted", reference)], now)


async def settle_permits(
    session: AsyncSession,
    *,
    hospital_id: int,
    template_id: str,
    sent: Sequence[tuple[uuid.UUID, uuid.UUID]],
    refused: Sequence[tuple[uuid.UUID, uuid.UUID]],
    now: datetime,
) -> None:
    """Spend one permit per delivery that was sent; empty the account of those WeChat refused."""
    if sent:
        spent = [(endpoint, -1, "sent", str(delivery)) for endpoint, delivery in sent]
        await _enter(session, hospital_id, template_id, spent, now)
    if refused:
        rows = [
            {"id": str(new_id()), "endpoint_id": str(endpoint), "reference": str(attempt)}
            for endpoint, attempt in dict(refused).items()
        ]
        await session.execute(
            _CLEAR,
            {
                "hospital_id": hospital_id,
                "template_id": template_id,
                "rows": json.dumps(rows),
                "now": now,
            },
        )


async def _enter(
    session: AsyncSession,
    hospital_id: int,
    template_id: str,
    entries: Sequence[tuple[uuid.UUID, int, str, str]],
    now: datetime,
) -> None:
    rows = [
        {
            "id": str(new_id()),
            "endpoint_id": str(endpoint),
            "change": change,
            "reason": reason,
            "reference": reference,
        }
        for endpoint, change, reason, reference in entries
    ]
    await session.execute(
        _ENTER,
        {
            "hospital_id": hospital_id,
            "template_id": template_id,
            "rows": json.dumps(rows),
            "now": now,
        },
    )
