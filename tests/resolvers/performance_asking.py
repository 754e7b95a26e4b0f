"""Ask about performance: the schema with the keys of the test's installation."""

import uuid
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from tests.resolvers.asking import Asking
from tests.services.clinic import BOX, Clinic, open_clinic

from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.errors import format_errors
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.live import LiveUpdates
from mobile_hrp.schema import schema
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
