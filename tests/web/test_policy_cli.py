"""The example of docs/policy.md, taken through a hospital at the command line."""

import asyncio
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.web.conftest import PASSWORD, Web
from typer.testing import CliRunner

from mobile_hrp.cli import app
from mobile_hrp.demo.waiting import until
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.models.document import Document
from mobile_hrp.models.policy import PolicyShadowRun, ShadowRunState
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.policy.shadow import ShadowRunner
from mobile_hrp.synthetic.hospital.filling import publish_core_rules

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "policy-2027"
NAMED = ("our-policy", "2027.1")


class Desk:
    """Somebody of the hospital at the command line."""

    def __init__(self, web: Web, role: str) -> None:
        holder = web.world.role_holders[role][0]
        row = next(one for one in web.world.rows["staff"] if one["id"] == holder)
        self.account = [
            *("--url", web.url, "--hospital", web.world.plan.code),
            *("--login", row["employee_number"].lower(), "--password", PASSWORD),
        ]

    async def says(self, *words: str, exit_code: int = 0) -> str:
        result = await asyncio.to_thread(CliRunner().invoke, app, ["policy", *words, *self.account])
        assert result.exit_code == exit_code, result.output
        return result.output


@pytest.fixture
async def ruled(web: Web) -> Web:
    await publish_core_rules(web.database, web.world.plan)
    return web


def test_the_example_is_sound() -> None:
    result = CliRunner().invoke(app, ["policy", "check", str(EXAMPLE)])
    assert result.output == "our-policy 2027.1: 2 tables, 2 controls, 0 errors\n"


def test_a_spoiled_example_is_refused_line_by_line(tmp_path: Path) -> None:
    for file in EXAMPLE.rglob("*.*"):
        target = tmp_path / file.relative_to(EXAMPLE)
        target.parent.mkdir(exist_ok=True)
        target.write_text(file.read_text("utf-8").replace("500.00", "-500.00"), "utf-8")
    result = CliRunner().invoke(app, ["policy", "check", str(tmp_path)])
    assert result.exit_code == 1
    assert "policy_tables/cash_limit.yaml:10:rows.0.limit" in result.output
    assert "POLICY_VALUE_NEGATIVE: limit must not be negative" in result.output


async def test_a_standard_is_brought_in_compared_published_and_taken_back(ruled: Web) -> None:
    finance, chief = Desk(ruled, "finance_head"), Desk(ruled, "chief_accountant")
    said = await finance.says("import", str(EXAMPLE), "--dry-run")
    assert "2 tables; dry run, nothing was written" in said
    said = await chief.says("diff", *NAMED, exit_code=1)
    assert "POLICY_PACKAGE_UNKNOWN" in said

    said = await finance.says("import", str(EXAMPLE))
    assert "our-policy 2027.1: 2 tables; imported" in said
    said = await chief.says("diff", *NAMED)
    assert "~ cash_limit [*] limit=1000.00 -> limit=500.00 (2027-01-01)" in said
    assert "~ C11 require_reason -> require_extra_approver" in said
    assert "~ C19 [loan_request] require_reason -> block" in said

    said = await finance.says("publish", *NAMED, exit_code=1)
    assert "PERMISSION_DENIED" in said
    said = await chief.says("publish", *NAMED)
    assert "our-policy 2027.1 is in force" in said
    said = await chief.says("rollback", "our-policy", "标准表有误")
    assert "nothing of our-policy is in force" in said


async def lend_in_cash(web: Web, amount_fen: int) -> None:
    world = web.world
    requester: uuid.UUID = world.heads["CARD"]
    at = utc_now() - timedelta(days=3)
    async with web.database.transaction(world.plan.hospital_id) as session:
        session.add(
            Document(
                hospital_id=world.plan.hospital_id,
                id=new_id(),
                number=f"JK-{amount_fen}",
                scenario_code="loan_request",
                scenario_version="1.0.0",
                title="示例借款",
                requester_id=requester,
                department_id=world.departments["CARD"],
                campus_id=world.department_campus["CARD"],
                status=DocumentStatus.APPROVED,
                amount_fen=amount_fen,
                values={"loan_type": "cash", "loan_reason": "示例", "amount": amount_fen},
                version=1,
                created_at=at,
                submitted_at=at,
            )
        )


async def work(web: Web) -> None:
    """What the worker does once it hears of the trial."""
    hospital_id = web.world.plan.hospital_id

    async def waiting() -> uuid.UUID | None:
        async with web.database.reading(hospital_id) as session:
            return await session.scalar(
                select(PolicyShadowRun.id).where(PolicyShadowRun.state == ShadowRunState.QUEUED)
            )

    run_id = await until(waiting, "a trial to be asked for")
    await ShadowRunner(web.database)(
        {"hospital_id": str(hospital_id), "run_id": str(run_id)}, utc_now()
    )


async def test_a_trial_names_what_would_have_been_blocked(ruled: Web) -> None:
    for amount_fen in (40_000, 80_000, 150_000):
        await lend_in_cash(ruled, amount_fen)
    finance = Desk(ruled, "finance_head")
    await finance.says("import", str(EXAMPLE))
    said, _ = await asyncio.gather(finance.says("shadow", *NAMED), work(ruled))
    assert "C19: would block 2 of 3, 1 appear, 0 go, 1 weigh otherwise, 0 lack data" in said
    assert "JK-80000 C19 APPEARS (BLOCK)" in said
    assert "JK-150000 C19 SEVERITY (REQUIRE_REASON -> BLOCK)" in said
    assert "JK-40000 C19" not in said
