"""``mobile-hrp calendar``: show and set the holidays and make-up days of a hospital."""

import uuid
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from mobile_hrp.cli.asking import (
    LOCAL,
    Account,
    HospitalOption,
    LoginOption,
    PasswordOption,
    UrlOption,
    ask,
    console,
)
from mobile_hrp.cli.main import app
from mobile_hrp.mobile_contract.documents import operation_text

calendar = typer.Typer(help="Working days: holidays and make-up days.")
app.add_typer(calendar, name="calendar", no_args_is_help=True)

_DAYS = operation_text("CalendarDays")
_SET = operation_text("SetCalendarDays")

_Year = Annotated[int, typer.Option(help="Of which year.")]
_UsualAgain = Annotated[
    list[datetime] | None,
    typer.Option("--usual-again", formats=["%Y-%m-%d"], help="A day to make usual again."),
]


@calendar.command("show")
def show(
    *,
    year: _Year,
    hospital: HospitalOption,
    login: LoginOption,
    password: PasswordOption,
    url: UrlOption = LOCAL,
) -> None:
    """The named days of a year, as `set` reads them."""
    account = Account(url, hospital, login, password)
    console.print("day,name,shifts", highlight=False)
    for one in ask(account, _DAYS, {"year": year}):
        row = f"{one['day']},{one['name']},{' '.join(one['shifts'])}"
        console.print(row, markup=False, highlight=False)


@calendar.command("set")
def set_days(
    path: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A CSV: day,name,shifts.")
    ],
    *,
    hospital: HospitalOption,
    login: LoginOption,
    password: PasswordOption,
    url: UrlOption = LOCAL,
    usual_again: _UsualAgain = None,
) -> None:
    """Name the days of a file, all of them or none; no shifts is a holiday."""
    given = {
        "idempotencyKey": uuid.uuid4().hex,
        "csv": path.read_text("utf-8-sig"),
        "usualAgain": [day.date().isoformat() for day in usual_again or ()],
    }
    answer = ask(Account(url, hospital, login, password), _SET, {"input": given})
    console.print(f"[green]✓[/] {answer['named']}")
