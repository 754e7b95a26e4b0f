"""Who asks, as predicates of visibility need to know it.

A predicate is written once and used twice: with the viewer of a request, and with the places that
a compiled statement keeps for any viewer. Both look the same from here.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from sqlalchemy import ColumnElement, any_

from mobile_hrp.domain.identity.permissions import Permission


@dataclass(frozen=True, slots=True)
class OneOf:
    """Members that are known when the statement runs: an array. It is not empty."""

    array: ColumnElement[Any]


Members: TypeAlias = Collection[Any] | OneOf
Key: TypeAlias = uuid.UUID | ColumnElement[uuid.UUID]


class Covered(Protocol):
    """What a permission covers (``domain.identity.viewer.Reach``)."""

    @property
    def hospital(self) -> bool: ...
    @property
    def campuses(self) -> Members: ...
    @property
    def departments(self) -> Members: ...


class Asker(Protocol):
    """The part of a ``Viewer`` that predicates may use."""

    @property
    def hospital_id(self) -> int | ColumnElement[int]: ...
    @property
    def staff_id(self) -> Key: ...
    def holds(self, permission: Permission) -> bool: ...
    def reach(self, permission: Permission) -> Covered: ...


def among(column: Any, members: Members) -> ColumnElement[bool]:
    """Whether the column's value is one of the members."""
    found: ColumnElement[bool] = (
        column == any_(members.array) if isinstance(members, OneOf) else column.in_(members)
    )
    return found
