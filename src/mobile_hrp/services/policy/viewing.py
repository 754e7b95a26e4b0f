"""Standards as anybody may look them up."""

from collections.abc import Mapping
from datetime import date

from mobile_hrp.domain.policy.tables import PolicyTables, PolicyTableVersion, Standard
from mobile_hrp.domain.refusal import Refusal

_CODE_SHOWN_MAX = 60


def tables_on(tables: PolicyTables, on: date) -> list[PolicyTableVersion]:
    """The version of every table that counts on a day, by code."""
    found = (tables.in_force(code, on) for code in tables.codes)
    return [version for version in found if version is not None]


def looked_up(
    tables: PolicyTables, code: str, keys: Mapping[str, str], on: date
) -> Standard | None:
    """The standard for these keys; a key that is not given fits only rows for any value.

    Raises:
        Refusal: POLICY_TABLE_NOT_IN_FORCE, or POLICY_KEY_UNKNOWN for a key the table lacks.
    """
    table = tables.in_force(code, on)
    if table is None:
        raise Refusal(
            "POLICY_TABLE_NOT_IN_FORCE",
            path="table",
            table=code[:_CODE_SHOWN_MAX],
            on=on.isoformat(),
        )
    unknown = sorted(set(keys) - set(table.key_columns))
    if unknown:
        raise Refusal(
            "POLICY_KEY_UNKNOWN",
            path="keys",
            key=unknown[0][:_CODE_SHOWN_MAX],
            expected=", ".join(table.key_columns),
        )
    return tables.find(code, keys, on)
