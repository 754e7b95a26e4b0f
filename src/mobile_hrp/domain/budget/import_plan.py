"""What an import would change: the sheet laid over the lines there are, with every fault.

Everything is compared by codes, as people write them; the service turns codes into rows. A plan
without faults may be carried out, one with a fault changes nothing at all.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum

from mobile_hrp.domain.budget.alerts import DEFAULT_LEVELS_BP
from mobile_hrp.domain.budget.figures import FULL_BP, BudgetFigures
from mobile_hrp.domain.budget.importing import Column, ImportedLine, ImportFault, ParsedSheet
from mobile_hrp.domain.budget.terms import CheckWindow, ControlMode, OverCondition
from mobile_hrp.domain.money import format_money


@dataclass(frozen=True, slots=True)
class LineTerms:
    """A budget line as a sheet says it; None is "any"."""

    name: str = ""
    parent: str | None = None
    department: str | None = None
    campus: str | None = None
    project: str | None = None
    fund_source: str | None = None
    expense_type: str | None = None
    function_class: str | None = None
    department_class: str | None = None
    government_class: str | None = None
    owner: str | None = None
    control_mode: str = ControlMode.RIGID
    over_rate_bp: int = 0
    over_condition: str = OverCondition.REASON
    check_window: str = CheckWindow.YEAR
    alert_levels_bp: tuple[int, ...] = DEFAULT_LEVELS_BP
    approved_fen: int = 0


@dataclass(frozen=True, slots=True)
class ExistingLine:
    """A line of the year as it is."""

    terms: LineTerms
    figures: BudgetFigures
    first_day: date
    last_day: date
    closed: bool = False

    @property
    def touched(self) -> bool:
        """Whether its ledger has more than its approval: the lines above it count that too."""
        return self.figures.used_fen != 0 or self.figures.adjusted_fen != 0


@dataclass(frozen=True, slots=True)
class Register:
    """The codes that exist. ``departments`` gives each one's campus.

    ``within_campuses`` are those the importing person answers for; None is the whole hospital.
    """

    departments: Mapping[str, str]
    campuses: frozenset[str]
    projects: frozenset[str]
    fund_sources: frozenset[str]
    department_classes: frozenset[str]
    government_classes: frozenset[str]
    owners: frozenset[str]
    within_campuses: frozenset[str] | None = None


class DifferenceKind(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One term of a line before and after, as text; empty is "any"."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What becomes of one line. ``row`` is None for a line the sheet does not name."""

    kind: DifferenceKind
    code: str
    name: str
    row: int | None
    before: LineTerms | None
    after: LineTerms | None
    changes: tuple[FieldChange, ...] = ()

    @property
    def approved_change_fen(self) -> int:
        before_fen = self.before.approved_fen if self.before else 0
        return (self.after.approved_fen if self.after else 0) - before_fen

    @property
    def moves_in_tree(self) -> bool:
        return any(change.field == Column.PARENT for change in self.changes)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Every line's difference, and every fault in the order of the sheet's reading."""

    differences: tuple[Difference, ...]
    faults: tuple[ImportFault, ...]

    def count(self, kind: DifferenceKind) -> int:
        return sum(difference.kind is kind for difference in self.differences)

    @property
    def approved_change_fen(self) -> int:
        return sum(difference.approved_change_fen for difference in self.differences)


# Entries of a line stand on the lines above it, and its holds were checked under these terms.
_FIXED_ONCE_TOUCHED = (Column.PARENT, Column.CAMPUS, Column.PROJECT, Column.FUND_SOURCE)
_REFERENCES: Mapping[Column, str] = {
    Column.CAMPUS: "BUDGET_IMPORT_UNKNOWN_CAMPUS",
    Column.PROJECT: "BUDGET_IMPORT_UNKNOWN_PROJECT",
    Column.FUND_SOURCE: "BUDGET_IMPORT_UNKNOWN_FUND_SOURCE",
    Column.DEPARTMENT_CLASS: "BUDGET_IMPORT_UNKNOWN_CLASS",
    Column.GOVERNMENT_CLASS: "BUDGET_IMPORT_UNKNOWN_CLASS",
    Column.OWNER: "BUDGET_IMPORT_UNKNOWN_OWNER",
    Column.DEPARTMENT: "BUDGET_IMPORT_UNKNOWN_DEPARTMENT",
}


def plan_import(
    sheet: ParsedSheet,
    existing: Mapping[str, ExistingLine],
    register: Register,
    *,
    remove_missing: bool = False,
) -> ImportPlan:
    """Compare a sheet with the lines of its year (by code).

    With ``remove_missing`` the sheet is the whole budget: lines it does not name are removed.
    """
    planning = _Planning(sheet, existing, register)
    for line in sheet.lines:
        planning.take(line)
    if remove_missing:
        planning.remove_missing()
    planning.check_tree()
    if not sheet.faults:  # an amount that could not be read would be missing in every sum
        planning.check_sums()
    return planning.plan()


@dataclass
class _Planning:
    sheet: ParsedSheet
    existing: Mapping[str, ExistingLine]
    register: Register
    after: dict[str, LineTerms] = field(default_factory=dict)
    rows: dict[str, ImportedLine] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    faults: list[ImportFault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.after = {code: line.terms for code, line in self.existing.items()}

    def take(self, line: ImportedLine) -> None:
        old = self.existing.get(line.code)
        before = old.terms if old else None
        after = _overlaid(before or LineTerms(), line)
        self.after[line.code] = after
        self.rows[line.code] = line
        if old is not None:
            self._check_existing(line, old, after)
        self._check_references(line, after)
        changes = _changes(before, after) if before else ()
        kind = DifferenceKind.NEW
        if before is not None:
            kind = DifferenceKind.CHANGED if changes else DifferenceKind.UNCHANGED
        self.differences.append(
            Difference(kind, line.code, after.name, line.row, before, after, changes)
        )

    def remove_missing(self) -> None:
        for code, line in sorted(self.existing.items()):
            if code in self.sheet.codes or line.closed:
                continue
            del self.after[code]
            if line.touched:
                self._fault(self.sheet.name, "BUDGET_IMPORT_REMOVED_IN_USE", line=line.terms.name)
            self.differences.append(
                Difference(DifferenceKind.REMOVED, code, line.terms.name, None, line.terms, None)
            )

    def _check_existing(self, line: ImportedLine, old: ExistingLine, after: LineTerms) -> None:
        before = old.terms
        if old.closed:
            self._closed(line.cell(Column.CODE), old)
        fixed = [*(_FIXED_ONCE_TOUCHED if old.touched else ()), Column.CHECK_WINDOW]
        for column in fixed:
            if getattr(before, column.value) != getattr(after, column.value):
                self._fault(line.cell(column), "BUDGET_IMPORT_LINE_IN_USE", line=before.name)
        total_fen = after.approved_fen + old.figures.adjusted_fen
        if total_fen < 0 or old.figures.used_fen > _ceiling_fen(before, after, total_fen):
            self._fault(
                line.cell(Column.APPROVED),
                "BUDGET_IMPORT_BELOW_USED",
                line=before.name,
                used=format_money(old.figures.used_fen),
                total=format_money(total_fen),
            )

    def _check_references(self, line: ImportedLine, after: LineTerms) -> None:
        register = self.register
        known: Mapping[Column, Collection[str]] = {
            Column.CAMPUS: register.campuses,
            Column.PROJECT: register.projects,
            Column.FUND_SOURCE: register.fund_sources,
            Column.DEPARTMENT_CLASS: register.department_classes,
            Column.GOVERNMENT_CLASS: register.government_classes,
            Column.OWNER: register.owners,
            Column.DEPARTMENT: register.departments,
        }
        for column, code in _REFERENCES.items():
            value = line.values.get(column)
            if value is not None and value not in known[column]:
                self._fault(line.cell(column), code, value=str(value))
        home = register.departments.get(after.department) if after.department else None
        elsewhere = home is not None and after.campus is not None and home != after.campus
        within = register.within_campuses
        if elsewhere or (within is not None and (after.campus or home) not in within):
            self._fault(line.cell(Column.CAMPUS), "LINE_OF_OTHER_CAMPUS", line=after.name)

    def check_tree(self) -> None:
        """Parents are there and open, of the same campus, and nobody is its own ancestor."""
        for code, line in self.rows.items():
            parent = self.after[code].parent
            if parent is None:
                continue
            cell = line.cell(Column.PARENT)
            above = self.after.get(parent)
            if above is None:
                if parent not in self.sheet.codes:
                    self._fault(cell, "BUDGET_IMPORT_UNKNOWN_PARENT", value=parent)
                continue
            if parent in self.existing and self.existing[parent].closed:
                self._closed(cell, self.existing[parent])
            campus = self.after[code].campus
            if above.campus is not None and campus not in {None, above.campus}:
                self._fault(cell, "LINE_OF_OTHER_CAMPUS", line=self.after[code].name)
            if self._is_own_ancestor(code):
                self._fault(cell, "BUDGET_TREE_CIRCULAR", line=self.after[code].name)

    def check_sums(self) -> None:
        """No total has less than its lines, and the sheet's own total is right."""
        below: dict[str, int] = {}
        changed: dict[str, ImportedLine] = {}
        for code, terms in self.after.items():
            if terms.parent is not None:
                below[terms.parent] = below.get(terms.parent, 0) + terms.approved_fen
                if code in self.rows:
                    changed.setdefault(terms.parent, self.rows[code])
        for parent, sum_fen in below.items():
            line = self.rows.get(parent) or changed.get(parent)
            terms_above = self.after.get(parent)
            if line is None or terms_above is None or sum_fen <= terms_above.approved_fen:
                continue
            self._fault(
                line.cell(Column.APPROVED),
                "BUDGET_IMPORT_SUM",
                line=terms_above.name,
                sum=format_money(sum_fen),
                total=format_money(terms_above.approved_fen),
            )
        self._check_total()

    def _check_total(self) -> None:
        if self.sheet.total_fen is None:
            return
        top_fen = sum(
            self.after[code].approved_fen
            for code in self.rows
            if self.after[code].parent not in self.rows
        )
        if top_fen != self.sheet.total_fen:
            self._fault(
                self.sheet.total_cell,
                "BUDGET_IMPORT_TOTAL",
                total=format_money(self.sheet.total_fen),
                sum=format_money(top_fen),
            )

    def _is_own_ancestor(self, code: str) -> bool:
        seen: set[str] = set()
        at = self.after[code].parent
        while at is not None and at in self.after and at not in seen:
            if at == code:
                return True
            seen.add(at)
            at = self.after[at].parent
        return False

    def _closed(self, cell: str, line: ExistingLine) -> None:
        self._fault(
            cell,
            "PERIOD_CLOSED",
            line=line.terms.name,
            first_day=line.first_day.isoformat(),
            last_day=line.last_day.isoformat(),
        )

    def _fault(self, cell: str, code: str, **params: str | int) -> None:
        self.faults.append(ImportFault(cell, code, params))

    def plan(self) -> ImportPlan:
        return ImportPlan(tuple(self.differences), (*self.sheet.faults, *self.faults))


def _overlaid(base: LineTerms, line: ImportedLine) -> LineTerms:
    """The terms with what the sheet says; columns it does not have stay as they are."""
    values = {
        column.value: value
        for column, value in line.values.items()
        if column is not Column.CODE and not (column is Column.ALERT_LEVELS and value is None)
    }
    return replace(base, **values)  # type: ignore[arg-type]  # the columns are named by the terms


def _ceiling_fen(before: LineTerms, after: LineTerms, total_fen: int) -> int:
    """How much of a line may be used after the import.

    A cut never reaches into what is used, over-rate or not; a line that only warns has no ceiling.
    """
    cut = after.approved_fen < before.approved_fen
    if after.control_mode == ControlMode.RIGID or (
        cut and after.control_mode == ControlMode.ELASTIC
    ):
        return total_fen
    if after.control_mode == ControlMode.ELASTIC:
        return total_fen + total_fen * after.over_rate_bp // FULL_BP
    return _NO_CEILING_FEN


_NO_CEILING_FEN = 10**18


def _changes(before: LineTerms, after: LineTerms) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(each.name, shown(each.name, old), shown(each.name, new))
        for each in fields(LineTerms)
        if (old := getattr(before, each.name)) != (new := getattr(after, each.name))
    )


def shown(name: str, value: str | int | tuple[int, ...] | None) -> str:
    """A term as people write it: yuan, percent, codes."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "/".join(str(level_bp // 100) for level_bp in value)
    if name == Column.APPROVED and isinstance(value, int):
        return format_money(value)
    if name == Column.OVER_RATE and isinstance(value, int):
        return f"{value // 100}.{value % 100:02d}%"
    return str(value)
