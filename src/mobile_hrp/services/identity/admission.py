"""Who is behind a token, remembered, and proven anew with each answer at no extra round trip.

Finding a viewer takes two statements. A compiled operation instead asks, in its own statement and
snapshot, for the marks of what the viewer was made from: the proof of the token and the roles in
force. Where they are as remembered, so is the viewer; else the answer is thrown away. A revoked
token, a role that ended or a department that moved therefore counts at once, as always.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import TextClause, text

from mobile_hrp.domain.identity.tokens import hospital_of, token_hash
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.identity.viewers import (
    PROOF,
    ROLES_HELD,
    ROLES_WITH_DEPARTMENTS,
    authenticate_in,
)

REMEMBERED_MAX = 10_000


def _mark(whole_rows: str, statement: TextClause) -> str:
    return f"(SELECT {whole_rows} FROM ({statement.text}) AS marked)"  # noqa: S608 - constants


_PROOF_MARK = _mark("marked::text", PROOF)
_ROLES_MARK = _mark("string_agg(marked::text, ' ')", ROLES_HELD)
_REACH_MARK = _mark("string_agg(marked::text, ' ')", ROLES_WITH_DEPARTMENTS)
_LIFE = text(f"SELECT expires_at, timezone FROM ({PROOF.text}) AS proof")  # noqa: S608 - constants
_MARKS = text(f"SELECT {_PROOF_MARK} AS proof, {_ROLES_MARK} AS roles, {_REACH_MARK} AS reach")
_NAMES = re.compile(r"(?<!:):([a-z_]+)")


@dataclass(frozen=True, slots=True)
class Admission:
    """A viewer, until when the token is good, and the marks of what the viewer was made from."""

    viewer: Viewer
    expires_at: datetime
    timezone: ZoneInfo
    proof: str
    roles: str | None
    reach: str | None

    def day(self, now: datetime) -> date:
        """The hospital's own calendar day: roles begin and end with it."""
        return now.astimezone(self.timezone).date()

    def holds(self, *, proof: str | None, roles: str | None, reach: bool) -> bool:
        """Whether marks read now are those remembered; ``reach``: the roles' departments too."""
        return proof == self.proof and roles == (self.reach if reach else self.roles)


def marks_sql(places: dict[str, str], *, reach: bool) -> tuple[str, str]:
    """Expressions of the marks ``proof`` and ``roles``, for a statement of the caller's.

    ``places`` says what to write for hospital_id, token_hash, staff_id and day.
    """
    roles = _REACH_MARK if reach else _ROLES_MARK
    proof, held = (_NAMES.sub(lambda name: places[name[1]], one) for one in (_PROOF_MARK, roles))
    return proof, held


@dataclass
class Admissions:
    """The viewers of one process, by the hash of their token. Nobody is trusted from here alone."""

    database: Database
    _known: OrderedDict[bytes, Admission] = field(default_factory=OrderedDict)

    def remembered(self, proof: bytes) -> Admission | None:
        return self._known.get(proof)

    def forget(self, proof: bytes) -> None:
        self._known.pop(proof, None)

    async def admit(self, access_token: str, *, now: datetime) -> Admission | None:
        """Find the viewer of a token and remember it; None without one."""
        hospital_id = hospital_of(access_token)
        if hospital_id is None:
            return None
        proof = token_hash(access_token)
        async with self.database.reading(hospital_id, one_snapshot=True) as session:
            found = await authenticate_in(
                session, hospital_id=hospital_id, access_token=access_token, now=now
            )
            if found.viewer is None:
                return None
            named = {"hospital_id": hospital_id, "token_hash": proof}
            life = (await session.execute(_LIFE, named)).one()
            zone = ZoneInfo(life.timezone)
            day = now.astimezone(zone).date()
            named |= {"staff_id": found.viewer.staff_id, "day": day}
            marks = (await session.execute(_MARKS, named)).one()
        made = Admission(found.viewer, life.expires_at, zone, marks.proof, marks.roles, marks.reach)
        self._known[proof] = made
        while len(self._known) > REMEMBERED_MAX:
            self._known.popitem(last=False)
        return made
