"""C27: what is withheld from fees, computed by the rules in force and shown before it is paid."""

from collections.abc import Iterator
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.form_view import Meaning, head
from mobile_hrp.domain.policy.labor_tax import BANDS_TABLE, RULES_TABLE, withheld
from mobile_hrp.domain.policy.paid_people import paid_people, pay_list, pays_people
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType

TAX: Final = Meaning(types=frozenset({FieldType.MONEY}), providers=("personal_tax",), keys=("tax",))


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    field = pay_list(document)
    people = tuple(paid_people(document))
    if field is None or not people:
        return
    path = f"values.{field.key}"
    with_salary = [person for person in people if person.own_staff]
    if with_salary:
        yield Observation(
            "with_salary",
            path,
            {
                "people": len({person.key for person in with_salary}),
                "gross_fen": sum(person.gross_fen for person in with_salary),
            },
        )
    found = withheld(document, (one for one in people if not one.own_staff), context.tables)
    if not found:
        return
    gross_fen = sum(one.gross_fen for one in found)
    tax_fen = sum(one.tax_fen for one in found)
    source = cited(context.tables.rows(RULES_TABLE, document.on)[0])
    yield Observation(
        "computed",
        path,
        {
            "people": len({one.key for one in found}),
            "gross_fen": gross_fen,
            "tax_fen": tax_fen,
            "net_fen": gross_fen - tax_fen,
            **source,
        },
    )
    entered = head(document).get(TAX)
    if entered is not None and entered.fen != tax_fen:
        evidence = {"entered_fen": entered.fen, "tax_fen": tax_fen, **source}
        yield Observation("differs", entered.path, evidence)


CONTROL: Final = ControlFunction(
    key="income_tax", check=check, tables=(RULES_TABLE, BANDS_TABLE), applies=pays_people
)
