"""Try a rule package on what was submitted, without effect: what would have been blocked?

Documents are judged as they are stored, on the day they were submitted, once by the policy in
force and once as if the package had been in force all the time. They come in batches in the order
of their ids, each batch with its counts in one transaction, so that neither a large quarter nor a
killed worker matters.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import defer

from mobile_hrp.domain.policy.settings import merged_settings
from mobile_hrp.domain.policy.shadow import (
    ShadowChange,
    ShadowDifference,
    ShadowTally,
    as_if_in_force,
)
from mobile_hrp.domain.policy.tables import PolicyTables
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.models.policy import (
    PolicyPackage,
    PolicyPackageState,
    PolicyShadowFinding,
    PolicyShadowRun,
    ShadowRunState,
)
from mobile_hrp.runtime import jobs
from mobile_hrp.runtime.database import AnySession, Database, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.policy.evaluating import SUBMITTING, configured_controls, find_under
from mobile_hrp.services.policy.packages import package_named
from mobile_hrp.services.policy.subject import policy_document
from mobile_hrp.services.policy.tables import (
    PolicyInForce,
    counting_packages,
    decoded_settings,
    history_of,
    policy_in_force,
    table_rows,
)
from mobile_hrp.services.scenarios import loaded_scenario

SHADOW_JOB: Final = "try_rules"
QUARTER: Final = timedelta(days=92)
DAYS_MAX: Final = 400
BATCH: Final = 50
FINDINGS_KEPT_MAX: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Trial:
    """The two policies a run compares."""

    present: PolicyInForce
    tried: PolicyInForce


async def request_shadow_run(
    session: WriteSession,
    *,
    hospital_id: int,
    code: str,
    version: str,
    days: int | None = None,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> PolicyShadowRun:
    """Ask the worker to try a package on the documents of the last quarter, or of ``days``.

    One that waits or runs already is answered instead of a second one.

    Raises:
        Refusal: POLICY_PACKAGE_UNKNOWN, POLICY_SHADOW_PERIOD.
    """
    if days is not None and not 1 <= days <= DAYS_MAX:
        raise Refusal("POLICY_SHADOW_PERIOD", path="days", limit=DAYS_MAX)
    package = await package_named(session, code=code, version=version)
    await session.refresh(package, with_for_update=True)
    run = await session.scalar(
        select(PolicyShadowRun)
        .where(
            PolicyShadowRun.package_id == package.id, PolicyShadowRun.state != ShadowRunState.DONE
        )
        .limit(1)
    )
    if run is None:
        run = PolicyShadowRun(
            hospital_id=hospital_id,
            id=new_id(),
            package_id=package.id,
            base_revision=(await policy_in_force(session)).revision,
            state=ShadowRunState.QUEUED,
            from_at=now - (QUARTER if days is None else timedelta(days=days)),
            until_at=now,
            documents=0,
            would_block=0,
            does_block=0,
            controls={},
            kept=0,
            requested_by=actor_id,
            requested_at=now,
        )
        session.add(run)
        if package.state is PolicyPackageState.IMPORTED:
            package.state = PolicyPackageState.SHADOW
        await _note(session, run, package, actor_id, now)
        await session.flush()
    await jobs.enqueue(
        session,
        SHADOW_JOB,
        {"hospital_id": hospital_id, "run_id": run.id},
        dedupe_key=f"{SHADOW_JOB}:{hospital_id}:{run.id}",
    )
    return run


async def _note(
    session: WriteSession,
    run: PolicyShadowRun,
    package: PolicyPackage,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> None:
    await audit.record(
        session,
        hospital_id=run.hospital_id,
        actor_id=actor_id,
        action="policy.shadow",
        subject_type="policy_package",
        subject_id=package.id,
        detail={"code": package.code, "version": package.version, "run": str(run.id)},
        now=now,
    )


@dataclass(frozen=True, slots=True)
class ShadowRunner:
    """The worker's side of a trial. A run that is done, or unknown, is left alone."""

    database: Database
    batch: int = BATCH

    async def __call__(self, payload: Mapping[str, str], now: datetime) -> None:
        hospital_id, run_id = int(payload["hospital_id"]), uuid.UUID(payload["run_id"])
        trial: _Trial | None = None
        while True:
            async with self.database.transaction(hospital_id) as session:
                run = await session.scalar(
                    select(PolicyShadowRun).where(PolicyShadowRun.id == run_id).with_for_update()
                )
                if run is None or run.state is ShadowRunState.DONE:
                    return
                trial = trial or await _trial(session, run.package_id)
                await try_batch(session, run=run, trial=trial, size=self.batch, now=now)


async def _trial(session: AnySession, package_id: uuid.UUID) -> _Trial:
    present = await policy_in_force(session)
    counting = await counting_packages(session)
    package = await session.scalar(select(PolicyPackage).where(PolicyPackage.id == package_id))
    if package is None:
        raise LookupError(package_id)
    others = [one for one in counting if one.id != package.id]
    published = [
        one
        for one in others
        if one.state is PolicyPackageState.PUBLISHED and one.code != package.code
    ]
    tables = as_if_in_force(
        history_of(await table_rows(session, others)), await table_rows(session, [package])
    )
    settings = merged_settings(decoded_settings(one.settings) for one in [*published, package])
    return _Trial(present, PolicyInForce(present.revision + 1, PolicyTables(tables), settings))


async def try_batch(
    session: WriteSession, *, run: PolicyShadowRun, trial: _Trial, size: int, now: datetime
) -> None:
    """Judge the next documents of a run and add to its counts; ends it after the last."""
    documents = await _next_documents(session, run, size)
    tally = ShadowTally(run.documents, run.would_block, run.does_block)
    tally.include(run.controls)
    lines = await _lines_of(session, documents)
    for document in documents:
        differences = await _judged(session, document, lines[document.id], trial, tally)
        kept = differences[: FINDINGS_KEPT_MAX - run.kept]
        session.add_all(_row(run, document, one) for one in kept)
        run.kept += len(kept)
        run.after_id = document.id
    run.documents, run.would_block, run.does_block = (
        tally.documents,
        tally.would_block,
        tally.does_block,
    )
    run.controls = {code: asdict(count) for code, count in sorted(tally.controls.items())}
    run.state = ShadowRunState.RUNNING
    if len(documents) < size:
        run.state, run.finished_at = ShadowRunState.DONE, now
    await session.flush()


async def _next_documents(
    session: AnySession, run: PolicyShadowRun, size: int
) -> Sequence[Document]:
    statement = (
        select(Document)
        .where(Document.submitted_at > run.from_at, Document.submitted_at <= run.until_at)
        .order_by(Document.id)
        .limit(size)
    )
    if run.after_id is not None:
        statement = statement.where(Document.id > run.after_id)
    return (await session.scalars(statement)).all()


async def _lines_of(
    session: AnySession, documents: Sequence[Document]
) -> dict[uuid.UUID, list[DocumentLine]]:
    lines: dict[uuid.UUID, list[DocumentLine]] = {one.id: [] for one in documents}
    rows = await session.scalars(
        select(DocumentLine)
        .where(DocumentLine.document_id.in_(list(lines)))
        .order_by(DocumentLine.document_id, DocumentLine.position)
    )
    for line in rows:
        lines[line.document_id].append(line)
    return lines


async def _judged(
    session: AnySession,
    document: Document,
    lines: Sequence[DocumentLine],
    trial: _Trial,
    tally: ShadowTally,
) -> list[ShadowDifference]:
    loaded = await loaded_scenario(session, document.scenario_code, document.scenario_version)
    at = document.submitted_at or document.created_at
    subject = await policy_document(session, document=document, loaded=loaded, lines=lines, now=at)
    before, after = await find_under(
        session,
        (trial.present, trial.tried),
        subject=subject,
        loaded=loaded,
        stages=SUBMITTING,
        now=at,
    )
    configured = (one.code for one in configured_controls(loaded) if one.stage in SUBMITTING)
    return tally.add(configured, before, after)


def _row(run: PolicyShadowRun, document: Document, one: ShadowDifference) -> PolicyShadowFinding:
    return PolicyShadowFinding(
        hospital_id=run.hospital_id,
        id=new_id(),
        run_id=run.id,
        document_id=document.id,
        change=one.change,
        control=one.finding.control,
        key=one.finding.key,
        case=one.finding.case,
        path=one.finding.path,
        before=one.before,
        after=one.after,
        evidence={
            name: list(value) if isinstance(value, tuple) else value
            for name, value in one.finding.evidence.items()
        },
    )


async def shadow_run(session: AnySession, run_id: uuid.UUID) -> PolicyShadowRun:
    """Raises Refusal NOT_FOUND."""
    run = await session.scalar(select(PolicyShadowRun).where(PolicyShadowRun.id == run_id))
    if run is None:
        raise Refusal("NOT_FOUND", path="runId")
    return run


async def latest_shadow_run(
    session: AnySession, *, code: str, version: str
) -> PolicyShadowRun | None:
    """The last trial of a package. Raises Refusal POLICY_PACKAGE_UNKNOWN."""
    package = await package_named(session, code=code, version=version)
    return await session.scalar(
        select(PolicyShadowRun)
        .where(PolicyShadowRun.package_id == package.id)
        .order_by(PolicyShadowRun.requested_at.desc(), PolicyShadowRun.id.desc())
        .limit(1)
    )


async def shadow_findings(
    session: AnySession,
    *,
    run_id: uuid.UUID,
    first: int,
    after: uuid.UUID | None = None,
    control: str | None = None,
    changes: Sequence[ShadowChange] = (),
) -> list[tuple[PolicyShadowFinding, Document]]:
    """What a trial wrote down, with the documents, in the order it came to them."""
    statement = (
        select(PolicyShadowFinding, Document)
        .join(
            Document,
            (Document.hospital_id == PolicyShadowFinding.hospital_id)
            & (Document.id == PolicyShadowFinding.document_id),
        )
        .where(PolicyShadowFinding.run_id == run_id)
        .options(defer(Document.values))
        .order_by(PolicyShadowFinding.id)
        .limit(first)
    )
    if after is not None:
        statement = statement.where(PolicyShadowFinding.id > after)
    if control is not None:
        statement = statement.where(PolicyShadowFinding.control == control)
    if changes:
        statement = statement.where(PolicyShadowFinding.change.in_(list(changes)))
    return [(row[0], row[1]) for row in (await session.execute(statement)).all()]
