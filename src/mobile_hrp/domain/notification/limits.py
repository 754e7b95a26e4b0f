"""How much a hospital lets its notifications interrupt, and what it lets them cost."""

from dataclasses import dataclass

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Limits:
    """One hospital's limits; the defaults hold where it has set none.

    ``rings_per_day`` bounds all interruptions of a person outside ``critical``; the last
    ``digests_per_day`` of them are kept for digests. ``repeats_max`` bounds the repeats of one
    thing, and those of all things to one person on one day: acceptance of reminders falls with
    every repeat (Ancker 2017, BMC MIDM 17:36). Times of day are minutes after midnight in the
    hospital's zone. ``monthly_calls`` is what DingTalk's edition meters (10,000 on the standard
    one); its last ``urgent_reserve_percent`` are kept for what is urgent and for digests.
    """

    rings_per_day: int = 8
    digests_per_day: int = 2
    repeats_max: int = 2
    digest_times: tuple[int, ...] = (11 * 60, 16 * 60 + 30)
    digest_size: int = 20
    quiet_from: int = 22 * 60
    quiet_until: int = 7 * 60
    mandatory_categories: frozenset[str] = frozenset({"approval"})
    monthly_calls: int = 10_000
    urgent_reserve_percent: int = 20

    @property
    def single_rings(self) -> int:
        """Interruptions a day for single things; the rest is for digests."""
        return max(self.rings_per_day - self.digests_per_day, 1)
