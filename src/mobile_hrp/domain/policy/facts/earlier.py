"""What the requester has claimed before."""

from dataclasses import dataclass
from datetime import date

from mobile_hrp.domain.policy.matters import Matter


@dataclass(frozen=True, slots=True)
class EarlierMatter:
    number: str
    submitted_on: date
    matter: Matter


@dataclass(frozen=True, slots=True)
class EarlierMatters:
    """Matters on other live documents of the same person; drafts and refused ones left out."""

    claimed: tuple[EarlierMatter, ...] = ()
