"""The bundle of a form that tells people's pay: whole, verifiable, and telling nobody's."""

import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import delete, select, text
from tests.scenarios.test_department_distribution import (
    Sharing,
    confirm,
    dumped,
    propose,
    to_its_end,
    told,
)
from tests.services.archive.archived import ArchiveTown
from tests.services.archive.test_building import built, recorded
from tests.services.archive.test_doors import code, download
from tests.services.clinic import Clinic
from typer.testing import CliRunner

from mobile_hrp.cli import app as cli
from mobile_hrp.domain.archive.bundle import verify_bundle
from mobile_hrp.domain.document.snapshot import snapshot_hash
from mobile_hrp.domain.money import format_money
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models.archive import ArchiveBundle
from mobile_hrp.models.document import Document
from mobile_hrp.models.performance import PerformanceKey, PerformanceLook
from mobile_hrp.services.archive.shown_form import SEALED_TEXT

REASON = "审计抽查二次分配"


@pytest.fixture
async def sharing(town: ArchiveTown) -> Sharing:
    """A distribution that was approved, with its vouchers final: ready for the archive."""
    hospital = town.hospital
    shared = await propose(hospital, Clinic(hospital.database, hospital.owner, hospital.world))
    paper = await shared.submit()
    await to_its_end(hospital, paper)
    await confirm(shared, paper)
    await town.finish(paper)
    return shared


async def bundle_of(town: ArchiveTown, sharing: Sharing) -> tuple[ArchiveBundle, bytes]:
    assert sharing.paper is not None
    made = await built(town, sharing.paper)
    return await recorded(town, made), await town.objects.read(made.storage_key)


def files_of(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


def known(sharing: Sharing) -> Mapping[uuid.UUID, tuple[set[str], set[str]]]:
    """Who each person is, and that person's amount, in every way they are written."""
    people = {row["id"]: row for row in sharing.clinic.world.rows["staff"]}
    return {
        who: (
            {
                str(who),
                encode_id("Staff", who),
                str(people[who]["name"]),
                str(people[who]["employee_number"]),
            },
            {str(fen), format_money(fen), f"{fen / 100:,.2f}", f"{fen / 100:.2f}"},
        )
        for who, fen in sharing.shares.items()
    }


async def test_neither_the_bundle_nor_the_database_names_anybody_beside_an_amount(
    town: ArchiveTown, sharing: Sharing
) -> None:
    _, data = await bundle_of(town, sharing)
    files = files_of(data)
    dump = [one for one in await dumped(sharing.clinic) if not one.startswith("workload_fact ")]

    for who, amounts in known(sharing).values():
        assert told([f"{path} {body}" for path, body in files.items()], who, amounts) == []
        assert told(dump, who, amounts) == []
        assert any(one in files["form/form.html"] for one in who)
        for planted in ("form/form.json", "form/form.html", "audit/audit.json"):
            assert told([files[planted] + " ".join([*who, *amounts])], who, amounts) != []
    assert SEALED_TEXT in files["form/form.html"]
    assert format_money(sharing.amount_fen) in files["form/form.html"]  # the department's sum


async def test_a_sealed_bundle_is_verified_like_any_other_and_lacks_nothing_of_its_form(
    town: ArchiveTown, sharing: Sharing, tmp_path: Path
) -> None:
    row, data = await bundle_of(town, sharing)
    again, same = await bundle_of(town, sharing)

    assert (again.id, same) == (row.id, data)
    assert verify_bundle(data, recorded_sha256=row.manifest_sha256).intact
    assert not [one for one in row.lacks if one["property"] == "authenticity"]
    file = tmp_path / "bundle.zip"
    file.write_bytes(data)
    said = CliRunner().invoke(
        cli, ["archive", "verify", str(file), "--manifest-sha256", row.manifest_sha256]
    )
    assert said.exit_code == 0, said.output
    assert f"{len(sharing.shares)} 行" in said.output


async def test_a_form_that_is_not_the_decided_one_is_noticed_where_the_keys_are(
    town: ArchiveTown, sharing: Sharing
) -> None:
    assert sharing.paper is not None
    async with town.hospital.owner.transaction(town.hospital.id) as session:
        changed = "(content #> '{values,allocation}') - 0"
        await session.execute(
            text(
                "UPDATE document_version SET content ="  # noqa: S608 - the words above
                f" jsonb_set(content, '{{values,allocation}}', {changed}) WHERE document_id = :id"
            ),
            {"id": sharing.paper.id},
        )

    row, _ = await bundle_of(town, sharing)

    assert "SNAPSHOT_DIFFERS" in {one["code"] for one in row.lacks}


async def test_a_snapshots_hash_cannot_be_found_by_trying_amounts(
    town: ArchiveTown, sharing: Sharing
) -> None:
    """Whoever guessed every amount has still no way to see that it is so."""
    assert sharing.paper is not None
    async with town.hospital.database.reading(town.hospital.id) as session:
        document = await session.get_one(Document, (town.hospital.id, sharing.paper.id))
        content = (
            await session.scalar(
                text("SELECT content FROM document_version WHERE document_id = :id"),
                {"id": document.id},
            )
            or {}
        )

    guessed = {**content, "values": document.values}
    assert snapshot_hash(guessed) != document.snapshot_hash


async def opened(
    town: ArchiveTown, row: ArchiveBundle, who: uuid.UUID, reason: str = REASON
) -> Any:
    path = f"/downloads/archive/{encode_id('ArchiveBundle', row.id)}/form"
    return await download(town, who, path, reason=quote(reason))


async def test_a_reader_with_the_right_opens_the_form_and_everybody_in_it_reads_so(
    town: ArchiveTown, sharing: Sharing
) -> None:
    row, data = await bundle_of(town, sharing)
    auditor = town.hospital.holder("audit_office")

    got = await opened(town, row, auditor)

    assert got.status == 200, got.body
    form = json.loads(got.body)
    assert form["matches"] is True
    assert form["still_sealed"] == []
    shares = {
        uuid.UUID(one["person"]): one["amount"] for one in form["content"]["values"]["allocation"]
    }
    assert shares == dict(sharing.shares)
    async with town.hospital.owner.reading(town.hospital.id) as session:
        looks = await session.scalars(
            select(PerformanceLook.staff_id).where(
                PerformanceLook.purpose == "archive",
                PerformanceLook.reason == REASON,
                PerformanceLook.viewer_id == auditor,
            )
        )
        assert set(looks.all()) == set(sharing.shares)
    kept = await town.objects.read(row.storage_key)
    assert hashlib.sha256(kept).hexdigest() == hashlib.sha256(data).hexdigest()


async def test_nobody_opens_it_without_the_right_or_without_saying_why(
    town: ArchiveTown, sharing: Sharing
) -> None:
    row, _ = await bundle_of(town, sharing)
    auditor, nurse = town.hospital.holder("audit_office"), min(sharing.shares)

    assert code(await opened(town, row, nurse)) == "PERMISSION_DENIED"
    assert code(await opened(town, row, auditor, "")) == "PERFORMANCE_REASON"
    async with town.hospital.owner.reading(town.hospital.id) as session:
        looks = await session.scalars(
            select(PerformanceLook.id).where(PerformanceLook.purpose == "archive")
        )
        assert looks.all() == []


async def test_whose_key_is_gone_stays_sealed_in_the_archive_too(
    town: ArchiveTown, sharing: Sharing
) -> None:
    row, _ = await bundle_of(town, sharing)
    gone = min(sharing.shares)
    async with town.hospital.owner.transaction(town.hospital.id) as session:
        await session.execute(delete(PerformanceKey).where(PerformanceKey.staff_id == gone))

    form = json.loads((await opened(town, row, town.hospital.holder("audit_office"))).body)

    assert form["still_sealed"] == [str(gone)]
    assert form["matches"] is False
    amounts = {
        uuid.UUID(one["person"]): one.get("amount")
        for one in form["content"]["values"]["allocation"]
    }
    assert amounts == {who: None if who == gone else fen for who, fen in sharing.shares.items()}
