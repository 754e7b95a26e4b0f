"""Speaking with a running server as a person who signs in, and telling what it refused."""

import asyncio
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from mobile_hrp.mobile_contract.documents import operation_text

console = Console(soft_wrap=True)

UrlOption = Annotated[str, typer.Option(help="Where the server is.", envvar="HRP_URL")]
HospitalOption = Annotated[str, typer.Option(help="The hospital's code.", envvar="HRP_HOSPITAL")]
LoginOption = Annotated[str, typer.Option(help="Who does it: a login name.", envvar="HRP_LOGIN")]
PasswordOption = Annotated[
    str, typer.Option(prompt=True, hide_input=True, envvar="HRP_PASSWORD", help="Of that login.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Check and compare; write nothing.")]
LOCAL: Final = "http://127.0.0.1:8000"

_LOGIN = operation_text("Login")


@dataclass(frozen=True, slots=True)
class Account:
    """A person at a server."""

    url: str
    hospital: str
    login: str
    password: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that goes with an operation as its variable ``file``."""

    name: str
    content: bytes


def ask(
    account: Account, operation: str, variables: Mapping[str, Any], upload: Upload | None = None
) -> Any:
    """The answer to one operation of a signed-in person; prints refusals and exits with 1."""
    return asyncio.run(_asked(account, operation, variables, upload))


async def _asked(
    account: Account, operation: str, variables: Mapping[str, Any], upload: Upload | None
) -> Any:
    import aiohttp  # noqa: PLC0415 - slow to load

    given = {
        "hospitalCode": account.hospital,
        "loginName": account.login,
        "password": account.password,
        "device": {"installationId": str(uuid.uuid4()), "platform": "WEB", "label": "cli"},
    }

    def body(query: str, about: Mapping[str, Any], sent: Upload | None) -> dict[str, Any]:
        operations = {"query": query, "variables": dict(about)}
        if sent is None:
            return {"json": operations}
        form = aiohttp.FormData()
        operations["variables"] = {**about, "file": None}
        form.add_field("operations", json.dumps(operations))
        form.add_field("map", json.dumps({"0": ["variables.file"]}))
        form.add_field("0", sent.content, filename=sent.name)
        return {"data": form}

    async with aiohttp.ClientSession(headers={"accept-language": "en"}) as http:

        async def post(token: str, **sent: Any) -> Any:
            headers = {"authorization": f"Bearer {token}"} if token else {}
            async with http.post(f"{account.url}/graphql", headers=headers, **sent) as answer:
                return answered(await answer.json(content_type=None))

        try:
            signed_in = await post("", **body(_LOGIN, {"input": given}, None))
            token = signed_in["session"]["accessToken"]
            return await post(token, **body(operation, variables, upload))
        except aiohttp.ClientError as problem:
            console.print(f"{account.url}: {problem}", style="red", markup=False)
            raise typer.Exit(1) from problem


def answered(answer: Mapping[str, Any]) -> Any:
    """The one field of an answer; prints what was refused, one per place, and exits."""
    for error in answer.get("errors") or ():
        console.print(
            f"{error['extensions']['code']}: {error['message']}", style="red", markup=False
        )
    if answer.get("errors"):
        raise typer.Exit(1)
    ((_, payload),) = answer["data"].items()
    refused = payload.get("userErrors") if isinstance(payload, dict) else None
    for error in refused or ():
        place = ".".join(error["field"])
        if place:
            console.print(place, style="bold", highlight=False)
        said = f"{error['code']}: {error['message']}"
        console.print(f"  {said}" if place else said, markup=False, highlight=False)
    if refused:
        console.print("nothing was changed", style="red")
        raise typer.Exit(1)
    return payload
