"""``mobile-hrp contract``: what mobile teams build against."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mobile_hrp.cli.main import app

contract = typer.Typer(help="The mobile contract: export, check, release, mock, docs.")
app.add_typer(contract, name="contract", no_args_is_help=True)
console = Console(soft_wrap=True)

CONTRACT = Path("src/mobile_hrp/mobile_contract")
FolderOption = Annotated[Path, typer.Option("--folder", help="The folder of the contract.")]


@contract.command()
def export(folder: FolderOption = CONTRACT) -> None:
    """Write schema.graphql and manifest.json, the files that CI compares with the code."""
    from mobile_hrp.mobile_contract.documents import written_operations  # noqa: PLC0415 - see next
    from mobile_hrp.schema import schema  # noqa: PLC0415 - building the schema takes a moment

    manifest = json.dumps(written_operations().manifest(), ensure_ascii=False, indent=1)
    files = {"schema.graphql": schema.as_str(), "manifest.json": manifest}
    for name, text in files.items():
        (folder / name).write_text(f"{text}\n", "utf-8")
        console.print(f"[green]✓[/] {folder / name}")
