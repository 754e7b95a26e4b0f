"""``mobile-hrp contract``: what mobile teams build against."""

import datetime as dt
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mobile_hrp.cli.main import app

contract = typer.Typer(help="The mobile contract: export, check, release, mock, docs, sdk.")
app.add_typer(contract, name="contract", no_args_is_help=True)
console = Console(soft_wrap=True)

CONTRACT = Path("src/mobile_hrp/mobile_contract")
PAGES = Path("docs/api")
SDK = Path("clients/sdk")
FolderOption = Annotated[Path, typer.Option("--folder", help="The folder of the contract.")]


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()  # noqa: TID251 - a command is an edge


@contract.command()
def export(folder: FolderOption = CONTRACT) -> None:
    """Write schema.graphql, manifest.json and the operations of the SDK, which CI compares."""
    from mobile_hrp.mobile_contract.documents import written_operations  # noqa: PLC0415 - see next
    from mobile_hrp.schema import schema  # noqa: PLC0415 - building the schema takes a moment

    manifest = json.dumps(written_operations().manifest(), ensure_ascii=False, indent=1)
    _write({folder / "schema.graphql": schema.as_str(), folder / "manifest.json": manifest})
    if SDK.is_dir():  # absent beside an installed package
        sdk(folder)


@contract.command()
def sdk(
    folder: FolderOption = CONTRACT,
    target: Annotated[Path, typer.Option(help="The folder of the SDK.")] = SDK,
) -> None:
    """Write the typed operations of the TypeScript SDK, from schema.graphql and operations/."""
    from graphql import build_schema  # noqa: PLC0415 - slow to load

    from mobile_hrp.graphql.contract.sdk import (  # noqa: PLC0415 - as above
        javascript_documents,
        typescript_documents,
    )
    from mobile_hrp.mobile_contract.clients import client_policy  # noqa: PLC0415 - as above
    from mobile_hrp.mobile_contract.documents import written_operations  # noqa: PLC0415 - as above

    schema, documents = (
        build_schema((folder / "schema.graphql").read_text("utf-8")),
        written_operations(),
    )
    types = typescript_documents(schema, documents, open_enums=client_policy().open_enums)
    _write(
        {
            target / "src/documents.ts": types,
            target / "lib/documents.js": javascript_documents(schema, documents),
        }
    )


@contract.command()
def check(folder: FolderOption = CONTRACT) -> None:
    """Judge schema.graphql by every release that is still supported; exits with 1 if one breaks."""
    from graphql import build_schema  # noqa: PLC0415 - slow to load

    from mobile_hrp.graphql.contract.release import judged  # noqa: PLC0415 - as above
    from mobile_hrp.mobile_contract.releases import releases_in, supported  # noqa: PLC0415 - as above

    now = build_schema((folder / "schema.graphql").read_text("utf-8"))
    served = supported(releases_in(folder / "releases"), _today())
    found = judged(folder / "releases", now, _today())
    for reason in found:
        console.print(str(reason), style="red", markup=False, highlight=False)
    names = ", ".join(release.name for release in served) or "no release"
    if found:
        console.print(f"{len(found)} changes would break apps in people's hands", style="red")
        raise typer.Exit(1)
    console.print(f"[green]✓[/] {names}")


@contract.command()
def release(
    name: Annotated[str, typer.Argument(help="The app: phone, wechat, dingtalk, h5.")],
    version: Annotated[str, typer.Argument(help="Its version, as 1.4.0.")],
    *,
    until: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Last day of support; a year from now if not said."
        ),
    ] = None,
    folder: FolderOption = CONTRACT,
) -> None:
    """Write down what an app is released with: schema, documents, variables. Once, for ever."""
    from graphql import build_schema  # noqa: PLC0415 - slow to load

    from mobile_hrp.graphql.contract.release import (  # noqa: PLC0415 - as above
        ReleaseExistsError,
        write_release,
    )
    from mobile_hrp.mobile_contract.clients import client_policy  # noqa: PLC0415 - as above

    text = (folder / "schema.graphql").read_text("utf-8")
    promised = _today() + dt.timedelta(days=client_policy().support_days)
    last = until.date() if until else promised
    if last < promised:
        console.print(f"releases are supported until {promised} at least", style="red")
        raise typer.Exit(1)
    try:
        made = write_release(
            folder / "releases",
            name,
            version,
            schema=build_schema(text),
            schema_text=text,
            until=last,
        )
    except ReleaseExistsError as problem:
        console.print(str(problem), style="red")
        raise typer.Exit(1) from problem
    console.print(f"[green]✓[/] {made.folder} until {last}")


@contract.command()
def mock(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8001,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    folder: FolderOption = CONTRACT,
) -> None:
    """Serve made-up answers that fit the schema, to build a screen before its data."""
    import uvicorn  # noqa: PLC0415 - slow to load

    from mobile_hrp.graphql.admission import AdHoc, OperationPolicy  # noqa: PLC0415 - as above
    from mobile_hrp.graphql.contract.mock import mock_app  # noqa: PLC0415 - as above
    from mobile_hrp.mobile_contract.releases import served_documents  # noqa: PLC0415 - as above

    text = (folder / "schema.graphql").read_text("utf-8")
    policy = OperationPolicy(AdHoc.ANYBODY, trusted=served_documents())
    console.print(f"made-up answers at http://{host}:{port}/graphql")
    uvicorn.run(mock_app(text, policy), host=host, port=port, log_level="warning")


@contract.command()
def docs(
    folder: FolderOption = CONTRACT,
    pages: Annotated[Path, typer.Option(help="Where the pages go.")] = PAGES,
) -> None:
    """Write the pages of errors and operations, and the error codes for TypeScript."""
    from mobile_hrp.graphql.contract.pages import (  # noqa: PLC0415 - slow to load
        errors_page,
        operations_page,
        typescript,
    )

    pages.mkdir(parents=True, exist_ok=True)
    _write(
        {
            pages / "errors.md": errors_page(),
            pages / "operations.md": operations_page(),
            folder / "errors.ts": typescript(),
        }
    )


def _write(files: dict[Path, str]) -> None:
    for path, text in files.items():
        path.write_text(text.rstrip("\n") + "\n", "utf-8")
        console.print(f"[green]✓[/] {path}")
