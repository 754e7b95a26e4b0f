"""Writing a release down, and judging the schema of today by all that are supported."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from graphql import GraphQLSchema

from mobile_hrp.graphql.contract.checker import Break, Shipped, breaks
from mobile_hrp.graphql.contract.values import variables_of
from mobile_hrp.mobile_contract.clients import client_policy, read_version, written
from mobile_hrp.mobile_contract.documents import written_operations
from mobile_hrp.mobile_contract.releases import (
    MANIFEST,
    META,
    SAMPLES,
    SCHEMA,
    Release,
    releases_in,
    supported,
)

CHECKSUMS = "checksums.txt"


class ReleaseExistsError(ValueError):
    """A release is written once."""


def judged(folder: Path, now: GraphQLSchema, today: dt.date) -> list[Break]:
    """What would break in any release under ``folder`` that is supported today."""
    open_enums = client_policy().open_enums
    return [
        reason
        for release in supported(releases_in(folder), today)
        for reason in breaks(Shipped.of(release), now, open_enums=open_enums)
    ]


def write_release(
    folder: Path, app: str, version: str, *, schema: GraphQLSchema, schema_text: str, until: dt.date
) -> Release:
    """Write ``folder/<app>/<version>``: schema, documents, variables, until when.

    Raises:
        ReleaseExistsError: there is one already.
    """
    made = Release(app, read_version(version), folder / app / version)
    if made.folder.exists():
        raise ReleaseExistsError(f"{made.name} is written already")
    documents = written_operations()
    samples = {one.name: variables_of(schema, one.body) for one in documents}
    made.folder.mkdir(parents=True)
    texts = {
        SCHEMA: schema_text,
        MANIFEST: _json(documents.manifest()),
        SAMPLES: _json(dict(sorted(samples.items()))),
        META: f'app = "{app}"\nversion = "{written(made.version)}"\nsupported_until = {until}\n',
    }
    for name, text in texts.items():
        (made.folder / name).write_text(text.rstrip("\n") + "\n", "utf-8")
    write_checksums(folder)
    return made


def checksums(folder: Path) -> Mapping[str, str]:
    """Path below the folder -> sha256, of every file of every release."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for release in releases_in(folder)
        for file in sorted(release.folder.iterdir())
    }


def write_checksums(folder: Path) -> None:
    lines = [f"{digest}  {path}\n" for path, digest in checksums(folder).items()]
    (folder / CHECKSUMS).write_text("".join(lines), "utf-8")


def read_checksums(folder: Path) -> Mapping[str, str]:
    lines = (folder / CHECKSUMS).read_text("utf-8").splitlines()
    return {path: digest for digest, _, path in (line.partition("  ") for line in lines)}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
