"""A small complete bundle of a made-up document."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from mobile_hrp.domain.archive.audit_excerpt import chained
from mobile_hrp.domain.archive.manifest import BundleFile, Role
from mobile_hrp.domain.document.snapshot import snapshot_hash

CONTENT: Mapping[str, Any] = {
    "number": "CLAIM-1",
    "amount_fen": 26800,
    "values": {"reason": "图书"},
}
SNAPSHOT = snapshot_hash(CONTENT)
RECEIPT = b"%PDF-1.7 made up"
DOCUMENT = {"number": "CLAIM-1", "scenario": "claim", "snapshot_hash": SNAPSHOT, "books": "yes"}
VOUCHER_PATH = "vouchers/0001.xml"
RECEIPT_PATH = "receipts/0001.pdf"


def as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def metadata(**changes: Any) -> dict[str, Any]:
    voucher = {
        "path": VOUCHER_PATH,
        "verified_by": "A",
        "finalized_by": "B",
        "DR_AMT": "268.00",
        "CR_AMT": "268.00",
        "DR_YS_AMT": "0.00",
        "CR_YS_AMT": "0.00",
    }
    receipt = {"path": RECEIPT_PATH, "sha256": hashlib.sha256(RECEIPT).hexdigest()}
    about = {"receipts": [receipt], "vouchers": [voucher], "missing_elements": {}}
    return about | changes


def decision(**changes: Any) -> dict[str, Any]:
    made = {
        "actor": "A",
        "decided_at": "2026-11-23T01:00:00Z",
        "snapshot_hash": SNAPSHOT,
        "verdict": "approved",
    }
    return made | changes


def sample(**changes: bytes | None) -> list[BundleFile]:
    """The files; a change replaces the content of a role, None leaves the role out."""
    page = f"<!doctype html><p>CLAIM-1 {SNAPSHOT}</p>".encode()
    audit = {"rows": chained([{"seq": 1, "action": "document.save"}, {"seq": 2, "action": "pay"}])}
    made: list[tuple[str, bytes, Role, str]] = [
        ("form/form.json", as_json({"content": CONTENT}), Role.FORM_DATA, "application/json"),
        ("form/form.xml", b"<?xml version='1.0'?><F/>", Role.FORM_ELEMENTS, "application/xml"),
        ("form/form.html", page, Role.FORM_PAGE, "text/html"),
        (
            "approvals/approvals.json",
            as_json({"decisions": [decision()]}),
            Role.APPROVALS,
            "application/json",
        ),
        ("audit/audit.json", as_json(audit), Role.AUDIT, "application/json"),
        ("metadata.json", as_json(metadata()), Role.METADATA, "application/json"),
        (RECEIPT_PATH, RECEIPT, Role.RECEIPT, "application/pdf"),
        (VOUCHER_PATH, b"<?xml version='1.0'?><V/>", Role.VOUCHER, "application/xml"),
    ]
    files = []
    for path, content, role, media_type in made:
        given = changes.get(role.value, content)
        if given is not None:
            files.append(BundleFile(path, given, role, media_type))
    return files
