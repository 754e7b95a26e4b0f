"""How long approvals take: by flow, step, department and person (智慧管理分级评估 09.1.5(4)).

Measured from the moment a task waits for somebody until that person decides: on the clock, and in
office hours. What machines decided is left out. Medians and 90th percentiles are minutes.

Everybody may see how quickly the hospital works. A group of fewer than five people is about those
people: its figures are withheld unless all of them are the viewer or within the viewer's reach;
other persons are not listed at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import text

from mobile_hrp.domain.approval.calendar import WorkCalendar, office_hours
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.working_calendar import office_calendar

PEOPLE_MIN = 5
PERIOD_DAYS_MAX = 731
ROWS_MAX = 100
_REASONS_MAX = 20


class EfficiencyBy(StrEnum):
    """What the figures are grouped by; the department is that of the person who decides."""

    FLOW = "flow"
    NODE = "node"
    DEPARTMENT = "department"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Spread:
    """Minutes: the median, and what nine in ten stay below."""

    median: int
    p90: int


@dataclass(frozen=True, slots=True)
class EfficiencyRow:
    """``key`` is a scenario code, ``scenario/node``, or an id. Withheld figures are None."""

    key: str
    label: str
    decisions: int | None = None
    elapsed: Spread | None = None
    working: Spread | None = None
    sent_back: int | None = None

    @property
    def withheld(self) -> bool:
        return self.decisions is None


@dataclass(frozen=True, slots=True)
class SendBackReason:
    reason: str
    times: int


@dataclass(frozen=True, slots=True)
class EfficiencyQuestion:
    """Decisions made from ``since`` until just before ``until``, of one scenario or of all."""

    by: EfficiencyBy
    since: datetime
    until: datetime
    scenario_code: str | None = None

    def check(self) -> None:
        """Raise EFFICIENCY_PERIOD_INVALID for a period that is empty or longer than two years."""
        length = self.until - self.since
        if not timedelta() < length <= timedelta(days=PERIOD_DAYS_MAX):
            raise Refusal("EFFICIENCY_PERIOD_INVALID", path="until", limit=PERIOD_DAYS_MAX)


_GROUPS: Mapping[EfficiencyBy, tuple[str, str]] = {
    EfficiencyBy.FLOW: ("flow_code", "flow_code"),
    EfficiencyBy.NODE: ("flow_code || '/' || node_key", "max(node_name)"),
    EfficiencyBy.DEPARTMENT: ("department_id::text", "max(department_name)"),
    EfficiencyBy.PERSON: ("person_id::text", "max(person_name)"),
}

_DECIDED = """
SELECT i.flow_code, t.node_key, n.name AS node_name, t.assignee_id AS person_id,
       s.name AS person_name, s.department_id, d.name AS department_name,
       v.verdict, v.comment,
       extract(epoch FROM v.decided_at - t.opened_at) / 60 AS elapsed,
       (t.opened_at + make_interval(mins => :offset)) AT TIME ZONE 'UTC' AS began,
       (v.decided_at + make_interval(mins => :offset)) AT TIME ZONE 'UTC' AS ended
FROM approval_decision v
JOIN approval_task t ON t.hospital_id = v.hospital_id AND t.id = v.task_id
JOIN approval_instance i ON i.hospital_id = v.hospital_id AND i.id = v.instance_id
JOIN staff s ON s.hospital_id = v.hospital_id AND s.id = t.assignee_id
JOIN department d ON d.hospital_id = s.hospital_id AND d.id = s.department_id
LEFT JOIN approval_node n
  ON n.hospital_id = v.hospital_id AND n.instance_id = v.instance_id AND n.node_key = v.node_key
WHERE v.hospital_id = :hospital_id AND NOT v.automatic AND t.kind = 'decide'
  AND t.opened_at IS NOT NULL AND v.decided_at >= :since AND v.decided_at < :until
  AND (CAST(:scenario_code AS text) IS NULL OR i.flow_code = :scenario_code)
"""

# Working time is what the task's span shares with the shifts of each day in it.
_WORKED = f"""
WITH decided AS ({_DECIDED}),
shift AS (
  SELECT * FROM unnest(CAST(:weekdays AS int[]), CAST(:days AS date[]),
                       CAST(:starts AS int[]), CAST(:ends AS int[]))
    AS shift(weekday, only_on, start_minute, end_minute)
),
worked AS (
  SELECT decided.*, coalesce((
    SELECT sum(greatest(0, extract(epoch FROM
             least(ended, day + make_interval(mins => end_minute))
             - greatest(began, day + make_interval(mins => start_minute))))) / 60
    FROM generate_series(date_trunc('day', began), ended, interval '1 day') AS day
    JOIN shift ON CASE WHEN day::date = ANY(CAST(:exceptions AS date[]))
      THEN shift.only_on = day::date ELSE shift.weekday = extract(isodow FROM day) END
  ), 0) AS working
  FROM decided
)
"""  # noqa: S608 - constants of this module; values are bound


async def efficiency(
    session: AnySession, *, viewer: Viewer, question: EfficiencyQuestion, first: int
) -> Sequence[EfficiencyRow]:
    """The groups with most decisions first.

    Raises:
        Refusal: EFFICIENCY_PERIOD_INVALID, PAGE_SIZE_INVALID.
    """
    question.check()
    if not 1 <= first <= ROWS_MAX:
        raise Refusal("PAGE_SIZE_INVALID", path="first")
    key, label = _GROUPS[question.by]
    statement = f"""{_WORKED}
    SELECT {key} AS key, {label} AS label, count(*) AS decisions,
           count(DISTINCT person_id) AS people,
           bool_and(person_id = :viewer OR department_id = ANY(CAST(:reach AS uuid[]))) AS covered,
           percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY elapsed) AS elapsed,
           percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY working) AS working,
           count(*) FILTER (WHERE verdict = 'sent_back') AS sent_back
    FROM worked GROUP BY {key} ORDER BY count(*) DESC, {key} LIMIT :rows
    """  # noqa: S608 - constants of this module; values are bound
    reach = viewer.reach(Permission.INDICATOR_VIEW)
    persons = question.by is EfficiencyBy.PERSON
    found = await session.execute(
        text(statement),
        {
            **_parameters(viewer, question),
            **_shifts(await office_calendar(session)),
            "viewer": viewer.staff_id,
            "reach": sorted(reach.departments),
            "rows": 10_000 if persons else first,
        },
    )
    rows = []
    for row in found:
        open_to_viewer = reach.hospital or row.covered
        if persons and not open_to_viewer:
            continue
        shown = open_to_viewer or row.people >= PEOPLE_MIN
        rows.append(_row(row) if shown else EfficiencyRow(row.key, row.label))
    return rows[:first]


async def send_back_reasons(
    session: AnySession, *, viewer: Viewer, question: EfficiencyQuestion
) -> Sequence[SendBackReason]:
    """Why documents are sent back, as written, most frequent first.

    Only reasons that at least five documents share: a rare one tells about its document. With a
    reach over the whole hospital, all.
    """
    question.check()
    reach = viewer.reach(Permission.INDICATOR_VIEW)
    statement = f"""WITH decided AS ({_DECIDED})
    SELECT btrim(comment) AS reason, count(*) AS times FROM decided
    WHERE verdict = 'sent_back' GROUP BY btrim(comment) HAVING count(*) >= :least
    ORDER BY count(*) DESC, btrim(comment) LIMIT :rows
    """  # noqa: S608 - constants of this module; values are bound
    parameters = {
        **_parameters(viewer, question),
        "least": 1 if reach.hospital else PEOPLE_MIN,
        "rows": _REASONS_MAX,
    }
    found = await session.execute(text(statement), parameters)
    return [SendBackReason(row.reason, row.times) for row in found]


def _parameters(viewer: Viewer, question: EfficiencyQuestion) -> dict[str, Any]:
    return {
        "hospital_id": viewer.hospital_id,
        "since": question.since,
        "until": question.until,
        "scenario_code": question.scenario_code,
        "offset": office_hours().utc_offset_minutes,
    }


def _shifts(calendar: WorkCalendar) -> dict[str, Any]:
    """The calendar as arrays: the shifts of a weekday, or of a day that is not like its weekday."""
    exceptions = {date.fromisoformat(day): shifts for day, shifts in calendar.exceptions.items()}
    usual = [
        (weekday, None, shift)
        for weekday, shifts in enumerate(calendar.week, start=1)
        for shift in shifts
    ]
    unusual = [(None, day, shift) for day, shifts in exceptions.items() for shift in shifts]
    flat = [*usual, *unusual]
    return {
        "weekdays": [weekday for weekday, _, _ in flat],
        "days": [day for _, day, _ in flat],
        "starts": [shift.start_minute for _, _, shift in flat],
        "ends": [shift.end_minute for _, _, shift in flat],
        "exceptions": sorted(exceptions),
    }


def _row(row: Any) -> EfficiencyRow:
    return EfficiencyRow(
        key=row.key,
        label=row.label or row.key,
        decisions=row.decisions,
        elapsed=_spread(row.elapsed),
        working=_spread(row.working),
        sent_back=row.sent_back,
    )


def _spread(values: Sequence[Any]) -> Spread:
    median, p90 = (round(float(value)) for value in values)
    return Spread(median, p90)
