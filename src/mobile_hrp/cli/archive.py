"""``mobile-hrp archive verify``: works on the ZIP alone, without a server or a database."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from mobile_hrp.cli.main import app
from mobile_hrp.domain.archive.bundle import Verification, verify_bundle
from mobile_hrp.domain.archive.completeness import check_completeness, sealed_rows
from mobile_hrp.domain.archive.manifest import Role
from mobile_hrp.mobile_contract.explanations_catalogue import explain

archive = typer.Typer(help="Archive bundles of finished documents.", no_args_is_help=True)
app.add_typer(archive, name="archive")
_BROKEN, _INCOMPLETE = 1, 3


@archive.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The ZIP.")],
    *,
    manifest_sha256: Annotated[
        str | None, typer.Option(help="The hash that was recorded when the bundle was made.")
    ] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="Fail as well when an element is missing.")
    ] = False,
    locale: Annotated[str, typer.Option(help="zh or en.")] = "zh",
) -> None:
    """Say which file of a bundle was changed, taken out or put in, and what it lacks.

    Ends with 0 when every byte is as archived, 1 when not, 3 with --complete when only something
    is missing.
    """
    recorded = manifest_sha256.strip().lower() if manifest_sha256 else None
    checked = verify_bundle(file.read_bytes(), recorded_sha256=recorded)
    lacks = check_completeness(checked.manifest, checked.files) if checked.manifest else ()
    for fault in checked.faults:
        text = explain(f"ARCHIVE_{fault.kind.upper()}", {"path": fault.path}, locale)
        typer.echo(f"✗ {text}")
    for lack in lacks:
        typer.echo(f"! {explain(f'ARCHIVE_{lack.code}', asdict(lack), locale)}")
    if rows := _sealed_rows(checked):
        typer.echo(f"· {explain('ARCHIVE_SEALED_ROWS', {'rows': rows}, locale)}")
    number = checked.manifest.document.get("number", "") if checked.manifest else ""
    typer.echo(f"manifest {checked.manifest_sha256 or '-'} {number}".rstrip())
    if not checked.intact:
        raise typer.Exit(_BROKEN)
    typer.echo("✓ 每个字节均与归档时一致" if locale == "zh" else "✓ every byte is as archived")
    if complete and lacks:
        raise typer.Exit(_INCOMPLETE)


def _sealed_rows(checked: Verification) -> int:
    for entry in checked.manifest.entries if checked.manifest else ():
        if entry.role is Role.FORM_DATA and entry.path in checked.files:
            try:
                form = json.loads(checked.files[entry.path])
            except ValueError:
                return 0
            content = form.get("content") if isinstance(form, dict) else None
            return sealed_rows(content) if isinstance(content, dict) else 0
    return 0
