"""C26: who may receive fees."""

from typing import Any

from tests.policy.papers import paper, seen

from mobile_hrp.domain.policy.controls.labor_recipient import CONTROL
from mobile_hrp.domain.policy.facts.research import LaborRecipients
from mobile_hrp.domain.policy.terms import Observation
from mobile_hrp.domain.scenario.vocabulary import Severity

PERSON: dict[str, Any] = {
    "name": "周敏",
    "id_number": "11010519491231002X",
    "person_type": "external",
    "amount": 80_000,
    "account": "6222",
}
NOBODY = LaborRecipients()


def found(*people: dict[str, Any], facts: LaborRecipients = NOBODY) -> list[Observation]:
    return seen(CONTROL, paper("labor_claim", {"people": list(people)}), facts)


def test_an_outside_expert_with_name_number_and_account_passes() -> None:
    assert found(PERSON) == []
    assert found({**PERSON, "id_number": "11010519491231002x"}) == []


def test_what_a_row_lacks_is_named() -> None:
    assert found(PERSON, {"name": "王二", "amount": 1}) == [
        Observation(
            "incomplete",
            "values.people.1",
            {
                "row": 2,
                "person": "王*",
                "missing": ("证件号码", "收款账户"),
                "missing_en": ("Id number", "Account"),
            },
        )
    ]


def test_an_id_number_with_a_wrong_check_digit_is_shown_masked_only() -> None:
    assert found({**PERSON, "id_number": "110105194912310021"}) == [
        Observation(
            "id_number_wrong",
            "values.people.0.id_number",
            {"row": 1, "person": "周*", "id_number": "110************021"},
        )
    ]


def test_salaried_members_of_the_project_receive_nothing() -> None:
    expected = [
        Observation(
            "salaried_member",
            "values.people.0",
            {"row": 1, "person": "周*", "project": "Sepsis", "amount_fen": 80_000},
        )
    ]
    by_name = LaborRecipients("Sepsis", frozenset({"周敏"}), frozenset({"周敏"}))
    by_number = LaborRecipients("Sepsis", frozenset({"11010519491231002X"}))
    assert found(PERSON, facts=by_name) == expected
    assert found(PERSON, facts=by_number) == expected
    assert found(PERSON, facts=LaborRecipients("Sepsis", frozenset({"李四"}))) == []


def test_a_namesake_of_our_staff_is_only_mentioned() -> None:
    staff = LaborRecipients(staff_names=frozenset({"周敏"}))
    assert found(PERSON, facts=staff) == [
        Observation(
            "looks_like_staff", "values.people.0", {"row": 1, "person": "周*"}, Severity.WARN
        )
    ]
    assert found({**PERSON, "person_type": "staff"}, facts=staff) == []


def test_subjects_are_paid_by_code_without_an_id_number() -> None:
    subject = {"code": "S-001", "visits": 1, "amount": 100, "account": "6222"}
    document = paper("research_subject_pay", {"people": [subject]})
    assert seen(CONTROL, document, NOBODY) == []


def test_fees_in_the_costs_are_accounted_for_by_the_list_of_people() -> None:
    costs = [
        {"expense_type": "labor", "amount": 50_000},
        {"expense_type": "books", "amount": 7},
        {"expense_type": "labor", "amount": 30_001},
    ]
    claim = {"lines": costs, "recipients": [PERSON]}
    assert seen(CONTROL, paper("research_claim", claim), NOBODY) == [
        Observation("not_listed", "values.recipients", {"paid_fen": 80_001, "listed_fen": 80_000})
    ]
    even = {"lines": [{"expense_type": "labor", "amount": 80_000}], "recipients": [PERSON]}
    assert seen(CONTROL, paper("research_claim", even), NOBODY) == []
    books = {"lines": [{"expense_type": "books", "amount": 7}]}
    assert seen(CONTROL, paper("research_claim", books), NOBODY) == []


def test_visitors_are_not_paid_and_not_judged() -> None:
    assert not CONTROL.applies(paper("reception_claim", {}))
    assert CONTROL.applies(paper("research_claim", {}))
