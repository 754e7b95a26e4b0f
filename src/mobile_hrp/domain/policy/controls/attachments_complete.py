"""C24: every list of attachments the scenario asks for is there, each file with its hash."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mobile_hrp.domain.expression import ExpressionError
from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.files import AttachedFiles
from mobile_hrp.domain.policy.form_view import FORM, placed
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.model import Condition, FieldDefinition
from mobile_hrp.domain.scenario.values import readable_fields
from mobile_hrp.domain.scenario.vocabulary import FieldType

TABLE: Final = "required_attachments"


def applies(document: PolicyDocument) -> bool:
    return any(field.type is FieldType.ATTACHMENT_LIST for field in document.fields)


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    readable = readable_fields(document.fields, document.values)
    for field in document.fields:
        if field.type is FieldType.ATTACHMENT_LIST:
            yield from _missing(document, context, field, readable)
    files = context.of(AttachedFiles)
    for found in placed(document, FieldType.ATTACHMENT_LIST, FieldType.INVOICE_LIST):
        for number, key in enumerate(found.value):
            if not files.hashes.get(key):
                yield Observation(
                    "no_file",
                    f"{found.path}.{number}",
                    {**_named(found.field), "number": number + 1},
                )


def _missing(
    document: PolicyDocument,
    context: PolicyContext,
    field: FieldDefinition,
    readable: Mapping[str, Any],
) -> Iterator[Observation]:
    given = len(document.values.get(field.key) or ())
    path = f"{FORM}.{field.key}"
    if not given and _required(field, readable):
        yield Observation("missing", path, _named(field))
        return
    keys = {"scenario": document.scenario, "field": field.key}
    standard = context.tables.find(TABLE, keys, document.on)
    if standard is None or document.amount_fen <= standard.fen("above_amount"):
        return
    least = standard.whole("at_least")
    if given < least:
        yield Observation(
            "too_few",
            path,
            {
                **_named(field),
                "given": given,
                "at_least": least,
                "amount_fen": document.amount_fen,
                "above_fen": standard.fen("above_amount"),
                **cited(standard),
            },
        )


def _required(field: FieldDefinition, readable: Mapping[str, Any]) -> bool:
    if field.visible_when is not None and not _holds(field.visible_when, readable):
        return False
    if field.required:
        return True
    return field.required_when is not None and _holds(field.required_when, readable)


def _holds(condition: Condition, readable: Mapping[str, Any]) -> bool:
    """A rule that reads something empty does not hold, as when the form is filled."""
    try:
        return condition.expression.holds(readable)
    except ExpressionError:
        return False


def _named(field: FieldDefinition) -> dict[str, str]:
    return {"field": field.name.zh, "field_en": field.name.en}


CONTROL: Final = ControlFunction(
    key="attachments_complete",
    check=check,
    needs=(AttachedFiles,),
    tables=(TABLE,),
    applies=applies,
)
