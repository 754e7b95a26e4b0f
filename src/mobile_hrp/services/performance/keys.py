"""Each person's data key: what pays a person is sealed with it, and with nothing else.

The keys stand in the database wrapped by the installation's key, which does not. A dump alone
tells nobody's pay; removing one person's key makes that person's lines unreadable for good.
"""

import base64
import json
import os
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import insert, select

from mobile_hrp.models.performance import PerformanceKey
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.secrets_box import SealBroken, SecretsBox

_PURPOSE = "performance.person_key"
_PACKAGE = "performance.package"
_KEY_BITS = 256
_NONCE_BYTES = 12
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class PersonKey:
    """Seals and opens what concerns one person."""

    staff_id: uuid.UUID
    _cipher: AESGCM

    def seal(self, content: Mapping[str, Any], *, context: str) -> bytes:
        """``context`` names what the content belongs to; it opens for nothing else."""
        nonce = os.urandom(_NONCE_BYTES)
        plain = json.dumps(content, separators=(",", ":"), sort_keys=True).encode()
        return nonce + self._cipher.encrypt(nonce, plain, self._bound(context))

    def open(self, sealed: bytes, *, context: str) -> dict[str, Any]:
        """Raises SealBroken, which tells nothing of the content."""
        nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            found: dict[str, Any] = json.loads(
                self._cipher.decrypt(nonce, body, self._bound(context))
            )
        except (InvalidTag, ValueError) as broken:
            raise SealBroken("changed, or sealed for something else") from broken
        return found

    def _bound(self, context: str) -> bytes:
        return f"{self.staff_id}/{context}".encode()


class PersonalKeys:
    """The data keys of one installation; row-level security says whose a session may read."""

    def __init__(self, box: SecretsBox) -> None:
        self.box = box

    async def of(
        self, session: AnySession, people: Collection[uuid.UUID]
    ) -> dict[uuid.UUID, PersonKey]:
        """The keys of those who have one and whose rows the session may see."""
        rows = await session.execute(
            select(
                PerformanceKey.hospital_id, PerformanceKey.staff_id, PerformanceKey.wrapped
            ).where(PerformanceKey.staff_id.in_(people))
        )
        return {
            staff_id: self.unwrapped(hospital_id, staff_id, wrapped)
            for hospital_id, staff_id, wrapped in rows
        }

    async def ensure(
        self,
        session: WriteSession,
        *,
        hospital_id: int,
        people: Collection[uuid.UUID],
        now: datetime,
    ) -> dict[uuid.UUID, PersonKey]:
        """As ``of``, and make the keys that are missing."""
        found = await self.of(session, people)
        missing = sorted(set(people) - found.keys())
        for start in range(0, len(missing), _BATCH):
            rows = []
            for staff_id in missing[start : start + _BATCH]:
                raw = AESGCM.generate_key(_KEY_BITS)
                wrapped = self.box.seal(
                    _PURPOSE, base64.b64encode(raw).decode(), context=f"{hospital_id}/{staff_id}"
                )
                rows.append(
                    {
                        "hospital_id": hospital_id,
                        "id": new_id(),
                        "staff_id": staff_id,
                        "wrapped": wrapped,
                        "created_at": now,
                    }
                )
                found[staff_id] = PersonKey(staff_id, AESGCM(raw))
            await session.execute(insert(PerformanceKey), rows)
        return found

    def seal_package(self, amount_fen: int, *, context: str) -> str:
        """A department's amount: of few people it would tell their pay."""
        return self.box.seal(_PACKAGE, str(amount_fen), context=context)

    def open_package(self, sealed: str, *, context: str) -> int:
        return int(self.box.open(_PACKAGE, sealed, context=context))

    def digest(self, content: str) -> str:
        """A keyed hash of what a calculation came to: comparable, and no help in guessing it."""
        return self.box.lookup_hash("performance.output", content).hex()

    def unwrapped(self, hospital_id: int, staff_id: uuid.UUID, wrapped: str) -> PersonKey:
        """A person's key as it stands in the database, made usable."""
        raw = self.box.open(_PURPOSE, wrapped, context=f"{hospital_id}/{staff_id}")
        return PersonKey(staff_id, AESGCM(base64.b64decode(raw)))
