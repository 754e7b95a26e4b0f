"""Imports of budget sheets: differences line by line, faults cell by cell."""

from datetime import datetime
from typing import Self

import strawberry

from mobile_hrp.domain.budget.import_plan import Difference, DifferenceKind
from mobile_hrp.domain.budget.importing import ImportFault
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import ErrorCode, UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.pagination import PAGE_MAX
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.organization import StaffType, load_staff
from mobile_hrp.mobile_contract.catalogue import catalogue
from mobile_hrp.models.budget import BudgetImport
from mobile_hrp.services.budget.importing import ImportPreview

strawberry.enum(DifferenceKind, name="BudgetDifferenceKind")


@covered_by(REACHED)
@strawberry.type(name="BudgetImportFault", description="Why a cell stands against the import.")
class BudgetImportFaultType:
    cell: str = strawberry.field(description="sheet!B7; the sheet alone for a missing cell.")
    code: ErrorCode
    message: str = strawberry.field(description="In Chinese.")
    message_en: str
    next_step: str
    next_step_en: str

    @classmethod
    def of(cls, fault: ImportFault) -> Self:
        entry = catalogue()[fault.code]
        return cls(
            cell=fault.cell,
            code=ErrorCode[fault.code],
            message=entry.message("zh", fault.params),
            message_en=entry.message("en", fault.params),
            next_step=entry.next_step("zh", fault.params),
            next_step_en=entry.next_step("en", fault.params),
        )


@covered_by(REACHED)
@strawberry.type(name="BudgetFieldChange", description="One term of a line; empty means any.")
class BudgetFieldChangeType:
    field: str
    before: str
    after: str


@covered_by(REACHED)
@strawberry.type(name="BudgetDifference", description="What becomes of one line.")
class BudgetDifferenceType:
    kind: DifferenceKind
    code: str
    name: str
    row: int | None = strawberry.field(description="Of the sheet; null when it is not in there.")
    approved_before: Money | None
    approved_after: Money | None
    moves_in_tree: bool
    changes: list[BudgetFieldChangeType]

    @classmethod
    def of(cls, difference: Difference) -> Self:
        before, after = difference.before, difference.after
        return cls(
            kind=difference.kind,
            code=difference.code,
            name=difference.name,
            row=difference.row,
            approved_before=Money(before.approved_fen) if before else None,
            approved_after=Money(after.approved_fen) if after else None,
            moves_in_tree=difference.moves_in_tree,
            changes=[
                BudgetFieldChangeType(field=change.field, before=change.before, after=change.after)
                for change in difference.changes
            ],
        )


@covered_by(REACHED)
@strawberry.type(name="BudgetImportPreview", description="Nothing was written.")
class BudgetImportPreviewType:
    year: int
    sheet: str
    digest: str = strawberry.field(description="Names these differences; give it back to apply.")
    new_lines: int
    changed_lines: int
    removed_lines: int
    unchanged_lines: int
    approved_change: Money
    fault_count: int
    preview: strawberry.Private[ImportPreview]

    @field(REACHED, description="Lines in the order of the sheet; all kinds unless one is named.")
    def differences(
        self, first: int, skip: int = 0, kind: DifferenceKind | None = None
    ) -> list[BudgetDifferenceType]:
        _require_page(first, skip)
        found = self.preview.plan.differences
        chosen = [each for each in found if kind is None or each.kind is kind]
        return [BudgetDifferenceType.of(each) for each in chosen[skip : skip + first]]

    @field(REACHED, description="Every fault of every cell, in the order of the sheet's reading.")
    def faults(self, first: int, skip: int = 0) -> list[BudgetImportFaultType]:
        _require_page(first, skip)
        found = self.preview.plan.faults[skip : skip + first]
        return [BudgetImportFaultType.of(each) for each in found]

    @classmethod
    def of(cls, preview: ImportPreview) -> Self:
        plan = preview.plan
        return cls(
            year=preview.year,
            sheet=preview.sheet,
            digest=preview.digest,
            new_lines=plan.count(DifferenceKind.NEW),
            changed_lines=plan.count(DifferenceKind.CHANGED),
            removed_lines=plan.count(DifferenceKind.REMOVED),
            unchanged_lines=plan.count(DifferenceKind.UNCHANGED),
            approved_change=Money(plan.approved_change_fen),
            fault_count=len(plan.faults),
            preview=preview,
        )


def _require_page(first: int, skip: int) -> None:
    if not 1 <= first <= PAGE_MAX or skip < 0:
        raise Refusal("PAGE_SIZE_INVALID", path="first")


@covered_by(REACHED)
@strawberry.type(name="BudgetImport", description="An import that was carried out.")
class BudgetImportType:
    id: strawberry.ID
    year: int
    file_name: str
    file_sha256: str
    digest: str
    remove_missing: bool
    new_lines: int
    changed_lines: int
    removed_lines: int
    unchanged_lines: int
    approved_change: Money
    imported_at: datetime
    row: strawberry.Private[BudgetImport]

    @field(REACHED)
    async def imported_by(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.imported_by)

    @classmethod
    def of(cls, row: BudgetImport) -> Self:
        return cls(
            id=encode_id("BudgetImport", row.id),
            year=row.year,
            file_name=row.file_name,
            file_sha256=row.file_sha256,
            digest=row.digest,
            remove_missing=row.remove_missing,
            new_lines=row.new_lines,
            changed_lines=row.changed_lines,
            removed_lines=row.removed_lines,
            unchanged_lines=row.unchanged_lines,
            approved_change=Money(row.approved_change_fen),
            imported_at=row.imported_at,
            row=row,
        )


@covered_by(REACHED)
@strawberry.type(description="The import, or every reason why not.")
class BudgetImportPayload:
    budget_import: BudgetImportType | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(name="BudgetSheetFile", description="A file to save; its bytes in base64.")
class BudgetSheetFileType:
    name: str
    media_type: str
    base64: str
