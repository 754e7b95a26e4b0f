"""What a dispute rests on: added by both sides, sealed, seen by both, and by nobody else."""

import uuid

import pytest
from sqlalchemy import func, select, text
from tests.services.clinic import BEFORE, KEYS, Clinic, open_clinic
from tests.services.seeded import NOW
from tests.services.test_performance_disputes import by_somebody_else, decide, question

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.performance_disputes import DisputeEvidence
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.performance.access import looks_at_me
from mobile_hrp.services.performance.evidence import (
    FILE_BYTES_MAX,
    PIECES_MAX,
    Evidence,
    Piece,
    add_handlers_evidence,
    add_own_evidence,
    evidence_for_handler,
    own_evidence,
)

PICTURE = b"\x89PNG\r\n\x1a\n" + b"the theatre's list of the day"


@pytest.fixture
async def clinic(database: Database, owner_database: Database) -> Clinic:
    opened = await open_clinic(database, owner_database)
    await opened.publish(await opened.calculate(BEFORE))
    return opened


async def add(clinic: Clinic, who: uuid.UUID, dispute_id: uuid.UUID, piece: Piece) -> None:
    viewer = await clinic.viewer(who)
    handler = who == clinic.office
    async with clinic.database.transaction(clinic.id, staff_id=who) as session:
        await (add_handlers_evidence if handler else add_own_evidence)(
            session, viewer=viewer, keys=KEYS, dispute_id=dispute_id, piece=piece, now=NOW
        )


async def mine(clinic: Clinic, who: uuid.UUID, dispute_id: uuid.UUID) -> list[Evidence]:
    viewer = await clinic.viewer(who)
    async with clinic.database.reading(clinic.id, staff_id=who) as session:
        return list(await own_evidence(session, viewer=viewer, keys=KEYS, dispute_id=dispute_id))


async def test_both_sides_add_and_both_see_everything(clinic: Clinic) -> None:
    surgeon = clinic.member("SURG", 1)
    dispute_id = await question(clinic, surgeon)
    await add(clinic, surgeon, dispute_id, Piece.of_text(" 11 月 3 日两台手术未计入 "))
    await add(clinic, surgeon, dispute_id, Piece.of_file(PICTURE, "排台表.png"))
    await add(clinic, clinic.office, dispute_id, Piece.of_text("手麻系统记录属实"))

    seen = await mine(clinic, surgeon, dispute_id)
    office = await clinic.viewer(clinic.office)
    async with clinic.database.transaction(clinic.id, staff_id=clinic.office) as session:
        read = await evidence_for_handler(
            session, viewer=office, keys=KEYS, dispute_id=dispute_id, now=NOW
        )

    assert [one.piece for one in seen] == [one.piece for one in read]
    assert [one.piece.text for one in seen] == ["11 月 3 日两台手术未计入", "", "手麻系统记录属实"]
    assert seen[1].piece == Piece("", "排台表.png", "image/png", PICTURE)
    assert [one.row.added_by for one in seen] == [surgeon, surgeon, clinic.office]
    viewer = await clinic.viewer(surgeon)
    async with clinic.database.reading(clinic.id, staff_id=surgeon) as session:
        looks = await looks_at_me(session, viewer=viewer, first=20)
    assert [one.purpose for one in looks if one.mine] == ["dispute", "dispute"]


async def test_evidence_is_nobody_elses_and_stands_sealed(clinic: Clinic) -> None:
    surgeon, colleague = clinic.member("SURG", 1), clinic.member("SURG", 2)
    dispute_id = await question(clinic, surgeon)
    await add(clinic, surgeon, dispute_id, Piece.of_file(PICTURE, "list.png"))

    with pytest.raises(Refusal, match="NOT_FOUND"):
        await add(clinic, colleague, dispute_id, Piece.of_text("not mine"))
    assert await mine(clinic, colleague, dispute_id) == []
    viewer = await clinic.viewer(colleague)
    async with clinic.database.transaction(clinic.id, staff_id=colleague) as session:
        assert await session.scalar(select(func.count()).select_from(DisputeEvidence)) == 0
        with pytest.raises(Refusal, match="PERMISSION_DENIED"):
            await evidence_for_handler(
                session, viewer=viewer, keys=KEYS, dispute_id=dispute_id, now=NOW
            )
    async with clinic.owner.transaction(clinic.id) as session:
        sealed = await session.scalar(select(DisputeEvidence.sealed))
        row = await session.scalar(text("SELECT row_to_json(t)::text FROM dispute_evidence t"))
    assert sealed is not None
    assert PICTURE not in sealed
    assert "list.png" not in str(row)


async def test_a_decided_dispute_takes_no_more(clinic: Clinic) -> None:
    surgeon = clinic.member("SURG", 1)
    dispute_id = await question(clinic, surgeon)
    await by_somebody_else(clinic)
    await decide(clinic, dispute_id, 0, accept=False)

    for who in (surgeon, clinic.office):
        with pytest.raises(Refusal, match="DISPUTE_STATE"):
            await add(clinic, who, dispute_id, Piece.of_text("too late"))
    assert await mine(clinic, surgeon, dispute_id) == []


async def test_so_many_pieces_and_no_more(clinic: Clinic) -> None:
    surgeon = clinic.member("SURG", 1)
    dispute_id = await question(clinic, surgeon)
    for number in range(PIECES_MAX):
        await add(clinic, surgeon, dispute_id, Piece.of_text(f"piece {number}"))

    with pytest.raises(Refusal, match="DISPUTE_EVIDENCE"):
        await add(clinic, surgeon, dispute_id, Piece.of_text("one too many"))
    assert len(await mine(clinic, surgeon, dispute_id)) == PIECES_MAX


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "empty.png"),
        (b"MZ" + bytes(100), "picture.png"),
        (b"<svg onload=alert(1)>", "picture.svg"),
        (PICTURE + bytes(FILE_BYTES_MAX), "large.png"),
    ],
)
def test_what_is_no_picture_and_no_pdf_is_refused_whatever_it_is_called(
    data: bytes, name: str
) -> None:
    with pytest.raises(Refusal, match="DISPUTE_EVIDENCE"):
        Piece.of_file(data, name)


def test_words_have_a_length() -> None:
    for said in ("", "   ", "x" * 4001):
        with pytest.raises(Refusal, match="DISPUTE_EVIDENCE"):
            Piece.of_text(said)
