"""The payroll list of a paid period: what each person is paid, once, and all there is of it."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from mobile_hrp.domain.performance.terms import LineKind
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.organization import Department, Staff
from mobile_hrp.models.performance import PerformancePackage, PerformanceRun
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.performance.keys import PersonalKeys
from mobile_hrp.services.performance.lines import OpenedLine
from mobile_hrp.services.performance.packages import package_context


@dataclass(frozen=True, slots=True)
class PayrollEntry:
    """One person's pay (fen): of the period, set right for earlier ones, and both together."""

    staff_id: uuid.UUID
    employee_number: str
    name: str
    department_code: str
    performance_fen: int
    correction_fen: int

    @property
    def amount_fen(self) -> int:
        return self.performance_fen + self.correction_fen


async def payroll_of(
    session: AnySession,
    *,
    run: PerformanceRun,
    keys: PersonalKeys,
    lines: Iterable[tuple[uuid.UUID, OpenedLine]],
) -> Sequence[PayrollEntry]:
    """Everybody of a paid run with one amount, by employee number.

    Raises:
        Refusal: EXPORT_INCOMPLETE where the amounts do not come to what the packages say; a list
            with somebody missing is not handed to anybody who pays by it.
    """
    sums: dict[uuid.UUID, list[int]] = {}
    for _, line in lines:
        both = sums.setdefault(line.staff_id, [0, 0])
        both[line.kind is LineKind.CORRECTION] += line.amount_fen
    whole_fen = sum(fen for both in sums.values() for fen in both)
    if whole_fen != await _packages_fen(session, run, keys):
        raise Refusal("EXPORT_INCOMPLETE", path="documentId")
    who = await _people(session, sums)
    found = [PayrollEntry(one, *who[one], *both) for one, both in sums.items()]
    return sorted(found, key=lambda entry: entry.employee_number)


async def _packages_fen(session: AnySession, run: PerformanceRun, keys: PersonalKeys) -> int:
    packages = await session.scalars(
        select(PerformancePackage).where(PerformancePackage.run_id == run.id)
    )
    return sum(
        keys.open_package(one.sealed_amount, context=package_context(run.id, one.department_id))
        for one in packages
    )


async def _people(
    session: AnySession, staff: Iterable[uuid.UUID]
) -> Mapping[uuid.UUID, tuple[str, str, str]]:
    """Number, name and own department, whichever departments somebody was paid by."""
    rows = await session.execute(
        select(Staff.id, Staff.employee_number, Staff.name, Department.code)
        .join(
            Department,
            (Department.hospital_id == Staff.hospital_id) & (Department.id == Staff.department_id),
        )
        .where(Staff.id.in_(list(staff)))
    )
    return {key: (number, name, code) for key, number, name, code in rows}
