"""Staff and departments as others may see them: no pay, no identity numbers."""

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
