"""The vocabulary of performance pay."""

from enum import StrEnum


class PeriodState(StrEnum):
    OPEN = "open"  # facts are coming in
    CALCULATING = "calculating"
    DISTRIBUTING = "distributing"  # departments share out their packages
    PUBLICITY = "publicity"  # 公示: everybody sees their own, disputes are open
    PAID = "paid"  # never changes again; corrections go into a later run


class RunState(StrEnum):
    DRAFT = "draft"
    FROZEN = "frozen"  # inputs are fixed by hash
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


class PackageState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    PUBLISHED = "published"


class LineKind(StrEnum):
    """Where a part of somebody's pay comes from."""

    AVERAGE = "average"  # multiplier × coefficient × days
    PIECE = "piece"  # quantity × price
    SECONDARY = "secondary"  # 二次分配, a share of the department's package
    NIGHT_SHIFT = "night_shift"
    DEDUCTION = "deduction"
    CORRECTION = "correction"  # the delta of an earlier, paid run
