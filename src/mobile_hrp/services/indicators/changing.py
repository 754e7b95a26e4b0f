"""Changes of a definition: what the form of ``indicator_change`` says, and what its approval does.

The document is the proposal. While it is a draft the server fills in the definition in force and
the replay; once it is approved, the definition counts from the first of a month on, at the earliest
the month after, so that no month is ever shown by two definitions.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select, text

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.indicator.definition import (
    Definition,
    DefinitionError,
    Indicator,
    read_definition,
)
from mobile_hrp.domain.indicator.evaluation import as_text
from mobile_hrp.domain.indicator.terms import ValueState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.document import Document
from mobile_hrp.models.indicator import IndicatorVersion
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.identity.viewers import roles_on
from mobile_hrp.services.indicators.facts import Months, following, month_before
from mobile_hrp.services.indicators.replaying import (
    ReplayedValue,
    proposed,
    replay_months,
    try_definition,
    was_tried,
)
from mobile_hrp.services.indicators.values import Value
from mobile_hrp.services.indicators.versions import (
    Version,
    Versions,
    indicator_library,
    versions_of,
)

SCENARIO: Final = "indicator_change"
CURRENT_PROVIDER: Final = "indicator_current"
REPLAY_PROVIDER: Final = "indicator_replay"
INDICATOR_PROVIDERS: Final = frozenset({CURRENT_PROVIDER, REPLAY_PROVIDER})
_MONTHS_REPLAYED: Final = 3
_WHOLE_HOSPITAL: Final = "全院"
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext(:key))")


@dataclass(frozen=True, slots=True)
class Change:
    """A proposal that can be computed."""

    indicator: Indicator
    definition: Definition
    effective: date


def change_of(values: Mapping[str, Any], *, today: date) -> Change | None:
    """What the form says; None where it does not say enough, or of an indicator kept elsewhere.

    Raises:
        Refusal: INDICATOR_DEFINITION (``values.numerator`` and so on), INDICATOR_SHAPE
            for a ratio without a denominator or a sum with one.
    """
    indicator = indicator_library().indicators.get(str(values.get("indicator", "")))
    if indicator is None or not values.get("numerator"):
        return None
    try:
        definition = read_definition(
            indicator.definition.dataset,
            numerator=str(values["numerator"]),
            denominator=str(values["denominator"]) if values.get("denominator") else None,
            exclusions=str(values.get("exclusions") or ""),
        )
    except DefinitionError as error:
        raise Refusal(
            "INDICATOR_DEFINITION", path=f"values.{error.part}", fault=error.fault[:120]
        ) from error
    if (definition.denominator is None) != (indicator.definition.denominator is None):
        raise Refusal("INDICATOR_SHAPE", path="values.denominator")
    effective = values.get("effective")
    return Change(
        indicator, definition, date.fromisoformat(effective) if effective else following(today)
    )


def require_change(values: Mapping[str, Any], *, today: date) -> Change:
    """As ``change_of``, of an indicator the library has; raises NOT_FOUND for any other."""
    found = change_of(values, today=today)
    if found is None:
        raise Refusal("NOT_FOUND", path="indicator")
    return found


async def provided_by_indicators(
    session: AnySession, *, document: Document, now: datetime
) -> dict[str, str]:
    """What the server writes into the form, by provider: the definition in force, the replay."""
    today = await budget_day(session, document.hospital_id, now)
    change = change_of(document.values, today=today)
    if change is None:
        return {}
    versions = (await versions_of(session, [change.indicator]))[change.indicator.code]
    current = versions.on(today)
    found = {CURRENT_PROVIDER: definition_text(current.definition, current.number)}
    if await _may_read_values(session, document, today):
        found[REPLAY_PROVIDER] = await _replay_text(session, document, change, current, now)
    return found


async def _may_read_values(session: AnySession, document: Document, today: date) -> bool:
    """Whoever has no post that reads indicators may propose, but does not get to see values."""
    roles = await roles_on(
        session, hospital_id=document.hospital_id, staff_id=document.requester_id, day=today
    )
    key = document.requester_id
    return Viewer(document.hospital_id, key, key, key, roles).holds(Permission.INDICATOR_VIEW)


async def _put_on_record(
    session: AnySession, document: Document, change: Change, now: datetime
) -> None:
    await try_definition(
        session,
        hospital_id=document.hospital_id,
        tried_by=document.requester_id,
        indicator=change.indicator,
        definition=change.definition,
        now=now,
    )


async def _replay_text(
    session: AnySession, document: Document, change: Change, current: Version, now: datetime
) -> str:
    """The last months under both definitions, as an approver reads it."""
    await _put_on_record(session, document, change, now)
    last = (await budget_day(session, document.hospital_id, now)).replace(day=1)
    first = last
    for _ in range(_MONTHS_REPLAYED - 1):
        first = month_before(first)
    replayed = await replay_months(
        session,
        indicator=change.indicator,
        old=current,
        new=proposed(change.definition, change.effective),
        months=Months(first, last),
    )
    lines = [_line(month, places[None]) for month, places in replayed.items() if None in places]
    return "\n".join(lines) or "—"


def definition_text(definition: Definition, number: int) -> str:
    """A definition in a few lines, as the form shows it."""
    parts = [f"v{number}  分子：{definition.numerator.text}"]
    if definition.denominator is not None:
        parts.append(f"分母：{definition.denominator.text}")
    parts += [f"排除：{one.when.text}  {one.label}".rstrip() for one in definition.exclusions]
    return "\n".join(parts)


async def put_into_force(session: WriteSession, *, document: Document, now: datetime) -> None:
    """Make the definition of an approved ``indicator_change`` the next version.

    Documents of other scenarios, and of indicators the library does not have, do nothing here.
    """
    if document.scenario_code != SCENARIO:
        return
    today = await budget_day(session, document.hospital_id, now)
    change = change_of(document.values, today=today)
    if change is None:
        return
    # Versions are numbered one after the other; whoever comes second waits here.
    await session.execute(_LOCK, {"key": f"{document.hospital_id}:{change.indicator.code}"})
    versions = (await versions_of(session, [change.indicator]))[change.indicator.code]
    valid_from = max(change.effective.replace(day=1), following(today))
    if change.effective.day > 1:
        valid_from = max(following(change.effective), following(today))
    row = IndicatorVersion(
        hospital_id=document.hospital_id,
        id=new_id(),
        indicator_code=change.indicator.code,
        number=versions.latest.number + 1,
        definition=change.definition.as_data(),
        content_hash=change.definition.content_hash,
        valid_from=valid_from,
        document_id=document.id,
        approved_at=now,
    )
    session.add(row)
    await _put_on_record(session, document, change, now)
    await audit.record(
        session,
        hospital_id=document.hospital_id,
        actor_id=None,
        action="indicator.change",
        subject_type="indicator_version",
        subject_id=row.id,
        detail={
            "indicator": row.indicator_code,
            "number": row.number,
            "content_hash": row.content_hash,
            "valid_from": valid_from.isoformat(),
            "document_id": str(document.id),
        },
        now=now,
    )
    await session.flush()


async def version_of_document(
    session: AnySession, versions: Versions, *, document_id: uuid.UUID, today: date
) -> Version:
    """What a document proposes, which the caller has found to be the viewer's to see.

    Raises:
        Refusal: NOT_FOUND (``documentId``) where it proposes nothing computable for this indicator,
            or was never replayed: what is shown has to be on record first.
    """
    document = await session.scalar(
        select(Document).where(Document.id == document_id, Document.scenario_code == SCENARIO)
    )
    change = change_of(document.values, today=today) if document is not None else None
    if (
        change is None
        or change.indicator.code != versions.indicator.code
        or not await was_tried(session, change.indicator, change.definition)
    ):
        raise Refusal("NOT_FOUND", path="documentId")
    return proposed(change.definition, change.effective)


def _line(month: date, one: ReplayedValue) -> str:
    causes = "；".join(
        f"{cause.label or '其他口径'} {_signed(cause.denominator or cause.numerator)}"
        for cause in one.causes
    )
    text = f"{month:%Y-%m} {_WHOLE_HOSPITAL}：{_shown(one.before)} → {_shown(one.after)}"
    return f"{text}（{causes}）" if causes else text


def _shown(value: Value) -> str:
    if value.state is ValueState.SHOWN and value.shown is not None:
        return as_text(value.shown, value.indicator.unit)
    return {
        ValueState.TOO_FEW: "人数过少不显示",
        ValueState.NO_DATA: "无数据",
    }.get(value.state, "无法计算")


def _signed(number: Any) -> str:
    return f"{round(number):+d}"
