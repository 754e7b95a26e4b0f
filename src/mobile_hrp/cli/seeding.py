"""``mobile-hrp seed``: fill an empty database with the made-up hospital."""

import asyncio
from typing import Annotated

import typer
from argon2 import PasswordHasher
from rich.console import Console
from rich.progress import Progress

from mobile_hrp.cli.main import app
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.settings import load_settings
from mobile_hrp.synthetic.hospital.plan import HospitalPlan
from mobile_hrp.synthetic.hospital.seed import HospitalExistsError, seed_hospital

_SEED_TIMEOUT_MS = 60_000


@app.command()
def seed(
    staff: Annotated[int, typer.Option(min=100, max=20_000, help="How many people.")] = 120,
    seed: Annotated[int, typer.Option(help="The same seed gives the same hospital.")] = 1,
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, help="Of all logins.")
    ] = "",
) -> None:
    """Fill an empty database with a hospital that does not exist."""
    settings = load_settings()
    console = Console()
    if not settings.owner_database_url:
        console.print("[red]HRP_OWNER_DATABASE_URL is not set[/]: seeding runs as the owner role")
        raise typer.Exit(2)
    plan = HospitalPlan(staff=staff, seed=seed, today=utc_now().date())
    password_hash = PasswordHasher().hash(password)
    try:
        counts = asyncio.run(_seed(settings.owner_database_url, plan, password_hash))
    except HospitalExistsError:
        console.print(f"[yellow]hospital {plan.hospital_id} exists already; nothing was changed[/]")
        raise typer.Exit(1) from None
    for table, rows in counts.items():
        console.print(f"  {table:20} {rows:>8}")


async def _seed(url: str, plan: HospitalPlan, password_hash: str) -> dict[str, int]:
    owner = Database(url, statement_timeout_ms=_SEED_TIMEOUT_MS)
    try:
        with Progress(transient=True) as bar:
            task = bar.add_task("seeding", total=None)
            seeded = await seed_hospital(
                owner,
                plan,
                password_hash=password_hash,
                progress=lambda table, _: bar.update(task, description=f"seeding {table}"),
            )
    finally:
        await owner.close()
    return seeded.counts
