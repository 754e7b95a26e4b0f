"""The four properties of an electronic record, tested on the bundle alone (四性检测).

Authenticity, integrity, usability and safety, after the structure of DA/T 70-2018. Each check says
by code which element is missing or wrong and where; nothing is assumed that the bundle does not
show. A virus scan is no part of it: the receipts' own inspection was done when they were uploaded.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mobile_hrp.domain.archive.audit_excerpt import broken_link
from mobile_hrp.domain.archive.manifest import Manifest, ManifestEntry, Role
from mobile_hrp.domain.document.snapshot import snapshot_hash


class Property(StrEnum):
    AUTHENTICITY = "authenticity"  # 真实性
    INTEGRITY = "integrity"  # 完整性
    USABILITY = "usability"  # 可用性
    SAFETY = "safety"  # 安全性


@dataclass(frozen=True, slots=True)
class Lack:
    """``code`` names the check, ``path`` the file, ``element`` what is missing or wrong in it."""

    property: Property
    code: str
    path: str
    element: str = ""


_REQUIRED = (
    Role.FORM_DATA,
    Role.FORM_ELEMENTS,
    Role.FORM_PAGE,
    Role.APPROVALS,
    Role.AUDIT,
    Role.METADATA,
)
_MAGIC: Mapping[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/webp": (b"RIFF",),
    "image/heic": (b"\x00\x00\x00",),
    "image/heif": (b"\x00\x00\x00",),
    "image/tiff": (b"II*\x00", b"MM\x00*"),
    "application/ofd": (b"PK\x03\x04",),
    "application/zip": (b"PK\x03\x04",),
    "application/xml": (b"<?xml", b"\xef\xbb\xbf<?xml", b"<"),
    "text/xml": (b"<?xml", b"\xef\xbb\xbf<?xml", b"<"),
    "text/html": (b"<!doctype html>",),
    "application/json": (b"{", b"["),
}
"""How a file of each kind begins; other kinds are not for the archive."""
_ACTIVE_PAGE = re.compile(
    rb"<(?:script|iframe|object|embed|link|base|form)\b|<[^>]*\s(?:on\w+|src|href)\s*=",
    re.IGNORECASE,
)
_ACTIVE_PDF = (b"/JavaScript", b"/Launch")


def check_completeness(
    manifest: Manifest, files: Mapping[str, bytes], *, is_decided: bool | None = None
) -> tuple[Lack, ...]:
    """Everything the bundle lacks, by property. ``files`` are its intact files.

    What people get stands sealed in a form, and the hash that was decided is of the open one: of
    such a form ``is_decided`` says whether it fits, None where there is no key to look with.
    """
    record = _Record(manifest, files, is_decided)
    return tuple(lack for check in _CHECKS for lack in check(record))


def sealed_rows(content: Mapping[str, Any]) -> int:
    """How many rows of an archived form tell who it is about, and keep the rest sealed."""
    form = content.get("values")
    fields = form.values() if isinstance(form, dict) else ()
    rows = [row for field in fields if isinstance(field, list) for row in field]
    return sum(isinstance(row, dict) and row.keys() == {"person", "sealed"} for row in rows)


class _Record:
    """The bundle as the checks read it: parsed once, empty where there is nothing to read."""

    def __init__(
        self, manifest: Manifest, files: Mapping[str, bytes], is_decided: bool | None = None
    ) -> None:
        self.is_decided = is_decided
        self.manifest = manifest
        self.files = files
        self.form = self._json(Role.FORM_DATA)
        self.approvals = self._json(Role.APPROVALS)
        self.audit = self._json(Role.AUDIT)
        self.metadata = self._json(Role.METADATA)

    def entries(self, role: Role) -> list[ManifestEntry]:
        return [entry for entry in self.manifest.entries if entry.role is role]

    def path(self, role: Role) -> str:
        found = self.entries(role)
        return found[0].path if found else role.value

    def listed(self, name: str) -> Sequence[Mapping[str, Any]]:
        found = self.metadata.get(name)
        rows = found if isinstance(found, list) else []
        return [row for row in rows if isinstance(row, dict)]

    def _json(self, role: Role) -> Mapping[str, Any]:
        for entry in self.entries(role):
            try:
                parsed = json.loads(self.files.get(entry.path, b""))
            except ValueError:
                continue
            if isinstance(parsed, dict):
                return parsed
        return {}


def _form_is_what_was_decided(record: _Record) -> Iterator[Lack]:
    """The hash of the form's content is the one the document and its decisions name."""
    path = record.path(Role.FORM_DATA)
    content = record.form.get("content")
    said = record.manifest.document.get("snapshot_hash")
    if isinstance(content, dict) and sealed_rows(content):
        fits = record.is_decided is not False and record.form.get("snapshot_hash") == said
    else:
        fits = isinstance(content, dict) and snapshot_hash(content) == said
    if not fits:
        yield Lack(Property.AUTHENTICITY, "SNAPSHOT_DIFFERS", path, "content")


def _decisions_name_the_form(record: _Record) -> Iterator[Lack]:
    """Every decision has a person or a rule, a time and a hash; the last ones name this form."""
    path = record.path(Role.APPROVALS)
    decisions = record.approvals.get("decisions")
    if not isinstance(decisions, list) or not decisions:
        yield Lack(Property.AUTHENTICITY, "DECISIONS_MISSING", path, "decisions")
        return
    for number, decision in enumerate(decisions):
        for name in ("actor", "decided_at", "snapshot_hash", "verdict"):
            if not decision.get(name):
                element = f"decisions.{number}.{name}"
                yield Lack(Property.AUTHENTICITY, "DECISION_INCOMPLETE", path, element)
    decided = {decision.get("snapshot_hash") for decision in decisions}
    if record.manifest.document.get("snapshot_hash") not in decided:
        yield Lack(Property.AUTHENTICITY, "DECISIONS_OF_ANOTHER_FORM", path, "snapshot_hash")


def _trail_is_unbroken(record: _Record) -> Iterator[Lack]:
    path = record.path(Role.AUDIT)
    rows = record.audit.get("rows")
    if not isinstance(rows, list) or not rows:
        yield Lack(Property.AUTHENTICITY, "AUDIT_MISSING", path, "rows")
    elif (at := broken_link(rows)) is not None:
        yield Lack(Property.AUTHENTICITY, "AUDIT_BROKEN", path, f"rows.{at}")


def _vouchers_had_two_people(record: _Record) -> Iterator[Lack]:
    for voucher in record.listed("vouchers"):
        verified, final = voucher.get("verified_by"), voucher.get("finalized_by")
        if not verified or not final or verified == final:
            path = str(voucher.get("path", ""))
            yield Lack(Property.AUTHENTICITY, "VOUCHER_NOT_FINAL", path, "finalized_by")


def _everything_is_there(record: _Record) -> Iterator[Lack]:
    for role in _REQUIRED:
        if not any(entry.path in record.files for entry in record.entries(role)):
            yield Lack(Property.INTEGRITY, "FILE_MISSING", record.path(role), role.value)
    if record.manifest.document.get("books") == "yes" and not record.entries(Role.VOUCHER):
        yield Lack(Property.INTEGRITY, "FILE_MISSING", Role.VOUCHER.value, Role.VOUCHER.value)
    for name in ("receipts", "vouchers"):
        for row in record.listed(name):
            if str(row.get("path", "")) not in record.files:
                yield Lack(Property.INTEGRITY, "FILE_MISSING", str(row.get("path", "")), name)


def _receipts_are_the_uploaded_ones(record: _Record) -> Iterator[Lack]:
    hashes = {entry.path: entry.sha256 for entry in record.entries(Role.RECEIPT)}
    for row in record.listed("receipts"):
        path = str(row.get("path", ""))
        if path in hashes and hashes[path] != row.get("sha256"):
            yield Lack(Property.INTEGRITY, "RECEIPT_DIFFERS", path, "sha256")


def _vouchers_balance(record: _Record) -> Iterator[Lack]:
    for voucher in record.listed("vouchers"):
        for debit, credit in (("DR_AMT", "CR_AMT"), ("DR_YS_AMT", "CR_YS_AMT")):
            if not voucher.get(debit) or voucher.get(debit) != voucher.get(credit):
                path = str(voucher.get("path", ""))
                yield Lack(Property.INTEGRITY, "VOUCHER_UNBALANCED", path, debit)


def _required_elements_are_given(record: _Record) -> Iterator[Lack]:
    """What the standard asks for and nobody gave; written down when the bundle was made."""
    missing = record.metadata.get("missing_elements")
    if not isinstance(missing, dict):
        path = record.path(Role.METADATA)
        yield Lack(Property.INTEGRITY, "ELEMENTS_UNKNOWN", path, "missing_elements")
        return
    for path, names in sorted(missing.items()):
        for name in names:
            yield Lack(Property.INTEGRITY, "ELEMENT_MISSING", str(path), str(name))


def _files_are_what_they_say(record: _Record) -> Iterator[Lack]:
    for entry in record.manifest.entries:
        content = record.files.get(entry.path)
        if content is None:
            continue
        begins = _MAGIC.get(entry.media_type)
        if begins is None:
            yield Lack(Property.USABILITY, "FORMAT_NOT_FOR_ARCHIVES", entry.path, entry.media_type)
        elif not content.startswith(begins):
            yield Lack(Property.USABILITY, "FORMAT_DIFFERS", entry.path, entry.media_type)


def _data_can_be_read(record: _Record) -> Iterator[Lack]:
    for role, parsed in (
        (Role.FORM_DATA, record.form),
        (Role.APPROVALS, record.approvals),
        (Role.AUDIT, record.audit),
        (Role.METADATA, record.metadata),
    ):
        if record.path(role) in record.files and not parsed:
            yield Lack(Property.USABILITY, "NOT_READABLE", record.path(role), role.value)


def _page_shows_the_document(record: _Record) -> Iterator[Lack]:
    for entry in record.entries(Role.FORM_PAGE):
        page = record.files.get(entry.path, b"")
        for name in ("number", "snapshot_hash"):
            shown = record.manifest.document.get(name, "").encode()
            if page and (not shown or shown not in page):
                yield Lack(Property.USABILITY, "PAGE_LACKS", entry.path, name)


def _nothing_acts(record: _Record) -> Iterator[Lack]:
    for entry in record.manifest.entries:
        content = record.files.get(entry.path, b"")
        if entry.role is Role.FORM_PAGE and _ACTIVE_PAGE.search(content):
            yield Lack(Property.SAFETY, "ACTIVE_CONTENT", entry.path, entry.media_type)
        if entry.media_type == "application/pdf":
            for marker in _ACTIVE_PDF:
                if marker in content:
                    element = marker.decode().removeprefix("/")
                    yield Lack(Property.SAFETY, "ACTIVE_CONTENT", entry.path, element)


_CHECKS: tuple[Callable[[_Record], Iterator[Lack]], ...] = (
    _form_is_what_was_decided,
    _decisions_name_the_form,
    _trail_is_unbroken,
    _vouchers_had_two_people,
    _everything_is_there,
    _receipts_are_the_uploaded_ones,
    _vouchers_balance,
    _required_elements_are_given,
    _files_are_what_they_say,
    _data_can_be_read,
    _page_shows_the_document,
    _nothing_acts,
)
