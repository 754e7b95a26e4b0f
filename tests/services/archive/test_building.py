"""Bundles of real documents: what is in them, made once, in the order that survives a crash."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
from defusedxml import ElementTree
from sqlalchemy import func, select, text
from tests.scenarios.hospital import Paper
from tests.services.archive.archived import ORIGINAL, ArchiveTown

from mobile_hrp.domain.archive.bundle import Fault, FaultKind, verify_bundle
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.archive import ArchiveBundle
from mobile_hrp.models.reliability import AuditEvent
from mobile_hrp.services.archive.building import BuiltBundle, build_bundle, record_bundle
from mobile_hrp.services.archive.checking import check_bundle
from mobile_hrp.services.archive.requesting import (
    ARCHIVE_JOB,
    ArchiveBuilder,
    archive_when_ready,
)


async def built(town: ArchiveTown, paper: Paper) -> BuiltBundle:
    return await build_bundle(
        database=town.hospital.database,
        objects=town.objects,
        hospital_id=town.hospital.id,
        document_id=paper.id,
    )


async def recorded(town: ArchiveTown, bundle: BuiltBundle) -> ArchiveBundle:
    async with town.hospital.database.transaction(town.hospital.id) as session:
        return await record_bundle(
            session, bundle, hospital_id=town.hospital.id, actor_id=None, now=town.hospital.clock()
        )


async def work(town: ArchiveTown, paper: Paper) -> None:
    """What the worker does with the job."""
    payload = {"hospital_id": str(town.hospital.id), "document_id": str(paper.id)}
    await ArchiveBuilder(town.hospital.database, town.objects)(payload, town.hospital.clock())


async def rows(town: ArchiveTown) -> list[ArchiveBundle]:
    async with town.hospital.database.reading(town.hospital.id) as session:
        found = await session.scalars(select(ArchiveBundle).order_by(ArchiveBundle.sequence))
        return list(found)


async def waiting_jobs(town: ArchiveTown) -> list[Mapping[str, Any]]:
    async with town.hospital.owner.reading(town.hospital.id) as session:
        found = await session.execute(
            text("SELECT payload FROM pgqueuer WHERE entrypoint = :name"), {"name": ARCHIVE_JOB}
        )
        return [json.loads(row[0]) for row in found]


async def test_a_bundle_holds_the_original_the_form_the_decisions_the_trail_and_the_vouchers(
    town: ArchiveTown,
) -> None:
    paper = await town.claim()

    bundle = await built(town, paper)

    with zipfile.ZipFile(io.BytesIO(await town.objects.read(bundle.storage_key))) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    assert sorted(files) == [
        "approvals/approvals.json",
        "audit/audit.json",
        "form/form.html",
        "form/form.json",
        "form/form.xml",
        "manifest.json",
        "manifest.sha256",
        "metadata.json",
        "receipts/0001.pdf",
        "vouchers/0001.xml",
        "vouchers/0002.xml",
    ]
    assert files["receipts/0001.pdf"] == ORIGINAL
    decisions = json.loads(files["approvals/approvals.json"])["decisions"]
    assert [one["node_key"] for one in decisions] == ["dept_head", "finance_review", "cashier"]
    assert {one["snapshot_hash"] for one in decisions} == {
        json.loads(files["form/form.json"])["snapshot_hash"]
    }
    actions = [row["action"] for row in json.loads(files["audit/audit.json"])["rows"]]
    assert actions[0] == "document.save"
    assert actions.count("voucher.finalize") == 2
    assert not [action for action in actions if action.startswith("archive.")]


async def test_the_form_is_readable_for_people_and_carries_the_standards_element_names(
    town: ArchiveTown,
) -> None:
    bundle = await built(town, await town.claim())

    with zipfile.ZipFile(io.BytesIO(await town.objects.read(bundle.storage_key))) as opened:
        page = opened.read("form/form.html").decode()
        form = ElementTree.fromstring(opened.read("form/form.xml"))
        voucher = ElementTree.fromstring(opened.read("vouchers/0001.xml"))
    assert "公务用车 &lt;b&gt;加油&lt;/b&gt; &amp; 过路" in page
    assert "<b>" not in page
    assert "燃油或充电" in page
    assert "加油发票.pdf" in page
    assert "自有资金" in page
    assert form.tag == "ReimbursementForm"
    assert form.findtext("ReimburseAmount") == "505.00"
    assert form.findtext("ReimburseAmountComplex") == "伍佰零伍圆整"
    assert form.findtext("AgencyName") == "示例市虚构医院"
    roles = [row.findtext("Role") for row in form.findall("ApprovalInfoData")]
    assert roles == ["科室负责人", "财务审核", "出纳支付"]
    assert voucher.findtext("DR_AMT") == voucher.findtext("CR_AMT") == "505.00"


async def test_what_the_standard_asks_and_nobody_gave_is_said_and_nothing_else(
    town: ArchiveTown,
) -> None:
    bundle = await built(town, await town.claim())

    assert {(lack.property.value, lack.code) for lack in bundle.lacks} == {
        ("integrity", "ELEMENT_MISSING")
    }
    assert ("form/form.xml", "MOF_DIV_CODE") in {(one.path, one.element) for one in bundle.lacks}


async def test_the_same_books_give_the_same_bytes_and_one_row(town: ArchiveTown) -> None:
    paper = await town.claim()

    first = await built(town, paper)
    row = await recorded(town, first)
    again = await built(town, paper)
    same = await recorded(town, again)

    assert again.bundle_sha256 == first.bundle_sha256
    assert same.id == row.id
    assert row.manifest_sha256 == first.manifest.sha256
    assert len(await rows(town)) == 1


async def test_the_manifests_hash_stands_in_the_audit_trail(town: ArchiveTown) -> None:
    paper = await town.claim()
    row = await recorded(town, await built(town, paper))

    async with town.hospital.database.reading(town.hospital.id) as session:
        details = list(
            await session.scalars(
                select(AuditEvent.detail).where(AuditEvent.action == "archive.build")
            )
        )
    assert [one["manifest_sha256"] for one in details] == [row.manifest_sha256]


async def test_a_worker_killed_between_bytes_and_row_leaves_nothing_the_next_does_not_use(
    town: ArchiveTown,
) -> None:
    paper = await town.claim()
    orphan = await built(town, paper)
    assert await rows(town) == []

    await work(town, paper)
    await work(town, paper)

    (row,) = await rows(town)
    assert row.storage_key == orphan.storage_key
    assert hashlib.sha256(await town.objects.read(row.storage_key)).hexdigest() == row.bundle_sha256


async def test_a_document_whose_vouchers_are_open_is_not_archived(town: ArchiveTown) -> None:
    paper = await town.claim(final=False)

    with pytest.raises(Refusal, match="ARCHIVE_NOT_READY"):
        await built(town, paper)
    await work(town, paper)

    assert await rows(town) == []


async def test_books_that_moved_while_the_bundle_was_made_are_not_recorded(
    town: ArchiveTown,
) -> None:
    paper = await town.claim()
    bundle = await built(town, paper)
    async with town.hospital.owner.transaction(town.hospital.id) as session:
        await session.execute(text("UPDATE voucher SET version = version + 1"))

    with pytest.raises(Refusal, match="ARCHIVE_NOT_READY"):
        await recorded(town, bundle)

    assert await rows(town) == []


async def test_a_lost_original_stops_the_archive(town: ArchiveTown) -> None:
    paper = await town.claim()
    await town.lose_receipt(paper)

    with pytest.raises(Refusal, match="ARCHIVE_ORIGINAL_MISSING"):
        await work(town, paper)

    assert await rows(town) == []


async def test_the_job_is_there_once_the_last_voucher_is_final_and_not_before(
    town: ArchiveTown,
) -> None:
    paper = await town.claim(final=False)
    before = await waiting_jobs(town)
    await town.finish(paper)
    for _ in range(2):
        async with town.hospital.database.transaction(town.hospital.id) as session:
            await archive_when_ready(session, document_id=paper.id)

    assert before == []
    assert await waiting_jobs(town) == [
        {"hospital_id": str(town.hospital.id), "document_id": str(paper.id)}
    ]


async def test_every_changed_byte_of_a_real_bundle_is_found_in_the_store(
    town: ArchiveTown,
) -> None:
    row = await recorded(town, await built(town, await town.claim()))
    data = bytearray(await town.objects.read(row.storage_key))

    unseen = []
    for position in range(0, len(data), 97):
        data[position] ^= 0x20
        if verify_bundle(bytes(data), recorded_sha256=row.manifest_sha256).intact:
            unseen.append(position)
        data[position] ^= 0x20

    assert unseen == []
    assert (await check_bundle(town.objects, row)).faults == ()


async def test_a_bundle_the_store_has_lost_is_reported(town: ArchiveTown) -> None:
    row = await recorded(town, await built(town, await town.claim()))
    row.storage_key = "7/archives/00/gone.zip"

    assert (await check_bundle(town.objects, row)).faults == (
        Fault("(container)", FaultKind.MISSING),
    )


async def test_the_application_cannot_change_what_was_recorded(town: ArchiveTown) -> None:
    await recorded(town, await built(town, await town.claim()))

    async def forge(statement: str) -> None:
        async with town.hospital.database.transaction(town.hospital.id) as session:
            await session.execute(text(statement))

    for statement in ("UPDATE archive_bundle SET size_bytes = 1", "DELETE FROM archive_bundle"):
        with pytest.raises(Exception, match="permission denied"):
            await forge(statement)
    async with town.hospital.database.reading(town.hospital.id) as session:
        assert await session.scalar(select(func.count()).select_from(ArchiveBundle)) == 1
