"""Make a bundle, and say of a file that was one what was changed, taken out or put in.

The container is a function of the manifest and the files (``container.pack``). A file is intact if,
and only if, its members agree with the manifest, the manifest with its seal, and packing them again
gives the same bytes. A forger may rewrite all of it: then the manifest's hash is not the one that
was recorded when the bundle was made, which is why it is compared wherever it is known.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from mobile_hrp.domain.archive.container import Member, pack, regions, unpack
from mobile_hrp.domain.archive.manifest import (
    MANIFEST_PATH,
    SEAL_PATH,
    BundleFile,
    Manifest,
    read_manifest,
)

CONTAINER = "(container)"
"""Stands for the path of what belongs to no file: the ZIP's own record, bytes before or after."""


class FaultKind(StrEnum):
    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    UNREADABLE = "unreadable"
    NOT_THE_RECORDED_ONE = "not_the_recorded_one"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    path: str
    kind: FaultKind


@dataclass(frozen=True, slots=True)
class Verification:
    """``files`` are those that are as the manifest says, by path; for the test of completeness."""

    manifest: Manifest | None
    manifest_sha256: str
    faults: tuple[Fault, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def intact(self) -> bool:
        return not self.faults


def make_bundle(document: Mapping[str, str], files: Sequence[BundleFile]) -> tuple[Manifest, bytes]:
    """The bundle of a document. The same files always give the same bytes.

    Raises:
        ValueError: an unsafe path, a path used twice, or too many bytes.
    """
    manifest = Manifest.of(document, files)
    contents = {file.path: file.content for file in files}
    return manifest, pack(_ordered(manifest, contents))


def verify_bundle(data: bytes, *, recorded_sha256: str | None = None) -> Verification:
    """Every file of the bundle that is not as it was made, with its path.

    ``recorded_sha256`` is the manifest's hash from the database or the audit trail, where known.
    """
    members = unpack(data)
    contents = {member.path: member.content for member in members}
    faults = set(_of_members(members))
    manifest_bytes = contents.get(MANIFEST_PATH, b"")
    digest = hashlib.sha256(manifest_bytes).hexdigest() if manifest_bytes else ""
    if recorded_sha256 is not None and digest != recorded_sha256:
        faults.add(Fault(MANIFEST_PATH, FaultKind.NOT_THE_RECORDED_ONE))
    try:
        manifest = read_manifest(manifest_bytes)
    except ValueError:
        kind = FaultKind.UNREADABLE if manifest_bytes else FaultKind.MISSING
        faults.add(Fault(MANIFEST_PATH, kind))
        return Verification(None, digest, tuple(sorted(faults)))
    faults |= set(_of_contents(manifest, contents))
    faults |= set(_of_seal(manifest, contents, faults))
    faults |= set(_of_layout(manifest, contents, data))
    good = {
        entry.path: contents[entry.path]
        for entry in manifest.entries
        if not any(fault.path == entry.path for fault in faults)
    }
    return Verification(manifest, digest, tuple(sorted(faults)), good)


def _ordered(manifest: Manifest, contents: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
    listed = [(entry.path, contents[entry.path]) for entry in manifest.entries]
    return [(MANIFEST_PATH, manifest.to_bytes()), *listed, (SEAL_PATH, manifest.seal())]


def _of_members(members: Sequence[Member]) -> Iterator[Fault]:
    if not members:
        yield Fault(CONTAINER, FaultKind.UNREADABLE)
    for path, count in Counter(member.path for member in members).items():
        if count > 1:
            yield Fault(path, FaultKind.ADDED)
    for member in members:
        if not member.intact:
            yield Fault(member.path, FaultKind.CHANGED)


def _of_contents(manifest: Manifest, contents: Mapping[str, bytes]) -> Iterator[Fault]:
    for entry in manifest.entries:
        content = contents.get(entry.path)
        if content is None:
            yield Fault(entry.path, FaultKind.MISSING)
        elif hashlib.sha256(content).hexdigest() != entry.sha256 or len(content) != entry.size:
            yield Fault(entry.path, FaultKind.CHANGED)
    known = {MANIFEST_PATH, SEAL_PATH, *(entry.path for entry in manifest.entries)}
    for path in contents:
        if path not in known:
            yield Fault(path, FaultKind.ADDED)


def _of_seal(
    manifest: Manifest, contents: Mapping[str, bytes], known: set[Fault]
) -> Iterator[Fault]:
    """A seal that is damaged itself says nothing about the manifest."""
    if SEAL_PATH not in contents:
        yield Fault(SEAL_PATH, FaultKind.MISSING)
    elif contents[SEAL_PATH] != manifest.seal():
        damaged = Fault(SEAL_PATH, FaultKind.CHANGED) in known
        yield Fault(SEAL_PATH if damaged else MANIFEST_PATH, FaultKind.CHANGED)


def _of_layout(manifest: Manifest, contents: Mapping[str, bytes], data: bytes) -> Iterator[Fault]:
    """What packing the members again would write otherwise: headers, order, the directory."""
    if any(entry.path not in contents for entry in manifest.entries) or SEAL_PATH not in contents:
        yield Fault(CONTAINER, FaultKind.CHANGED)
        return
    listed = [(entry.path, contents[entry.path]) for entry in manifest.entries]
    members = [
        (MANIFEST_PATH, contents[MANIFEST_PATH]),
        *listed,
        (SEAL_PATH, contents[SEAL_PATH]),
    ]
    expected = pack(members)
    if len(expected) != len(data):
        longer = len(data) > len(expected)
        yield Fault(CONTAINER, FaultKind.ADDED if longer else FaultKind.MISSING)
        return
    for region in regions(members):
        if expected[region.start : region.end] != data[region.start : region.end]:
            yield Fault(region.path or CONTAINER, FaultKind.CHANGED)
