"""Time limits of the hospital (期限规则), by rule, as the policy in force on a day says."""

from datetime import date

from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services import scenarios
from mobile_hrp.services.policy.tables import packaged_tables, policy_in_force

_TABLE = "retention_days"
LOAN_SETTLEMENT = "loan_settlement"
PAYEE_COOLING_OFF = "payee_cooling_off"


async def time_limit_days(
    session: AnySession, *, document: Document, rule: str, on: date
) -> int | None:
    """How many days the rule gives; None when neither the hospital nor its package says so."""
    loaded = await scenarios.loaded_scenario(
        session, document.scenario_code, document.scenario_version
    )
    policy = await policy_in_force(session)
    tables = policy.tables.completed_by(packaged_tables(loaded.vocabulary))
    standard = tables.find(_TABLE, {"rule": rule}, on)
    return standard.whole("days") if standard is not None else None
