"""C45: nothing is booked into a closed period; money of another year has a way of its own."""

from collections.abc import Iterator
from typing import Final

from mobile_hrp.domain.policy.facts.periods import ChargedPeriod, PeriodFacts
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    facts = context.of(PeriodFacts)
    period = facts.period
    if period is not None and not period.open:
        evidence = {
            "period": period.code,
            "starts_on": period.starts_on.isoformat(),
            "ends_on": period.ends_on.isoformat(),
        }
        yield Observation("period_closed", evidence=evidence)
    judged: set[str] = set()
    for charged in document.lines:
        if charged.budget_line_id is None or charged.budget_line_id not in facts.lines:
            continue
        line = facts.lines[charged.budget_line_id]
        if line.code not in judged:
            judged.add(line.code)
            yield from _line(document, line, charged.path)


def _line(document: PolicyDocument, line: ChargedPeriod, path: str) -> Iterator[Observation]:
    evidence: dict[str, Evidence] = {
        "line": line.code,
        "first_on": line.first_day.isoformat(),
        "last_on": line.last_day.isoformat(),
    }
    if document.on > line.last_day and line.carries:
        yield Observation("carry_over", path, evidence)
    elif not line.first_day <= document.on <= line.last_day:
        yield Observation("other_year", path, evidence)
    elif line.closed:
        yield Observation("line_closed", path, evidence)


CONTROL: Final = ControlFunction(key="period_open", check=check, needs=(PeriodFacts,))
