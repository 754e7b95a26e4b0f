"""``mobile-hrp receipts``: read files as the server does, and see why each value is believed."""

import asyncio
import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from mobile_hrp.cli.main import app
from mobile_hrp.domain.receipts.reading import Buyer, Reading, to_json
from mobile_hrp.domain.refusal import Refusal

receipts = typer.Typer(help="Receipts: read files, see the proofs.")
app.add_typer(receipts, name="receipts", no_args_is_help=True)

_ENGINES = "auto, tiny, small, rapidocr or tesseract."
_CHINA = ZoneInfo("Asia/Shanghai")
"""Where the dates on the receipts are of."""
_BYTES_MAX = 64 * 1024 * 1024


@receipts.command()
def read(
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="Photos, PDF, OFD, XML, ZIP.")
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a file.")] = False,
    engine: Annotated[str, typer.Option(help=_ENGINES)] = "auto",
    explain: Annotated[
        bool, typer.Option("--explain", help="Write the picture with boxes and proofs.")
    ] = False,
    into: Annotated[
        Path | None, typer.Option(file_okay=False, help="Folder for --explain; beside the file.")
    ] = None,
    buyer: Annotated[str, typer.Option(help="The hospital's invoice title, to check it.")] = "",
    tax_id: Annotated[str, typer.Option(help="The hospital's tax id, to check it.")] = "",
    english: Annotated[bool, typer.Option("--english", help="Names in English.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Processes that read.")] = 1,
) -> None:
    """Read receipts in confined worker processes. The exit code is 1 when one was refused."""
    from mobile_hrp.ocr.optical import ENGINES  # noqa: PLC0415 - loads the optical libraries
    from mobile_hrp.ocr.request import Request  # noqa: PLC0415 - as above

    if engine not in ENGINES:
        raise typer.BadParameter(f"one of {', '.join(ENGINES)}", param_hint="--engine")
    today = dt.datetime.now(tz=_CHINA).date()  # noqa: TID251 - a command is an edge
    request = Request(engine=engine, hospital=Buyer(buyer, tax_id) if buyer else None, today=today)
    locale = "en" if english else "zh"
    outcomes = asyncio.run(_read_all(files, request, workers, quiet=as_json))
    # What a program reads goes to stdout alone; the bar and the tables are for people.
    for file, outcome in zip(files, outcomes, strict=True):
        if as_json:
            print(json.dumps(_as_json(file, outcome, locale), ensure_ascii=False))  # noqa: T201 - for a pipe
        else:
            _show(file, outcome, locale)
        if explain and isinstance(outcome, Reading):
            _explain(file, outcome, into)
    if any(isinstance(outcome, Refusal) for outcome in outcomes):
        raise typer.Exit(1)


async def _read_all(
    files: Sequence[Path], request: Any, workers: int, *, quiet: bool
) -> list[Reading | Refusal]:
    from mobile_hrp.ocr.workers import RecognitionPool  # noqa: PLC0415 - only this command reads

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=quiet,
    )
    async with RecognitionPool(min(workers, len(files))) as pool:
        with bar:
            task = bar.add_task("reading", total=len(files))

            async def one(file: Path) -> Reading | Refusal:
                try:
                    return await pool.recognise(_bytes_of(file), file.name, request)
                except Refusal as refusal:
                    return refusal
                finally:
                    bar.advance(task)

            return list(await asyncio.gather(*(one(file) for file in files)))


def _bytes_of(file: Path) -> bytes:
    """The content; a file far over every limit is refused before it fills the memory."""
    if file.stat().st_size > _BYTES_MAX:
        raise Refusal("RECEIPT_TOO_LARGE", path="file", limit_mb=_BYTES_MAX // (1024 * 1024))
    return file.read_bytes()


def _messages(refusal: Refusal, locale: str) -> list[str]:
    from mobile_hrp.mobile_contract.catalogue import catalogue  # noqa: PLC0415 - slow to load

    lines = []
    for detail in refusal.details:
        entry = catalogue().get(detail.code)
        if entry is None:
            lines.append(detail.code)
            continue
        next_step = entry.next_step(locale, detail.params)
        lines.append(f"{entry.message(locale, detail.params)} {next_step} ({detail.code})")
    return lines


def _as_json(file: Path, outcome: Reading | Refusal, locale: str) -> dict[str, Any]:
    if isinstance(outcome, Refusal):
        return {
            "file": str(file),
            "refused": [detail.code for detail in outcome.details],
            "messages": _messages(outcome, locale),
        }
    return {"file": str(file), "reading": to_json(outcome)}


def _show(file: Path, outcome: Reading | Refusal, locale: str) -> None:
    from mobile_hrp.mobile_contract.catalogue import catalogue  # noqa: PLC0415 - slow to load
    from mobile_hrp.mobile_contract.receipt_words import receipt_word  # noqa: PLC0415 - as above
    from mobile_hrp.ocr import report  # noqa: PLC0415 - loads the optical libraries

    console = Console()
    if isinstance(outcome, Refusal):
        for line in _messages(outcome, locale):
            console.print(f"[red]✗[/] {file.name}: {line}", highlight=False)
        return
    for reading in (outcome, *outcome.others):
        name = receipt_word("kinds", reading.kind.value, locale)
        console.print(report.field_table(reading, title=f"{file.name} · {name}", locale=locale))
        for notice in reading.warnings:
            entry = catalogue().get(notice.code)
            text = entry.message(locale, notice.params) if entry else notice.code
            console.print(f"[yellow]![/] {text} ({notice.code})", highlight=False)


def _explain(file: Path, reading: Reading, into: Path | None) -> None:
    from mobile_hrp.ocr import report  # noqa: PLC0415 - loads the optical libraries

    folder = into or file.parent
    folder.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    pages = sorted(report.pages_of(reading))
    for page in pages:
        picture = report.picture_of(file.read_bytes(), file.name, page=page)
        if picture is None:
            console.print(f"{file.name} has no picture to draw on; every value is in the table")
            return
        suffix = f".{page + 1}" if len(pages) > 1 else ""
        target = folder / f"{file.stem}{suffix}.explained.png"
        target.write_bytes(report.explained(picture, reading, page=page))
        console.print(f"[green]✓[/] {target}", highlight=False)
