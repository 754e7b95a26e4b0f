"""``mobile-hrp budget``: export the budget of a year as a sheet, look at a sheet, import it.

Speaks with a running server as the person who signs in, so that permissions and the audit trail are
those of the API.
"""

import asyncio
import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from mobile_hrp.cli.main import app
from mobile_hrp.mobile_contract.documents import operation_text

budget = typer.Typer(help="Budget sheets: export, compare, import.")
app.add_typer(budget, name="budget", no_args_is_help=True)
console = Console(soft_wrap=True)

_Url = Annotated[str, typer.Option(help="Where the server is.", envvar="HRP_URL")]
_Hospital = Annotated[str, typer.Option(help="The hospital's code.", envvar="HRP_HOSPITAL")]
_Login = Annotated[str, typer.Option(help="Who does it: a login name.", envvar="HRP_LOGIN")]
_Password = Annotated[
    str, typer.Option(prompt=True, hide_input=True, envvar="HRP_PASSWORD", help="Of that login.")
]
_Year = Annotated[int, typer.Option(help="The budget year.")]
_LOCAL = "http://127.0.0.1:8000"
_SHOWN_MAX = 100

_PREVIEW = operation_text("PreviewBudgetImport")
_APPLY = operation_text("ApplyBudgetImport")
_SHEET = operation_text("BudgetSheet")
_LOGIN = operation_text("Login")


@dataclass(frozen=True, slots=True)
class _Account:
    url: str
    hospital: str
    login: str
    password: str


@budget.command()
def template(
    path: Annotated[Path, typer.Argument(dir_okay=False, help="An .xlsx or .csv to write.")],
    *,
    year: _Year,
    hospital: _Hospital,
    login: _Login,
    password: _Password,
    url: _Url = _LOCAL,
) -> None:
    """Write the lines of a year, or only the headings of an empty one, as a sheet to fill in."""
    kind = "CSV" if path.suffix.lower() == ".csv" else "XLSX"
    account = _Account(url, hospital, login, password)
    answer = asyncio.run(_ask(account, _SHEET, {"format": kind, "year": year}))
    path.write_bytes(base64.b64decode(answer["base64"]))
    console.print(f"[green]✓[/] {path}")


@budget.command("import")
def import_sheet(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An xlsx or CSV.")],
    *,
    year: _Year,
    hospital: _Hospital,
    login: _Login,
    password: _Password,
    url: _Url = _LOCAL,
    remove_missing: Annotated[
        bool, typer.Option("--remove-missing", help="The sheet is the whole budget.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compare; write nothing.")] = False,
) -> None:
    """Show what a sheet changes and every fault by cell; import it unless it is a dry run."""
    account = _Account(url, hospital, login, password)
    sheet = {"year": year, "removeMissing": remove_missing}
    file = path.read_bytes(), path.name
    preview = asyncio.run(_ask(account, _PREVIEW, {"sheet": sheet}, file))
    _show(preview)
    if preview["faultCount"]:
        raise typer.Exit(1)
    if dry_run:
        console.print("dry run, nothing was written", style="green")
        return
    given = {
        "idempotencyKey": uuid.uuid4().hex,
        "sheet": sheet,
        "expectedDigest": preview["digest"],
    }
    asyncio.run(_ask(account, _APPLY, {"input": given}, file))
    console.print("imported", style="green")


def _show(preview: Mapping[str, Any]) -> None:
    for fault in preview["faults"]:
        console.print(f"{fault['cell']}: {fault['code']}", style="bold", highlight=False)
        for text in (fault["message"], fault["messageEn"], fault["nextStepEn"]):
            console.print(f"  {text}", markup=False, highlight=False)
    for line in preview["added"]:
        _line(f"+ {line['code']} {line['name']}: {line['approvedAfter']}")
    for line in preview["removed"]:
        _line(f"- {line['code']} {line['name']}: {line['approvedBefore']}")
    for line in preview["changed"]:
        for change in line["changes"]:
            before, after = change["before"] or "any", change["after"] or "any"
            _line(f"~ {line['code']} {line['name']}: {change['field']} {before} -> {after}")
    counted = ("newLines", "changedLines", "removedLines", "unchangedLines", "faultCount")
    if max(preview[name] for name in counted) > _SHOWN_MAX:
        _line(f"(the first {_SHOWN_MAX} of each kind)")
    console.print(
        f"{preview['newLines']} new, {preview['changedLines']} changed,"
        f" {preview['removedLines']} removed, {preview['unchangedLines']} unchanged,"
        f" {preview['faultCount']} faults; approved {preview['approvedChange']}",
        style="red" if preview["faultCount"] else "green",
        highlight=False,
    )


def _line(text: str) -> None:
    console.print(text, markup=False, highlight=False)


async def _ask(
    account: _Account,
    operation: str,
    variables: Mapping[str, Any],
    file: tuple[bytes, str] | None = None,
) -> Any:
    """The answer to one operation of a signed-in person; prints refusals and exits with 1."""
    import aiohttp  # noqa: PLC0415 - slow to load

    from mobile_hrp.demo.client import DemoError, Phone  # noqa: PLC0415 - slow to load

    async with aiohttp.ClientSession() as http:
        phone = Phone(http, account.url, account.login)
        signing_in = {
            "hospitalCode": account.hospital,
            "loginName": account.login,
            "password": account.password,
            "device": {"installationId": str(phone.device_id), "platform": "WEB"},
        }
        try:
            opened = await phone.mutate(_LOGIN, {"input": signing_in})
            phone.token = opened["session"]["accessToken"]
            if file is not None:
                return await phone.upload(operation, variables, *file)
            ((_, answer),) = (await phone.run(operation, variables)).items()
        except (DemoError, aiohttp.ClientError) as problem:
            console.print(str(problem), style="red", markup=False, highlight=False)
            raise typer.Exit(1) from problem
        return answer
