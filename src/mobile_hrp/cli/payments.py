"""What connecting a bank needs."""

import asyncio
from typing import Annotated

import typer
from sqlalchemy import select

from mobile_hrp.cli.main import app, console
from mobile_hrp.models.organization import Hospital
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.runtime.settings import load_settings


@app.command("payment-webhook-key")
def payment_webhook_key(
    hospital: Annotated[str, typer.Option(help="The hospital's code.")],
) -> None:
    """Print the key with which a hospital's bank signs its messages, in hex."""
    from mobile_hrp.services.payment_webhook import (  # noqa: PLC0415 - loads the whole product
        webhook_key,
    )

    settings = load_settings()
    hospital_id = asyncio.run(_hospital_id(settings.database_url, hospital))
    if hospital_id is None:
        console.print("[red]there is no such hospital[/]")
        raise typer.Exit(2)
    print(webhook_key(SecretsBox.from_secret(settings.secret_key), hospital_id).hex())  # noqa: T201 - a secret for a pipe, without markup


async def _hospital_id(url: str, code: str) -> int | None:
    database = Database(url)
    try:
        async with database.reading(0) as session:
            found: int | None = await session.scalar(
                select(Hospital.id).where(Hospital.code == code)
            )
            return found
    finally:
        await database.close()
