"""Explanations in words: codes and values of the engine and of routing, as a person reads them."""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from mobile_hrp.domain.approval.plan import Explanation
from mobile_hrp.domain.expression import Value
from mobile_hrp.domain.scenario.model import Scenario, Text, Vocabulary
from mobile_hrp.domain.scenario.routing import described
from mobile_hrp.domain.scenario.vocabulary import DOCUMENT_AMOUNT
from mobile_hrp.mobile_contract.explanations_catalogue import explain
from mobile_hrp.models.organization import Staff
from mobile_hrp.runtime.database import AnySession

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PEOPLE = ("staff", "to")
_SCOPES = {
    "department": Text("本科室", "department"),
    "campus": Text("本院区", "campus"),
    "hospital": Text("全院", "whole hospital"),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """Fills explanations. Without a scenario the values stay as codes; names are by staff id."""

    locale: str
    names: Mapping[str, str] = field(default_factory=dict)
    scenario: Scenario | None = None
    vocabulary: Vocabulary | None = None

    def sentence(self, explanation: Explanation) -> str:
        params = {name: self._shown(name, str(value)) for name, value in explanation.params.items()}
        return explain(explanation.code, params, self.locale)

    def readable(self, text: str) -> str:
        """A condition or its values, with the names of form fields and facts in words."""
        return _NAME.sub(lambda found: self._label(found.group()), text)

    def values(self, given: Mapping[str, Value]) -> str:
        """What a condition read, ``报销合计金额=12000.00, T2=10000.00``."""
        return self.readable(described(given))

    def _shown(self, name: str, value: str) -> str:
        if name in _PEOPLE:
            return self.names.get(value, "…")
        if name in {"condition", "values", "name", "field"}:
            return self.readable(value)
        if name in {"who", "role"}:
            kinds = self.vocabulary.approvers if self.vocabulary else {}
            return kinds[value].name.localized(self.locale) if value in kinds else value
        if name == "scope" and value in _SCOPES:
            return _SCOPES[value].localized(self.locale)
        return value

    def _label(self, name: str) -> str:
        if self.scenario is None or self.vocabulary is None:
            return name
        key = self.scenario.amount if name == DOCUMENT_AMOUNT else name
        form_field = self.scenario.field(key)
        if form_field is not None:
            return form_field.name.localized(self.locale)
        fact = self.vocabulary.facts.get(name)
        return fact.name.localized(self.locale) if fact is not None else name


def people_in(explanations: Iterable[Explanation]) -> set[uuid.UUID]:
    """Whose names are needed to say these."""
    found: set[uuid.UUID] = set()
    for explanation in explanations:
        for name in _PEOPLE:
            value = explanation.params.get(name)
            if isinstance(value, str):
                found.add(uuid.UUID(value))
    return found


async def names_of(session: AnySession, people: Iterable[uuid.UUID]) -> dict[str, str]:
    """Names by staff id as text, for ``Wording``."""
    rows = await session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(set(people))))
    return {str(row.id): row.name for row in rows}
