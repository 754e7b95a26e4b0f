"""C26: fees go to named people with an account, never to the project's own salaried staff."""

from collections.abc import Iterator
from typing import Final

from mobile_hrp.domain.policy.controls.research_budget import COSTS, EXPENSE_TYPE
from mobile_hrp.domain.policy.facts.research import LaborRecipients
from mobile_hrp.domain.policy.form_view import Meaning, rows
from mobile_hrp.domain.policy.identity_numbers import is_identity_number, masked
from mobile_hrp.domain.policy.paid_people import (
    ACCOUNT,
    ID_NUMBER,
    NAME,
    PaidPerson,
    paid_people,
    pay_list,
    pays_people,
)
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType, Severity

LABOR: Final = "labor"
COST: Final = Meaning(
    types=frozenset({FieldType.MONEY}), archive=("ApplyAmount",), keys=("amount",)
)


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    facts = context.of(LaborRecipients)
    people = tuple(paid_people(document))
    for person in people:
        yield from _judge(person, facts)
    yield from _unlisted(document, people)


def _judge(person: PaidPerson, facts: LaborRecipients) -> Iterator[Observation]:
    shown: dict[str, Evidence] = {"row": person.number, "person": masked(person.name)}
    lacking = [
        field
        for meaning in (NAME, ID_NUMBER, ACCOUNT)
        if (field := meaning.among(person.row.fields)) is not None
        and person.row.get(meaning) is None
    ]
    if lacking:
        names = {
            "missing": tuple(field.name.zh for field in lacking),
            "missing_en": tuple(field.name.en for field in lacking),
        }
        yield Observation("incomplete", person.row.path, {**shown, **names})
    number = person.row.get(ID_NUMBER)
    if number is not None and not is_identity_number(number.text):
        evidence = {**shown, "id_number": masked(number.text)}
        yield Observation("id_number_wrong", number.path, evidence)
    if {person.key, person.name} & facts.salaried:
        evidence = {**shown, "project": facts.project, "amount_fen": person.gross_fen}
        yield Observation("salaried_member", person.row.path, evidence)
    elif person.name in facts.staff_names and not person.own_staff:
        yield Observation("looks_like_staff", person.row.path, shown, Severity.WARN)


def _unlisted(document: PolicyDocument, people: tuple[PaidPerson, ...]) -> Iterator[Observation]:
    """Where the costs have lines for fees, the list of people accounts for every fen of them."""
    field = pay_list(document)
    paid = [row.fen(COST) for row in rows(document, COSTS) if row.text(EXPENSE_TYPE) == LABOR]
    listed_fen = sum(person.gross_fen for person in people)
    if field is not None and paid and sum(paid) != listed_fen:
        yield Observation(
            "not_listed",
            f"values.{field.key}",
            {"paid_fen": sum(paid), "listed_fen": listed_fen},
        )


CONTROL: Final = ControlFunction(
    key="labor_recipient", check=check, needs=(LaborRecipients,), applies=pays_people
)
