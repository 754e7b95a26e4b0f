"""Goods on a form: which item, how many, of which batch."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from mobile_hrp.domain.policy.form_view import Meaning, Row, form_rows, head
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.vocabulary import FieldType

_TEXT: Final = frozenset({FieldType.TEXT})
NAME: Final = Meaning(_TEXT, keys=("name",))
CODE: Final = Meaning(_TEXT, keys=("item_code", "asset_class"))
BATCH: Final = Meaning(_TEXT, keys=("batch",))
REGISTRATION: Final = Meaning(_TEXT, keys=("registration",))
VALID_TO: Final = Meaning(frozenset({FieldType.DATE}), keys=("valid_to",))
QUANTITY: Final = Meaning(frozenset({FieldType.DECIMAL, FieldType.INT}), keys=("quantity",))


@dataclass(frozen=True, slots=True)
class Goods:
    row: Row
    name: str
    code: str
    batch: str
    registration: str
    valid_to: date | None
    quantity: Decimal

    @property
    def keys(self) -> tuple[str, ...]:
        """By what the item may be known elsewhere, the code first."""
        return tuple(key for key in (self.code, self.name) if key)


def goods(document: PolicyDocument) -> Iterator[Goods]:
    """Every row with the name of an item on it."""
    for _, row in form_rows(head(document)):
        name, quantity, valid_to = row.text(NAME), row.get(QUANTITY), row.get(VALID_TO)
        if NAME.among(row.fields) is None or not (name or row.text(CODE)):
            continue
        yield Goods(
            row=row,
            name=name,
            code=row.text(CODE),
            batch=row.text(BATCH),
            registration=row.text(REGISTRATION),
            valid_to=None if valid_to is None else valid_to.day,
            quantity=Decimal(0) if quantity is None else quantity.number,
        )
