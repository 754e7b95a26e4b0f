"""Put rule packages into force, and back.

Every publication has its number in the hospital, so that two at once are told apart: the second
waits for the first and is numbered after it.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.policy import (
    PolicyPackage,
    PolicyPackageState,
    PolicyPublication,
    PublicationAction,
)
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.policy.packages import unknown_package


async def publish_rules(
    session: WriteSession,
    *,
    code: str,
    version: str,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> PolicyPackage:
    """Put an imported package into force; each table counts from its own first day.

    The version of the same package that was in force is retired: its settings end, its tables
    stay for the days before. What is in force already stays so.

    Raises:
        Refusal: POLICY_PACKAGE_UNKNOWN, or POLICY_VERSION_REPLACED for a version that a newer
            one took the place of: going back is rolling that one back.
    """
    packages = await _locked(session)
    chosen = next((one for one in packages if (one.code, one.version) == (code, version)), None)
    if chosen is None:
        raise unknown_package(code, version)
    if chosen.state is PolicyPackageState.PUBLISHED:
        return chosen
    if chosen.state is PolicyPackageState.RETIRED and chosen.withdrawn_at is None:
        raise Refusal("POLICY_VERSION_REPLACED", path="version", package=code, version=version)
    present = _published(packages, code)
    if present is not None:
        present.state, present.retired_at = PolicyPackageState.RETIRED, now
        await session.flush()
    chosen.revision = await _note(
        session, chosen, PublicationAction.PUBLISH, actor_id=actor_id, now=now
    )
    chosen.state = PolicyPackageState.PUBLISHED
    chosen.replaced_id = None if present is None else present.id
    chosen.published_by, chosen.published_at = actor_id, now
    chosen.retired_at = chosen.withdrawn_at = None
    await session.flush()
    return chosen


async def rollback_rules(
    session: WriteSession,
    *,
    code: str,
    reason: str,
    actor_id: uuid.UUID | None,
    now: datetime,
) -> PolicyPackage | None:
    """Take the published version of a package out of force, as if it had not been published.

    Answers with the version that it had replaced and that is in force again; None when there was
    none: then what other packages say counts again.

    Raises:
        Refusal: POLICY_NOTHING_EARLIER when the package is not in force, or is the hospital's
            first, without which there would be no policy at all.
    """
    packages = await _locked(session)
    present = _published(packages, code)
    first = min((one.revision for one in packages if one.revision is not None), default=0)
    if present is None or (present.replaced_id is None and present.revision == first):
        raise Refusal("POLICY_NOTHING_EARLIER", path="code", package=code[:63])
    present.state = PolicyPackageState.RETIRED
    present.retired_at = present.withdrawn_at = now
    await session.flush()
    earlier = next((one for one in packages if one.id == present.replaced_id), None)
    if earlier is not None:
        earlier.state, earlier.retired_at = PolicyPackageState.PUBLISHED, None
    await _note(
        session, present, PublicationAction.ROLLBACK, actor_id=actor_id, now=now, reason=reason
    )
    await session.flush()
    return earlier


async def _locked(session: WriteSession) -> Sequence[PolicyPackage]:
    """All packages of the hospital, locked in one order: publishing is one at a time."""
    rows = await session.scalars(
        select(PolicyPackage)
        .order_by(PolicyPackage.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.all()


def _published(packages: Sequence[PolicyPackage], code: str) -> PolicyPackage | None:
    return next(
        (one for one in packages if one.code == code and one.state is PolicyPackageState.PUBLISHED),
        None,
    )


async def _note(
    session: WriteSession,
    package: PolicyPackage,
    action: PublicationAction,
    *,
    actor_id: uuid.UUID | None,
    now: datetime,
    reason: str = "",
) -> int:
    """Number the publication and leave its trace; answers with the number."""
    newest = await session.scalar(select(func.max(PolicyPublication.revision)))
    revision = (newest or 0) + 1
    session.add(
        PolicyPublication(
            hospital_id=package.hospital_id,
            id=new_id(),
            revision=revision,
            action=action,
            package_id=package.id,
            actor_id=actor_id,
            reason=reason,
            occurred_at=now,
        )
    )
    await audit.record(
        session,
        hospital_id=package.hospital_id,
        actor_id=actor_id,
        action=f"policy.{action.value}",
        subject_type="policy_package",
        subject_id=package.id,
        detail={"code": package.code, "version": package.version, "revision": revision},
        now=now,
    )
    return revision
