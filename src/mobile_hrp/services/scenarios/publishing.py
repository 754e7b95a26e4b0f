"""Put imported scenarios into force, and back; running approvals keep the version they began with.

Before that the gate is asked once more, with the people who hold the roles today, and the last
quarter's documents are routed by the new rules: what would have gone another way is shown.
"""

import asyncio
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update

from mobile_hrp.domain.expression import Value
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.faults import FaultList, PackageRefused
from mobile_hrp.domain.scenario.gate import check_scenario
from mobile_hrp.domain.scenario.model import ScenarioPackage, Vocabulary
from mobile_hrp.domain.scenario.routing import Route, RouteRequest, RouteStatus, route
from mobile_hrp.domain.scenario.vocabulary import FactSource
from mobile_hrp.models.document import Document
from mobile_hrp.models.scenario import ScenarioPackageRow, ScenarioState, ScenarioVersion
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services import audit
from mobile_hrp.services.organisation_view import LoadedOrganisation
from mobile_hrp.services.scenarios.catalogue import LoadedScenario, loaded_scenario
from mobile_hrp.services.scenarios.store import package_of

QUARTER: Final = timedelta(days=92)
DOCUMENTS_MAX: Final = 1_000
LISTED_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Rerouted:
    """A document that the new rules send another way. Steps are ``node_key:approver_kind``.

    ``undetermined`` are steps of the new rules that lack a value in this document.
    """

    document_id: uuid.UUID
    number: str
    scenario_code: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    undetermined: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """The last quarter under other rules; of the rerouted at most ``LISTED_MAX`` are listed."""

    documents: int
    rerouted_total: int
    rerouted: tuple[Rerouted, ...]


def roles_held(organisation: LoadedOrganisation) -> frozenset[str]:
    """The roles that somebody who works here holds today: whom routing would find."""
    return frozenset(role for role, holders in organisation.roles.items() if holders)


async def package_named(session: AnySession, *, code: str, version: str) -> ScenarioPackage:
    """An imported package. Raises Refusal SCENARIO_PACKAGE_UNKNOWN."""
    package_id = await session.scalar(
        select(ScenarioPackageRow.id).where(
            ScenarioPackageRow.code == code, ScenarioPackageRow.version == version
        )
    )
    if package_id is None:
        raise Refusal(
            "SCENARIO_PACKAGE_UNKNOWN", path="version", package=code[:63], version=version[:63]
        )
    return await package_of(session, package_id)


async def check_again(
    package: ScenarioPackage, codes: Collection[str], *, held_roles: Collection[str]
) -> None:
    """The gate, for these scenarios, with today's people.

    Raises:
        PackageRefused: every fault.
    """
    faults = FaultList()

    def check() -> None:
        for code in codes:
            scenario = package.scenarios.get(code)
            if scenario is not None:
                check_scenario(scenario, package, faults, held_roles=held_roles)

    await asyncio.to_thread(check)
    if len(faults):
        raise PackageRefused(faults.all)


async def replay(
    session: AnySession,
    *,
    package: ScenarioPackage,
    codes: Collection[str],
    organisation: LoadedOrganisation,
    now: datetime,
) -> Replay:
    """Route what was submitted in the last quarter by the rules of ``package``.

    Both ways are routed on today's organisation, so that only the rules make a difference. The
    newest ``DOCUMENTS_MAX`` documents are tried.
    """
    rows = await session.scalars(
        select(Document)
        .where(
            Document.scenario_code.in_(list(codes)),
            Document.submitted_at >= now - QUARTER,
            Document.scenario_version != package.version,
        )
        .order_by(Document.submitted_at.desc(), Document.id)
        .limit(DOCUMENTS_MAX)
    )
    documents = rows.all()
    found: list[Rerouted] = []
    for document in documents:
        old = await loaded_scenario(session, document.scenario_code, document.scenario_version)
        new = LoadedScenario(package.scenarios[document.scenario_code], package.vocabulary)
        changed = _rerouted(document, old, new, organisation, now)
        if changed is not None:
            found.append(changed)
    return Replay(len(documents), len(found), tuple(found[:LISTED_MAX]))


def _rerouted(
    document: Document,
    old: LoadedScenario,
    new: LoadedScenario,
    organisation: LoadedOrganisation,
    now: datetime,
) -> Rerouted | None:
    before, after = (
        route(
            loaded.scenario,
            RouteRequest(
                values=document.values,
                requester_id=document.requester_id,
                department_id=document.department_id,
                facts=_nothing_unusual(loaded.vocabulary),
            ),
            vocabulary=loaded.vocabulary,
            organisation=organisation,
            now=now,
        )
        for loaded in (old, new)
    )
    undetermined = tuple(
        node.key for node in after.nodes if node.status is RouteStatus.UNDETERMINED
    )
    if _steps(before) == _steps(after) and not undetermined:
        return None
    return Rerouted(
        document.id,
        document.number,
        document.scenario_code,
        _steps(before),
        _steps(after),
        undetermined,
    )


def _steps(routed: Route) -> tuple[str, ...]:
    return tuple(
        f"{node.key}:{node.who}" for node in routed.nodes if node.status is RouteStatus.INCLUDED
    )


def _nothing_unusual(vocabulary: Vocabulary) -> Mapping[str, Value]:
    """What controls would have found is not kept: both ways are tried without findings."""
    return {
        name: False
        for name, fact in vocabulary.facts.items()
        if fact.source is not FactSource.ORGANISATION
    }


async def publish(
    session: WriteSession,
    *,
    hospital_id: int,
    package_code: str,
    version: str,
    codes: Collection[str] | None,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> list[str]:
    """Put imported scenarios into force; what was in force is retired.

    ``codes`` None publishes every scenario of the package. What is in force already stays so.

    Raises:
        Refusal: SCENARIO_UNKNOWN for a package that was not imported, or a code it does not have.
    """
    statement = (
        select(ScenarioVersion)
        .join(
            ScenarioPackageRow,
            (ScenarioPackageRow.hospital_id == ScenarioVersion.hospital_id)
            & (ScenarioPackageRow.id == ScenarioVersion.package_id),
        )
        .where(ScenarioPackageRow.code == package_code, ScenarioPackageRow.version == version)
        .order_by(ScenarioVersion.code)
        .with_for_update(of=ScenarioVersion)
    )
    if codes is not None:
        statement = statement.where(ScenarioVersion.code.in_(list(codes)))
    rows = (await session.scalars(statement)).all()
    missing = sorted(set(codes or ()) - {row.code for row in rows})
    if missing or not rows:
        raise Refusal(
            "SCENARIO_UNKNOWN", path="codes" if missing else "version", scenario=", ".join(missing)
        )
    return await _put_into_force(
        session, hospital_id=hospital_id, rows=rows, action="publish", actor_id=actor_id, now=now
    )


async def rollback(
    session: WriteSession,
    *,
    hospital_id: int,
    code: str,
    actor_id: uuid.UUID | None,
    now: datetime,
    to_version: str | None = None,
) -> str:
    """Put an earlier version of a scenario back into force: the last one, or the one named.

    Answers with the version now in force.

    Raises:
        Refusal: SCENARIO_UNKNOWN, SCENARIO_NOTHING_EARLIER when no such version was in force
            before.
    """
    statement = (
        select(ScenarioVersion)
        .where(ScenarioVersion.code == code)
        .order_by(ScenarioVersion.retired_at.desc().nulls_last(), ScenarioVersion.version)
        .with_for_update()
    )
    rows = (await session.scalars(statement)).all()
    if not rows:
        raise Refusal("SCENARIO_UNKNOWN", path="code", scenario=code[:60])
    earlier = next(
        (
            row
            for row in rows
            if row.state is ScenarioState.RETIRED and to_version in {None, row.version}
        ),
        None,
    )
    if earlier is None:
        raise Refusal("SCENARIO_NOTHING_EARLIER", path="toVersion", scenario=code)
    await _put_into_force(
        session,
        hospital_id=hospital_id,
        rows=[earlier],
        action="rollback",
        actor_id=actor_id,
        now=now,
    )
    return earlier.version


async def _put_into_force(
    session: WriteSession,
    *,
    hospital_id: int,
    rows: Sequence[ScenarioVersion],
    action: str,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> list[str]:
    changed = [row for row in rows if row.state is not ScenarioState.PUBLISHED]
    await session.execute(
        update(ScenarioVersion)
        .where(
            ScenarioVersion.code.in_([row.code for row in changed]),
            ScenarioVersion.state == ScenarioState.PUBLISHED,
        )
        .values(state=ScenarioState.RETIRED, retired_at=now)
    )
    for row in changed:
        row.state = ScenarioState.PUBLISHED
        row.published_by, row.published_at, row.retired_at = actor_id, now, None
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=actor_id,
        action=f"scenario.{action}",
        subject_type="scenario_package",
        subject_id=rows[0].package_id,
        detail={"version": rows[0].version, "codes": [row.code for row in changed]},
        now=now,
    )
    await session.flush()
    return [row.code for row in rows]
