"""Ask about performance: the schema with the keys of the test's installation."""

import uuid
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import select
from tests.resolvers.asking import Asking
from tests.services.clinic import BOX, KEYS, Clinic, open_clinic
from tests.services.seeded import NOW

from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.errors import format_errors
from mobile_hrp.models.performance import PerformanceCalculation
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.live import LiveUpdates
from mobile_hrp.schema import schema
from mobile_hrp.services.performance.calculating import PerformanceCalculator
from mobile_hrp.services.ports import Services


@dataclass
class PayAsking(Asking):
    """As ``Asking``, of a clinic, with the box that wraps the data keys."""

    hospital: Clinic

    async def run(
        self, staff_id: uuid.UUID | None, query: str, /, **variables: Any
    ) -> tuple[dict[str, Any], list[str]]:
        data, errors = await self.whole(staff_id, query, variables)
        return data, [error["extensions"]["code"] for error in errors]

    async def whole(
        self, staff_id: uuid.UUID | None, query: str, variables: dict[str, Any]
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The data and the errors as a client gets them."""
        viewer = await self.hospital.viewer(staff_id) if staff_id else None
        context = Context(
            database=self.hospital.database,
            clock=lambda: self.now,
            live=LiveUpdates(self.hospital.database),
            services=cast("Services", SimpleNamespace(doors=SimpleNamespace(box=BOX))),
            viewer=viewer,
        )
        answer = await schema.execute(query, variable_values=variables, context_value=context)
        errors = format_errors(getattr(answer, "errors", None) or [], "en")
        return getattr(answer, "data", None) or {}, [dict(error) for error in errors]


async def open_asking(database: Database, owner: Database) -> PayAsking:
    return PayAsking(await open_clinic(database, owner))


async def work_off(asking: PayAsking) -> None:
    """What the worker does with everything it is asked for."""
    clinic = asking.hospital
    async with clinic.owner.reading(clinic.id) as session:
        keys = (await session.scalars(select(PerformanceCalculation.id))).all()
    for key in keys:
        payload = {"hospital_id": str(clinic.id), "calculation_id": str(key)}
        await PerformanceCalculator(clinic.database, KEYS)(payload, NOW)
