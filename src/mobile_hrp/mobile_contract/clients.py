"""Which versions of which apps may still speak to this server (``policy.toml``)."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

_CLIENT = re.compile(r"([a-z][a-z0-9-]{0,31})/(\d{1,5})\.(\d{1,5})\.(\d{1,5})(?:[ +-].{0,100})?")

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Client:
    """An app and its version, as the header ``x-hrp-client: phone/1.4.0`` says it."""

    app: str
    version: Version

    @property
    def written(self) -> str:
        return written(self.version)


@dataclass(frozen=True, slots=True)
class AppPolicy:
    """The oldest version that is served, and where its people get a newer one."""

    minimum: Version
    upgrade_url: str


@dataclass(frozen=True, slots=True)
class ClientPolicy:
    """``support_days``: how long a release is served at least.

    ``open_enums``: those whose new values break nobody.
    """

    support_days: int
    deprecation_days: int
    open_enums: frozenset[str]
    apps: Mapping[str, AppPolicy]

    def too_old(self, client: Client | None) -> AppPolicy | None:
        """The policy that refuses this client; None lets it in, unknown apps included."""
        app = self.apps.get(client.app) if client else None
        return app if client and app and client.version < app.minimum else None


def read_client(header: str) -> Client | None:
    """None for a header that is missing or not of the form ``app/1.2.3``."""
    match = _CLIENT.fullmatch(header.strip().lower()) if header else None
    if match is None:
        return None
    return Client(match.group(1), (int(match.group(2)), int(match.group(3)), int(match.group(4))))


def written(version: Version) -> str:
    return ".".join(str(part) for part in version)


def read_version(text: str) -> Version:
    """Raises ValueError for anything but ``1.2.3``."""
    major, minor, patch = (int(part) for part in text.split("."))
    return (major, minor, patch)


def client_policy_from(data: Mapping[str, Any]) -> ClientPolicy:
    return ClientPolicy(
        support_days=data["support"]["release_days"],
        deprecation_days=data["support"]["deprecation_days"],
        open_enums=frozenset(data.get("evolution", {}).get("open_enums", ())),
        apps={
            app: AppPolicy(read_version(entry["minimum"]), entry["upgrade_url"])
            for app, entry in data.get("apps", {}).items()
        },
    )


@lru_cache(maxsize=1)
def client_policy() -> ClientPolicy:
    file = resources.files("mobile_hrp.mobile_contract") / "policy.toml"
    return client_policy_from(tomllib.loads(file.read_text("utf-8")))
