"""``mobile-hrp scenarios``: check packages, bring them into force, try them end to end.

``check`` and ``simulate`` need no installation. The others speak with a running server as the
person who signs in, so that permissions, the gate and the audit trail are those of the API.
"""

import asyncio
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from mobile_hrp.cli.asking import (
    LOCAL,
    Account,
    DryRunOption,
    HospitalOption,
    LoginOption,
    PasswordOption,
    UrlOption,
    ask,
    console,
)
from mobile_hrp.cli.main import app
from mobile_hrp.mobile_contract.documents import operation_text

scenarios = typer.Typer(help="Approval scenarios: check, import, compare, publish, try.")
app.add_typer(scenarios, name="scenarios", no_args_is_help=True)

_Folder = Annotated[
    Path, typer.Argument(exists=True, file_okay=False, help="The folder of the package.")
]

_IMPORT = operation_text("ImportScenarioPackage")
_PUBLISH = operation_text("PublishScenario")
_ROLLBACK = operation_text("RollbackScenario")
_DIFF = operation_text("DiffScenario")


@scenarios.command()
def check(
    path: Annotated[
        Path | None,
        typer.Argument(
            exists=True, file_okay=False, help="A package; the core library if left out."
        ),
    ] = None,
) -> None:
    """Check a package: every name, every rule, every case its conditions can tell apart."""
    from mobile_hrp.mobile_contract.catalogue import catalogue  # noqa: PLC0415 - slow to load
    from mobile_hrp.scenario_library.check import check_package  # noqa: PLC0415

    report = check_package(path)
    for fault in report.faults:
        message = catalogue()[fault.code].message("en", fault.params)
        console.print(f"{fault.file}:{fault.line}: {fault.path}", style="bold", highlight=False)
        console.print(f"  {fault.code}: {message}", markup=False, highlight=False)
    style = "red" if report.faults else "green"
    console.print(report.summary, style=style, highlight=False)
    if report.faults:
        raise typer.Exit(1)


@scenarios.command("import")
def import_package(
    path: _Folder,
    *,
    hospital: HospitalOption,
    login: LoginOption,
    password: PasswordOption,
    url: UrlOption = LOCAL,
    dry_run: DryRunOption = False,
) -> None:
    """Take a package into a hospital's library, all of it or nothing; nothing is in force yet."""
    from mobile_hrp.scenario_library.reader import folder_contents  # noqa: PLC0415 - slow to load

    try:
        files = [
            {"path": name, "text": content.decode()}
            for name, content in sorted(folder_contents(path).items())
        ]
    except UnicodeDecodeError:
        console.print("a file is not UTF-8; `scenarios check` says which", style="red")
        raise typer.Exit(1) from None
    given = {"idempotencyKey": uuid.uuid4().hex, "files": files, "dryRun": dry_run}
    answer = ask(Account(url, hospital, login, password), _IMPORT, {"input": given})
    report = answer["report"]
    for line in answer["changes"]:
        console.print(f"  {line}", markup=False, highlight=False)
    _show_replay(answer["replay"])
    console.print(
        f"{report['packageCode']} {report['version']}: {report['scenarios']} scenarios,"
        f" {report['nodes']} nodes, {report['cases']} cases, {report['paths']} paths;"
        f" {'imported' if answer['imported'] else 'dry run, nothing was written'}",
        style="green",
        highlight=False,
    )


@scenarios.command()
def diff(
    code: Annotated[str, typer.Argument(help="The scenario.")],
    from_version: str,
    to_version: str,
    *,
    hospital: HospitalOption,
    login: LoginOption,
    password: PasswordOption,
    url: UrlOption = LOCAL,
) -> None:
    """Show what differs between two versions of a scenario, one line each."""
    variables = {"code": code, "from": from_version, "to": to_version}
    changes = ask(Account(url, hospital, login, password), _DIFF, variables)
    for change in changes:
        console.print(change["line"], markup=False, highlight=False)
    console.print(f"{len(changes)} differences", highlight=False)


@scenarios.command()
def publish(
    package: Annotated[str, typer.Argument(help="The code of an imported package.")],
    version: Annotated[str, typer.Argument(help="Its version.")],
    codes: Annotated[
        list[str] | None, typer.Argument(help="Scenarios of it; all of them if left out.")
    ] = None,
    *,
    hospital: HospitalOption,
    login: LoginOption,
    password: PasswordOption,
    url: UrlOption = LOCAL,
    dry_run: DryRunOption = False,
) -> None:
    """Put imported scenarios into force; shows what of the last quarter would go another way."""
    given = {
        "idempotencyKey": uuid.uuid4().hex,
        "packageCode": package,
        "version": version,
        "codes": codes or None,
        "dryRun": dry_run,
    }
    answer = ask(Account(url, hospital, login, password), _PUBLISH, {"input": given})
    _show_replay(answer["replay"])
    said = "dry run, nothing was published" if dry_run else f"in force: {answer['published']}"
    console.print(said, style="green", markup=False, highlight=False)


@scenarios.command()
def rollback(
    code: Annotated[str, typer.Argument(help="The scenario.")],
    *,
    hospital: HospitalOption,
    login: LoginOption,
    password: PasswordOption,
    url: UrlOption = LOCAL,
    to: Annotated[str | None, typer.Option(help="A version that was in force before.")] = None,
) -> None:
    """Put the version that was in force before back into force."""
    given = {"idempotencyKey": uuid.uuid4().hex, "code": code, "toVersion": to}
    answer = ask(Account(url, hospital, login, password), _ROLLBACK, {"input": given})
    console.print(f"{code} {answer['version']} is in force", style="green", highlight=False)


@scenarios.command()
def simulate(
    codes: Annotated[list[str] | None, typer.Argument(help="Scenarios to drive.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Drive every scenario.")] = False,
    package: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="A package of your own, to try as well."),
    ] = None,
    data_dir: Annotated[Path, typer.Option(help="Where it keeps its database.")] = Path(
        "var/simulation"
    ),
) -> None:
    """Drive scenarios end to end through the API of a server, on a hospital that does not exist."""
    from mobile_hrp.demo.client import DemoError  # noqa: PLC0415 - slow to load
    from mobile_hrp.demo.narrator import Narrator  # noqa: PLC0415
    from mobile_hrp.demo.processes import StageError  # noqa: PLC0415
    from mobile_hrp.demo.simulation.report import Request, simulate  # noqa: PLC0415

    if every == bool(codes):
        console.print("name scenarios, or say --all", style="red")
        raise typer.Exit(2)
    data_dir.mkdir(parents=True, exist_ok=True)
    request = Request(codes=codes or (), package=package, data_dir=data_dir)
    try:
        well = asyncio.run(simulate(request, Narrator()))
    except (DemoError, StageError) as problem:
        console.print(str(problem), style="red", markup=False)
        raise typer.Exit(1) from problem
    if not well:
        raise typer.Exit(1)


def _show_replay(replay: Mapping[str, Any]) -> None:
    for one in replay["rerouted"]:
        console.print(f"  {one['number']}", highlight=False)
        console.print(f"    - {' > '.join(one['before'])}", markup=False, highlight=False)
        console.print(f"    + {' > '.join(one['after'])}", markup=False, highlight=False)
    console.print(
        f"of {replay['documents']} documents of the last quarter"
        f" {replay['reroutedTotal']} would go another way",
        highlight=False,
    )
