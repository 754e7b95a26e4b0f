"""C24: attachments as the scenario lists them, each a stored file."""

from typing import Any

from tests.policy.papers import cited, paper, seen, table

from mobile_hrp.domain.policy.controls.attachments_complete import CONTROL
from mobile_hrp.domain.policy.facts.files import AttachedFiles
from mobile_hrp.domain.policy.terms import Observation

TABLES = (
    table(
        "required_attachments",
        "scenario field",
        "above_amount at_least",
        ("purchase_request", "attachments", "50000.00", 2),
    ),
)
FILES = AttachedFiles({"a": "0" * 64, "b": "1" * 64, "empty": ""})
LEAVE = {"kind": "sick", "proof": ["a"]}


def found(
    scenario: str, values: dict[str, Any], amount_fen: int = 0, files: AttachedFiles = FILES
) -> list[Observation]:
    document = paper(scenario, values, amount_fen=amount_fen)
    return seen(CONTROL, document, files, tables=TABLES)


def test_a_required_list_without_a_file_is_found() -> None:
    assert found("seal_use", {"purpose": "contract"}) == [
        Observation("missing", "values.file", {"field": "用印文件", "field_en": "File"})
    ]
    assert found("seal_use", {"file": ["a"]}) == []


def test_a_list_is_due_only_under_its_condition() -> None:
    assert [one.path for one in found("leave", {"kind": "sick"})] == ["values.proof"]
    assert found("leave", {"kind": "annual"}) == []
    assert found("leave", LEAVE) == []
    assert found("equipment_purchase", {"license": "none"}) == []
    assert [one.path for one in found("equipment_purchase", {"license": "class_b"})] == [
        "values.license_no"
    ]


def test_a_condition_that_reads_an_empty_field_does_not_hold() -> None:
    assert found("leave", {}) == []


def test_a_hidden_list_is_not_asked_for() -> None:
    assert found("loan_repay", {"way": "offset"}) == []


def test_the_table_asks_for_more_files_above_an_amount() -> None:
    assert found("purchase_request", {"attachments": ["a"]}, 5_000_001) == [
        Observation(
            "too_few",
            "values.attachments",
            {
                "field": "附件",
                "field_en": "Attachments",
                "given": 1,
                "at_least": 2,
                "amount_fen": 5_000_001,
                "above_fen": 5_000_000,
                **cited("required_attachments"),
            },
        )
    ]
    assert [one.evidence["given"] for one in found("purchase_request", {}, 5_000_001)] == [0]


def test_as_many_files_as_asked_and_an_amount_at_the_limit_pass() -> None:
    assert found("purchase_request", {"attachments": ["a", "b"]}, 5_000_001) == []
    assert found("purchase_request", {}, 5_000_000) == []
    assert found("spend_request", {}, 90_000_000) == []


def test_an_id_without_a_stored_file_or_hash_is_found_wherever_it_stands() -> None:
    no_file = {"field": "用印文件", "field_en": "File"}
    assert found("seal_use", {"file": ["a", "gone", "empty"]}) == [
        Observation("no_file", "values.file.1", {**no_file, "number": 2}),
        Observation("no_file", "values.file.2", {**no_file, "number": 3}),
    ]
    claim = {"lines": [{"receipts": ["a"]}, {"receipts": ["gone"]}], "attachments": ["b"]}
    assert [one.path for one in found("general_claim", claim)] == ["values.lines.1.receipts.0"]


def test_a_form_without_attachments_is_not_judged() -> None:
    assert not CONTROL.applies(paper("shift_swap", {}))
    assert CONTROL.applies(paper("seal_use", {}))
