"""A package comes into force the way a hospital does it: one office imports, another publishes."""

import uuid
from collections.abc import Mapping

from mobile_hrp.demo.simulation import operations as ask
from mobile_hrp.demo.simulation.hospital import Hospital
from mobile_hrp.domain.identity.roles import Role
from mobile_hrp.domain.scenario.model import ScenarioPackage


async def bring_in(
    hospital: Hospital, package: ScenarioPackage, files: Mapping[str, bytes]
) -> None:
    """Import and publish through the API. Raises DemoError with what was refused."""
    budget_office = await hospital.people.phone(hospital.holder(Role.BUDGET_OFFICE))
    given = [{"path": path, "text": content.decode()} for path, content in files.items()]
    await budget_office.mutate(
        ask.IMPORT, {"input": {"idempotencyKey": uuid.uuid4().hex, "files": given}}
    )
    accountant = await hospital.people.phone(hospital.holder(Role.CHIEF_ACCOUNTANT))
    await accountant.mutate(
        ask.PUBLISH,
        {
            "input": {
                "idempotencyKey": uuid.uuid4().hex,
                "packageCode": package.code,
                "version": package.version,
            }
        },
    )
