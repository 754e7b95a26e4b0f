"""The commands of an installation: serve, work, migrate, seed, show."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mobile_hrp import __version__
from mobile_hrp.models import migrate as migrations
from mobile_hrp.runtime.settings import load_settings

app = typer.Typer(
    name="mobile-hrp",
    help="Mobile-first HRP backend for hospitals.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
console = Console()


@app.command()
def version() -> None:
    """Print the version."""
    console.print(__version__)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Run one web process (GraphQL over HTTP and websocket)."""
    from mobile_hrp.app import run_web  # noqa: PLC0415 - loads the whole product

    run_web(host=host, port=port)


@app.command()
def worker() -> None:
    """Run one worker process: recognition of receipts and delivery of notifications."""
    from mobile_hrp.worker import run_worker  # noqa: PLC0415 - loads models of the OCR engine

    run_worker(load_settings())


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema, as the role that owns the tables."""
    settings = load_settings()
    if not settings.owner_database_url:
        console.print("[red]HRP_OWNER_DATABASE_URL is not set[/]: migrations run as the owner role")
        raise typer.Exit(2)
    with console.status("migrating …"):
        migrations.upgrade(settings.owner_database_url)
    console.print("[green]✓[/] the schema is up to date")


@app.command("migration-sql")
def migration_sql() -> None:
    """Print the SQL of all migrations, for review."""
    migrations.render_sql(sys.stdout)


@app.command("export-schema")
def export_schema(
    path: Annotated[Path, typer.Argument(help="Where to write the SDL.")] = Path(
        "src/mobile_hrp/mobile_contract/schema.graphql"
    ),
) -> None:
    """Write the GraphQL schema as SDL, the file that CI compares."""
    from mobile_hrp.schema import schema  # noqa: PLC0415 - building the schema takes a moment

    path.write_text(schema.as_str() + "\n", "utf-8")
    console.print(f"[green]✓[/] {path}")
