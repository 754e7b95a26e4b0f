"""What the standards in force suggest for a saved form, as a phone shows it."""

from datetime import datetime
from typing import Any

from mobile_hrp.domain.policy.provided import prefilled, provided
from mobile_hrp.domain.scenario.form import displayed
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.policy.subject import policy_document
from mobile_hrp.services.policy.tables import packaged_tables, published_tables
from mobile_hrp.services.scenarios import loaded_scenario


async def suggested_values(
    session: AnySession, *, document: Document, now: datetime
) -> dict[str, Any]:
    """By field key: rows to start from, and what the server computes; nothing is stored."""
    loaded = await loaded_scenario(session, document.scenario_code, document.scenario_version)
    subject = await policy_document(session, document=document, loaded=loaded, lines=(), now=now)
    tables = (await published_tables(session)).completed_by(packaged_tables(loaded.vocabulary))
    found = {**prefilled(subject, tables), **provided(subject, tables)}
    return displayed(loaded.scenario.fields, found)
