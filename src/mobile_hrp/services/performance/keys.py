"""Each person's data key: what pays a person is sealed with it, and with nothing else.

The keys stand in the database wrapped by the installation's key, which does not. A dump alone
tells nobody's pay; removing one person's key makes that person's lines unreadable for good.
"""

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from mobile_hrp.models.performance import PerformanceKey
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.person_keys import PersonKey, new_key, unwrapped
from mobile_hrp.runtime.secrets_box import SecretsBox

__all__ = ["PersonKey", "PersonalKeys"]

_PACKAGE = "performance.package"
_BATCH = 1_000


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
            made, rows = {}, []
            for staff_id in missing[start : start + _BATCH]:
                made[staff_id], wrapped = new_key(self.box, hospital_id, staff_id)
                rows.append(
                    {
                        "hospital_id": hospital_id,
                        "id": new_id(),
                        "staff_id": staff_id,
                        "wrapped": wrapped,
                        "created_at": now,
                    }
                )
            kept = await session.scalars(
                insert(PerformanceKey)
                .values(rows)
                .on_conflict_do_nothing()
                .returning(PerformanceKey.staff_id)
            )
            found |= {staff_id: made[staff_id] for staff_id in kept}
        if others := set(people) - found.keys():  # made by somebody else meanwhile
            found |= await self.of(session, others)
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
        return unwrapped(self.box, hospital_id, staff_id, wrapped)
