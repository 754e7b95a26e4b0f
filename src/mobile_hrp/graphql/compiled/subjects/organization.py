"""Staff and departments."""

from mobile_hrp.graphql.compiled.mapping import ObjectMap, to_one
from mobile_hrp.models.organization import Department, Staff

TYPES = {
    "Department": ObjectMap(Department),
    "Staff": ObjectMap(Staff, fields={"department": to_one(Department, "department_id")}),
}
