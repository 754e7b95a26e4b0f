"""The way of a claim from the photo to the money, told from business tables by department.

Nothing here comes from phones: a phone that tells nothing is counted like any other. Groups of
fewer than five people are kept back, and so is what would give them away.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import TextClause, text

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.indicator.suppression import hidden_groups
from mobile_hrp.domain.value.terms import ClientKind, FunnelStep, WaitingReason
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.indicators.facts import following, midnight, zone_of
from mobile_hrp.services.scenarios import published

PLACES_MAX: Final = 500
_HOSPITAL = "nullif(current_setting('app.hospital_id', true), '')::int"


@dataclass(frozen=True, slots=True)
class Count:
    """How many things, of how many people. None: kept back."""

    things: int | None
    people: int | None


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """Counts by key in one department; ``department_id`` None is the whole hospital."""

    department_id: uuid.UUID | None
    counts: Mapping[str, Count]


_DECIDED = """EXISTS (SELECT 1 FROM approval_instance i JOIN approval_decision v
  ON v.hospital_id = i.hospital_id AND v.instance_id = i.id
  WHERE i.hospital_id = d.hospital_id AND i.document_id = d.id AND NOT v.automatic)"""
_PAID = """EXISTS (SELECT 1 FROM payment_order p WHERE p.hospital_id = d.hospital_id
  AND p.document_id = d.id AND p.paid_at IS NOT NULL)"""

_RECEIPTS = f"""
SELECT s.department_id, r.uploaded_by AS person, r.id AS thing,
  CASE WHEN r.status IN ('read', 'confirmed') THEN true ELSE false END AS read,
  bool_or(d.id IS NOT NULL) AS draft,
  coalesce(bool_or(d.submitted_at IS NOT NULL), false) AS submitted,
  coalesce(bool_or({_DECIDED}), false) AS first_decision,
  coalesce(bool_or({_PAID}), false) AS paid
FROM receipt r
JOIN staff s ON s.hospital_id = r.hospital_id AND s.id = r.uploaded_by
LEFT JOIN receipt_use u ON u.hospital_id = r.hospital_id AND u.receipt_id = r.id
LEFT JOIN document d ON d.hospital_id = u.hospital_id AND d.id = u.document_id
WHERE r.hospital_id = {_HOSPITAL} AND r.created_at >= :begins AND r.created_at < :ends
  AND r.cut_at IS NULL
GROUP BY s.department_id, r.uploaded_by, r.id, r.status
"""  # noqa: S608 - constants of this module; values are bound

_DOCUMENTS = f"""
SELECT d.department_id, d.requester_id AS person, d.id AS thing,
  true AS draft, d.submitted_at IS NOT NULL AS submitted,
  {_DECIDED} AS first_decision, {_PAID} AS paid
FROM document d
WHERE d.hospital_id = {_HOSPITAL} AND d.created_at >= :begins AND d.created_at < :ends
  AND d.scenario_code = :scenario
"""  # noqa: S608 - constants of this module; values are bound


def _counted(cohort: str, columns: Sequence[str]) -> TextClause:
    counts = ", ".join(
        f"count(*) FILTER (WHERE {column}) AS {name}_things,"
        f" count(DISTINCT person) FILTER (WHERE {column}) AS {name}_people"
        for column, name in columns_of(columns)
    )
    return text(
        f"WITH cohort AS ({cohort}) SELECT department_id, {counts}"  # noqa: S608 - as above
        " FROM cohort GROUP BY department_id ORDER BY department_id"
    )


def columns_of(steps: Sequence[str]) -> list[tuple[str, str]]:
    """The condition and the name of each step; a photo is there for being in the cohort."""
    return [("true" if step == FunnelStep.PHOTO else step, step) for step in steps]


OF_RECEIPTS: Final = tuple(FunnelStep)
OF_DOCUMENTS: Final = (
    FunnelStep.DRAFT,
    FunnelStep.SUBMITTED,
    FunnelStep.FIRST_DECISION,
    FunnelStep.PAID,
)


async def funnel(
    session: AnySession, *, viewer: Viewer, month: date, scenario: str | None
) -> Sequence[PlaceCounts]:
    """How far what began in a month has come until now, the hospital first.

    Without a scenario receipts are followed from the photo; with one, its documents from the draft.

    Raises:
        Refusal: PERMISSION_DENIED, SCENARIO_UNKNOWN.
    """
    viewer.require_held(Permission.INDICATOR_VIEW)
    steps = OF_RECEIPTS if scenario is None else OF_DOCUMENTS
    if scenario is not None:
        await published(session, scenario)
    cohort = _RECEIPTS if scenario is None else _DOCUMENTS
    given: dict[str, Any] = dict(await span(session, month))
    if scenario is not None:
        given["scenario"] = scenario
    rows = await session.execute(_counted(cohort, steps), given)
    return shown_counts(viewer, [dict(row) for row in rows.mappings()], steps)


async def span(session: AnySession, month: date) -> dict[str, datetime]:
    """A month of the hospital as a half-open span."""
    zone = await zone_of(session)
    return {"begins": midnight(month, zone), "ends": midnight(following(month), zone)}


def shown_counts(
    viewer: Viewer, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]
) -> list[PlaceCounts]:
    """Counts as they may be shown: hidden over all departments first, then what the post covers.

    Each row has ``department_id`` and, for each key, ``<key>_things`` and ``<key>_people``.
    """
    whole: dict[str, Count] = {}
    places: dict[uuid.UUID, dict[str, Count]] = {row["department_id"]: {} for row in rows}
    for key in keys:
        people = {row["department_id"]: int(row[f"{key}_people"]) for row in rows}
        hidden, total_too = hidden_groups(people)
        things = sum(int(row[f"{key}_things"]) for row in rows)
        whole[key] = Count(None, None) if total_too else Count(things, sum(people.values()))
        for row in rows:
            place = row["department_id"]
            places[place][key] = (
                Count(None, None)
                if place in hidden
                else Count(int(row[f"{key}_things"]), people[place])
            )
    reach = viewer.reach(Permission.INDICATOR_VIEW)
    seen = [
        PlaceCounts(place, counts)
        for place, counts in sorted(places.items())
        if reach.hospital or place in reach.departments
    ]
    return [PlaceCounts(None, whole), *seen[:PLACES_MAX]]


_WAITING = text(f"""
WITH waiting AS (
  SELECT a.department_id, d.requester_id AS person,
    CASE WHEN t.due_at IS NOT NULL AND t.due_at < :now THEN 'overdue' ELSE 'decision' END AS reason
  FROM approval_task t
  JOIN approval_instance i ON i.hospital_id = t.hospital_id AND i.id = t.instance_id
  JOIN document d ON d.hospital_id = i.hospital_id AND d.id = i.document_id
  JOIN staff a ON a.hospital_id = t.hospital_id AND a.id = t.assignee_id
  WHERE t.hospital_id = {_HOSPITAL} AND t.status = 'pending' AND t.kind = 'decide'
  UNION ALL
  SELECT d.department_id, d.requester_id, 'requester' FROM document d
  WHERE d.hospital_id = {_HOSPITAL} AND d.status = 'returned'
  UNION ALL
  SELECT d.department_id, d.requester_id, 'payment' FROM document d
  WHERE d.hospital_id = {_HOSPITAL} AND EXISTS (SELECT 1 FROM payment_order p
    WHERE p.hospital_id = d.hospital_id AND p.document_id = d.id
      AND p.state IN ('draft', 'ready', 'exported', 'sent', 'failed'))
)
SELECT department_id,
  {
    ", ".join(
        f"count(*) FILTER (WHERE reason = '{one}') AS {one}_things,"
        f" count(DISTINCT person) FILTER (WHERE reason = '{one}') AS {one}_people"
        for one in WaitingReason
    )
}
FROM waiting GROUP BY department_id
""")  # noqa: S608 - constants of this module; values are bound


async def waiting_reasons(
    session: AnySession, *, viewer: Viewer, now: datetime
) -> Sequence[PlaceCounts]:
    """What waits now, where and for what; ``people`` are those who asked. The hospital first."""
    viewer.require_held(Permission.INDICATOR_VIEW)
    rows = await session.execute(_WAITING, {"now": now})
    return shown_counts(
        viewer, [dict(row) for row in rows.mappings()], [one.value for one in WaitingReason]
    )


_CLIENTS = ", ".join(
    f"count(*) FILTER (WHERE client = '{one}') AS {one}_things,"
    f" count(DISTINCT actor) FILTER (WHERE client = '{one}') AS {one}_people"
    for one in ClientKind
)
_ADOPTION = text(f"""
WITH active AS (
  SELECT requester_id AS person FROM document
  WHERE hospital_id = {_HOSPITAL} AND submitted_at >= :begins AND submitted_at < :ends
  UNION ALL
  SELECT actor_id FROM approval_decision
  WHERE hospital_id = {_HOSPITAL} AND decided_at >= :begins AND decided_at < :ends
    AND NOT automatic AND actor_id IS NOT NULL
), events AS (
  SELECT department_id, {_CLIENTS} FROM telemetry_event
  WHERE hospital_id = {_HOSPITAL} AND occurred_at >= :begins AND occurred_at < :ends
  GROUP BY department_id
)
SELECT s.department_id, count(a.person) AS active_things, count(DISTINCT a.person) AS active_people,
  count(DISTINCT s.id) AS staff_things, count(DISTINCT s.id) AS staff_people,
  {
    ", ".join(
        f"coalesce(max(e.{one}_things), 0) AS {one}_things,"
        f" coalesce(max(e.{one}_people), 0) AS {one}_people"
        for one in ClientKind
    )
}
FROM staff s
LEFT JOIN active a ON a.person = s.id
LEFT JOIN events e ON e.department_id = s.department_id
WHERE s.hospital_id = {_HOSPITAL} AND s.active
GROUP BY s.department_id
""")  # noqa: S608 - constants of this module; values are bound
ACTIVE: Final = "active"
STAFF: Final = "staff"


async def adoption(session: AnySession, *, viewer: Viewer, month: date) -> Sequence[PlaceCounts]:
    """Who sent or decided something in a month, of how many, and from which kinds of client.

    ``active`` counts acts and people, ``staff`` everybody, each client its events and people.
    """
    viewer.require_held(Permission.INDICATOR_VIEW)
    rows = await session.execute(_ADOPTION, await span(session, month))
    keys = [ACTIVE, STAFF, *(one.value for one in ClientKind)]
    return shown_counts(viewer, [dict(row) for row in rows.mappings()], keys)


@dataclass(frozen=True, slots=True)
class FieldFriction:
    """What a field of a form costs those who fill it in: at least five of them."""

    field_key: str
    people: int
    left: int
    refused: int
    abandoned: int
    median_ms: int | None


_FRICTION = text(f"""
SELECT field_key, count(DISTINCT actor) AS people,
  count(*) FILTER (WHERE name = 'field_left') AS left_count,
  count(*) FILTER (WHERE name = 'field_refused') AS refused,
  count(*) FILTER (WHERE name = 'form_left') AS abandoned,
  percentile_disc(0.5) WITHIN GROUP (ORDER BY duration_ms)
    FILTER (WHERE name = 'field_left' AND duration_ms IS NOT NULL) AS median_ms
FROM telemetry_event
WHERE hospital_id = {_HOSPITAL} AND scenario_code = :scenario AND field_key IS NOT NULL
  AND occurred_at >= :begins AND occurred_at < :ends
GROUP BY field_key HAVING count(DISTINCT actor) >= 5
ORDER BY count(*) FILTER (WHERE name IN ('field_refused', 'form_left')) DESC, field_key
""")  # noqa: S608 - constants of this module; values are bound


async def form_friction(
    session: AnySession, *, viewer: Viewer, scenario: str, month: date
) -> Sequence[FieldFriction]:
    """The fields of a form, those that stop people first; of the whole hospital.

    Raises:
        Refusal: PERMISSION_DENIED, SCENARIO_UNKNOWN.
    """
    viewer.require_held(Permission.INDICATOR_VIEW)
    await published(session, scenario)
    rows = await session.execute(_FRICTION, {**await span(session, month), "scenario": scenario})
    return [
        FieldFriction(
            row.field_key, row.people, row.left_count, row.refused, row.abandoned, row.median_ms
        )
        for row in rows
    ]
