"""What the server itself writes into a form by the tables in force, such as the tax withheld."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mobile_hrp.domain.policy.labor_tax import withheld_by_row
from mobile_hrp.domain.policy.paid_people import paid_people
from mobile_hrp.domain.policy.provided import PROVIDERS, provided
from mobile_hrp.domain.policy.tables import PolicyTables
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.model import Scenario
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.indicators.changing import INDICATOR_PROVIDERS, provided_by_indicators
from mobile_hrp.services.policy.subject import policy_document
from mobile_hrp.services.policy.tables import packaged_tables, published_tables
from mobile_hrp.services.scenarios import LoadedScenario, loaded_scenario


def provided_fields(scenario: Scenario) -> tuple[str, ...]:
    """The keys of the fields that the tables, or the indicator library, compute."""
    known = PROVIDERS.keys() | INDICATOR_PROVIDERS
    return tuple(
        field.key
        for field in scenario.fields
        if field.calculation is not None and field.calculation.provider in known
    )


async def provided_values(
    session: AnySession, *, document: Document, loaded: LoadedScenario, now: datetime
) -> dict[str, Any]:
    """By field key, in stored form; None where the form or the tables do not say enough.

    ``document.values`` are those to compute from.
    """
    keys = provided_fields(loaded.scenario)
    if not keys:
        return {}
    subject, tables = await _grounds(session, document, loaded, now)
    by_indicators = await _by_indicators(session, document, loaded.scenario, now)
    return dict.fromkeys(keys) | provided(subject, tables) | by_indicators


async def _by_indicators(
    session: AnySession, document: Document, scenario: Scenario, now: datetime
) -> dict[str, Any]:
    asked = {
        field.key: field.calculation.provider
        for field in scenario.fields
        if field.calculation is not None and field.calculation.provider in INDICATOR_PROVIDERS
    }
    if not asked:
        return {}
    found = await provided_by_indicators(session, document=document, now=now)
    return {key: found[provider] for key, provider in asked.items() if provider in found}


async def taxes_by_row(
    session: AnySession, *, document: Document, now: datetime
) -> Mapping[str, int]:
    """The tax withheld (fen) of each person the form pays, by the path of their row."""
    loaded = await loaded_scenario(session, document.scenario_code, document.scenario_version)
    subject, tables = await _grounds(session, document, loaded, now)
    return withheld_by_row(subject, list(paid_people(subject)), tables)


async def _grounds(
    session: AnySession, document: Document, loaded: LoadedScenario, now: datetime
) -> tuple[PolicyDocument, PolicyTables]:
    subject = await policy_document(session, document=document, loaded=loaded, lines=(), now=now)
    tables = (await published_tables(session)).completed_by(packaged_tables(loaded.vocabulary))
    return subject, tables
