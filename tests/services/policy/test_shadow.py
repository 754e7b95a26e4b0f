"""A trial of rules counts what a hand would count, and leaves everything as it was."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.services.policy.rule_files import rule_files
from tests.services.policy.ruled import PLAN, bring, open_hospital, publish

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.policy.shadow import ShadowChange
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.vocabulary import Severity
from mobile_hrp.models.approval import ApprovalInstance
from mobile_hrp.models.document import Document
from mobile_hrp.models.finding import ControlFinding
from mobile_hrp.models.organization import Department, Staff
from mobile_hrp.models.policy import (
    PolicyPackage,
    PolicyPackageState,
    PolicyPublication,
    PolicyShadowFinding,
    PolicyShadowRun,
    ShadowRunState,
)
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.policy import shadow
from mobile_hrp.services.policy.shadow import (
    ShadowRunner,
    latest_shadow_run,
    request_shadow_run,
    shadow_findings,
)
from mobile_hrp.services.policy.suggestions import suggested_values

NOW = datetime.fromisoformat("2026-06-30T04:00:00+00:00")
CASH_LIMIT = """\
code: cash_limit
zh: 现金结算起点
en: Cash limit
source: 本院现金管理办法
effective_from: 2026-09-01
sample: false
keys: [scope]
values: [limit]
rows:
  - {scope: "*", limit: 500.00}
"""
STRICTER = {"controls": "controls:\n  C19: {severity: block}\n", "lodging": ""}


@dataclass
class Quarter:
    """A hospital and the loans somebody asked for, by what they are called here."""

    database: Database
    documents: dict[str, uuid.UUID]

    async def count(self, table: type) -> int:
        async with self.database.reading(PLAN.hospital_id) as session:
            return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def lend(database: Database, *, amount_fen: int, way: str, days_ago: int | None) -> uuid.UUID:
    """A loan asked for some days ago; None is a draft."""
    async with database.transaction(PLAN.hospital_id) as session:
        person, department = (
            await session.execute(
                select(Staff, Department).join(Department, Department.id == Staff.department_id)
            )
        ).first() or pytest.fail("nobody works here")
        at = NOW - timedelta(days=days_ago or 0)
        document = Document(
            hospital_id=PLAN.hospital_id,
            id=new_id(),
            number=f"JK-{new_id().hex[-10:]}",
            scenario_code="loan_request",
            scenario_version="1.0.0",
            title="示例借款",
            requester_id=person.id,
            department_id=department.id,
            campus_id=department.campus_id,
            status=DocumentStatus.DRAFT if days_ago is None else DocumentStatus.APPROVED,
            amount_fen=amount_fen,
            values={"loan_type": way, "loan_reason": "示例", "amount": amount_fen},
            version=1,
            created_at=at,
            submitted_at=None if days_ago is None else at,
        )
        session.add(document)
        await session.flush()
        return document.id


@pytest.fixture
async def quarter(owner_database: Database, database: Database) -> Quarter:
    await open_hospital(owner_database, database)
    papers: Mapping[str, Mapping[str, Any]] = {
        "small": {"amount_fen": 30_000, "way": "cash", "days_ago": 3},
        "at the limit": {"amount_fen": 50_000, "way": "cash", "days_ago": 10},
        "middling": {"amount_fen": 60_000, "way": "cash", "days_ago": 91},
        "large": {"amount_fen": 120_000, "way": "cash", "days_ago": 20},
        "transfer": {"amount_fen": 500_000, "way": "transfer", "days_ago": 5},
        "long ago": {"amount_fen": 900_000, "way": "cash", "days_ago": 93},
        "draft": {"amount_fen": 900_000, "way": "cash", "days_ago": None},
    }
    return Quarter(database, {name: await lend(database, **one) for name, one in papers.items()})


async def ask(quarter: Quarter, version: str = "2026.1", **given: Any) -> PolicyShadowRun:
    async with quarter.database.transaction(PLAN.hospital_id) as session:
        return await request_shadow_run(
            session,
            hospital_id=PLAN.hospital_id,
            code="our-rules",
            version=version,
            actor_id=None,
            now=NOW,
            **given,
        )


async def tried(quarter: Quarter, *, batch: int = 2) -> PolicyShadowRun:
    run = await ask(quarter)
    payload = {"hospital_id": str(PLAN.hospital_id), "run_id": str(run.id)}
    await ShadowRunner(quarter.database, batch=batch)(payload, NOW)
    async with quarter.database.reading(PLAN.hospital_id) as session:
        found = await latest_shadow_run(session, code="our-rules", version="2026.1")
    assert found is not None
    return found


async def test_the_counts_are_those_of_a_hand(quarter: Quarter) -> None:
    await bring(quarter.database, rule_files(**STRICTER, cash_limit=CASH_LIMIT))
    run = await tried(quarter)
    assert (run.state, run.documents) == (ShadowRunState.DONE, 5)
    # in force: 1,000 yuan and a reason; tried: 500 yuan and no way. Of 300, 500, 600, 1,200 in
    # cash the last two are above, and 5,000 goes by transfer.
    assert run.controls["C19"] == {
        "documents": 5,
        "would_block": 2,
        "does_block": 0,
        "appears": 1,
        "disappears": 0,
        "severity": 1,
        "unchecked": 0,
    }


async def test_the_documents_are_named_with_what_would_be_found(quarter: Quarter) -> None:
    await bring(quarter.database, rule_files(**STRICTER, cash_limit=CASH_LIMIT))
    run = await tried(quarter)
    async with quarter.database.reading(PLAN.hospital_id) as session:
        rows = await shadow_findings(session, run_id=run.id, first=50, control="C19")
        none = await shadow_findings(
            session, run_id=run.id, first=50, control="C19", changes=[ShadowChange.DISAPPEARS]
        )
    told = {document.id: (one.change, one.before, one.after) for one, document in rows}
    assert told == {
        quarter.documents["middling"]: (ShadowChange.APPEARS, None, Severity.BLOCK),
        quarter.documents["large"]: (
            ShadowChange.SEVERITY,
            Severity.REQUIRE_REASON,
            Severity.BLOCK,
        ),
    }
    assert {one.evidence["limit_fen"] for one, _ in rows} == {50_000}
    assert none == []


async def test_milder_rules_let_findings_go(quarter: Quarter) -> None:
    files = rule_files(controls="", lodging="", cash_limit=CASH_LIMIT.replace("500.00", "2000.00"))
    await bring(quarter.database, files)
    run = await tried(quarter)
    assert (run.controls["C19"]["disappears"], run.controls["C19"]["appears"]) == (1, 0)
    async with quarter.database.reading(PLAN.hospital_id) as session:
        ((one, document),) = await shadow_findings(session, run_id=run.id, first=50, control="C19")
    assert (one.change, document.id) == (ShadowChange.DISAPPEARS, quarter.documents["large"])


@pytest.mark.parametrize("batch", [1, 3, 5, 50])
async def test_batches_of_any_size_count_the_same(quarter: Quarter, batch: int) -> None:
    await bring(quarter.database, rule_files(**STRICTER, cash_limit=CASH_LIMIT))
    run = await tried(quarter, batch=batch)
    assert (run.documents, run.controls["C19"]["would_block"]) == (5, 2)


async def test_a_trial_has_no_effect_but_its_report(quarter: Quarter) -> None:
    await bring(quarter.database, rule_files(**STRICTER, cash_limit=CASH_LIMIT))
    tables = (ControlFinding, PolicyPublication, ApprovalInstance, Document)
    before = [await quarter.count(table) for table in tables]
    await tried(quarter)
    assert [await quarter.count(table) for table in tables] == before
    async with quarter.database.reading(PLAN.hospital_id) as session:
        state = await session.scalar(
            select(PolicyPackage.state).where(PolicyPackage.code == "our-rules")
        )
        statuses = (await session.scalars(select(Document.status).distinct())).all()
    assert state is PolicyPackageState.SHADOW
    assert set(statuses) == {DocumentStatus.APPROVED, DocumentStatus.DRAFT}


async def test_a_run_that_was_cut_off_goes_on_where_it_was(
    quarter: Quarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bring(quarter.database, rule_files(**STRICTER, cash_limit=CASH_LIMIT))
    run = await ask(quarter)
    judged = shadow._judged  # noqa: SLF001 - where the worker is killed
    calls = 0

    async def killed(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise ConnectionError
        return await judged(*given)

    monkeypatch.setattr(shadow, "_judged", killed)
    payload = {"hospital_id": str(PLAN.hospital_id), "run_id": str(run.id)}
    runner = ShadowRunner(quarter.database, batch=2)
    with pytest.raises(ConnectionError):
        await runner(payload, NOW)
    async with quarter.database.reading(PLAN.hospital_id) as session:
        half = await session.get(PolicyShadowRun, (PLAN.hospital_id, run.id))
    assert half is not None
    assert (half.state, half.documents) == (ShadowRunState.RUNNING, 2)

    again = await ask(quarter)
    assert again.id == run.id
    await runner(payload, NOW)
    await runner(payload, NOW)
    async with quarter.database.reading(PLAN.hospital_id) as session:
        done = await session.get(PolicyShadowRun, (PLAN.hospital_id, run.id))
    assert done is not None
    assert (done.state, done.documents) == (ShadowRunState.DONE, 5)
    assert done.controls["C19"]["would_block"] == 2
    assert await quarter.count(PolicyShadowRun) == 1


async def test_what_is_written_down_has_a_limit_the_counts_have_none(
    quarter: Quarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow, "FINDINGS_KEPT_MAX", 1)
    await bring(quarter.database, rule_files(**STRICTER, cash_limit=CASH_LIMIT))
    run = await tried(quarter)
    assert await quarter.count(PolicyShadowFinding) == run.kept == 1
    assert run.controls["C19"]["would_block"] == 2


async def test_once_published_a_package_differs_from_nothing(quarter: Quarter) -> None:
    table = CASH_LIMIT.replace("2026-09-01", "2026-01-01")
    await bring(quarter.database, rule_files(**STRICTER, cash_limit=table))
    await publish(quarter.database)
    run = await tried(quarter)
    counts = run.controls["C19"]
    assert (counts["does_block"], counts["would_block"]) == (2, 2)
    assert (counts["appears"], counts["disappears"], counts["severity"]) == (0, 0, 0)


async def test_a_trial_of_what_was_never_imported_is_refused(quarter: Quarter) -> None:
    with pytest.raises(Refusal) as caught:
        await ask(quarter, "2099.1")
    assert caught.value.code == "POLICY_PACKAGE_UNKNOWN"
    await bring(quarter.database, rule_files())
    for days in (0, -1, 401):
        with pytest.raises(Refusal) as caught:
            await ask(quarter, days=days)
        assert caught.value.code == "POLICY_SHADOW_PERIOD"
    assert await quarter.count(PolicyShadowRun) == 0


async def test_a_trip_is_told_its_allowance_in_yuan(quarter: Quarter) -> None:
    async with quarter.database.transaction(PLAN.hospital_id) as session:
        document = await session.scalar(
            select(Document).where(Document.id == quarter.documents["draft"])
        )
        assert document is not None
        document.scenario_code = "travel_claim"
        document.values = {"dep_date": "2026-06-01", "return_date": "2026-06-02"}
        found = await suggested_values(session, document=document, now=NOW)
        assert [(row["kind"], row["amount"]) for row in found["allowance"]] == [
            ("meals", "200.00"),
            ("local_transport", "160.00"),
        ]
        assert "allowance" not in document.values


async def test_a_form_that_asks_for_nothing_gets_no_suggestion(quarter: Quarter) -> None:
    async with quarter.database.reading(PLAN.hospital_id) as session:
        document = await session.scalar(
            select(Document).where(Document.id == quarter.documents["small"])
        )
        assert document is not None
        assert await suggested_values(session, document=document, now=NOW) == {}
