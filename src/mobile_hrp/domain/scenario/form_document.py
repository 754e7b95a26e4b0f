"""A scenario's form as a JSON-safe document that any client renders without an update."""

from collections.abc import Sequence
from typing import Any

from mobile_hrp.domain.scenario.field_values import LIST_MAX, LONGTEXT_MAX, TEXT_MAX
from mobile_hrp.domain.scenario.form import ROWS_MAX
from mobile_hrp.domain.scenario.model import (
    Calculation,
    FieldDefinition,
    Scenario,
    Text,
    Vocabulary,
)
from mobile_hrp.domain.scenario.vocabulary import (
    REFERENCE_LIST_TYPES,
    REQUESTER_EDITOR,
    ROW_TYPES,
    FieldType,
)

_LENGTHS = {FieldType.TEXT: TEXT_MAX, FieldType.LONGTEXT: LONGTEXT_MAX}


def form_document(scenario: Scenario, vocabulary: Vocabulary, locale: str) -> dict[str, Any]:
    """Labels in ``locale`` (``zh`` or ``en``); rules as trees (``Expression.tree``); no floats.

    Rules are for showing and hiding at once on the phone. What counts is the server's answer:
    it applies the same rules again (``form.fill``).
    """
    return {
        "code": scenario.code,
        "version": scenario.version,
        "name": scenario.name.localized(locale),
        "summary": _text(scenario.summary, locale),
        "group": scenario.group.value,
        "kind": scenario.form_kind.value,
        "privacy": scenario.privacy.value,
        "amountField": scenario.amount or None,
        "slaHours": scenario.sla_hours,
        "constants": {name: format(value, "f") for name, value in vocabulary.thresholds.items()},
        "fields": _fields(scenario.fields, locale),
        "steps": [
            {
                "join": step.join.value,
                "branches": [
                    [
                        {
                            "key": node.key,
                            "name": node.name.localized(locale),
                            "mode": node.mode.value,
                            "kind": node.kind.value,
                            "conditional": node.when is not None,
                        }
                        for node in branch
                    ]
                    for branch in step.branches
                ],
            }
            for step in scenario.steps
        ],
    }


def _fields(fields: Sequence[FieldDefinition], locale: str) -> list[dict[str, Any]]:
    return [_field(field, locale) for field in fields]


def _field(field: FieldDefinition, locale: str) -> dict[str, Any]:
    document: dict[str, Any] = {
        "key": field.key,
        "label": field.name.localized(locale),
        "type": field.type.value,
        "required": field.required,
        "help": _text(field.help, locale),
        "sensitive": field.sensitive,
        "editableBy": list(field.editable_by or (REQUESTER_EDITOR,)),
        "readOnly": field.calculation is not None,
        "prefill": field.prefill or None,
    }
    if field.options:
        document["options"] = [
            {"code": option.code, "label": option.name.localized(locale)}
            for option in field.options
        ]
    if field.type in ROW_TYPES:
        document["columns"] = _fields(field.columns, locale)
        document["rowsMax"] = ROWS_MAX
    if field.type in REFERENCE_LIST_TYPES:
        document["itemsMax"] = LIST_MAX
    if field.type in _LENGTHS:
        document["lengthMax"] = _LENGTHS[field.type]
    if field.minimum is not None:
        document["min"] = format(field.minimum, "f")
    if field.maximum is not None:
        document["max"] = format(field.maximum, "f")
    if field.visible_when is not None:
        document["visibleWhen"] = _plain(field.visible_when.expression.tree)
    if field.required_when is not None:
        document["requiredWhen"] = _plain(field.required_when.expression.tree)
    if field.calculation is not None:
        document["calculation"] = _calculation(field.calculation)
    return document


def _calculation(calculation: Calculation) -> dict[str, Any]:
    document: dict[str, Any] = {"kind": calculation.kind.value, "terms": list(calculation.terms)}
    if calculation.expression is not None:
        document["tree"] = _plain(calculation.expression.tree)
    if calculation.codes:
        document["codes"] = list(calculation.codes)
    return document


def _plain(tree: Any) -> Any:
    return [_plain(item) for item in tree] if isinstance(tree, tuple) else tree


def _text(text: Text | None, locale: str) -> str | None:
    return text.localized(locale) if text is not None else None
