"""Facts from our own tables: files, earlier matters, decisions, snapshots, devices, periods."""

import uuid
from datetime import date, timedelta

import pytest
from tests.services.policy.judged import AT, JudgedHospital, charging, decided_by
from tests.services.policy.ruled import PLAN, open_hospital

from mobile_hrp.domain.document.snapshot import snapshot_hash
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.sessions import Platform
from mobile_hrp.domain.performance.terms import PackageState, PeriodState, RunState
from mobile_hrp.domain.policy.facts.accounts import AccountChange
from mobile_hrp.domain.policy.facts.collective import CollectiveDecision, Minutes
from mobile_hrp.domain.policy.facts.delegation import DelegationFacts, StandingGrant
from mobile_hrp.domain.policy.facts.devices import DeviceFacts
from mobile_hrp.domain.policy.facts.distribution import DistributionFacts, ObjectionFacts
from mobile_hrp.domain.policy.facts.earlier import EarlierMatters
from mobile_hrp.domain.policy.facts.files import AttachedFiles
from mobile_hrp.domain.policy.facts.periods import AccountingPeriod, PeriodFacts
from mobile_hrp.domain.policy.facts.snapshot import SnapshotFacts
from mobile_hrp.models.delegation import ApprovalProxy
from mobile_hrp.models.document import DocumentVersion
from mobile_hrp.models.identity import Device
from mobile_hrp.models.performance import PerformancePackage, PerformancePeriod, PerformanceRun
from mobile_hrp.models.receipt import Receipt, ReceiptStatus
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id

HOSPITAL = PLAN.hospital_id


@pytest.fixture
async def hospital(owner_database: Database, database: Database) -> JudgedHospital:
    await open_hospital(owner_database, database)
    return JudgedHospital.of(database, owner_database)


async def test_a_file_is_known_by_its_hash_and_a_foreign_id_is_not(
    hospital: JudgedHospital,
) -> None:
    file_id, sha256 = new_id(), "ab" * 32
    await hospital.add(
        Receipt(
            hospital_id=HOSPITAL,
            id=file_id,
            sha256=sha256,
            size_bytes=3,
            content_type="application/pdf",
            original_name="a.pdf",
            storage_key="k",
            uploaded_by=hospital.member("OFFICE"),
            status=ReceiptStatus.UPLOADED,
            created_at=AT,
        )
    )
    seal = await hospital.store("seal_use", {"file": [str(file_id), str(uuid.UUID(int=8)), "x"]})
    assert await hospital.load(AttachedFiles, seal) == AttachedFiles({str(file_id): sha256})


async def test_earlier_matters_are_those_of_standing_documents_of_the_same_kind(
    hospital: JudgedHospital,
) -> None:
    row = {"lines": [{"description": "taxi", "amount": 1}]}
    claim = await hospital.store("general_claim", row)
    await hospital.store("general_claim", row, at=AT - timedelta(days=3))
    await hospital.store("general_claim", row, status=DocumentStatus.DRAFT)
    await hospital.store("general_claim", row, status=DocumentStatus.WITHDRAWN)
    await hospital.store("general_claim", row, requester=hospital.member("OFFICE", 1))
    await hospital.store("purchase_request", {"items": [{"name": "taxi", "amount": 1}]})
    found = await hospital.load(EarlierMatters, claim)
    assert [(one.submitted_on, one.matter.words) for one in found.claimed] == [
        (date(2026, 3, 13), "taxi")
    ]


async def test_minutes_are_looked_up_in_the_register_and_on_linked_documents(
    hospital: JudgedHospital,
) -> None:
    await hospital.know(
        "meeting_minutes",
        "minutes_number,body,held_on,subject,approved",
        "M-1,党委会,2026-03-02,x,true",
        "M-2,院长办公会,2026-03-03,x,false",
    )
    award = await hospital.store("award_approval", {"minutes_no": "M-1"})
    contract = await hospital.store(
        "contract_approval", {"minutes_no": "M-2", "request_no": str(award.id)}
    )
    facts = await hospital.load(CollectiveDecision, contract)
    first = Minutes("M-1", "党委会", date(2026, 3, 2), approved=True)
    assert facts.registered["M-2"].approved is False
    assert facts.earlier == (first,)
    assert facts.meeting_on_route is False


@pytest.mark.parametrize(("amount_fen", "meets"), [(20_000_000, False), (20_000_001, True)])
async def test_a_meeting_ahead_is_seen_on_the_route(
    hospital: JudgedHospital, amount_fen: int, meets: bool
) -> None:
    spend = await hospital.store("spend_request", {"amount": amount_fen}, amount_fen=amount_fen)
    assert (await hospital.load(CollectiveDecision, spend)).meeting_on_route is meets


async def test_a_snapshot_is_compared_with_what_stands_there_now(hospital: JudgedHospital) -> None:
    document = await hospital.store("seal_use", {"copies": 2})
    assert await hospital.load(SnapshotFacts, document) is None
    content = {
        "title": "seal_use",
        "department": str(document.department_id),
        "amount_fen": 0,
        "values": {"copies": 1},
    }
    await hospital.add(
        DocumentVersion(
            hospital_id=HOSPITAL,
            id=new_id(),
            document_id=document.id,
            version=4,
            snapshot_hash=snapshot_hash(content),
            content=content,
            created_by=document.requester_id,
            created_at=AT,
        )
    )
    changed = {**content, "values": {"copies": 2}}
    assert await hospital.load(SnapshotFacts, document) == SnapshotFacts(
        4, snapshot_hash(content), snapshot_hash(changed), ("values.copies",)
    )


async def test_a_device_is_known_since_its_owner_first_used_it(hospital: JudgedHospital) -> None:
    document = await hospital.store("payee_change", {})
    mine, device_id = hospital.member("OFFICE"), new_id()
    await hospital.add(
        Device(
            hospital_id=HOSPITAL,
            id=device_id,
            staff_id=mine,
            installation_id=new_id(),
            platform=Platform.ANDROID,
            label="Pad",
            first_seen_at=AT - timedelta(days=1),
            last_seen_at=AT,
        )
    )
    facts = await hospital.load(DeviceFacts, decided_by(document, mine, device_id))
    assert (facts.label, facts.first_seen_at) == ("Pad", AT - timedelta(days=1))
    assert facts.local_at.isoformat() == "2026-03-16T10:30:00+08:00"
    other = hospital.member("OFFICE", 1)
    for who, whose in ((other, device_id), (mine, None), (mine, uuid.UUID(int=9))):
        unknown = await hospital.load(DeviceFacts, decided_by(document, who, whose))
        assert unknown is not None
        assert unknown.first_seen_at is None
        assert unknown.local_at == facts.local_at
    assert await hospital.load(DeviceFacts, document) is None


async def test_grants_that_stand_are_told_in_days_of_the_hospital(hospital: JudgedHospital) -> None:
    me, delegate = hospital.member("OFFICE"), hospital.member("OFFICE", 1)
    grant = {"delegate": str(delegate)}
    document = await hospital.store("delegation_grant", grant)

    def proxy(principal: uuid.UUID, **more: object) -> ApprovalProxy:
        times = {"starts_at": AT, "ends_at": AT + timedelta(days=2), **more}
        return ApprovalProxy(
            hospital_id=HOSPITAL,
            id=new_id(),
            principal_id=principal,
            proxy_id=hospital.member("OFFICE", 2),
            flows=["leave"],
            reason="x",
            created_at=AT,
            **times,
        )

    await hospital.add(
        proxy(delegate),
        proxy(me, starts_at=AT - timedelta(days=2), ends_at=AT),
        proxy(me, revoked_at=AT, revoked_by=me),
    )
    facts = await hospital.load(DelegationFacts, document)
    assert facts.grants == (
        StandingGrant(
            str(delegate),
            str(hospital.member("OFFICE", 2)),
            date(2026, 3, 16),
            date(2026, 3, 18),
            frozenset({"leave"}),
        ),
    )
    assert facts.delegate_active
    assert facts.own_requests == 0
    assert {"leave", "general_claim"} <= facts.scenarios
    assert facts.rank == (await hospital.person(me)).rank


async def test_the_period_of_the_day_and_the_lines_that_are_charged(
    hospital: JudgedHospital,
) -> None:
    line = next(iter(hospital.world.budget_lines.values()))
    document = charging(await hospital.store("general_claim", {}), line, uuid.UUID(int=5))
    facts = await hospital.load(PeriodFacts, document)
    assert facts.period is None
    assert [found.closed for found in facts.lines.values()] == [False]
    assert set(facts.lines) == {line}
    await hospital.know(
        "accounting_period",
        "period,starts_on,ends_on,state",
        "2026-02,2026-02-01,2026-02-28,closed",
        "2026-03,2026-03-01,2026-03-31,open",
    )
    facts = await hospital.load(PeriodFacts, document)
    assert facts.period == AccountingPeriod(
        "2026-03", date(2026, 3, 1), date(2026, 3, 31), open=True
    )


async def test_an_account_is_changed_by_its_owner_and_checked_by_others(
    hospital: JudgedHospital,
) -> None:
    values = {"owner": "staff", "new_account": "6222"}
    document = await hospital.store("payee_change", values)
    assert await hospital.load(AccountChange, document) is None
    number = (await hospital.person(document.requester_id)).employee_number
    columns = "account_number,holder_kind,holder,holder_name,bank_name,added_on"
    await hospital.know(
        "payee_account",
        columns,
        f"6111,staff,{number},x,,2026-02-01",
        f"6112,staff,{number},x,,2026-02-03",
        "6999,staff,other,x,,2026-03-03",
    )
    facts = await hospital.load(AccountChange, document)
    assert facts.current == ("6111", "6112")
    assert facts.changed_on == date(2026, 2, 3)
    assert (facts.step_up, facts.old_contact, facts.verified) == (True, True, None)
    assert facts.verifiers > 0
    await hospital.know(
        "account_verification",
        "account_number,verification_kind,verified_by,verified_on,passed",
        "6222,bank,,2026-03-01,false",
    )
    assert (await hospital.load(AccountChange, document)).verified is False


async def test_packages_and_windows_are_those_of_the_named_period(
    hospital: JudgedHospital,
) -> None:
    values = {"period": "2030-01"}
    document = await hospital.store("perf_secondary", values)
    assert await hospital.load(DistributionFacts, document) is None
    period_id, run_id, maker = new_id(), new_id(), hospital.member("OFFICE", 1)
    await hospital.add(
        PerformancePeriod(
            hospital_id=HOSPITAL,
            id=period_id,
            code="2030-01",
            first_day=date(2026, 3, 1),
            last_day=date(2026, 3, 31),
            state=PeriodState.PUBLICITY,
            publicity_from=AT,
            publicity_until=AT + timedelta(days=5),
        )
    )
    await hospital.add(
        PerformanceRun(
            hospital_id=HOSPITAL,
            id=run_id,
            period_id=period_id,
            sequence=1,
            state=RunState.PUBLISHED,
            rule_version="2026-1",
            calculated_by=maker,
            created_at=AT,
        )
    )
    await hospital.add(
        PerformancePackage(
            hospital_id=HOSPITAL,
            id=new_id(),
            run_id=run_id,
            department_id=document.department_id,
            amount_fen=700,
            state=PackageState.PROPOSED,
        )
    )
    facts = await hospital.load(DistributionFacts, document)
    assert (facts.package_fen, facts.rule_version) == (700, "2026-1")
    assert facts.recalculated_fen is None
    assert str(document.requester_id) in facts.members
    assert str(hospital.member("EQP")) not in facts.members
    dispute = await hospital.store("perf_dispute", values)
    window = await hospital.load(ObjectionFacts, dispute)
    assert (window.opens_at, window.closes_at) == (AT, AT + timedelta(days=5))
    assert window.calculated_by == maker
    assert window.handlers == frozenset(hospital.world.role_holders["performance_office"])
    assert not window.earlier_decided
    decided = await hospital.store("perf_dispute", values, status=DocumentStatus.REJECTED)
    appeal = await hospital.store("perf_dispute", {**values, "earlier": str(decided.id)})
    assert (await hospital.load(ObjectionFacts, appeal)).earlier_decided
