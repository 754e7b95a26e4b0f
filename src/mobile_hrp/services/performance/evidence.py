"""What a dispute, or its decision, is proved by: words and files, sealed with the owner's key.

Evidence is added while the dispute is open, by whoever questions the line and by whoever is to
decide; it is never changed or taken away.
"""

import base64
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.performance.terms import DisputeState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.performance_disputes import DisputeEvidence, PerformanceDispute
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.performance.disputes import reading_disputes
from mobile_hrp.services.performance.keys import PersonalKeys, PersonKey

PIECES_MAX = 10
FILE_BYTES_MAX = 2 * 1024 * 1024
TEXT_MIN, TEXT_MAX = 1, 4000
_NAME_MAX = 120
_KINDS = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
"""What a file begins with says what it is; its name says nothing."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Words, or a file with what it is. ``data`` is empty for words."""

    text: str
    file_name: str = ""
    media_type: str = ""
    data: bytes = b""

    @classmethod
    def of_text(cls, text: str) -> "Piece":
        """Raises Refusal DISPUTE_EVIDENCE for too few or too many words."""
        said = text.strip()
        if not TEXT_MIN <= len(said) <= TEXT_MAX:
            raise _refusal("text")
        return cls(said)

    @classmethod
    def of_file(cls, data: bytes, name: str) -> "Piece":
        """Raises Refusal DISPUTE_EVIDENCE for what is no picture and no PDF, or is too large."""
        if not data or len(data) > FILE_BYTES_MAX:
            raise _refusal("size")
        media_type = next((kind for start, kind in _KINDS.items() if data.startswith(start)), "")
        if not media_type:
            raise _refusal("kind")
        return cls("", name[-_NAME_MAX:], media_type, data)

    @property
    def size_bytes(self) -> int:
        return len(self.data) or len(self.text.encode())

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data or self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece as it was added. ``sha256`` is of the file, or of the words."""

    row: DisputeEvidence
    piece: Piece
    sha256: str


async def add_own_evidence(
    session: WriteSession,
    *,
    viewer: Viewer,
    keys: PersonalKeys,
    dispute_id: uuid.UUID,
    piece: Piece,
    now: datetime,
) -> DisputeEvidence:
    """Add to a dispute of one's own.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND, DISPUTE_STATE once it is decided, DISPUTE_EVIDENCE
            beyond so many pieces.
    """
    viewer.require(Permission.PERFORMANCE_DISPUTE, owner_id=viewer.staff_id)
    dispute = await _open_dispute(session, dispute_id, owner_id=viewer.staff_id)
    return await _add(session, viewer, keys, dispute, piece=piece, now=now)


async def add_handlers_evidence(
    session: WriteSession,
    *,
    viewer: Viewer,
    keys: PersonalKeys,
    dispute_id: uuid.UUID,
    piece: Piece,
    now: datetime,
) -> DisputeEvidence:
    """Add what the decision will rest on; the person sees it, and that the dispute was read.

    Raises:
        Refusal: as ``add_own_evidence``, and DISPUTE_HANDLER for one's own dispute.
    """
    viewer.require(Permission.PERFORMANCE_RESOLVE_DISPUTE)
    async with reading_disputes(session, viewer, dispute_id, (), now):
        dispute = await _open_dispute(session, dispute_id)
        if dispute.staff_id == viewer.staff_id:
            raise Refusal("DISPUTE_HANDLER", path="disputeId")
        row = await _add(session, viewer, keys, dispute, piece=piece, now=now)
    async with reading_disputes(session, viewer, dispute_id, (dispute.staff_id,), now):
        pass
    return row


async def own_evidence(
    session: AnySession, *, viewer: Viewer, keys: PersonalKeys, dispute_id: uuid.UUID
) -> Sequence[Evidence]:
    """Everything a dispute of mine rests on, in the order it was added."""
    viewer.require(Permission.PERFORMANCE_DISPUTE, owner_id=viewer.staff_id)
    return await _evidence(session, keys, dispute_id, owner_id=viewer.staff_id)


async def evidence_for_handler(
    session: WriteSession,
    *,
    viewer: Viewer,
    keys: PersonalKeys,
    dispute_id: uuid.UUID,
    now: datetime,
) -> Sequence[Evidence]:
    """Everything a dispute rests on, for whoever decides it; on record, and told to the person."""
    viewer.require(Permission.PERFORMANCE_RESOLVE_DISPUTE)
    async with reading_disputes(session, viewer, dispute_id, (), now):
        found = await _evidence(session, keys, dispute_id)
    people = {one.row.staff_id for one in found}
    if people:
        async with reading_disputes(session, viewer, dispute_id, tuple(people), now):
            pass
    return found


async def _open_dispute(
    session: WriteSession, dispute_id: uuid.UUID, owner_id: uuid.UUID | None = None
) -> PerformanceDispute:
    dispute = await session.scalar(
        select(PerformanceDispute)
        .where(
            PerformanceDispute.id == dispute_id,
            *(() if owner_id is None else (PerformanceDispute.staff_id == owner_id,)),
        )
        .with_for_update()
    )
    if dispute is None:
        raise Refusal("NOT_FOUND", path="disputeId")
    if dispute.state is not DisputeState.OPEN:
        raise Refusal("DISPUTE_STATE", path="disputeId", state=dispute.state.value)
    return dispute


async def _add(
    session: WriteSession,
    viewer: Viewer,
    keys: PersonalKeys,
    dispute: PerformanceDispute,
    *,
    piece: Piece,
    now: datetime,
) -> DisputeEvidence:
    count = await session.scalar(
        select(func.count())
        .select_from(DisputeEvidence)
        .where(DisputeEvidence.dispute_id == dispute.id)
    )
    if (count or 0) >= PIECES_MAX:
        raise _refusal("count")
    held = await keys.of(session, [dispute.staff_id])
    row = DisputeEvidence(
        hospital_id=dispute.hospital_id,
        id=new_id(),
        dispute_id=dispute.id,
        staff_id=dispute.staff_id,
        position=(count or 0) + 1,
        added_by=viewer.staff_id,
        added_at=now,
        size_bytes=piece.size_bytes,
        sealed=b"",
    )
    row.sealed = held[dispute.staff_id].seal(_content(piece), context=_context(row.id))
    session.add(row)
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="performance.add_evidence",
        subject_type="performance_dispute",
        subject_id=dispute.id,
        detail={"position": row.position, "bytes": row.size_bytes},
        now=now,
    )
    await session.flush()
    return row


async def _evidence(
    session: AnySession,
    keys: PersonalKeys,
    dispute_id: uuid.UUID,
    owner_id: uuid.UUID | None = None,
) -> list[Evidence]:
    rows = (
        await session.scalars(
            select(DisputeEvidence)
            .where(
                DisputeEvidence.dispute_id == dispute_id,
                *(() if owner_id is None else (DisputeEvidence.staff_id == owner_id,)),
            )
            .order_by(DisputeEvidence.position)
        )
    ).all()
    held = await keys.of(session, {row.staff_id for row in rows}) if rows else {}
    return [_opened(row, held[row.staff_id]) for row in rows if row.staff_id in held]


def _opened(row: DisputeEvidence, key: PersonKey) -> Evidence:
    content = key.open(row.sealed, context=_context(row.id))
    data = base64.b64decode(content["data"])
    piece = Piece(content["text"], content["file_name"], content["media_type"], data)
    return Evidence(row, piece, content["sha256"])


def _content(piece: Piece) -> dict[str, Any]:
    return {
        "text": piece.text,
        "file_name": piece.file_name,
        "media_type": piece.media_type,
        "data": base64.b64encode(piece.data).decode("ascii"),
        "sha256": piece.sha256,
    }


def _context(evidence_id: uuid.UUID) -> str:
    """What sealed evidence is bound to besides its person."""
    return f"dispute_evidence/{evidence_id}"


def _refusal(why: str) -> Refusal:
    return Refusal(
        "DISPUTE_EVIDENCE",
        path="file" if why in {"size", "kind"} else "text",
        why=why,
        pieces=PIECES_MAX,
        mebibytes=FILE_BYTES_MAX // 2**20,
    )
