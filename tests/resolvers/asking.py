"""Ask the schema as a person of the seeded hospital, without a server in between."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from tests.services.seeded import NOW, SeededHospital

from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.errors import format_errors
from mobile_hrp.runtime.live import LiveUpdates
from mobile_hrp.schema import schema
from mobile_hrp.services.ports import Services


@dataclass
class Asking:
    """Runs operations against one hospital. ``ask`` gives data, ``refused`` the first code."""

    hospital: SeededHospital
    now: datetime = NOW

    async def run(
        self, staff_id: uuid.UUID | None, query: str, /, **variables: Any
    ) -> tuple[dict[str, Any], list[str]]:
        """The data and the codes of the errors."""
        viewer = await self.hospital.viewer(staff_id) if staff_id else None
        context = Context(
            database=self.hospital.database,
            clock=lambda: self.now,
            live=LiveUpdates(self.hospital.database),
            services=cast("Services", None),  # no adapter is reached by these operations
            viewer=viewer,
        )
        answer = await schema.execute(query, variable_values=variables, context_value=context)
        errors = format_errors(getattr(answer, "errors", None) or [], "en")
        codes = [error["extensions"]["code"] for error in errors]
        return getattr(answer, "data", None) or {}, codes

    async def ask(self, staff_id: uuid.UUID, query: str, /, **variables: Any) -> dict[str, Any]:
        data, codes = await self.run(staff_id, query, **variables)
        assert codes == []
        return data

    async def refused(
        self, staff_id: uuid.UUID | None, query: str, /, **variables: Any
    ) -> list[str]:
        _, codes = await self.run(staff_id, query, **variables)
        assert codes
        return codes
