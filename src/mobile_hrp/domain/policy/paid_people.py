"""People that a form pays: who they are and how much they get, from any scenario's list."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mobile_hrp.domain.policy.form_view import Meaning, Row
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import FieldType

PEOPLE: Final = Meaning(types=frozenset({FieldType.PERSON_EXTERNAL_LIST}))
NAME: Final = Meaning(types=frozenset({FieldType.TEXT}), archive=("Name",), keys=("name", "code"))
ID_NUMBER: Final = Meaning(types=frozenset({FieldType.TEXT}), archive=("Id",), keys=("id_number",))
PERSON_TYPE: Final = Meaning(
    types=frozenset({FieldType.ENUM}), archive=("PersonalType",), keys=("person_type",)
)
TITLE: Final = Meaning(types=frozenset({FieldType.ENUM}), archive=("Title",), keys=("title",))
UNITS: Final = Meaning(types=frozenset({FieldType.DECIMAL}), keys=("hours",))
GROSS: Final = Meaning(
    types=frozenset({FieldType.MONEY}), archive=("ServiceFeeAmount",), keys=("amount",)
)
ACCOUNT: Final = Meaning(types=frozenset({FieldType.PAYEE}))
ROYALTY: Final = Meaning(
    types=frozenset({FieldType.BOOL}), archive=("ISAuthorRemuneration",), keys=("is_royalty",)
)
FEE_KIND: Final = Meaning(types=frozenset({FieldType.ENUM}), keys=("kind",))
OWN_STAFF: Final = "staff"


@dataclass(frozen=True, slots=True)
class PaidPerson:
    """One row. ``key`` is the same for two rows about one person."""

    row: Row
    number: int
    name: str
    id_number: str
    gross_fen: int

    @property
    def key(self) -> str:
        return self.id_number.upper() or self.name

    @property
    def own_staff(self) -> bool:
        return self.row.text(PERSON_TYPE) == OWN_STAFF


def pay_list(document: PolicyDocument) -> FieldDefinition | None:
    """The list of people with an amount and an account each: visitors and guests are not paid."""
    for field in document.fields:
        paid = GROSS.among(field.columns) is not None and ACCOUNT.among(field.columns) is not None
        if field.type is FieldType.PERSON_EXTERNAL_LIST and paid:
            return field
    return None


def pays_people(document: PolicyDocument) -> bool:
    return pay_list(document) is not None


def paid_people(document: PolicyDocument) -> Iterator[PaidPerson]:
    field = pay_list(document)
    if field is None:
        return
    for number, values in enumerate(document.values.get(field.key) or ()):
        row = Row(f"values.{field.key}.{number}", field.columns, values)
        yield PaidPerson(
            row=row,
            number=number + 1,
            name=row.text(NAME),
            id_number=row.text(ID_NUMBER),
            gross_fen=row.fen(GROSS),
        )
