"""C45: periods and lines that are open."""

import uuid
from dataclasses import replace
from datetime import date

from tests.policy.papers import paper, seen

from mobile_hrp.domain.policy.controls.period_open import CONTROL
from mobile_hrp.domain.policy.facts.periods import AccountingPeriod, ChargedPeriod, PeriodFacts
from mobile_hrp.domain.policy.terms import ChargedLine, Observation

MARCH = AccountingPeriod("2026-03", date(2026, 3, 1), date(2026, 3, 31), open=True)
YEAR = ChargedPeriod("L1", date(2026, 1, 1), date(2026, 12, 31))
SHOWN = {"line": "L1", "first_on": "2026-01-01", "last_on": "2026-12-31"}
KEY = uuid.UUID(int=50)


def found(facts: PeriodFacts, on: date = date(2026, 3, 16), times: int = 1) -> list[Observation]:
    charged = [
        ChargedLine(f"values.lines.{number}", "x", "books", 1, KEY) for number in range(times)
    ]
    unknown = ChargedLine("values.lines.8", "x", "books", 1, uuid.UUID(int=51))
    free = ChargedLine("values.lines.9", "x", "books", 1, None)
    document = replace(paper("general_claim", {}, on=on), lines=(free, unknown, *charged))
    return seen(CONTROL, document, facts)


def line(period: ChargedPeriod = YEAR) -> PeriodFacts:
    return PeriodFacts(MARCH, {KEY: period})


def test_an_open_period_and_line_pass_to_their_last_day() -> None:
    assert found(line()) == []
    assert found(line(), date(2026, 1, 1)) == []
    assert found(line(), date(2026, 12, 31)) == []
    assert found(PeriodFacts()) == []


def test_a_closed_period_is_refused() -> None:
    assert found(PeriodFacts(replace(MARCH, open=False))) == [
        Observation(
            "period_closed",
            "",
            {"period": "2026-03", "starts_on": "2026-03-01", "ends_on": "2026-03-31"},
        )
    ]


def test_money_of_another_year_is_not_spent() -> None:
    expected = [Observation("other_year", "values.lines.0", SHOWN)]
    assert found(line(), date(2027, 1, 1)) == expected
    assert found(line(), date(2025, 12, 31)) == expected


def test_money_that_is_carried_over_waits_for_the_carry_over() -> None:
    carried = line(replace(YEAR, carries=True))
    assert found(carried, date(2027, 1, 1)) == [Observation("carry_over", "values.lines.0", SHOWN)]
    assert found(carried, date(2026, 12, 31)) == []
    assert [one.case for one in found(carried, date(2025, 12, 31))] == ["other_year"]


def test_a_closed_line_is_told_once() -> None:
    closed = line(replace(YEAR, closed=True))
    assert found(closed, times=3) == [Observation("line_closed", "values.lines.0", SHOWN)]
