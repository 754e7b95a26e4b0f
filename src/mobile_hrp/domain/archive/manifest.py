"""The manifest of a bundle: each file with its SHA-256, size and role, in one canonical form."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

FORMAT = "mobile-hrp-archive/1"
MANIFEST_PATH = "manifest.json"
SEAL_PATH = "manifest.sha256"
"""Holds the manifest's hash as ``sha256sum -c`` reads it, so that no program of ours is needed."""
_PATH = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}(?:/[a-z0-9][a-z0-9._-]{0,99}){0,4}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Role(StrEnum):
    """What a file is for."""

    FORM_DATA = "form_data"  # the values as submitted, whose hash the decisions name
    FORM_ELEMENTS = "form_elements"  # the form under the element names of DA/T 95-2022
    FORM_PAGE = "form_page"  # the form and its approvals for the eye
    RECEIPT = "receipt"  # an original, byte for byte
    APPROVALS = "approvals"
    AUDIT = "audit"
    VOUCHER = "voucher"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    path: str
    sha256: str
    size: int
    role: Role
    media_type: str


@dataclass(frozen=True, slots=True)
class BundleFile:
    """A file to be archived."""

    path: str
    content: bytes
    role: Role
    media_type: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """``document`` names whose bundle it is: number, scenario, snapshot hash. No time of making."""

    document: Mapping[str, str]
    entries: tuple[ManifestEntry, ...]

    @classmethod
    def of(cls, document: Mapping[str, str], files: Sequence[BundleFile]) -> "Manifest":
        """The manifest of the files, ordered by path.

        Raises:
            ValueError: a path that is unsafe, taken or named twice.
        """
        entries: list[ManifestEntry] = []
        for file in sorted(files, key=lambda one: one.path):
            if not _PATH.fullmatch(file.path) or file.path in {MANIFEST_PATH, SEAL_PATH}:
                raise ValueError(f"{file.path!r} cannot be a path of a bundle")
            if entries and entries[-1].path == file.path:
                raise ValueError(f"{file.path} is in the bundle twice")
            digest = hashlib.sha256(file.content).hexdigest()
            entries.append(
                ManifestEntry(file.path, digest, len(file.content), file.role, file.media_type)
            )
        return cls(dict(document), tuple(entries))

    def to_bytes(self) -> bytes:
        """Canonical: the same manifest always gives the same bytes."""
        return _dumped(
            {
                "format": FORMAT,
                "document": dict(self.document),
                "entries": [asdict(entry) for entry in self.entries],
            }
        )

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def seal(self) -> bytes:
        return f"{self.sha256}  {MANIFEST_PATH}\n".encode()


def read_manifest(data: bytes) -> Manifest:
    """The manifest in its canonical form.

    Raises:
        ValueError: anything else than ``Manifest.to_bytes`` would write.
    """
    try:
        raw = json.loads(data)
        manifest = Manifest(
            {str(key): str(value) for key, value in raw["document"].items()},
            tuple(_entry(entry) for entry in raw["entries"]),
        )
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as problem:
        raise ValueError("not a manifest") from problem
    if raw.get("format") != FORMAT or manifest.to_bytes() != data:
        raise ValueError("the manifest is not in its canonical form")
    return manifest


def _entry(raw: Mapping[str, Any]) -> ManifestEntry:
    path, digest = str(raw["path"]), str(raw["sha256"])
    if not _PATH.fullmatch(path) or not _SHA256.fullmatch(digest):
        raise ValueError(f"{path!r} is no entry of a manifest")
    return ManifestEntry(path, digest, int(raw["size"]), Role(raw["role"]), str(raw["media_type"]))


def _dumped(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return f"{text}\n".encode()
