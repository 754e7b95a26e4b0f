"""Which budget line covers a spending: the strictest fitting one, and none by default.

An empty dimension of a line means "any". Among the lines that fit, the one that says most wins;
what a project spends fits lines of that project only, and a line with lines below it is a total
that nothing is charged to directly.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields

from mobile_hrp.domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class LineDimensions:
    """What a line is for. ``depth`` is the number of lines above it."""

    id: uuid.UUID
    name: str
    depth: int
    project_id: uuid.UUID | None = None
    fund_source_id: uuid.UUID | None = None
    department_id: uuid.UUID | None = None
    campus_id: uuid.UUID | None = None
    expense_type: str | None = None
    function_class: str | None = None
    department_economic_class_id: uuid.UUID | None = None
    government_economic_class_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Spending:
    """What is spent. ``departments`` are the spending department and those above it, nearest first.

    Dimensions left None are not known and do not choose; only a missing project excludes lines.
    """

    departments: tuple[uuid.UUID, ...]
    campus_id: uuid.UUID
    expense_type: str
    project_id: uuid.UUID | None = None
    fund_source_id: uuid.UUID | None = None
    function_class: str | None = None
    department_economic_class_id: uuid.UUID | None = None
    government_economic_class_id: uuid.UUID | None = None


_EXACT = (
    "expense_type",
    "fund_source_id",
    "function_class",
    "department_economic_class_id",
    "government_economic_class_id",
)
_DIMENSIONS = tuple(
    each.name for each in fields(LineDimensions) if each.name not in {"id", "name", "depth"}
)


def covering_line(
    lines: Sequence[LineDimensions], spending: Spending, *, path: str = ""
) -> LineDimensions:
    """The line to charge, of the open lines that have none below them.

    Raises:
        Refusal: NO_COVERING_LINE (the default), BUDGET_LINE_AMBIGUOUS when two say equally much.
    """
    fitting = sorted(
        (line for line in lines if covers(line, spending)),
        key=lambda line: (_strictness(line, spending), line.id),
        reverse=True,
    )
    if not fitting:
        raise Refusal("NO_COVERING_LINE", path=path, line_id="")
    best, *others = fitting
    if others and _strictness(others[0], spending) == _strictness(best, spending):
        raise Refusal("BUDGET_LINE_AMBIGUOUS", path=path, line=best.name, other=others[0].name)
    return best


def covers(line: LineDimensions, spending: Spending) -> bool:
    if line.project_id != spending.project_id:
        return False
    if line.department_id is not None and line.department_id not in spending.departments:
        return False
    if line.campus_id is not None and line.campus_id != spending.campus_id:
        return False
    return all(
        getattr(line, name) is None
        or getattr(spending, name) is None
        or getattr(line, name) == getattr(spending, name)
        for name in _EXACT
    )


def _strictness(line: LineDimensions, spending: Spending) -> tuple[int, int, int]:
    """How many dimensions the line names, how near its department is, how deep it lies."""
    named = sum(getattr(line, name) is not None for name in _DIMENSIONS)
    nearness = 0
    if line.department_id is not None:
        nearness = len(spending.departments) - spending.departments.index(line.department_id)
    return (nearness, named, line.depth)
