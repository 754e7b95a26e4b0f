"""``mobile-hrp policy``: check rule packages, bring them into force, try them on past documents.

``check`` needs no installation. The others speak with a running server as the person who signs
in, so that permissions and the audit trail are those of the API.
"""

import asyncio
import io
import time
import uuid
import zipfile
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
    Upload,
    UrlOption,
    ask,
    console,
)
from mobile_hrp.cli.main import app
from mobile_hrp.mobile_contract.documents import operation_text

policy = typer.Typer(help="Expense policy: check, import, compare, try, publish, roll back.")
app.add_typer(policy, name="policy", no_args_is_help=True)

_Package = Annotated[Path, typer.Argument(exists=True, help="A rule package: a folder or a ZIP.")]
_Code = Annotated[str, typer.Argument(help="The code of an imported rule package.")]
_Version = Annotated[str, typer.Argument(help="Its version.")]
_WAIT_SECONDS = 2
_LISTED_MAX = 50


_IMPORT = operation_text("ImportRulePackage")
_DIFF = operation_text("DiffRulePackage")
_PUBLISH = operation_text("PublishRulePackage")
_ROLLBACK = operation_text("RollbackRulePackage")
_SHADOW = operation_text("RunShadow")
_REPORT = operation_text("ShadowReport")
_FINDINGS = operation_text("ShadowFindings")


@policy.command()
def check(path: _Package) -> None:
    """Check a rule package against the tables, controls and scenarios of the core library."""
    from mobile_hrp.domain.policy.package import KnownPolicy  # noqa: PLC0415 - slow to load
    from mobile_hrp.domain.policy.table_shape import shape_of  # noqa: PLC0415
    from mobile_hrp.domain.refusal import Refusal  # noqa: PLC0415
    from mobile_hrp.mobile_contract.catalogue import catalogue  # noqa: PLC0415
    from mobile_hrp.services.policy.packages import core_library, examine_rules  # noqa: PLC0415
    from mobile_hrp.services.policy.packages import unpacked as unpack  # noqa: PLC0415

    core = core_library()
    known = KnownPolicy(
        controls=frozenset(core.vocabulary.controls),
        scenarios=frozenset(core.scenarios),
        shapes={code: shape_of(one) for code, one in core.vocabulary.policy_tables.items()},
    )

    async def examined() -> str:
        package = (await examine_rules(await unpack(_zipped(path)), known)).package
        return (
            f"{package.code} {package.version}: {len(package.tables)} tables,"
            f" {len(package.settings)} controls, 0 errors"
        )

    try:
        console.print(asyncio.run(examined()), style="green", highlight=False)
    except Refusal as refusal:
        for detail in refusal.details:
            if detail.path:
                console.print(detail.path, style="bold", highlight=False, markup=False)
            message = catalogue()[detail.code].message("en", detail.params)
            console.print(f"  {detail.code}: {message}", markup=False, highlight=False)
        raise typer.Exit(1) from refusal


@policy.command("import")
def import_package(
    path: _Package,
    *,
    hospital: HospitalOption,
    login: LoginOption,
    password: PasswordOption,
    url: UrlOption = LOCAL,
    dry_run: DryRunOption = False,
) -> None:
    """Take a rule package into a hospital's library, all of it or nothing; nothing is in force."""
    given = {"idempotencyKey": uuid.uuid4().hex, "dryRun": dry_run}
    answer = ask(
        Account(url, hospital, login, password),
        _IMPORT,
        {"input": given},
        Upload(f"{path.stem}.zip", _zipped(path)),
    )
    _show_changes(answer["changes"])
    said = "imported" if answer["imported"] else "dry run, nothing was written"
    console.print(
        f"{answer['code']} {answer['version']}: {answer['tables']} tables; {said}",
        style="green",
        highlight=False,
    )


@policy.command()
def diff(
    code: _Code,
    version: _Version,
    *,
    hospital: HospitalOption,
    login: LoginOption,
    password: PasswordOption,
    url: UrlOption = LOCAL,
) -> None:
    """Show what publishing an imported package would change, one line each."""
    variables = {"code": code, "version": version}
    _show_changes(ask(Account(url, hospital, login, password), _DIFF, variables))


@policy.command()
def publish(
    code: _Code,
    version: _Version,
    *,
    hospital: HospitalOption,
    login: LoginOption,
    password: PasswordOption,
    url: UrlOption = LOCAL,
    dry_run: DryRunOption = False,
) -> None:
    """Put an imported package into force; each table counts from its own first day."""
    given = {
        "idempotencyKey": uuid.uuid4().hex,
        "code": code,
        "version": version,
        "dryRun": dry_run,
    }
    answer = ask(Account(url, hospital, login, password), _PUBLISH, {"input": given})
    _show_changes(answer["changes"])
    said = "dry run, nothing was published" if dry_run else f"{code} {version} is in force"
    console.print(said, style="green", markup=False, highlight=False)


@policy.command()
def rollback(
    code: _Code,
    reason: Annotated[str, typer.Argument(help="Why; it is kept.")],
    *,
    hospital: HospitalOption,
    login: LoginOption,
    password: PasswordOption,
    url: UrlOption = LOCAL,
) -> None:
    """Take the published version of a package out of force; what was before counts again."""
    given = {"idempotencyKey": uuid.uuid4().hex, "code": code, "reason": reason}
    answer = ask(Account(url, hospital, login, password), _ROLLBACK, {"input": given})
    now = answer["version"]
    said = f"{code} {now} is in force again" if now else f"nothing of {code} is in force"
    console.print(said, style="green", markup=False, highlight=False)


@policy.command()
def shadow(
    code: _Code,
    version: _Version,
    *,
    hospital: HospitalOption,
    login: LoginOption,
    password: PasswordOption,
    url: UrlOption = LOCAL,
    days: Annotated[int | None, typer.Option(help="How far back; 92 if left out.")] = None,
) -> None:
    """Try a package on what was submitted: would it have blocked, and what? Without effect."""
    account = Account(url, hospital, login, password)
    given = {
        "idempotencyKey": uuid.uuid4().hex,
        "code": code,
        "version": version,
        "days": days,
    }
    ask(account, _SHADOW, {"input": given})
    with console.status("the worker tries it …"):
        report = ask(account, _REPORT, {"code": code, "version": version})
        while report["state"] != "DONE":
            time.sleep(_WAIT_SECONDS)
            report = ask(account, _REPORT, {"code": code, "version": version})
    _show_report(report)
    found = ask(account, _FINDINGS, {"id": report["id"], "first": _LISTED_MAX})
    for edge in found["edges"]:
        one = edge["node"]
        weight = " -> ".join(part for part in (one["before"], one["after"]) if part)
        console.print(
            f"  {one['documentNumber']} {one['control']} {one['change']} ({weight})"
            f" {one['message']}",
            markup=False,
            highlight=False,
        )
    more = report["findingsKept"] - len(found["edges"])
    if more > 0:
        console.print(f"  and {more} more, in shadowFindings", highlight=False)


def _show_report(report: Mapping[str, Any]) -> None:
    console.print(
        f"would have blocked {report['wouldBlock']} of {report['documents']} documents"
        f" ({report['doesBlock']} under the rules in force)",
        style="green",
        highlight=False,
    )
    for one in report["controls"]:
        if any(one[name] for name in ("wouldBlock", "appears", "disappears", "severity")):
            console.print(
                f"  {one['control']}: would block {one['wouldBlock']} of {one['documents']},"
                f" {one['appears']} appear, {one['disappears']} go,"
                f" {one['severity']} weigh otherwise, {one['unchecked']} lack data",
                highlight=False,
            )


def _show_changes(changes: list[Mapping[str, Any]]) -> None:
    for change in changes:
        console.print(f"  {change['line']}", markup=False, highlight=False)
    console.print(f"{len(changes)} differences", highlight=False)


def _zipped(path: Path) -> bytes:
    """The package as one file: a ZIP as it is, a folder packed."""
    if path.is_file():
        return path.read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path.rglob("*")):
            if file.suffix in {".yaml", ".csv"}:
                archive.write(file, file.relative_to(path).as_posix())
    return packed.getvalue()
