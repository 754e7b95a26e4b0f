"""Which other documents a form uses, and in which state the money of such a document is."""

import uuid
from collections.abc import Mapping
from typing import Any

from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.domain.scenario.vocabulary import (
    HOLDING,
    BudgetEvent,
    BudgetOperation,
    FieldType,
)

_PEOPLE = frozenset({FieldType.STAFF, FieldType.STAFF_LIST})


def link_values(scenario: Scenario, values: Mapping[str, Any]) -> list[tuple[str, uuid.UUID]]:
    """The documents a filled form links, by field, in the order of the form; each once.

    The document whose own money is moved (``charge.document``) is not among them.
    """
    charge = scenario.budget.charge
    own = charge.document if charge is not None else ""
    found: dict[uuid.UUID, str] = {}
    for field in scenario.fields:
        if field.type is FieldType.DOC_LINK and field.key != own:
            key = _uuid(values.get(field.key))
            if key is not None:
                found.setdefault(key, field.key)
    return [(field_key, key) for key, field_key in found.items()]


def holds_money(scenario: Scenario) -> bool:
    return bool(HOLDING & set(scenario.budget.events.values()))


def holds_as_occupied(scenario: Scenario) -> bool:
    """Whether an approved document of the scenario holds its money as an occupation."""
    approved = scenario.budget.operation(BudgetEvent.APPROVE)
    return approved in {BudgetOperation.OCCUPY, BudgetOperation.CONVERT}


def names_person(scenario: Scenario, values: Mapping[str, Any], staff_id: uuid.UUID) -> bool:
    """Whether the head of the form names the person, as one of the travellers for instance."""
    return any(
        str(staff_id) in _listed(values.get(field.key))
        for field in scenario.fields
        if field.type in _PEOPLE
    )


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _uuid(value: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(value)) if value else None
    except ValueError:
        return None
