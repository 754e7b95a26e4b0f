"""Authenticity, integrity, usability, safety: a bundle says itself what it lacks."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.domain.archive.samples import (
    CONTENT,
    DOCUMENT,
    RECEIPT_PATH,
    VOUCHER_PATH,
    as_json,
    decision,
    metadata,
    sample,
)

from mobile_hrp.domain.archive.audit_excerpt import broken_link, chained
from mobile_hrp.domain.archive.bundle import make_bundle, verify_bundle
from mobile_hrp.domain.archive.completeness import check_completeness


def lacks(document: Mapping[str, str] = DOCUMENT, /, **changes: bytes | None) -> list[str]:
    """``property code path element`` of everything the changed bundle lacks."""
    _, bundle = make_bundle(document, sample(**changes))
    checked = verify_bundle(bundle)
    assert checked.intact
    assert checked.manifest is not None
    return [
        " ".join(filter(None, (one.property.value, one.code, one.path, one.element)))
        for one in check_completeness(checked.manifest, checked.files)
    ]


def test_the_sample_lacks_nothing() -> None:
    assert lacks() == []


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("form_data", "form_data"),
        ("form_elements", "form_elements"),
        ("form_page", "form_page"),
        ("approvals", "approvals"),
        ("audit", "audit"),
        ("metadata", "metadata"),
    ],
)
def test_each_part_that_is_left_out_is_named(role: str, path: str) -> None:
    left_out: dict[str, bytes | None] = {role: None}

    assert f"integrity FILE_MISSING {path} {role}" in lacks(**left_out)


def test_a_voucher_or_receipt_that_is_only_listed_is_missing() -> None:
    assert lacks(voucher=None) == [
        "integrity FILE_MISSING voucher voucher",
        f"integrity FILE_MISSING {VOUCHER_PATH} vouchers",
    ]
    assert lacks(receipt=None) == [f"integrity FILE_MISSING {RECEIPT_PATH} receipts"]


def test_a_document_that_books_nothing_needs_no_voucher() -> None:
    unbooked = {**DOCUMENT, "books": "no"}

    assert lacks(unbooked, voucher=None, metadata=as_json(metadata(vouchers=[]))) == []


def test_another_form_than_was_decided_is_not_authentic() -> None:
    changed: dict[str, Any] = {"content": {**CONTENT, "amount_fen": 1}}

    assert lacks(form_data=as_json(changed)) == [
        "authenticity SNAPSHOT_DIFFERS form/form.json content"
    ]


def test_decisions_without_a_person_a_time_or_this_form_are_named() -> None:
    path = "approvals/approvals.json"

    assert lacks(approvals=as_json({"decisions": []})) == [
        f"authenticity DECISIONS_MISSING {path} decisions"
    ]
    assert lacks(
        approvals=as_json({"decisions": [decision(actor=""), decision(decided_at="")]})
    ) == [
        f"authenticity DECISION_INCOMPLETE {path} decisions.0.actor",
        f"authenticity DECISION_INCOMPLETE {path} decisions.1.decided_at",
    ]
    assert lacks(approvals=as_json({"decisions": [decision(snapshot_hash="0" * 64)]})) == [
        f"authenticity DECISIONS_OF_ANOTHER_FORM {path} snapshot_hash"
    ]


def test_an_audit_row_taken_out_or_altered_breaks_the_chain() -> None:
    rows = chained([{"seq": number} for number in range(4)])

    assert broken_link(rows) is None
    assert broken_link([rows[0], *rows[2:]]) == 1
    assert broken_link([rows[0], rows[1] | {"seq": 9}, *rows[2:]]) == 1
    assert lacks(audit=as_json({"rows": rows[1:]})) == [
        "authenticity AUDIT_BROKEN audit/audit.json rows.0"
    ]
    assert lacks(audit=as_json({"rows": []})) == [
        "authenticity AUDIT_MISSING audit/audit.json rows"
    ]


def test_a_voucher_of_one_person_or_out_of_balance_is_named() -> None:
    (voucher,) = metadata()["vouchers"]
    one_person = metadata(vouchers=[voucher | {"finalized_by": "A"}])
    unbalanced = metadata(vouchers=[voucher | {"CR_YS_AMT": "1.00"}])

    assert lacks(metadata=as_json(one_person)) == [
        f"authenticity VOUCHER_NOT_FINAL {VOUCHER_PATH} finalized_by"
    ]
    assert lacks(metadata=as_json(unbalanced)) == [
        f"integrity VOUCHER_UNBALANCED {VOUCHER_PATH} DR_YS_AMT"
    ]


def test_required_elements_nobody_gave_are_named() -> None:
    missing = metadata(missing_elements={"form/form.xml": ["MOF_DIV_CODE"]})

    assert lacks(metadata=as_json(missing)) == [
        "integrity ELEMENT_MISSING form/form.xml MOF_DIV_CODE"
    ]
    assert "integrity ELEMENTS_UNKNOWN metadata.json missing_elements" in lacks(
        metadata=as_json(metadata(missing_elements=None))
    )


def test_a_receipt_that_is_another_than_uploaded_is_named() -> None:
    assert lacks(receipt=b"%PDF-1.4 another") == [
        f"integrity RECEIPT_DIFFERS {RECEIPT_PATH} sha256"
    ]


def test_a_file_that_is_not_what_it_says_is_not_usable() -> None:
    found = lacks(receipt=b"MZ program")

    assert f"usability FORMAT_DIFFERS {RECEIPT_PATH} application/pdf" in found
    assert "usability NOT_READABLE audit/audit.json audit" in lacks(audit=b"{no json")


def test_a_page_that_does_not_show_the_document_is_named() -> None:
    assert lacks(form_page=b"<!doctype html>CLAIM-1") == [
        "usability PAGE_LACKS form/form.html snapshot_hash"
    ]


def test_content_that_acts_is_not_safe() -> None:
    (page,) = [one.content for one in sample() if one.path == "form/form.html"]

    assert lacks(form_page=page + b"<script>1</script>") == [
        "safety ACTIVE_CONTENT form/form.html text/html"
    ]
    assert f"safety ACTIVE_CONTENT {RECEIPT_PATH} JavaScript" in lacks(
        receipt=b"%PDF-1.7 /JavaScript (x)"
    )
