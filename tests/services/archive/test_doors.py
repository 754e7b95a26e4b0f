"""Bundles and vouchers through the schema, the doors and the command line."""

import csv
import io
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree
from fastapi import FastAPI
from sqlalchemy import select, text
from starlette.requests import HTTPConnection
from tests.scenarios.hospital import Paper
from tests.services.archive.archived import ArchiveTown
from tests.services.archive.asgi import Got, get
from typer.testing import CliRunner

from mobile_hrp.cli import app as cli
from mobile_hrp.domain.archive.bundle import verify_bundle
from mobile_hrp.graphql.context import Context
from mobile_hrp.models.reliability import AuditEvent
from mobile_hrp.resolvers.downloads import download_router
from mobile_hrp.services.vouchers import period as voucher_period

BUILD = """mutation B($input: BuildArchiveInput!) { buildArchive(input: $input) { replayed
  bundle { id sequence manifestSha256 bundleSha256 fileCount downloadPath builtBy { name }
    lacks { property code element message } } userErrors { code field } } }"""
LIST = """query L($document: ID) { archiveBundles(first: 10, documentId: $document) {
  edges { node { id sequence manifestSha256 } } } }"""
VERIFY = """mutation V($input: VerifyArchiveInput!) { verifyArchive(input: $input) {
  intact complete manifestSha256 faults { path kind message } lacks { code }
  userErrors { code field } } }"""


async def built(town: ArchiveTown, paper: Paper, key: str = "build-000001") -> Mapping[str, Any]:
    """The bundle as the one who had it made sees it."""
    reviewer = town.hospital.holder("finance_review")
    given = {"documentId": paper.global_id, "idempotencyKey": key}
    data, codes = await town.ask(reviewer, BUILD, input=given)
    assert codes == []
    assert data["buildArchive"]["userErrors"] == []
    bundle: Mapping[str, Any] = data["buildArchive"]["bundle"]
    return bundle


async def download(town: ArchiveTown, who: uuid.UUID | None, path: str, **query: str) -> Got:
    """GET as this person; None is somebody who did not sign in."""

    async def make_context(connection: HTTPConnection) -> Context:
        del connection
        context = await town.context(who or town.hospital.holder("finance_review"))
        if who is None:
            context.viewer = None
        return context

    app = FastAPI()
    app.include_router(download_router(make_context))
    return await get(app, path, query)


def code(got: Got) -> str:
    return str(json.loads(got.body)["errors"][0]["extensions"]["code"])


async def actions(town: ArchiveTown, *names: str) -> list[str]:
    async with town.hospital.database.reading(town.hospital.id) as session:
        found = await session.scalars(
            select(AuditEvent.action).where(AuditEvent.action.in_(names)).order_by(AuditEvent.seq)
        )
        return list(found)


async def test_a_bundle_is_made_listed_verified_and_downloaded_and_all_of_it_is_written_down(
    town: ArchiveTown,
) -> None:
    paper = await town.claim()
    reviewer = town.hospital.holder("finance_review")

    bundle = await built(town, paper)
    again = await built(town, paper, "build-000002")
    listed, _ = await town.ask(reviewer, LIST, document=paper.global_id)
    given = {"bundleId": bundle["id"], "idempotencyKey": "verify-00001"}
    checked, codes = await town.ask(town.hospital.holder("audit_office"), VERIFY, input=given)
    assert codes == []
    got = await download(town, reviewer, bundle["downloadPath"])

    assert bundle["builtBy"]["name"] == town.hospital.name(reviewer)
    assert {lack["code"] for lack in bundle["lacks"]} == {"ELEMENT_MISSING"}
    assert "MOF_DIV_CODE" in bundle["lacks"][0]["message"] + str(bundle["lacks"])
    assert again["id"] == bundle["id"]
    nodes = [edge["node"] for edge in listed["archiveBundles"]["edges"]]
    assert [node["manifestSha256"] for node in nodes] == [bundle["manifestSha256"]]
    assert checked["verifyArchive"]["intact"] is True
    assert checked["verifyArchive"]["complete"] is False
    assert checked["verifyArchive"]["faults"] == []
    assert (got.status, got.headers["content-type"]) == (200, "application/zip")
    assert got.headers["content-disposition"].startswith('attachment; filename="VEHICLE_CLAIM-')
    assert verify_bundle(got.body, recorded_sha256=bundle["manifestSha256"]).intact
    assert await actions(town, "archive.build", "archive.verify", "archive.download") == [
        "archive.build",
        "archive.verify",
        "archive.download",
    ]


async def test_a_changed_byte_in_the_store_is_reported_with_its_path(town: ArchiveTown) -> None:
    bundle = await built(town, await town.claim())
    (stored,) = [
        path
        for path in (Path(str(town.folder)) / "7" / "archives").rglob("*.zip")
        if path.is_file()
    ]
    data = bytearray(stored.read_bytes())
    data[data.index(b"%PDF") + 9] ^= 1
    stored.write_bytes(bytes(data))
    given = {"bundleId": bundle["id"], "idempotencyKey": "verify-00002"}

    checked, codes = await town.ask(town.hospital.holder("audit_office"), VERIFY, input=given)
    assert codes == []

    assert checked["verifyArchive"]["intact"] is False
    assert [
        (fault["path"], fault["kind"], fault["message"])
        for fault in checked["verifyArchive"]["faults"]
    ] == [("receipts/0001.pdf", "CHANGED", "receipts/0001.pdf 与归档时不一致")]


async def test_nobody_without_the_permission_lists_makes_verifies_or_downloads(
    town: ArchiveTown,
) -> None:
    paper = await town.claim()
    bundle = await built(town, paper)
    key = {"idempotencyKey": "denied-00001"}

    for who in (paper.requester, town.hospital.holder("cashier")):
        _, listing = await town.ask(who, LIST)
        _, building = await town.ask(who, BUILD, input={"documentId": paper.global_id, **key})
        _, looking = await town.ask(who, VERIFY, input={"bundleId": bundle["id"], **key})
        assert listing == building == looking == ["PERMISSION_DENIED"]
        got = await download(town, who, bundle["downloadPath"])
        assert (got.status, code(got)) == (403, "PERMISSION_DENIED")
    stranger = await download(town, None, bundle["downloadPath"])
    assert (stranger.status, code(stranger)) == (401, "UNAUTHENTICATED")
    assert await actions(town, "archive.download") == []


async def test_a_bundle_that_is_not_there_is_not_found(town: ArchiveTown) -> None:
    reviewer = town.hospital.holder("finance_review")
    other = "QXJjaGl2ZUJ1bmRsZTowMDAwMDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDE"
    given = {"bundleId": other, "idempotencyKey": "verify-00003"}

    got = await download(town, reviewer, f"/downloads/archive/{other}")
    nonsense = await download(town, reviewer, "/downloads/archive/nonsense")
    checked, _ = await town.ask(reviewer, VERIFY, input=given)

    assert (got.status, code(got)) == (404, "NOT_FOUND")
    assert (nonsense.status, code(nonsense)) == (400, "ID_INVALID")
    assert checked["verifyArchive"]["intact"] is None
    assert checked["verifyArchive"]["userErrors"] == [{"code": "NOT_FOUND", "field": ["bundleId"]}]


async def test_the_vouchers_of_a_period_leave_in_pages_with_a_record_of_who_took_them(
    town: ArchiveTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voucher_period, "PAGE_SIZE", 1)
    await town.claim()
    async with town.hospital.owner.transaction(town.hospital.id) as session:
        await session.execute(text("UPDATE department SET code = '＝1+1' WHERE code = 'LOG'"))
        await session.execute(text("UPDATE voucher_line SET summary = E'a\\x01b'"))
    head = town.hospital.holder("finance_head")

    as_csv = await download(town, head, "/downloads/vouchers", period="202611")
    as_xml = await download(town, head, "/downloads/vouchers", period="202611", format="xml")
    empty = await download(town, head, "/downloads/vouchers", period="202610")
    drafts = await download(town, head, "/downloads/vouchers", period="202611", state="draft")

    heading, *rows = csv.reader(io.StringIO(as_csv.body.decode("utf-8-sig")))
    assert len(rows) == 2 + 4
    assert len(as_csv.pieces) == 3
    assert {dict(zip(heading, row, strict=True))["部门代码"] for row in rows} == {"'＝1+1"}
    root = ElementTree.fromstring(as_xml.body)
    assert [one.findtext("ACCT_PERIOD") for one in root.findall("VOUCHER")] == ["202611"] * 2
    assert root.findtext("VOUCHER/VOU_DET/VOU_DET_DESC") == "a\ufffdb"
    for nothing in (empty, drafts):
        assert len(list(csv.reader(io.StringIO(nothing.body.decode("utf-8-sig"))))) == 1
    assert await actions(town, "voucher.export") == ["voucher.export"] * 4


async def test_vouchers_do_not_leave_without_both_permissions_or_for_no_period(
    town: ArchiveTown,
) -> None:
    hospital = town.hospital
    for who in (
        hospital.holder("finance_review"),
        hospital.holder("cashier"),
        hospital.head("CARD"),
    ):
        got = await download(town, who, "/downloads/vouchers", period="202611")
        assert (got.status, code(got)) == (403, "PERMISSION_DENIED")
    for period in ("2026", "202613", "20261", "2026-1", "abcdef"):
        got = await download(
            town, hospital.holder("finance_head"), "/downloads/vouchers", period=period
        )
        assert (got.status, code(got)) == (400, "EXPORT_PERIOD_INVALID")
    assert await actions(town, "voucher.export") == []


async def test_the_command_line_verifies_the_zip_alone(town: ArchiveTown, tmp_path: Path) -> None:
    bundle = await built(town, await town.claim())
    got = await download(town, town.hospital.holder("finance_review"), bundle["downloadPath"])
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    good.write_bytes(got.body)
    bad.write_bytes(got.body.replace(b"%PDF-1.7", b"%PDF-1.6"))
    run = CliRunner()

    intact = run.invoke(cli, ["archive", "verify", str(good)])
    complete = run.invoke(cli, ["archive", "verify", str(good), "--complete"])
    recorded = ["archive", "verify", str(good), "--manifest-sha256", bundle["manifestSha256"]]
    foreign = ["archive", "verify", str(good), "--manifest-sha256", "0" * 64, "--locale", "en"]
    broken = run.invoke(cli, ["archive", "verify", str(bad)])

    assert intact.exit_code == 0
    assert "✓ 每个字节均与归档时一致" in intact.output
    assert bundle["manifestSha256"] in intact.output
    assert complete.exit_code == 3
    assert run.invoke(cli, recorded).exit_code == 0
    replaced = run.invoke(cli, foreign)
    assert replaced.exit_code == 1
    assert "manifest.json has another hash than was recorded" in replaced.output
    assert broken.exit_code == 1
    assert "✗ receipts/0001.pdf 与归档时不一致" in broken.output
