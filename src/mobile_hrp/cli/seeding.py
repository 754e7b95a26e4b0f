"""``mobile-hrp seed``: fill an empty database with the made-up hospital."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from mobile_hrp.cli.main import app
from mobile_hrp.runtime.settings import load_settings


@app.command()
def seed(
    staff: Annotated[int, typer.Option(min=100, max=20_000, help="How many people.")] = 120,
    seed: Annotated[int, typer.Option(help="The same seed gives the same hospital.")] = 1,
    *,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, help="Of all logins.")],
) -> None:
    """Fill an empty database with a hospital that does not exist, its scenarios published."""
    from mobile_hrp.synthetic.hospital.filling import fill_hospital  # noqa: PLC0415 - slow to load
    from mobile_hrp.synthetic.hospital.seed import HospitalExistsError  # noqa: PLC0415

    settings = load_settings()
    console = Console()
    if not settings.owner_database_url:
        console.print("[red]HRP_OWNER_DATABASE_URL is not set[/]: seeding runs as the owner role")
        raise typer.Exit(2)
    try:
        with console.status("seeding …"):
            filled = asyncio.run(
                fill_hospital(
                    settings.owner_database_url, staff=staff, seed=seed, password=password
                )
            )
    except HospitalExistsError:
        console.print("[yellow]this hospital exists already; nothing was changed[/]")
        raise typer.Exit(1) from None
    for table, rows in filled.counts.items():
        console.print(f"  {table:20} {rows:>8}")
