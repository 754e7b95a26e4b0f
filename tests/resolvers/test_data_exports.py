"""One file for one approved request: masked, marked, told to those in it, and gone in time."""

import csv
import io
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from tests.resolvers.approving import approve_everywhere, key, submit
from tests.resolvers.performance_asking import PayAsking, open_asking
from tests.services.clinic import BOX
from tests.services.seeded import NOW, PLAN

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.performance.terms import RunState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.ids import decode_id, encode_id
from mobile_hrp.models.organization import Staff
from mobile_hrp.models.performance import PerformanceKey, PerformanceLook, PerformanceRun
from mobile_hrp.models.reliability import AuditEvent
from mobile_hrp.models.value import DataExport
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import data_exports
from mobile_hrp.services.data_exports import open_export
from mobile_hrp.services.housekeeping import destroy_exports
from mobile_hrp.synthetic.hospital.filling import publish_core_library

SAVE = """mutation Save($input: SaveDraftInput!) { saveDraft(input: $input) {
  document { id } userErrors { code field message } } }"""
MAKE = """mutation Make($input: MakeDataExportInput!) { makeDataExport(input: $input) {
  export { id dataset masking rows people fileSha256 watermark expiresAt file }
  userErrors { code field message } replayed } }"""
LISTED = "{ dataExports(first: 5) { id rows file } }"
LOOKS = "{ performanceLooks(first: 20) { viewerName purpose reason period mine } }"


@pytest.fixture
async def asking(database: Database, owner_database: Database) -> PayAsking:
    opened = await open_asking(database, owner_database)
    await publish_core_library(owner_database, PLAN)
    await opened.hospital.publish(await opened.hospital.calculate())
    return opened


def head(asking: PayAsking) -> uuid.UUID:
    return asking.hospital.world.heads["FIN"]


async def requested(asking: PayAsking, who: uuid.UUID, *, approve: bool = True, **more: Any) -> str:
    """The id of a request for performance data, approved by everybody unless told otherwise."""
    fields = more.pop("fields", ["person", "department", "amount"])
    values = {
        "dataset": "performance/2026-11",
        "fields_req": [{"name": name, "level": "sensitive"} for name in fields],
        "masking": "pseudonymised",
        "purpose": "核对工资发放总额",
        "keep_until": "2026-12-31",
        "outside": False,
        **more,
    }
    given = {
        "idempotencyKey": key(),
        "documentId": encode_id("Document", new_id()),
        "scenarioCode": "data_export",
        "values": values,
    }
    saved = (await asking.ask(who, SAVE, input=given))["saveDraft"]
    assert saved["userErrors"] == []
    document_id = str(saved["document"]["id"])
    if approve:
        await submit(asking, who, document_id)
        assert await approve_everywhere(asking, document_id)
    return document_id


async def make(asking: PayAsking, who: uuid.UUID, document_id: str) -> Any:
    given = {"idempotencyKey": key(), "documentId": document_id}
    return (await asking.ask(who, MAKE, input=given))["makeDataExport"]


async def fetched(
    asking: PayAsking, who: uuid.UUID, export_id: str, *, now: datetime = NOW
) -> list[list[str]]:
    clinic = asking.hospital
    viewer = await clinic.viewer(who)
    async with clinic.database.transaction(clinic.id, staff_id=who) as session:
        data = await open_export(
            session,
            viewer=viewer,
            box=BOX,
            export_id=decode_id("DataExport", export_id),
            now=now,
        )
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


async def test_an_approved_request_gives_one_marked_file_that_names_nobody(
    asking: PayAsking,
) -> None:
    clinic = asking.hospital
    document_id = await requested(asking, head(asking))
    made = await make(asking, head(asking), document_id)
    assert made["userErrors"] == []
    export = made["export"]
    assert (await make(asking, head(asking), document_id))["export"]["id"] == export["id"]

    headings, *rows = await fetched(asking, head(asking), export["id"])

    assert headings == ["person", "department", "amount", "watermark"]
    assert {row[-1] for row in rows} == {export["watermark"]}
    assert len(rows) == export["rows"] + 1  # the last names the request and the day it ends
    whole = str(rows)
    for person in clinic.world.rows["staff"]:
        assert person["name"] not in whole
        assert person["employee_number"] not in whole
    member = clinic.member("CARD", 1)
    assert str(member) not in whole
    looks = (await asking.ask(member, LOOKS))["performanceLooks"]
    mine = [one for one in looks if one["mine"] and one["purpose"] == "export"]
    assert [(one["reason"], one["period"]) for one in mine] == [("核对工资发放总额", "2026-11")]
    async with clinic.owner.reading(clinic.id) as session:
        actions = (
            await session.scalars(
                select(AuditEvent.action).where(AuditEvent.action.like("export.%"))
            )
        ).all()
        sealed = await session.scalar(select(DataExport.sealed))
    assert sorted(actions) == ["export.download", "export.make"]
    assert sealed is not None
    assert "CARD" not in sealed  # a dump holds no amounts


async def test_nothing_leaves_without_everybodys_agreement(asking: PayAsking) -> None:
    who = head(asking)
    draft = await requested(asking, who, approve=False)
    refused = await make(asking, who, draft)
    assert [one["code"] for one in refused["userErrors"]] == ["EXPORT_NOT_APPROVED"]
    await submit(asking, who, draft)
    waiting = await make(asking, who, draft)
    assert [one["code"] for one in waiting["userErrors"]] == ["EXPORT_NOT_APPROVED"]
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        assert (await session.scalars(select(DataExport.id))).all() == []
        looks = await session.scalars(
            select(PerformanceLook.id).where(PerformanceLook.purpose == "export")
        )
        assert looks.all() == []


async def test_somebody_elses_request_or_file_is_answered_like_none(asking: PayAsking) -> None:
    document_id = await requested(asking, head(asking))
    export = (await make(asking, head(asking), document_id))["export"]
    other = asking.hospital.holder("chief_accountant")
    refused = await make(asking, other, document_id)
    assert [one["code"] for one in refused["userErrors"]] == ["NOT_FOUND"]
    with pytest.raises(Refusal) as hidden:
        await fetched(asking, other, export["id"])
    assert hidden.value.code == "NOT_FOUND"
    assert (await asking.ask(other, LISTED))["dataExports"] == []
    member = asking.hospital.member("CARD", 1)
    given = {"idempotencyKey": key(), "documentId": document_id}
    assert await asking.refused(member, MAKE, input=given) == ["PERMISSION_DENIED"]
    assert await asking.refused(asking.hospital.office, LISTED) == ["PERMISSION_DENIED"]


async def test_only_the_fields_that_were_approved_leave_and_sums_hide_small_departments(
    asking: PayAsking,
) -> None:
    who = head(asking)
    aggregated = await requested(
        asking, who, masking="aggregated", fields=["department", "people", "amount"]
    )
    export = (await make(asking, who, aggregated))["export"]
    headings, *rows = await fetched(asking, who, export["id"])
    assert headings == ["department", "people", "amount", "watermark"]
    assert all(int(row[1]) >= 5 for row in rows[:-1])
    assert export["people"] == 0
    looks = (await asking.ask(asking.hospital.member("CARD", 1), LOOKS))["performanceLooks"]
    assert [one["mine"] for one in looks if one["purpose"] == "export"] == [False]

    narrow = await requested(asking, who, fields=["department"])
    export = (await make(asking, who, narrow))["export"]
    headings, *_ = await fetched(asking, who, export["id"])
    assert headings == ["department", "watermark"]
    nothing = await requested(asking, who, fields=["id_number"])
    refused = await make(asking, who, nothing)
    assert [one["code"] for one in refused["userErrors"]] == ["EXPORT_DATASET"]


@pytest.mark.parametrize(
    "dataset", ["performance/2026-01", "performance", "../etc/passwd", "indicator/none/2026-11"]
)
async def test_a_data_set_that_is_none_is_refused(asking: PayAsking, dataset: str) -> None:
    document_id = await requested(asking, head(asking), dataset=dataset)
    refused = await make(asking, head(asking), document_id)
    assert [one["code"] for one in refused["userErrors"]] == ["EXPORT_DATASET"]
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        assert (await session.scalars(select(DataExport.id))).all() == []


async def test_the_file_is_gone_when_its_time_is_up_and_the_record_stays(
    asking: PayAsking,
) -> None:
    clinic, who = asking.hospital, head(asking)
    document_id = await requested(asking, who, keep_until="2026-11-25")
    export = (await make(asking, who, document_id))["export"]
    later = NOW + timedelta(days=4)
    with pytest.raises(Refusal) as expired:
        await fetched(asking, who, export["id"], now=later)
    assert expired.value.code == "EXPORT_EXPIRED"
    await destroy_exports(clinic.database, clinic.id, NOW)
    assert len(await fetched(asking, who, export["id"])) > 1
    await destroy_exports(clinic.database, clinic.id, later)
    async with clinic.owner.reading(clinic.id) as session:
        row = (await session.scalars(select(DataExport))).one()
    assert (row.sealed, row.destroyed_at) == (None, later)
    (listed,) = (await asking.ask(who, LISTED))["dataExports"]
    assert listed["file"] is None


async def test_a_plain_file_names_people_and_only_after_the_vice_president_agreed(
    asking: PayAsking,
) -> None:
    clinic, who = asking.hospital, head(asking)
    document_id = await requested(
        asking, who, approve=False, masking="plain", fields=["staff", "name", "amount"]
    )
    await submit(asking, who, document_id)
    deciders = await approve_everywhere(asking, document_id)
    assert clinic.holder("president_in_charge") in deciders
    export = (await make(asking, who, document_id))["export"]
    headings, *rows = await fetched(asking, who, export["id"])
    assert headings == ["staff", "name", "amount", "watermark"]
    member = clinic.member("CARD", 1)
    (row,) = [row for row in rows if row[0] == clinic.number_of(member)]
    mine = await clinic.mine(member)
    assert row[2] == format_money(mine.period.total_fen)
    assert export["people"] == len({row[0] for row in rows[:-1]})


PAYROLL = ["staff", "name", "department", "performance", "correction", "amount"]
PAID_ON = NOW + timedelta(days=40)


async def payroll_request(asking: PayAsking, who: uuid.UUID, **more: Any) -> str:
    values = {"dataset": "payroll/2026-11", "masking": "plain", "fields": PAYROLL, **more}
    return await requested(asking, who, purpose="十一月绩效工资发放", **values)


async def test_the_payroll_of_a_paid_period_has_everybody_once_and_sums_to_the_packages(
    asking: PayAsking,
) -> None:
    clinic, who = asking.hospital, head(asking)
    await clinic.pay("2026-11", now=PAID_ON)
    document_id = await payroll_request(asking, who)
    made = await make(asking, who, document_id)
    assert made["userErrors"] == []

    headings, *rows = await fetched(asking, who, made["export"]["id"])

    assert headings == [*PAYROLL, "watermark"]
    people = {row[0]: row for row in rows[:-1]}
    assert len(people) == len(rows) - 1 == made["export"]["people"] > 20
    for member in (clinic.member("CARD", 1), clinic.member("CARD", 2)):
        mine = await clinic.mine(member)
        assert people[clinic.number_of(member)][5] == format_money(mine.period.total_fen)
    run = await published_run(asking)
    assert sum(money(row[5]) for row in people.values()) == sum((await clinic.sums(run)).values())
    looks = (await asking.ask(clinic.member("CARD", 1), LOOKS))["performanceLooks"]
    assert ("payroll", "十一月绩效工资发放", True) in {
        (one["purpose"], one["reason"], one["mine"]) for one in looks
    }
    async with clinic.owner.reading(clinic.id) as session:
        assert "CARD" not in str(await session.scalar(select(DataExport.sealed)))


def money(text_of: str) -> int:
    return int(text_of.replace(".", ""))


async def published_run(asking: PayAsking) -> PerformanceRun:
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        found = await session.scalars(
            select(PerformanceRun).where(PerformanceRun.state == RunState.PUBLISHED)
        )
        return found.one()


async def test_there_is_no_payroll_before_the_period_is_paid_and_none_that_names_nobody(
    asking: PayAsking,
) -> None:
    who = head(asking)
    early = await payroll_request(asking, who)
    refused = await make(asking, who, early)
    assert [one["code"] for one in refused["userErrors"]] == ["EXPORT_NOT_PAID"]
    await asking.hospital.pay("2026-11", now=PAID_ON)
    hidden = await payroll_request(asking, who, masking="pseudonymised")
    refused = await make(asking, who, hidden)
    assert [one["code"] for one in refused["userErrors"]] == ["EXPORT_DATASET"]
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        assert (await session.scalars(select(DataExport.id))).all() == []
    assert (await make(asking, who, early))["userErrors"] == []


async def test_a_payroll_with_somebody_missing_is_not_made(asking: PayAsking) -> None:
    clinic, who = asking.hospital, head(asking)
    await clinic.pay("2026-11", now=PAID_ON)
    document_id = await payroll_request(asking, who)
    async with clinic.owner.transaction(clinic.id) as session:
        gone = clinic.member("CARD", 1)
        await session.execute(delete(PerformanceKey).where(PerformanceKey.staff_id == gone))

    refused = await make(asking, who, document_id)

    assert [one["code"] for one in refused["userErrors"]] == ["EXPORT_INCOMPLETE"]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        (" @SUM(A1)", "' @SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("-1+1", "'-1+1"),
        ("王小明", "王小明"),
    ],
)
async def test_no_name_in_a_payroll_is_a_formula(asking: PayAsking, name: str, cell: str) -> None:
    clinic, who = asking.hospital, head(asking)
    member = clinic.member("CARD", 1)
    async with clinic.owner.transaction(clinic.id) as session:
        await session.execute(update(Staff).where(Staff.id == member).values(name=name))
    await clinic.pay("2026-11", now=PAID_ON)
    export = (await make(asking, who, await payroll_request(asking, who)))["export"]

    _, *rows = await fetched(asking, who, export["id"])

    (row,) = [row for row in rows if row[0] == clinic.number_of(member)]
    assert row[1] == cell
    assert row[3][0].isdigit()


def test_an_amount_below_nothing_stays_a_number() -> None:
    guarded = data_exports._guarded  # noqa: SLF001 - the cell as it is written
    assert [guarded(one) for one in ("-12.00", "-12", "+1.00")] == ["-12.00", "'-12", "'+1.00"]
