"""Standing proxies as those concerned see them."""

from datetime import datetime
from typing import Self

import strawberry

from mobile_hrp.graphql.access import OWNER, REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.organization import StaffType, load_staff
from mobile_hrp.models.delegation import ApprovalProxy


@covered_by(OWNER)
@strawberry.type(name="StandingProxy", description="Who decides in whose name (代理).")
class StandingProxyType:
    id: strawberry.ID
    scenario_codes: list[str] = strawberry.field(description="Empty: every scenario.")
    amount_max: Money | None
    reason: str
    starts_at: datetime
    ends_at: datetime
    revoked_at: datetime | None
    row: strawberry.Private[ApprovalProxy]

    @field(OWNER)
    async def principal(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.principal_id)

    @field(OWNER)
    async def proxy(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.proxy_id)

    @classmethod
    def of(cls, row: ApprovalProxy) -> Self:
        cap = row.amount_fen_max
        return cls(
            id=encode_id("StandingProxy", row.id),
            scenario_codes=[str(code) for code in row.flows],
            amount_max=Money(cap) if cap is not None else None,
            reason=row.reason,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            revoked_at=row.revoked_at,
            row=row,
        )


@covered_by(REACHED)
@strawberry.type(description="The proxy, or why not.")
class StandingProxyPayload:
    proxy: StandingProxyType | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(description="How many approvals found a new holder, or why none.")
class HandOverPayload:
    approvals: int | None
    user_errors: list[UserError]
    replayed: bool = False
