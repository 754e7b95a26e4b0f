"""Lines of pay as they are kept: sealed for the person, opened with the person's key."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, text

from mobile_hrp.domain.performance.calculation import Package
from mobile_hrp.domain.performance.package import Explanation, Payout, Source
from mobile_hrp.domain.performance.terms import LineKind, TermClass
from mobile_hrp.models.performance import PayoutLine, PerformanceRun
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.performance.keys import PersonKey

_BATCH = 2_000
# The id of a line follows from where it stands, so that a run that is done again is the same run.
_COPY = text(
    """
    INSERT INTO payout_line (hospital_id, id, run_id, package_id, staff_id, position, kind,
                             rule_code, rule_version, sealed, corrects_id)
    SELECT line.hospital_id,
           md5(concat_ws('/', package.run_id, package.department_id, line.staff_id,
                         line.position))::uuid,
           package.run_id, package.id, line.staff_id, line.position, line.kind, line.rule_code,
           line.rule_version, line.sealed, line.corrects_id
    FROM performance_package AS package
    JOIN performance_package AS kept
      ON kept.hospital_id = package.hospital_id
     AND kept.run_id = cast(:copied_run_id AS uuid)
     AND kept.department_id = package.department_id
    JOIN payout_line AS line
      ON line.hospital_id = kept.hospital_id AND line.package_id = kept.id
    WHERE package.run_id = cast(:run_id AS uuid)
      AND package.department_id = ANY(cast(:departments AS uuid[]))
    """
)


@dataclass(frozen=True, slots=True)
class OpenedLine:
    """One line with its content."""

    id: uuid.UUID
    run_id: uuid.UUID
    package_id: uuid.UUID
    staff_id: uuid.UUID
    position: int
    kind: LineKind
    rule_code: str
    rule_version: str
    amount_fen: int
    explanation: Explanation
    corrects_id: uuid.UUID | None


def line_context(period_id: uuid.UUID, rule_code: str) -> str:
    """What a sealed line is bound to besides its person."""
    return f"{period_id}/{rule_code}"


def line_id(
    run_id: uuid.UUID, department_id: uuid.UUID, staff_id: uuid.UUID, position: int
) -> uuid.UUID:
    text_of = f"{run_id}/{department_id}/{staff_id}/{position}"
    return uuid.UUID(hashlib.md5(text_of.encode(), usedforsecurity=False).hexdigest())


def open_line(row: PayoutLine, period_id: uuid.UUID, key: PersonKey) -> OpenedLine:
    """Raises SealBroken where the row was changed, or the key is another's."""
    content = key.open(row.sealed, context=line_context(period_id, row.rule_code))
    return OpenedLine(
        id=row.id,
        run_id=row.run_id,
        package_id=row.package_id,
        staff_id=row.staff_id,
        position=row.position,
        kind=row.kind,
        rule_code=row.rule_code,
        rule_version=row.rule_version,
        amount_fen=int(content["amount_fen"]),
        explanation=_explanation(row, content),
        corrects_id=row.corrects_id,
    )


def open_lines(
    rows: Iterable[PayoutLine], period_id: uuid.UUID, keys: Mapping[uuid.UUID, PersonKey]
) -> list[OpenedLine]:
    """The lines of those whose key there is; a destroyed key takes its lines with it."""
    return [open_line(row, period_id, keys[row.staff_id]) for row in rows if row.staff_id in keys]


async def write_lines(
    session: WriteSession,
    *,
    run: PerformanceRun,
    package_id: uuid.UUID,
    department_id: uuid.UUID,
    package: Package,
    keys: Mapping[uuid.UUID, PersonKey],
) -> None:
    """Seal and keep the lines of one department."""
    positions: dict[uuid.UUID, int] = {}
    rows = []
    for line in package.payouts:
        position = positions.get(line.staff_id, 0)
        positions[line.staff_id] = position + 1
        rule_code = line.explanation.rule_code
        rows.append(
            {
                "hospital_id": run.hospital_id,
                "id": line_id(run.id, department_id, line.staff_id, position),
                "run_id": run.id,
                "package_id": package_id,
                "staff_id": line.staff_id,
                "position": position,
                "kind": line.kind,
                "rule_code": rule_code,
                "rule_version": line.explanation.rule_version,
                "sealed": keys[line.staff_id].seal(
                    _content(line), context=line_context(run.period_id, rule_code)
                ),
                "corrects_id": line.corrects,
            }
        )
    for start in range(0, len(rows), _BATCH):
        await session.execute(insert(PayoutLine), rows[start : start + _BATCH])


async def copy_lines(
    session: WriteSession,
    *,
    run: PerformanceRun,
    copied_run_id: uuid.UUID,
    departments: Sequence[uuid.UUID],
) -> None:
    """Take over the lines of departments whose inputs are those of an earlier run."""
    await session.execute(
        _COPY,
        {"run_id": run.id, "copied_run_id": copied_run_id, "departments": list(departments)},
    )


def canonical(payouts: Sequence[Payout]) -> str:
    """The lines as one text: the same lines give the same bytes."""
    rows = [
        [str(line.staff_id), line.kind.value, line.explanation.rule_version, _content(line)]
        for line in payouts
    ]
    return json.dumps(rows, sort_keys=True, separators=(",", ":"))


def _content(line: Payout) -> dict[str, Any]:
    why = line.explanation
    return {
        "amount_fen": line.amount_fen,
        "terms": dict(why.terms),
        "classes": {name: found.value for name, found in why.classes.items()},
        "facts": list(why.facts),
        "rows": why.rows,
        "shared": why.shared,
        "sources": [
            [str(one.document_id), one.document_number, one.executed_fen] for one in why.sources
        ],
    }


def _explanation(row: PayoutLine, content: Mapping[str, Any]) -> Explanation:
    return Explanation(
        rule_code=row.rule_code,
        rule_version=row.rule_version,
        terms=content["terms"],
        classes={name: TermClass(found) for name, found in content["classes"].items()},
        facts=tuple(content["facts"]),
        rows=content["rows"],
        shared=content["shared"],
        sources=tuple(
            Source(uuid.UUID(key), number, fen) for key, number, fen in content["sources"]
        ),
    )
