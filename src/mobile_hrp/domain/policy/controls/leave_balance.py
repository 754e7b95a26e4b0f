"""C35: leave within the balance, not too long in a row, and enough people stay on duty."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.leave import LeaveFacts
from mobile_hrp.domain.policy.form_view import Meaning, Placed, head
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType

TABLE: Final = "leave_rules"
KIND: Final = Meaning(frozenset({FieldType.ENUM}), keys=("kind",))
DATES: Final = Meaning(frozenset({FieldType.DATERANGE}))
DAYS: Final = Meaning(
    frozenset({FieldType.DECIMAL, FieldType.INT}), providers=("workdays",), keys=("days",)
)
STUDY: Final = "study"


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    form = head(document)
    kind, dates, days = form.get(KIND), form.get(DATES), form.get(DAYS)
    facts = context.of(LeaveFacts)
    if days is not None:
        yield from _length(document, context, kind, days)
    if dates is not None:
        yield from _floor(dates, facts)


def _length(
    document: PolicyDocument, context: PolicyContext, kind: Placed | None, days: Placed
) -> Iterator[Observation]:
    code = STUDY if kind is None else kind.text
    rule = context.tables.find(TABLE, {"kind": code}, document.on)
    if rule is None:
        return
    zh, en = (code, code) if kind is None else kind.option
    named: dict[str, Evidence] = {"kind": zh, "kind_en": en, "days": _plain(days.number)}
    if days.number > rule.number("days_in_row"):
        most = {"most": _plain(rule.number("days_in_row")), **cited(rule)}
        yield Observation("too_long", days.path, {**named, **most})
    if rule.row["from_balance"] is True:
        left = context.of(LeaveFacts).left.get(code, Decimal(0))
        if days.number > left:
            yield Observation("no_balance", days.path, {**named, "left": _plain(left)})


def _floor(dates: Placed, facts: LeaveFacts) -> Iterator[Observation]:
    if facts.least is None:
        return
    first, last = dates.period
    short = [
        day
        for day in _days(first, last)
        if facts.headcount - facts.absent.get(day, 0) - 1 < facts.least
    ]
    if short:
        on_duty = facts.headcount - facts.absent.get(short[0], 0) - 1
        evidence: dict[str, Evidence] = {
            "first_on": short[0].isoformat(),
            "days": len(short),
            "on_duty": on_duty,
            "least": facts.least,
        }
        yield Observation("below_floor", dates.path, evidence)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


CONTROL: Final = ControlFunction(
    key="leave_balance", check=check, needs=(LeaveFacts,), tables=(TABLE,)
)
