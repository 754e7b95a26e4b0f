"""Releases of apps that are in people's hands, kept for ever in ``releases/<app>/<version>/``.

A release is the schema, the documents and the variables an app was built and tested with, and until
when it is supported. A folder is written once (``mobile-hrp contract release``) and never changed.
"""

import datetime as dt
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mobile_hrp.mobile_contract.clients import Version, read_version, written
from mobile_hrp.mobile_contract.documents import (
    TrustedDocument,
    TrustedDocuments,
    written_operations,
)

SCHEMA, MANIFEST, SAMPLES, META = "schema.graphql", "manifest.json", "samples.json", "meta.toml"


@dataclass(frozen=True)
class Release:
    """One version of one app. ``folder`` holds the four files."""

    app: str
    version: Version
    folder: Path

    @property
    def name(self) -> str:
        return f"{self.app} {written(self.version)}"

    @cached_property
    def supported_until(self) -> dt.date:
        """The last day on which this release is served."""
        day = tomllib.loads(self._text(META))["supported_until"]
        if not isinstance(day, dt.date):
            raise TypeError(f"{self.name}: supported_until is not a date")
        return day

    @cached_property
    def schema_text(self) -> str:
        return self._text(SCHEMA)

    @cached_property
    def documents(self) -> TrustedDocuments:
        return TrustedDocuments.from_manifest(json.loads(self._text(MANIFEST)))

    @cached_property
    def samples(self) -> Mapping[str, list[dict[str, Any]]]:
        """Operation name -> variables that the app was seen to send."""
        samples: Mapping[str, list[dict[str, Any]]] = json.loads(self._text(SAMPLES))
        return samples

    def _text(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")


def releases_in(folder: Path) -> Iterator[Release]:
    """All releases under a folder, by app and version."""
    for app in sorted(path for path in folder.iterdir() if path.is_dir()):
        versions = [read_version(path.name) for path in app.iterdir() if path.is_dir()]
        for version in sorted(versions):
            yield Release(app.name, version, app / written(version))


def releases_folder() -> Path:
    return Path(str(resources.files("mobile_hrp.mobile_contract") / "releases"))


def supported(releases: Iterator[Release], today: dt.date) -> list[Release]:
    return [release for release in releases if release.supported_until >= today]


@lru_cache(maxsize=1)
def served_documents() -> Mapping[str, TrustedDocument]:
    """The documents of this version and of every release, by sha256.

    A release beyond its support is answered as long as the schema still can; what ended is the
    promise.
    """
    served = dict(written_operations().by_sha256)
    for release in releases_in(releases_folder()):
        served |= {**release.documents.by_sha256, **served}
    return MappingProxyType(served)
