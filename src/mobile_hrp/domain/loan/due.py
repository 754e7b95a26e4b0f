"""When a loan is to be settled, and when its borrower hears of it."""

from dataclasses import dataclass
from datetime import date, timedelta

from mobile_hrp.domain.loan.terms import LoanStage

DUE_SOON_DAYS = 7
_WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Reminder:
    """``key`` is the same for the whole stage, so that each stage is told once.

    A loan that is overdue is told once a week; ``days`` is how long it has been.
    """

    stage: LoanStage
    key: str
    days: int = 0


def due_day(paid_on: date, *, asked_on: date | None, limit_days: int | None) -> date:
    """The day of the form, but no later than the hospital's limit allows.

    Without a limit the day of the form counts alone, without either the loan is due when it is
    paid. A day before the payment is put off to the day of the payment.
    """
    latest = paid_on + timedelta(days=limit_days) if limit_days is not None else None
    days = [day for day in (asked_on, latest) if day is not None]
    return max(min(days, default=paid_on), paid_on)


def reminder_on(today: date, due_on: date) -> Reminder | None:
    """What the borrower is to hear today; None while there is nothing to say."""
    days_left = (due_on - today).days
    if days_left > DUE_SOON_DAYS:
        return None
    if days_left >= 0:
        return Reminder(LoanStage.DUE_SOON, due_on.isoformat())
    week = (-days_left - 1) // _WEEK_DAYS + 1
    return Reminder(LoanStage.OVERDUE, f"{due_on.isoformat()}:{week}", days=-days_left)
