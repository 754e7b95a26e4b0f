"""``mobile-hrp demo``: the whole job in two minutes."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mobile_hrp.cli.main import app

_PORT = 8000


@app.command()
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after the story.")] = False,
    receipt: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A receipt of your own.")
    ] = None,
    data_dir: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path("var"),
    port: Annotated[int, typer.Option(help="Port of the first server.")] = _PORT,
) -> None:
    """Watch a receipt become a claim, an approval and a voucher; then try it yourself."""
    from mobile_hrp.demo.processes import StageError, start_siblings  # noqa: PLC0415 - as below

    data_dir.mkdir(parents=True, exist_ok=True)
    siblings = start_siblings(data_dir / "siblings.log")
    # the whole product: other commands need not wait for it, and the servers load meanwhile
    from mobile_hrp.demo.client import DemoError  # noqa: PLC0415
    from mobile_hrp.demo.run import run_demo  # noqa: PLC0415

    story = run_demo(data_dir=data_dir, receipt=receipt, once=once, port=port, siblings=siblings)
    try:
        asyncio.run(story)
    except (DemoError, StageError, TimeoutError) as problem:
        Console(stderr=True).print(f"[red]demo stopped:[/] {type(problem).__name__} {problem}")
        raise typer.Exit(1) from problem
    finally:
        siblings.terminate()
        siblings.communicate()
