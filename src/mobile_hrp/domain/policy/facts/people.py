"""What standards need to know of the people on a form."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ranks:
    """The rank of each member of staff named on the form, and of the requester, by id."""

    by_staff: Mapping[str, str]
