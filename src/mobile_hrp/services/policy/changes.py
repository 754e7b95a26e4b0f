"""What a rule package would change of the policy in force, for those who review it."""

from collections.abc import Sequence
from datetime import date

from mobile_hrp.domain.policy.package import RulePackage
from mobile_hrp.domain.policy.package_diff import PolicyChange, diff_settings, diff_tables
from mobile_hrp.domain.policy.settings import ControlSettings, merged_settings
from mobile_hrp.domain.policy.tables import PolicyTableVersion
from mobile_hrp.models.policy import PolicyPackageState
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.policy.packages import core_vocabulary, package_named
from mobile_hrp.services.policy.tables import (
    counting_packages,
    decoded_settings,
    policy_in_force,
    table_rows,
)


async def changes_of(
    session: AnySession, *, code: str, version: str, today: date
) -> list[PolicyChange]:
    """What publishing an imported package would change. Raises POLICY_PACKAGE_UNKNOWN."""
    package = await package_named(session, code=code, version=version)
    tables = await table_rows(session, [package])
    return await _changes(session, code, tables, decoded_settings(package.settings), today)


async def changes_of_package(
    session: AnySession, package: RulePackage, *, today: date
) -> list[PolicyChange]:
    """The same of a package that was only read."""
    return await _changes(session, package.code, package.versions(), package.settings, today)


async def _changes(
    session: AnySession,
    code: str,
    tables: Sequence[PolicyTableVersion],
    settings: ControlSettings,
    today: date,
) -> list[PolicyChange]:
    present = await policy_in_force(session)
    others = [
        decoded_settings(package.settings)
        for package in await counting_packages(session)
        if package.state is PolicyPackageState.PUBLISHED and package.code != code
    ]
    defaults = {name: one.severity for name, one in core_vocabulary().controls.items()}
    return [
        *diff_tables(present.tables, tables, today),
        *diff_settings(present.settings, merged_settings([*others, settings]), defaults),
    ]
