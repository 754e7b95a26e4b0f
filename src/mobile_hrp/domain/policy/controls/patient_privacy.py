"""C34: no patient stands in a text: only the opaque visit token says who it is about."""

from collections.abc import Iterator
from typing import Final

from mobile_hrp.domain.policy.form_view import Placed, placed
from mobile_hrp.domain.policy.privacy_scan import PersonalKind, PersonalText, PrivacyWords, scan
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType

TABLE: Final = "privacy_words"
NUMBER_ELEMENTS: Final = frozenset({"Id", "EinvoiceNumber", "EinvoiceCode", "Pjhm", "Pjdm"})
NUMBER_KEYS: Final = frozenset({"id_number", "registration", "udi", "batch", "ethics_no"})
"""Fields whose very content is a number, asked for by the form itself."""


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    words = PrivacyWords.of(
        (row.text("kind"), row.text("words")) for row in context.tables.rows(TABLE, document.on)
    )
    for found in placed(document, FieldType.TEXT, FieldType.LONGTEXT, FieldType.PATIENT_REF):
        for person in scan(found.text, words):
            yield from _observe(found, person)


def _observe(found: Placed, person: PersonalText) -> Iterator[Observation]:
    evidence: dict[str, Evidence] = {
        "field": found.field.name.zh,
        "field_en": found.field.name.en,
        "position": person.position,
        "shown": person.shown,
    }
    if found.field.type is FieldType.PATIENT_REF:
        yield Observation("not_a_token", found.path, evidence)
    elif person.kind is PersonalKind.NAME:
        yield Observation("patient_name", found.path, evidence)
    elif _asks_for_a_number(found):
        return
    elif person.kind is PersonalKind.ID_NUMBER:
        yield Observation("id_number", found.path, evidence)
    else:
        yield Observation("phone", found.path, evidence)


def _asks_for_a_number(found: Placed) -> bool:
    return (
        found.field.archive.rpartition(".")[2] in NUMBER_ELEMENTS or found.field.key in NUMBER_KEYS
    )


CONTROL: Final = ControlFunction(key="patient_privacy", check=check, tables=(TABLE,))
