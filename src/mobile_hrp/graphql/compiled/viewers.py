"""Any viewer, for predicates: the person's keys as places, and what decides the text as it is.

Whether somebody holds a permission, or reaches the whole hospital, changes a predicate's form, so
it belongs to the variant of a statement; which departments are reached only fills a place.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.compiled.places import Place, Places
from mobile_hrp.services.askers import Members, OneOf


@dataclass(frozen=True, slots=True)
class _Covered:
    hospital: bool
    campuses: Members
    departments: Members


class AnyViewer:
    """An ``services.askers.Asker`` whose statement serves all viewers of the same authority."""

    def __init__(self, places: Places, sample: Viewer) -> None:
        self._places = places
        self._sample = sample
        self._held: dict[Permission, None] = {}
        self._reached: dict[Permission, None] = {}
        self.hospital_id = Place(places, Integer(), lambda call: call.viewer.hospital_id)
        self.staff_id = Place(places, Uuid(), lambda call: call.viewer.staff_id)

    @property
    def authority(self) -> "Authority":
        """What was asked about the sample so far, with the answers."""
        held, reached = tuple(self._held), tuple(self._reached)
        return Authority(held, reached, _answers(self._sample, held, reached))

    def holds(self, permission: Permission) -> bool:
        self._held[permission] = None
        return self._sample.holds(permission)

    def reach(self, permission: Permission) -> _Covered:
        self._reached[permission] = None
        reach = self._sample.reach(permission)
        return _Covered(
            reach.hospital,
            self._members(permission, "campuses") if reach.campuses else (),
            self._members(permission, "departments") if reach.departments else (),
        )

    def _members(self, permission: Permission, name: str) -> OneOf:
        return OneOf(
            Place(
                self._places,
                ARRAY(Uuid),
                lambda call: list(getattr(call.viewer.reach(permission), name)),
            )
        )


@dataclass(frozen=True, slots=True)
class Authority:
    """What a variant of a statement takes for granted about its viewers."""

    held: tuple[Permission, ...]
    reached: tuple[Permission, ...]
    answers: tuple[Any, ...]

    def fits(self, viewer: Viewer) -> bool:
        return _answers(viewer, self.held, self.reached) == self.answers


def _answers(
    viewer: Viewer, held: tuple[Permission, ...], reached: tuple[Permission, ...]
) -> tuple[Any, ...]:
    reaches = [viewer.reach(permission) for permission in reached]
    return (
        *(viewer.holds(permission) for permission in held),
        *((one.hospital, bool(one.campuses), bool(one.departments)) for one in reaches),
    )
