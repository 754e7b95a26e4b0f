"""My pay taken apart: one line to its rows, two periods by what changed, and what would be if."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import func, or_, select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.performance.calculation import Work, own_lines
from mobile_hrp.domain.performance.comparing import Change, ComparedLine, compare
from mobile_hrp.domain.performance.package import Payout
from mobile_hrp.domain.performance.rules import Rule, RuleBook
from mobile_hrp.domain.performance.terms import InputKind, TermClass
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.performance import (
    PerformanceRuleSet,
    WorkloadFact,
)
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.performance.inputs import counted_until
from mobile_hrp.services.performance.keys import PersonalKeys
from mobile_hrp.services.performance.own_view import (
    CountedWork,
    MyLine,
    MyPerformance,
    MyPeriod,
    facts_behind,
    performance_of,
    performance_with,
)
from mobile_hrp.services.performance.rules import book_of_version, rule_book

CHANGES_MAX = 20
_MILLI = 1000
_CHANGE_MILLI_MAX = 10**9


@dataclass(frozen=True, slots=True)
class Term:
    """One name in a formula with its figure; ``names`` by locale where it has some."""

    name: str
    names: Mapping[str, str]
    value: str
    kind: TermClass | None


@dataclass(frozen=True, slots=True)
class LineExplanation:
    """From the total to the rows: ``facts`` is a page of ``fact_count`` rows."""

    period: MyPeriod
    line: MyLine
    rule: Rule | None
    terms: tuple[Term, ...]
    facts: tuple[CountedWork, ...]
    fact_count: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two periods of mine; the changes sum to the difference of the totals."""

    before: MyPeriod
    after: MyPeriod
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What my own work would give. ``kept_fen`` is what is shared with others, left as it was."""

    period: MyPeriod
    rule_version: str
    before_fen: int
    after_fen: int
    kept_fen: int
    changes: tuple[Change, ...]


async def explain_line(
    session: AnySession, *, viewer: Viewer, keys: PersonalKeys, line_id: uuid.UUID, first: int
) -> LineExplanation:
    """A published line of mine with its rule in words, its terms and the rows behind it.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND for anything that is not a published line of mine.
    """
    viewer.require(Permission.PERFORMANCE_VIEW_OWN, owner_id=viewer.staff_id)
    found = await performance_with(session, viewer.staff_id, keys=keys, line_id=line_id)
    mine = [one for one in found.lines if one.line.id == line_id] if found else []
    if found is None or not mine:
        raise Refusal("NOT_FOUND", path="payoutLineId")
    book = await book_of_version(session, mine[0].line.rule_version)
    rows = (
        await session.execute(
            select(
                WorkloadFact.code,
                WorkloadFact.quantity_milli,
                WorkloadFact.occurred_on,
                WorkloadFact.source_system,
                WorkloadFact.source_row,
                func.count().over(),
            )
            .where(*facts_behind(found.period, mine[0], viewer.staff_id))
            .order_by(WorkloadFact.occurred_on, WorkloadFact.source_row, WorkloadFact.id)
            .limit(first)
        )
    ).all()
    return LineExplanation(
        period=found.period,
        line=mine[0],
        rule=book.find(mine[0].line.rule_code),
        terms=_terms(book, mine[0]),
        facts=tuple(CountedWork(*row[:-1]) for row in rows),
        fact_count=rows[0][-1] if rows else 0,
    )


async def compare_periods(
    session: AnySession, *, viewer: Viewer, keys: PersonalKeys, before: str, after: str
) -> Comparison:
    """Why two published periods of mine differ.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND (``before`` or ``after``) for a period without mine.
    """
    viewer.require(Permission.PERFORMANCE_VIEW_OWN, owner_id=viewer.staff_id)
    old = await _one(session, viewer, keys, before, path="before")
    new = await _one(session, viewer, keys, after, path="after")
    changes = compare(
        [_compared(one) for one in old.lines],
        [_compared(one) for one in new.lines],
        rules_before=_codes(await book_of_version(session, old.period.rule_version)),
        rules_after=_codes(await book_of_version(session, new.period.rule_version)),
    )
    return Comparison(old.period, new.period, changes)


async def what_if(
    session: AnySession,
    *,
    viewer: Viewer,
    keys: PersonalKeys,
    changes: Sequence[tuple[str, Decimal]],
    rule_version: str | None,
) -> WhatIf:
    """What my latest published period would have been with other work, or under other rules.

    ``changes`` are differences by code (two night shifts more: 2). What is shared with others is
    left as it was: what it would be follows from their pay.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND without a published period or for an unknown version,
            PERFORMANCE_WHAT_IF (``changes.N``) for an unknown code or an impossible figure.
    """
    viewer.require(Permission.PERFORMANCE_VIEW_OWN, owner_id=viewer.staff_id)
    found = await performance_of(session, viewer.staff_id, keys=keys, period_code=None, limit=1)
    if not found:
        raise Refusal("NOT_FOUND", path="period")
    mine = found[0]
    book = await book_of_version(session, mine.period.rule_version)
    other = await _other_book(session, rule_version) if rule_version else book
    work = await _my_work(session, viewer, mine.period)
    changed = _with_changes(work, _home(mine), other, changes=changes, staff_id=viewer.staff_id)
    names = {one.department_id: one.department_name for one in mine.lines}
    before = _try(book, work, names, viewer.staff_id)
    after = _try(other, changed, names, viewer.staff_id)
    own_fen = sum(line.amount_fen for line in before)
    difference = sum(line.amount_fen for line in after) - own_fen
    return WhatIf(
        period=mine.period,
        rule_version=other.version,
        before_fen=mine.period.total_fen,
        after_fen=mine.period.total_fen + difference,
        kept_fen=mine.period.total_fen - own_fen,
        changes=compare(before, after, rules_before=_codes(book), rules_after=_codes(other)),
    )


async def _one(
    session: AnySession, viewer: Viewer, keys: PersonalKeys, code: str, *, path: str
) -> MyPerformance:
    found = await performance_of(session, viewer.staff_id, keys=keys, period_code=code, limit=1)
    if not found:
        raise Refusal("NOT_FOUND", path=path)
    return found[0]


def _codes(book: RuleBook) -> frozenset[str]:
    return frozenset(rule.code for rule in book.all_rules())


def _compared(one: MyLine) -> ComparedLine:
    why = one.line.explanation
    return ComparedLine(
        department=one.department_name,
        rule_code=one.line.rule_code,
        rule_version=one.line.rule_version,
        kind=one.line.kind,
        amount_fen=one.line.amount_fen,
        terms=why.terms,
        classes=why.classes,
        shared=why.shared,
    )


def _terms(book: RuleBook, one: MyLine) -> tuple[Term, ...]:
    why = one.line.explanation
    found = []
    for name, value in why.terms.items():
        if name == "formula":
            continue
        declared = book.inputs.get(name)
        names = declared.names if declared else book.names_of(name)
        found.append(Term(name, names, value, why.classes.get(name)))
    return tuple(found)


async def _other_book(session: AnySession, version: str) -> RuleBook:
    """Rules that were approved, for whatever day: what is only proposed is nobody's expectation."""
    if version != rule_book().version:
        approved = await session.scalar(
            select(PerformanceRuleSet.id).where(
                PerformanceRuleSet.version == version,
                PerformanceRuleSet.approved_at.is_not(None),
            )
        )
        if approved is None:
            raise Refusal("NOT_FOUND", path="ruleVersion")
    return await book_of_version(session, version)


async def _my_work(
    session: AnySession, viewer: Viewer, period: MyPeriod
) -> dict[uuid.UUID, list[Work]]:
    """My counted work by department, with the coefficients of those departments."""
    rows = await session.execute(
        select(
            WorkloadFact.department_id,
            WorkloadFact.staff_id,
            WorkloadFact.code,
            func.sum(WorkloadFact.quantity_milli),
            func.count(),
        )
        .where(
            WorkloadFact.period_id == period.id,
            or_(WorkloadFact.staff_id == viewer.staff_id, WorkloadFact.staff_id.is_(None)),
            counted_until(period.facts_until),
        )
        .group_by(WorkloadFact.department_id, WorkloadFact.staff_id, WorkloadFact.code)
        .order_by(WorkloadFact.department_id, WorkloadFact.code)
    )
    work: dict[uuid.UUID, list[Work]] = {}
    for department_id, staff_id, code, milli, count in rows:
        work.setdefault(department_id, []).append(Work(staff_id, code, int(milli), count))
    return {
        department_id: found
        for department_id, found in work.items()
        if any(one.staff_id == viewer.staff_id for one in found)
    }


def _home(mine: MyPerformance) -> uuid.UUID:
    """Where new work is counted: the department most of my lines are in."""
    counts: dict[uuid.UUID, int] = {}
    for one in mine.lines:
        counts[one.department_id] = counts.get(one.department_id, 0) + 1
    return max(sorted(counts), key=lambda key: counts[key])


def _with_changes(
    work: Mapping[uuid.UUID, Sequence[Work]],
    home: uuid.UUID,
    book: RuleBook,
    *,
    changes: Sequence[tuple[str, Decimal]],
    staff_id: uuid.UUID,
) -> dict[uuid.UUID, list[Work]]:
    if len(changes) > CHANGES_MAX:
        raise Refusal("PERFORMANCE_WHAT_IF", path="changes", input="")
    changed = {department_id: list(found) for department_id, found in work.items()}
    for number, (code, difference) in enumerate(changes):
        milli = difference * _MILLI
        fits = milli == milli.to_integral_value() and abs(milli) <= _CHANGE_MILLI_MAX
        if code not in book.counted or not fits:
            raise Refusal("PERFORMANCE_WHAT_IF", path=f"changes.{number}", input=code[:40])
        if not _apply(changed, home, book, code=code, milli=int(milli), staff_id=staff_id):
            raise Refusal("PERFORMANCE_WHAT_IF", path=f"changes.{number}", input=code[:40])
    return changed


def _apply(
    changed: dict[uuid.UUID, list[Work]],
    home: uuid.UUID,
    book: RuleBook,
    *,
    code: str,
    milli: int,
    staff_id: uuid.UUID,
) -> bool:
    """Add to what there is, where it is; False where less than nothing would be left."""
    for found in changed.values():
        for index, one in enumerate(found):
            if one.staff_id == staff_id and one.code == code:
                found[index] = replace(one, quantity_milli=one.quantity_milli + milli)
                return found[index].quantity_milli >= 0
    declared = book.inputs.get(code)
    start = 0
    if declared is not None and declared.kind is InputKind.COEFFICIENT:
        shared = [one for one in changed.get(home, ()) if one.code == code]
        start = shared[0].quantity_milli if shared else int(declared.default * _MILLI)
    changed.setdefault(home, []).append(Work(staff_id, code, start + milli))
    return start + milli >= 0


def _try(
    book: RuleBook,
    work: Mapping[uuid.UUID, Sequence[Work]],
    names: Mapping[uuid.UUID, str],
    staff_id: uuid.UUID,
) -> list[ComparedLine]:
    coefficients = {
        code for code, declared in book.inputs.items() if declared.kind is InputKind.COEFFICIENT
    }
    return [
        _as_compared(payout, names.get(department_id, ""))
        for department_id, found in work.items()
        for payout in own_lines(
            book, [one for one in found if one.staff_id == staff_id or one.code in coefficients]
        )
    ]


def _as_compared(payout: Payout, department: str) -> ComparedLine:
    why = payout.explanation
    return ComparedLine(
        department=department,
        rule_code=why.rule_code,
        rule_version=why.rule_version,
        kind=payout.kind,
        amount_fen=payout.amount_fen,
        terms=why.terms,
        classes=why.classes,
        shared=why.shared,
    )
