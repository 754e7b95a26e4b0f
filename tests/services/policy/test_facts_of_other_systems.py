"""Facts that other systems know: projects, goods, licences, leave, rosters, suppliers."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.services.policy.judged import AT, JudgedHospital
from tests.services.policy.ruled import PLAN, open_hospital

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.policy.facts.assets import AssetUse, SimilarAssets
from mobile_hrp.domain.policy.facts.leave import LeaveFacts
from mobile_hrp.domain.policy.facts.licences import Licence, LicenceFacts
from mobile_hrp.domain.policy.facts.research import LaborRecipients, ResearchFacts
from mobile_hrp.domain.policy.facts.roster import RosterFacts, Shift
from mobile_hrp.domain.policy.facts.stock import Batch, StockFacts, StockPosition
from mobile_hrp.domain.policy.facts.suppliers import DonationFacts, SupplierFacts, SupplierShare
from mobile_hrp.models.organization import Project, Supplier
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id

HOSPITAL = PLAN.hospital_id


@pytest.fixture
async def hospital(owner_database: Database, database: Database) -> JudgedHospital:
    await open_hospital(owner_database, database)
    return JudgedHospital.of(database, owner_database)


async def supplier(hospital: JudgedHospital, tax_id: str = "T-1", name: str = "康医") -> str:
    key = new_id()
    await hospital.add(Supplier(hospital_id=HOSPITAL, id=key, name=name, tax_id=tax_id))
    return str(key)


async def test_a_project_comes_with_its_leader_its_lines_and_its_kind(
    hospital: JudgedHospital,
) -> None:
    project_id, leader = new_id(), hospital.member("OFFICE")
    await hospital.add(
        Project(
            hospital_id=HOSPITAL,
            id=project_id,
            code="K-1",
            name="脓毒症",
            leader_id=leader,
            department_id=hospital.world.departments["OFFICE"],
            starts_on=date(2025, 1, 1),
            ends_on=date(2026, 12, 31),
        )
    )
    line = next(iter(hospital.world.budget_lines.values()))
    values = {"project": str(project_id), "budget_line": str(line)}
    claim = await hospital.store("research_claim", values)
    facts = await hospital.load(ResearchFacts, claim)
    [project] = facts.projects.values()
    assert (project.code, project.leader_active, project.lump_sum) == ("K-1", True, False)
    assert project.leader_name == (await hospital.person(leader)).name
    assert facts.lines[line].project_id == ""
    await hospital.know(
        "research_project",
        "project_code,leader_number,starts_on,ends_on,lump_sum",
        "K-1,E1,2025-01-01,2026-12-31,true",
    )
    [project] = (await hospital.load(ResearchFacts, claim)).projects.values()
    assert project.lump_sum

    colleague = (await hospital.person(hospital.member("OFFICE", 1))).name
    await hospital.know(
        "project_member",
        "project_code,member_id,name,salaried",
        "K-1,E7,李四,true",
        "K-1,E8,王五,false",
    )
    people = [{"name": colleague, "amount": 1, "account": "1"}, {"name": "外人", "amount": 1}]
    paid = await hospital.store("research_claim", {**values, "recipients": people})
    assert await hospital.load(LaborRecipients, paid) == LaborRecipients(
        "脓毒症", frozenset({"E7", "李四"}), frozenset({colleague})
    )


async def test_quota_and_stock_are_found_by_code_and_by_name(hospital: JudgedHospital) -> None:
    values = {"items": [{"name": "纱布", "quantity": "1"}, {"name": "手套", "item_code": "G2"}]}
    document = await hospital.store("supplies_request", values)
    assert await hospital.load(StockFacts, document) is None
    code = await hospital.code_of("OFFICE")
    await hospital.know(
        "quota",
        "department_code,item_code,item_name,monthly_quota,monthly_average,used_this_month",
        f"{code},G1,纱布,100,60,40",
        "OTHER,G2,手套,1,1,1",
    )
    await hospital.know(
        "stock",
        "item_code,warehouse_code,batch,on_hand,in_transit,expires_on",
        "G1,W1,b1,5,2,2026-05-01",
        "G2,W1,b9,7,,",
    )
    facts = await hospital.load(StockFacts, document)
    assert facts.positions["纱布"] == StockPosition(
        Decimal(100),
        Decimal(40),
        Decimal(60),
        (Batch("b1", Decimal(5), date(2026, 5, 1)),),
        Decimal(2),
    )
    assert facts.positions["G2"] == StockPosition(batches=(Batch("b9", Decimal(7)),))
    assert "手套" not in facts.positions


async def test_equipment_is_found_by_class_and_valued_by_number(hospital: JudgedHospital) -> None:
    wish = await hospital.store("equipment_purchase", {"device": [{"name": "输液泵"}]})
    assert await hospital.load(SimilarAssets, wish) is None
    await hospital.know(
        "asset_use",
        "asset_class,asset_number,asset_name,department_code,use_rate,repair_cost,net_value",
        "输液泵,A1,泵一,,0.5,30.00,100.00",
        "监护仪,A2,仪二,,0.9,,",
    )
    assert await hospital.load(SimilarAssets, wish) == SimilarAssets(
        {"输液泵": (AssetUse("A1", "泵一", Decimal("0.5"), 3_000),)}
    )
    repair = await hospital.store("repair_request", {"asset": "A1", "quote": 1})
    assert (await hospital.load(StockFacts, repair)).net_values_fen == {"A1": 10_000}


async def test_licences_are_kept_by_tax_id_and_employee_number(hospital: JudgedHospital) -> None:
    seller, doctor = await supplier(hospital), hospital.member("OFFICE")
    award = await hospital.store("award_approval", {"supplier": seller})
    assert await hospital.load(LicenceFacts, award) is None
    number = (await hospital.person(doctor)).employee_number
    await hospital.know(
        "licence",
        "holder_kind,holder,licence_kind,licence_number,issued_on,expires_on",
        "supplier,T-1,business_licence,L1,,2027-01-01",
        f"person,{number},medical_practice,L2,,",
    )
    key = ("supplier", seller)
    assert await hospital.load(LicenceFacts, award) == LicenceFacts(
        {key: (Licence("business_licence", "L1", date(2027, 1, 1)),)}, {key: "康医"}
    )
    consult = await hospital.store("external_consult", {"doctor": str(doctor)})
    facts = await hospital.load(LicenceFacts, consult)
    assert facts.held["person", str(doctor)] == (Licence("medical_practice", "L2"),)


async def test_leave_knows_the_balance_and_who_else_is_away(hospital: JudgedHospital) -> None:
    dates = {"period": {"from": "2026-04-01", "to": "2026-04-03"}}
    document = await hospital.store("leave", {**dates, "kind": "annual", "days": "3"})
    assert await hospital.load(LeaveFacts, document) is None
    me = await hospital.person(document.requester_id)
    await hospital.know(
        "leave_balance",
        "employee_number,leave_kind,year,entitled_days,used_days",
        f"{me.employee_number},annual,2026,10,2.5",
        f"{me.employee_number},time_off,2025,9,0",
    )
    code = await hospital.code_of("OFFICE")
    await hospital.know(
        "staffing_floor",
        "department_code,job_category,least_on_duty",
        f"{code},{me.job_category},2",
        f"{code},astronaut,9",
    )
    colleague, *_ = [
        one
        for one in hospital.world.members["OFFICE"]
        if one != me.id and (await hospital.person(one)).job_category == me.job_category
    ]
    away = {"period": {"from": "2026-03-30", "to": "2026-04-01"}}
    await hospital.store("leave", away, requester=colleague)
    refused = DocumentStatus.REJECTED
    await hospital.store("leave", dates, requester=colleague, status=refused)
    facts = await hospital.load(LeaveFacts, document)
    assert facts.left == {"annual": Decimal("7.5")}
    assert facts.least == 2
    assert facts.headcount >= 2
    assert facts.absent == {date(2026, 4, 1): 1}


async def test_shifts_are_those_of_the_people_on_the_form(hospital: JudgedHospital) -> None:
    me, peer = hospital.member("OFFICE"), hospital.member("OFFICE", 1)
    number = (await hospital.person(peer)).employee_number
    swap = {"peer": str(peer), "peer_shift": f"{number}:2026-03-20:20:00"}
    document = await hospital.store("shift_swap", swap)
    assert await hospital.load(RosterFacts, document) is None
    await hospital.know(
        "shift",
        "employee_number,on,starts_at,ends_at,shift_kind,department_code,night",
        f"{number},2026-03-20,20:00,08:00,n,,true",
        "E-else,2026-03-20,08:00,16:00,d,,false",
    )
    facts = await hospital.load(RosterFacts, document)
    found = facts.shift(f"{number}:2026-03-20:20:00")
    assert found == Shift(
        f"{number}:2026-03-20:20:00",
        str(peer),
        datetime(2026, 3, 20, 20),  # noqa: DTZ001 - local time of the hospital
        datetime(2026, 3, 21, 8),  # noqa: DTZ001 - local time of the hospital
        night=True,
    )
    assert set(facts.shifts) == {str(peer)}
    assert {str(me), str(peer)} <= set(facts.names)


async def test_shares_count_the_payments_of_the_window(hospital: JudgedHospital) -> None:
    seller = await supplier(hospital)
    other = await supplier(hospital, "T-2", "他家")
    award = await hospital.store("award_approval", {"supplier": seller}, amount_fen=9)
    assert await hospital.load(SupplierFacts, award) is None
    await hospital.know(
        "supplier_relation",
        "supplier_tax_id,employee_number,relation",
        "T-1,E1,股东",
        "T-2,E2,配偶",
    )
    pay = {"supplier": seller}
    colleague = hospital.member("OFFICE", 1)
    await hospital.store("payment_request", pay, amount_fen=100)
    await hospital.store("payment_request", pay, amount_fen=30, requester=colleague)
    await hospital.store("payment_request", {"supplier": other}, amount_fen=5)
    await hospital.store("payment_request", pay, amount_fen=7, status=DocumentStatus.REJECTED)
    await hospital.store("payment_request", pay, amount_fen=7, at=AT - timedelta(days=366))
    await hospital.store("contract_approval", {"party": seller}, amount_fen=1_000)
    assert await hospital.load(SupplierFacts, award) == SupplierFacts(
        {seller: SupplierShare("康医", 130, 100, ("E1 股东",))}, 135
    )


async def test_a_gift_is_seen_beside_business_and_its_route(hospital: JudgedHospital) -> None:
    seller = await supplier(hospital)
    gift = await hospital.store("donation_accept", {"donor": seller, "value": 1})
    assert await hospital.load(DonationFacts, gift) == DonationFacts((), True, 5)
    contract = await hospital.store("contract_approval", {"party": seller})
    facts = await hospital.load(DonationFacts, gift)
    assert facts.business == (f"N-{contract.id}",)
    lecture = await hospital.store("part_time_filing", {"org": "康医", "income": 1})
    assert await hospital.load(DonationFacts, lecture) == DonationFacts((f"N-{contract.id}",))
    elsewhere = await hospital.store("part_time_filing", {"org": "别家", "income": 1})
    assert await hospital.load(DonationFacts, elsewhere) == DonationFacts()
