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


class CalculationKind(StrEnum):
    """What a worker is asked to do with a run."""

    CALCULATE = "calculate"
    PUBLISH = "publish"


class CalculationState(StrEnum):
    """How far a run that was asked for is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"  # by the rules or the facts: nothing of it was kept


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


class InputKind(StrEnum):
    """What a counted code is: work adds up, a coefficient is one figure of a person or place."""

    WORK = "work"
    COEFFICIENT = "coefficient"


class TermClass(StrEnum):
    """What a term of a formula is, which is what a change of it is called."""

    WORK = "work"
    COEFFICIENT = "coefficient"
    PRICE = "price"
    PART = "part"  # what other rules gave: what changed them explains it


class ChangeCause(StrEnum):
    """Why a part of my pay differs between two periods."""

    WORKLOAD = "workload"
    COEFFICIENT = "coefficient"
    PRICE = "price"
    RULE_VERSION = "rule_version"
    FOLLOWS = "follows"  # what other rules gave, on which this one builds
    SHARED = "shared"  # the department's shared work and costs
    CORRECTION = "correction"


class ShareMethod(StrEnum):
    """By what a department shares its package out (二次分配)."""

    RATIO = "ratio"
    WORKLOAD = "workload"
    SCORE = "score"


class DistributionState(StrEnum):
    PROPOSED = "proposed"
    PUBLICITY = "publicity"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class DisputeState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SETTLED = "settled"  # its delta was paid
