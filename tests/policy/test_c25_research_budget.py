"""C25: research money within term, line and subject."""

import uuid
from dataclasses import replace
from datetime import date
from typing import Any

from tests.policy.papers import cited, paper, seen, table

from mobile_hrp.domain.policy.controls.research_budget import CONTROL
from mobile_hrp.domain.policy.facts.research import LineFunds, ResearchFacts, ResearchProject
from mobile_hrp.domain.policy.terms import Observation
from mobile_hrp.domain.scenario.vocabulary import Severity

TABLES = (
    table("research_terms", "rule", "days", ("settle_after_end", 30), since=date(2020, 1, 1)),
    table(
        "research_subjects",
        "expense_type",
        "subject",
        ("equipment", "equipment"),
        ("books", "business"),
        since=date(2020, 1, 1),
    ),
)
PROJECT = str(uuid.UUID(int=70))
LINE, OTHER_LINE = uuid.UUID(int=50), uuid.UUID(int=51)
RUNNING = ResearchProject("K1", "Sepsis", date(2024, 1, 1), date(2026, 2, 28), "Dr Lin", True)
CLAIM: dict[str, Any] = {
    "project": PROJECT,
    "subject": "business",
    "budget_line": str(LINE),
    "lines": [{"expense_type": "books", "amount": 100}],
}


def facts(project: ResearchProject = RUNNING) -> ResearchFacts:
    return ResearchFacts(
        {PROJECT: project},
        {
            LINE: LineFunds("L50", "research", PROJECT),
            OTHER_LINE: LineFunds("L51", "research", "another"),
        },
    )


def found(
    values: dict[str, Any],
    on: date = date(2026, 2, 28),
    *,
    scenario: str = "research_claim",
    project: ResearchProject = RUNNING,
) -> list[Observation]:
    return seen(CONTROL, paper(scenario, values, on=on), facts(project), tables=TABLES)


def test_a_claim_within_term_line_and_subject_passes() -> None:
    assert found(CLAIM) == []
    assert found(CLAIM, date(2024, 1, 1)) == []


def test_before_the_project_and_after_the_settlement_nothing_may_be_spent() -> None:
    evidence = {
        "project": "Sepsis",
        "starts_on": "2024-01-01",
        "ends_on": "2026-02-28",
        "settled_until_on": "2026-03-30",
        **cited("research_terms"),
    }
    assert found(CLAIM, date(2026, 3, 31)) == [
        Observation("not_running", "values.project", evidence)
    ]
    assert found(CLAIM, date(2023, 12, 31)) == [
        Observation("not_running", "values.project", evidence)
    ]
    assert found(CLAIM, date(2026, 3, 1)) == [
        Observation("being_settled", "values.project", evidence, Severity.WARN)
    ]
    assert [one.case for one in found(CLAIM, date(2026, 3, 30))] == ["being_settled"]


def test_without_a_term_in_the_table_the_project_is_not_judged_by_it() -> None:
    tables = (table("research_terms", "rule", "days"), TABLES[1])
    document = paper("research_claim", CLAIM, on=date(2030, 1, 1))
    assert seen(CONTROL, document, facts(), tables=tables) == []


def test_a_leader_who_left_cannot_sign() -> None:
    assert found(CLAIM, project=replace(RUNNING, leader_active=False)) == [
        Observation("leader_gone", "values.project", {"project": "Sepsis", "leader": "Dr Lin"})
    ]


def test_a_line_of_another_project_or_of_none_is_found() -> None:
    assert found({**CLAIM, "budget_line": str(OTHER_LINE)}) == [
        Observation("foreign_line", "values.budget_line", {"line": "L51", "project": "Sepsis"})
    ]
    unknown = str(uuid.UUID(int=52))
    assert found({**CLAIM, "budget_line": unknown}) == [
        Observation("foreign_line", "values.budget_line", {"line": unknown, "project": "Sepsis"})
    ]


def test_both_lines_of_an_adjustment_belong_to_the_project() -> None:
    change = {"from_line": str(LINE), "to_line": str(OTHER_LINE)}
    adjustment = {"project": PROJECT, "changes": [change]}
    assert [one.path for one in found(adjustment, scenario="research_budget_adjust")] == [
        "values.changes.0.to_line"
    ]


def test_an_expense_outside_the_subject_is_found_at_its_row() -> None:
    lines = [{"expense_type": "books"}, {}, {"expense_type": "equipment"}, {"expense_type": "rent"}]
    assert found({**CLAIM, "lines": lines}) == [
        Observation(
            "wrong_subject",
            "values.lines.2.expense_type",
            {
                "subject": "业务费",
                "subject_en": "Operations",
                "expense": "设备购置费",
                "expense_en": "Equipment",
                "belongs_to": "equipment",
                **cited("research_subjects"),
            },
        )
    ]


def test_a_lump_sum_project_promises_the_use_instead_of_keeping_subjects() -> None:
    lump = replace(RUNNING, lump_sum=True)
    equipment = {**CLAIM, "lines": [{"expense_type": "equipment"}]}
    assert found(equipment, project=lump) == [
        Observation("promise_missing", "", {"project": "Sepsis"})
    ]
    assert found({**equipment, "use_promise": "sig-1"}, project=lump) == []
    outbound = {"project": PROJECT, "budget_line": str(LINE)}
    assert found(outbound, scenario="research_outbound", project=lump) == []


def test_a_trip_on_research_money_names_its_project() -> None:
    trip = {"budget_line": str(LINE)}
    assert found(trip, scenario="travel_request") == [
        Observation("project_missing", "values.budget_line", {"line": "L50"})
    ]
    own = ResearchFacts(lines={LINE: LineFunds("L50", "own")})
    document = paper("travel_request", trip)
    assert seen(CONTROL, document, own, tables=TABLES) == []
    assert seen(CONTROL, document, ResearchFacts(), tables=TABLES) == []


def test_an_unknown_project_is_the_only_thing_said() -> None:
    assert found({**CLAIM, "project": "no-such"}) == [
        Observation("unknown_project", "values.project", {"project": "no-such"})
    ]


def test_forms_without_a_project_are_not_judged() -> None:
    assert not CONTROL.applies(paper("general_claim", {}))
