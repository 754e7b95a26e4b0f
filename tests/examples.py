"""How many examples a property is tried with."""

from hypothesis import settings

MUTANTS_PROFILE = "mutants"
_SHARE_FOR_MUTANTS = 5
_EXAMPLES_MIN = 10


def as_many_as(number: int) -> int:
    """All of them; a fifth while ``make mutants`` tries thousands of changes one by one."""
    if settings.get_current_profile_name() != MUTANTS_PROFILE:
        return number
    return max(_EXAMPLES_MIN, number // _SHARE_FOR_MUTANTS)
