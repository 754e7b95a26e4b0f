"""Staff and departments as others may see them: no pay, no identity numbers."""

import uuid
from typing import Self

import strawberry

from mobile_hrp.graphql.access import REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models import organization as tables


@covered_by(REACHED)
@strawberry.type(name="Department", description="A department of the hospital (科室).")
class DepartmentType:
    id: strawberry.ID
    code: str
    name: str

    @classmethod
    def of(cls, row: tables.Department) -> Self:
        return cls(id=encode_id("Department", row.id), code=row.code, name=row.name)


@covered_by(REACHED)
@strawberry.type(name="Staff", description="A colleague: name, number and department.")
class StaffType:
    id: strawberry.ID
    employee_number: str
    name: str
    row: strawberry.Private[tables.Staff]

    @field(REACHED)
    async def department(self, info: Info) -> DepartmentType | None:
        found = await info.context.loaders.departments.load(self.row.department_id)
        return DepartmentType.of(found) if found else None

    @classmethod
    def of(cls, row: tables.Staff) -> Self:
        return cls(
            id=encode_id("Staff", row.id),
            employee_number=row.employee_number,
            name=row.name,
            row=row,
        )


async def load_staff(info: Info, key: uuid.UUID | None) -> StaffType | None:
    """The colleague behind a key, in one statement for all that a request asks for."""
    row = await info.context.loaders.staff.load(key) if key else None
    return StaffType.of(row) if row else None
