"""What is known when somebody wants to be paid to another account."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class AccountChange:
    """``current`` are the accounts in use; ``changed_on`` when the newest of them came.

    ``step_up``: the route asks the owner to prove themselves again. ``verified`` says what a check
    of the new account gave, None before there was one. ``verifiers`` are the people who may check
    it other than the requester; ``old_contact``: somebody at the old account can be told.
    """

    current: tuple[str, ...] = ()
    changed_on: date | None = None
    step_up: bool = False
    verified: bool | None = None
    verifiers: int = 0
    old_contact: bool = False
