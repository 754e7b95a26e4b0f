"""Research projects, their money and their people."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class ResearchProject:
    """``lump_sum``: 包干制, no subjects, a promise on the use instead."""

    code: str
    name: str
    starts_on: date
    ends_on: date
    leader_name: str
    leader_active: bool
    lump_sum: bool = False


@dataclass(frozen=True, slots=True)
class LineFunds:
    """Whose money a budget line is; ``project_id`` as text, as forms hold it."""

    code: str
    nature: str
    project_id: str = ""


@dataclass(frozen=True, slots=True)
class ResearchFacts:
    """The projects the form names, by id as text, and the budget lines it charges."""

    projects: Mapping[str, ResearchProject] = field(default_factory=dict)
    lines: Mapping[uuid.UUID, LineFunds] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LaborRecipients:
    """Who of the people on a list is paid already.

    ``salaried`` are the salaried members of the project, by number and by name; ``staff_names``
    the names on the list that people employed here bear too.
    """

    project: str = ""
    salaried: frozenset[str] = frozenset()
    staff_names: frozenset[str] = frozenset()
