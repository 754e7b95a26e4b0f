"""Payees' accounts: those a person may put on a form, and registering one."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.payment.terms import PayeeKind
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, perform
from mobile_hrp.graphql.ids import decode_optional_id
from mobile_hrp.graphql.pagination import Connection, connection_of, newest_first
from mobile_hrp.graphql.types.payments import PayeeAccountPayload, PayeeAccountType
from mobile_hrp.models.payment import PayeeAccount
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.idempotency import request_hash
from mobile_hrp.services.payees import (
    AccountSealer,
    NewAccount,
    register_account,
    usable_accounts,
)

_SUBMIT = needs(Permission.DOCUMENT_SUBMIT)


@strawberry.input(
    description="An account of mine, of a supplier, or of somebody who is paid by name."
)
class RegisterPayeeAccountInput:
    idempotency_key: str
    kind: PayeeKind
    account_number: str
    bank_name: str
    bank_code: str = ""
    supplier_id: strawberry.ID | None = None
    holder_name: str = strawberry.field(
        default="", description="Only for somebody paid by name; others are known."
    )


@strawberry.type
class PayeeQuery:
    @field(_SUBMIT, description="Accounts in use that I may put on a form, newest first.")
    async def payee_accounts(
        self, info: Info, first: int, after: str | None = None, kind: PayeeKind | None = None
    ) -> Connection[PayeeAccountType]:
        statement = select(PayeeAccount).where(
            usable_accounts(info.context.require_viewer()), PayeeAccount.disabled_at.is_(None)
        )
        if kind is not None:
            statement = statement.where(PayeeAccount.kind == kind)
        paged = newest_first(
            statement, PayeeAccount.registered_at, PayeeAccount.id, first=first, after=after
        )
        async with info.context.reading() as session:
            rows = (await session.scalars(paged)).all()
        return connection_of(
            rows,
            first,
            position=lambda row: (row.registered_at, row.id),
            node=PayeeAccountType.of,
        )


@strawberry.type
class PayeeMutation:
    @mutation(
        _SUBMIT,
        description="Register an account. A further one of the same owner waits for an approved "
        "change of account; each new one cools off before it is paid.",
    )
    async def register_payee_account(
        self, info: Info, input: RegisterPayeeAccountInput
    ) -> PayeeAccountPayload:
        sealer = AccountSealer(info.context.services.doors.box)

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            account = await register_account(
                session,
                viewer=viewer,
                new=NewAccount(
                    kind=input.kind,
                    account_number=input.account_number,
                    bank_name=input.bank_name,
                    bank_code=input.bank_code,
                    supplier_id=decode_optional_id(
                        "Supplier", input.supplier_id, path="supplierId"
                    ),
                    holder_name=input.holder_name,
                ),
                sealer=sealer,
                now=now,
            )
            return {"account_id": str(account.id)}

        given = {name: value for name, value in vars(input).items() if name != "idempotency_key"}
        outcome = await perform(
            info,
            operation="registerPayeeAccount",
            key=input.idempotency_key,
            body={"account": request_hash(given)},
            work=work,
        )

        async def read(result: Mapping[str, Any]) -> PayeeAccountType | None:
            key = uuid.UUID(result["account_id"])
            async with info.context.reading() as session:
                row = await session.scalar(select(PayeeAccount).where(PayeeAccount.id == key))
            return PayeeAccountType.of(row) if row else None

        return PayeeAccountPayload(
            payee_account=await outcome.object("payeeAccount", read),
            user_errors=outcome.errors,
            replayed=outcome.replayed,
        )
