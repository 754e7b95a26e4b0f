"""A department's month by role, down to the papers, and the report that is frozen."""

import uuid
from typing import Any

import pytest
from sqlalchemy import select
from tests.resolvers.approving import key
from tests.resolvers.performance_asking import PayAsking, open_asking
from tests.services.clinic import PERIOD

from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.ids import decode_id, encode_id
from mobile_hrp.models.performance import PerformancePackage
from mobile_hrp.models.value import MonthlyReport
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.indicators.reports import make_due_reports, report_for, report_page

IMPORT = """mutation Take($input: ImportIndicatorFactsInput!) {
  importIndicatorFacts(input: $input) { indicatorImport { added } userErrors { code } } }"""
INCOME = """科室编码,日期,数量,来源行号,来源,收入类别,住院
CARD,2026-11-03,1200.50,1,insurance,service,是
CARD,2026-11-04,300,2,self_pay,drug,否
SURG,2026-11-05,999,3,insurance,service,是
"""
DEPARTMENT = """query One($place: ID!, $month: String!, $first: Int!) {
  departmentDashboard(departmentId: $place, month: $month, first: $first) {
    department { code } income { key amount } costs { key amount } personnel result
    budget { total executed usedBasisPoints } papers { number executed }
    indicators { indicator value { text version state } } withheld } }"""
HOSPITAL = """query All($month: String!) { hospitalDashboard(month: $month) {
  departments { department { code } income cost budget { executed } }
  indicators { indicator value { text } } } }"""
MAKE = """mutation Make($input: MakeMonthlyReportInput!) { makeMonthlyReport(input: $input) {
  report { id month edition contentHash file income { key amount } costs { key amount }
    indicators { code text version contentHash state } }
  userErrors { code field message } replayed } }"""
REPORTS = """query Reports($place: ID) { monthlyReports(departmentId: $place, first: 5) {
  month edition contentHash } }"""


@pytest.fixture
async def asking(database: Database, owner_database: Database) -> PayAsking:
    opened = await open_asking(database, owner_database)
    given = {
        "idempotencyKey": key(),
        "dataset": "income",
        "sourceSystem": "his",
        "text": INCOME,
    }
    head = opened.hospital.world.heads["FIN"]
    taken = (await opened.ask(head, IMPORT, input=given))["importIndicatorFacts"]
    assert taken["indicatorImport"] == {"added": 3}
    await opened.hospital.spend("CARD", 20_000)
    await opened.hospital.spend("CARD", 5_000, expense_type="travel")
    await opened.hospital.spend("SURG", 7_700)
    return opened


async def seen(asking: PayAsking, who: uuid.UUID, code: str = "CARD", **more: Any) -> Any:
    place = encode_id("Department", asking.hospital.world.departments[code])
    given = {"place": place, "month": PERIOD, "first": 10, **more}
    return (await asking.ask(who, DEPARTMENT, **given))["departmentDashboard"]


async def test_a_head_sees_income_costs_the_package_and_the_papers(asking: PayAsking) -> None:
    clinic = asking.hospital
    run = await clinic.publish(await clinic.calculate())
    async with clinic.owner.reading(clinic.id) as session:
        package = (
            await session.scalars(
                select(PerformancePackage).where(
                    PerformancePackage.run_id == run.id,
                    PerformancePackage.department_id == clinic.world.departments["CARD"],
                )
            )
        ).one()
    assert package.amount_fen is not None
    assert package.people >= 5

    found = await seen(asking, clinic.world.heads["CARD"])

    assert found["income"] == [
        {"key": "insurance", "amount": "1200.50"},
        {"key": "self_pay", "amount": "300.00"},
    ]
    assert found["costs"] == [
        {"key": "books", "amount": "200.00"},
        {"key": "travel", "amount": "50.00"},
    ]
    assert found["personnel"] == format_money(package.amount_fen)
    result_fen = 150_050 - 25_000 - package.amount_fen
    assert found["result"] == format_money(result_fen)
    assert [paper["executed"] for paper in found["papers"]] == ["200.00", "50.00"]
    assert found["budget"]["executed"] == "250.00"
    assert found["withheld"] == []
    values = {one["indicator"]: one["value"] for one in found["indicators"]}
    assert values["income_total"] == {"text": "1500.50", "version": 1, "state": "SHOWN"}


async def test_each_section_is_there_for_whoever_holds_its_permission(asking: PayAsking) -> None:
    clinic = asking.hospital
    await clinic.publish(await clinic.calculate())

    finance = await seen(asking, clinic.world.heads["FIN"])
    assert finance["costs"] is not None
    assert (finance["personnel"], finance["result"]) == (None, None)
    assert finance["withheld"] == ["PERSONNEL"]

    office = await seen(asking, clinic.office)
    assert office["personnel"] is not None
    assert (office["costs"], office["budget"], office["papers"]) == (None, None, [])
    assert office["result"] is None
    assert sorted(office["withheld"]) == ["BUDGET", "COSTS"]


async def test_the_package_of_a_few_people_or_of_an_open_period_is_not_in_it(
    asking: PayAsking,
) -> None:
    clinic = asking.hospital
    draft = await seen(asking, clinic.world.heads["CARD"])
    assert (draft["personnel"], draft["withheld"]) == (None, ["PERSONNEL"])
    await clinic.publish(await clinic.calculate())
    async with clinic.owner.transaction(clinic.id) as session:
        row = (
            await session.scalars(
                select(PerformancePackage).where(
                    PerformancePackage.department_id == clinic.world.departments["CARD"]
                )
            )
        ).first()
        assert row is not None
        row.people = 4
    small = await seen(asking, clinic.world.heads["CARD"])
    assert (small["personnel"], small["result"]) == (None, None)
    assert small["withheld"] == ["PERSONNEL"]


async def test_another_department_is_answered_like_none(asking: PayAsking) -> None:
    head = asking.hospital.world.heads["CARD"]
    for place in (asking.hospital.world.departments["SURG"], new_id()):
        given = {"place": encode_id("Department", place), "month": PERIOD, "first": 5}
        assert await asking.refused(head, DEPARTMENT, **given) == ["NOT_FOUND"]
        assert await asking.refused(head, REPORTS, place=given["place"]) == ["NOT_FOUND"]
    assert await asking.refused(head, HOSPITAL, month=PERIOD) == ["PERMISSION_DENIED"]
    member = asking.hospital.member("CARD", 2)
    own = encode_id("Department", asking.hospital.world.departments["CARD"])
    given = {"place": own, "month": PERIOD, "first": 5}
    assert await asking.refused(member, DEPARTMENT, **given) == ["PERMISSION_DENIED"]
    bad = {**given, "month": "2026-1"}
    assert await asking.refused(head, DEPARTMENT, **bad) == ["INDICATOR_MONTHS"]
    assert await asking.refused(head, DEPARTMENT, **{**given, "first": 1000}) == [
        "PAGE_SIZE_INVALID"
    ]


async def test_the_view_of_the_leaders_has_every_department_and_no_pay(asking: PayAsking) -> None:
    await asking.hospital.publish(await asking.hospital.calculate())
    president = asking.hospital.holder("president")
    found = (await asking.ask(president, HOSPITAL, month=PERIOD))["hospitalDashboard"]
    rows = {row["department"]["code"]: row for row in found["departments"]}
    assert (rows["CARD"]["income"], rows["CARD"]["cost"]) == ("1500.50", "250.00")
    assert (rows["SURG"]["income"], rows["SURG"]["cost"]) == ("999.00", "77.00")
    values = {one["indicator"]: one["value"]["text"] for one in found["indicators"]}
    assert values["income_total"] == "2499.50"
    office = (await asking.ask(asking.hospital.office, HOSPITAL, month=PERIOD))["hospitalDashboard"]
    assert {row["cost"] for row in office["departments"]} == {None}


async def make(asking: PayAsking, who: uuid.UUID, month: str = PERIOD, code: str = "CARD") -> Any:
    place = encode_id("Department", asking.hospital.world.departments[code])
    given = {"idempotencyKey": key(), "departmentId": place, "month": month}
    return (await asking.ask(who, MAKE, input=given))["makeMonthlyReport"]


async def test_a_report_is_frozen_with_the_definitions_and_a_new_edition_follows_a_change(
    asking: PayAsking,
) -> None:
    head = asking.hospital.world.heads["CARD"]
    early = await make(asking, head)
    assert [one["code"] for one in early["userErrors"]] == ["REPORT_MONTH_OPEN"]
    asking.now = asking.now.replace(month=12, day=4)
    first = (await make(asking, head))["report"]
    assert (await make(asking, head))["report"]["id"] == first["id"]
    assert (first["edition"], first["month"]) == (1, PERIOD)
    (income,) = [one for one in first["indicators"] if one["code"] == "income_total"]
    assert (income["text"], income["version"]) == ("1500.50", 1)
    assert len(income["contentHash"]) == 64

    late = INCOME.replace("1200.50", "1300.50")
    given = {
        "idempotencyKey": key(),
        "dataset": "income",
        "sourceSystem": "his",
        "text": late,
    }
    await asking.ask(asking.hospital.world.heads["FIN"], IMPORT, input=given)
    second = (await make(asking, head))["report"]
    assert second["edition"] == 2
    assert second["contentHash"] != first["contentHash"]
    place = encode_id("Department", asking.hospital.world.departments["CARD"])
    listed = (await asking.ask(head, REPORTS, place=place))["monthlyReports"]
    assert [one["edition"] for one in listed] == [2, 1]
    assert listed[1]["contentHash"] == first["contentHash"]  # the first edition stays as it was

    clinic = asking.hospital
    viewer = await clinic.viewer(head)
    report_id = decode_id("MonthlyReport", first["id"])
    async with clinic.database.reading(clinic.id, staff_id=head) as session:
        page = report_page(await report_for(session, viewer=viewer, report_id=report_id)).decode()
    assert "心内科 2026-11 运营月报" in page
    assert "1500.50" in page
    assert "<script" not in page
    stranger = await clinic.viewer(clinic.world.heads["SURG"])
    async with clinic.database.reading(clinic.id, staff_id=stranger.staff_id) as session:
        with pytest.raises(Refusal) as refused:
            await report_for(session, viewer=stranger, report_id=report_id)
    assert refused.value.code == "NOT_FOUND"


async def test_the_server_makes_what_is_due_once_and_pay_is_in_none_of_it(
    asking: PayAsking,
) -> None:
    clinic = asking.hospital
    await clinic.publish(await clinic.calculate())
    later = asking.now.replace(month=12, day=3)
    assert await make_due_reports(clinic.database, clinic.id, later.replace(day=2)) == 0
    made = await make_due_reports(clinic.database, clinic.id, later)
    assert made == len(clinic.world.departments) + 2  # and the root of the tree, and the whole
    assert await make_due_reports(clinic.database, clinic.id, later) == 0
    async with clinic.owner.reading(clinic.id) as session:
        rows = (await session.scalars(select(MonthlyReport))).all()
        packages = (await session.scalars(select(PerformancePackage))).all()
    texts = [str(row.content) for row in rows]
    amounts = {str(clinic.amount(package)) for package in packages} - {"0"}
    assert len(rows) == made
    assert not [one for one in amounts if any(one in text for text in texts)]


async def make_whole(asking: PayAsking, who: uuid.UUID) -> Any:
    given = {"idempotencyKey": key(), "month": PERIOD}
    return (await asking.ask(who, MAKE, input=given))["makeMonthlyReport"]


async def test_the_hospitals_report_sums_its_departments_for_those_who_see_all_of_them(
    asking: PayAsking,
) -> None:
    clinic = asking.hospital
    president, head = clinic.holder("president"), clinic.world.heads["CARD"]
    asking.now = asking.now.replace(month=12, day=4)
    made = await make_whole(asking, president)
    assert made["userErrors"] == []
    report = made["report"]
    assert (await make_whole(asking, president))["report"]["id"] == report["id"]
    assert (report["edition"], report["month"]) == (1, PERIOD)
    (income,) = [one for one in report["indicators"] if one["code"] == "income_total"]
    assert income["text"] == "2499.50"
    assert sum(round(float(one["amount"]) * 100) for one in report["income"]) == 249_950
    listed = (await asking.ask(president, REPORTS))["monthlyReports"]
    assert [one["contentHash"] for one in listed] == [report["contentHash"]]

    viewer = await clinic.viewer(president)
    report_id = decode_id("MonthlyReport", report["id"])
    async with clinic.database.reading(clinic.id, staff_id=president) as session:
        page = report_page(await report_for(session, viewer=viewer, report_id=report_id)).decode()
    assert "2026-11 运营月报" in page
    assert "心内科（CARD）" in page
    assert "1500.50" in page
    assert "2499.50" in page
    refused = await make_whole(asking, head)
    assert [one["code"] for one in refused["userErrors"]] == ["PERMISSION_DENIED"]
    assert await asking.refused(head, REPORTS) == ["PERMISSION_DENIED"]
    stranger = await clinic.viewer(head)
    async with clinic.database.reading(clinic.id, staff_id=head) as session:
        with pytest.raises(Refusal) as hidden:
            await report_for(session, viewer=stranger, report_id=report_id)
    assert hidden.value.code == "NOT_FOUND"
