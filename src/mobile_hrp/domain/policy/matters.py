"""What a document claims, matter by matter, so that the same matter is known again elsewhere."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from mobile_hrp.domain.policy.form_view import Meaning, Row, form_rows
from mobile_hrp.domain.policy.text_search import fold
from mobile_hrp.domain.scenario.field_values import is_empty
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import FieldType

_DATE: Final = frozenset({FieldType.DATE})
_LEFT: Final = Meaning(_DATE, archive=("DepDate", "StartDate"))
_BACK: Final = Meaning(_DATE, archive=("ReturnDate", "EndDate"))
_BEGINS: Final = Meaning(frozenset({FieldType.DATETIME}), keys=("begins_at", "from_at"))
_ENDS: Final = Meaning(frozenset({FieldType.DATETIME}), keys=("ends_at", "to_at"))
_PEOPLE: Final = Meaning(frozenset({FieldType.STAFF_LIST}), archive=("TravelerInfoData",))
_AMOUNT: Final = Meaning(
    frozenset({FieldType.MONEY}),
    archive=("ApplyAmount", "ServiceFeeAmount", "ReceiptAmount"),
    keys=("amount",),
)
_TELLING: Final = frozenset(
    {FieldType.TEXT, FieldType.LONGTEXT, FieldType.ENUM, FieldType.DATE, FieldType.CITY}
)
_ALLOWANCES: Final = frozenset({"AllowanceData"})
"""Follow from the trip and are claimed again only with it."""


class MatterKind(StrEnum):
    TRIP = "trip"
    SLOT = "slot"
    CHARGE = "charge"


@dataclass(frozen=True, slots=True)
class Matter:
    """A trip by its days, a slot by its hours (ISO texts), a charge by its words and amount."""

    kind: MatterKind
    path: str
    begins: str = ""
    ends: str = ""
    words: str = ""
    amount_fen: int = 0
    people: frozenset[str] = field(default_factory=frozenset)

    def same_as(self, other: "Matter") -> bool:
        """Whether both claim the same: overlapping trips and slots of a person, equal charges."""
        if self.kind is not other.kind:
            return False
        if self.kind is MatterKind.CHARGE:
            return (self.words, self.amount_fen) == (other.words, other.amount_fen)
        if not self.people & other.people:
            return False
        if self.kind is MatterKind.TRIP:
            return self.begins <= other.ends and other.begins <= self.ends
        return _at(self.begins) < _at(other.ends) and _at(other.begins) < _at(self.ends)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def matters(
    fields: Sequence[FieldDefinition], values: Mapping[str, Any], requester_id: uuid.UUID
) -> tuple[Matter, ...]:
    """Everything the form claims, of whatever scenario."""
    form = Row("values", tuple(fields), values)
    return (*_trips(form, str(requester_id)), *_rows(form, str(requester_id)))


def _trips(form: Row, requester: str) -> Iterator[Matter]:
    left, back = form.get(_LEFT), form.get(_BACK)
    if left is None or back is None:
        return
    named = form.get(_PEOPLE)
    people = set(named.value) if named is not None else _travellers(form)
    yield Matter(
        MatterKind.TRIP,
        left.path,
        left.text,
        back.text,
        people=frozenset(people or {requester}),
    )


def _travellers(form: Row) -> set[str]:
    return {
        str(row.values[column.key])
        for _, row in form_rows(form)
        for column in row.fields
        if column.type is FieldType.STAFF and not is_empty(row.values.get(column.key))
    }


def _rows(form: Row, requester: str) -> Iterator[Matter]:
    for container, row in form_rows(form):
        begins, ends = row.get(_BEGINS), row.get(_ENDS)
        if begins is not None and ends is not None:
            people = frozenset({requester})
            yield Matter(MatterKind.SLOT, row.path, begins.text, ends.text, people=people)
            continue
        amount = row.get(_AMOUNT)
        if amount is None or container.archive in _ALLOWANCES:
            continue
        told = [
            fold(str(row.values[column.key])).letters
            for column in row.fields
            if column.type in _TELLING and not is_empty(row.values.get(column.key))
        ]
        if told:
            yield Matter(MatterKind.CHARGE, row.path, words="|".join(told), amount_fen=amount.fen)
