"""C22: the method of procurement that an amount calls for."""

from typing import Any

import pytest
from tests.policy.filled import finding, findings, paper, said, source, table

from mobile_hrp.domain.policy.facts.procurement import ProcurementRecord, ProcurementRecords
from mobile_hrp.domain.policy.terms import Finding
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "procurement_method"
TABLES = (
    table(
        "procurement_category",
        "expense_type",
        "category",
        ("materials", "goods"),
        ("repair", "service"),
        ("contract_approval", "goods"),
        ("contract_change", "goods"),
        ("prepay_request", "goods"),
        ("award_approval", "goods"),
        ("equipment_purchase", "goods"),
        ("repair_request", "service"),
        ("urgent_purchase", "emergency"),
        ("odd", "art"),
    ),
    table(
        "procurement_method",
        "category from_amount",
        "method",
        ("goods", "0.00", "comparison"),
        ("goods", "500.00", "inquiry"),
        ("goods", "10000.00", "open_tender"),
        ("service", "0.00", "comparison"),
        ("service", "10000.00", "open_tender"),
        ("art", "0.00", "unheard_of"),
    ),
    table(
        "procurement_method_standing",
        "method",
        "standing papers",
        ("comparison", 1, False),
        ("inquiry", 2, False),
        ("open_tender", 3, False),
        ("single_source", 3, True),
    ),
)
NONE = ProcurementRecords(())


def judged(
    scenario: str, values: dict[str, Any], records: ProcurementRecords = NONE
) -> list[Finding]:
    return findings(KEY, paper(scenario, values), records, *TABLES)


def record(method: str, amount_fen: int = 10**9, approval: str = "") -> ProcurementRecords:
    return ProcurementRecords((ProcurementRecord("CG-1", method, amount_fen, "goods", approval),))


def evidence(amount_fen: int, from_fen: int, required: str) -> dict[str, Any]:
    return {
        "category": "goods",
        "amount_fen": amount_fen,
        "from_fen": from_fen,
        "required": required,
        **source("procurement_method"),
    }


def request(amount_fen: int, method: str, **more: Any) -> list[Finding]:
    values = {"expense_type": "materials", "amount": amount_fen, "method": method, **more}
    return judged("purchase_request", values)


@pytest.mark.parametrize(
    ("amount_fen", "method"),
    [
        (499_99, "comparison"),
        (500_00, "inquiry"),
        (9999_99, "inquiry"),
        (10000_00, "open_tender"),
        (1, "open_tender"),
    ],
)
def test_a_method_that_is_strong_enough_passes(amount_fen: int, method: str) -> None:
    assert request(amount_fen, method) == []


@pytest.mark.parametrize(
    ("amount_fen", "method", "from_fen", "required"),
    [
        (500_00, "comparison", 500_00, "inquiry"),
        (10000_00, "inquiry", 10000_00, "open_tender"),
    ],
)
def test_a_weaker_method_blocks_from_the_limit_on(
    amount_fen: int, method: str, from_fen: int, required: str
) -> None:
    (found,) = request(amount_fen, method)
    assert said(found) == ("too_weak", "values.method", Severity.BLOCK)
    assert found.evidence == {
        **evidence(amount_fen, from_fen, required),
        "methods": (method,),
    }


def test_a_single_source_gives_its_reason() -> None:
    (found,) = request(10000_00, "single_source")
    assert said(found) == ("no_papers", "values.method", Severity.BLOCK)
    assert found.evidence == {
        **evidence(10000_00, 10000_00, "open_tender"),
        "methods": ("single_source",),
    }
    assert request(10000_00, "single_source", single_source_reason="唯一授权") == []


COMMITTING = ["contract_approval", "prepay_request", "contract_change", "award_approval"]


def committing(amount_fen: int) -> dict[str, Any]:
    return {"amount": amount_fen, "increase": amount_fen}


@pytest.mark.parametrize("scenario", COMMITTING)
def test_a_promise_of_money_without_a_record_blocks_above_the_lowest_band(scenario: str) -> None:
    assert judged(scenario, committing(499_99)) == []
    (found,) = judged(scenario, committing(500_00))
    assert said(found) == ("no_method", "", Severity.BLOCK)
    assert found.evidence == evidence(500_00, 500_00, "inquiry")


@pytest.mark.parametrize("scenario", COMMITTING)
def test_a_record_of_the_purchase_answers_it(scenario: str) -> None:
    values = committing(500_00)
    assert judged(scenario, values, record("inquiry")) == []
    (found,) = judged(scenario, values, record("comparison"))
    assert said(found) == ("too_weak", "", Severity.BLOCK)
    assert found.evidence["methods"] == ("comparison",)
    assert [one.case for one in judged(scenario, values, record("unheard_of"))] == ["too_weak"]
    assert [one.case for one in judged(scenario, values, record("single_source"))] == ["no_papers"]
    assert judged(scenario, values, record("single_source", approval="批〔2026〕1号")) == []


def test_one_strong_record_among_several_is_enough() -> None:
    both = ProcurementRecords((*record("comparison").records, *record("open_tender").records))
    assert judged("contract_approval", {"amount": 500_00}, both) == []
    mixed = ProcurementRecords((*record("single_source").records, *record("inquiry").records))
    assert judged("contract_approval", {"amount": 500_00}, mixed) == []


def test_the_forms_own_method_counts_before_a_record() -> None:
    values = {"amount": 500_00, "method": "comparison"}
    assert [one.path for one in judged("award_approval", values, record("inquiry"))] == [
        "values.method"
    ]


def test_more_than_was_awarded_blocks() -> None:
    assert judged("contract_approval", {"amount": 500_00}, record("inquiry", 500_00)) == []
    (found,) = judged("contract_approval", {"amount": 500_01}, record("inquiry", 500_00))
    assert said(found) == ("above_record", "", Severity.BLOCK)
    assert found.evidence == {
        "record": "CG-1",
        "recorded_fen": 500_00,
        "amount_fen": 500_01,
        "over_fen": 1,
    }


@pytest.mark.parametrize(
    ("scenario", "values", "category", "from_fen", "required"),
    [
        ("equipment_purchase", {"amount": 500_00}, "goods", 500_00, "inquiry"),
        (
            "spend_request",
            {"expense_type": "materials", "amount": 600_00},
            "goods",
            500_00,
            "inquiry",
        ),
        ("repair_request", {"quote": 10000_00}, "service", 10000_00, "open_tender"),
    ],
)
def test_a_request_is_told_what_will_be_due(
    scenario: str, values: dict[str, Any], category: str, from_fen: int, required: str
) -> None:
    (found,) = judged(scenario, values)
    assert said(found) == ("method_due", "", Severity.INFO)
    assert found.evidence["category"] == category
    assert found.evidence["from_fen"] == from_fen
    assert found.evidence["required"] == required


def test_a_claim_is_judged_by_the_types_of_its_rows_together() -> None:
    lines: list[dict[str, Any]] = [
        {"expense_type": "materials", "amount": 300_00},
        {"expense_type": "travel", "amount": 900_00},
        {"expense_type": "materials", "amount": 199_99},
        {"expense_type": "repair", "amount": 700_00},
        {"expense_type": "materials"},
    ]
    values = {"approved_amount": 2099_99, "lines": lines}
    assert judged("research_claim", values) == []
    lines[0]["amount"] = 300_01
    (found,) = judged("research_claim", values)
    assert said(found) == ("no_method", "", Severity.BLOCK)
    assert found.evidence == evidence(500_00, 500_00, "inquiry")


def test_a_payment_of_what_is_not_bought_is_not_judged() -> None:
    values = {"expense_type": "utilities", "amount": 99999_00}
    assert judged("payment_request", values, record("comparison", 1)) == []


def test_a_payment_of_goods_is_judged_by_its_type() -> None:
    values = {"expense_type": "materials", "amount": 500_00}
    assert [one.case for one in judged("payment_request", values)] == ["no_method"]


def test_an_emergency_is_bought_first() -> None:
    (found,) = judged("urgent_purchase", {"amount": 99999_00, "papers_by": "2026-06-01"})
    assert said(found) == ("papers_later", "values.papers_by", Severity.INFO)
    assert found.evidence == {"amount_fen": 99999_00, "papers_on": "2026-06-01"}
    (found,) = judged("urgent_purchase", {"amount": 1})
    assert (found.path, found.evidence["papers_on"]) == ("", "")


def test_a_band_that_names_no_known_method_judges_nothing() -> None:
    assert judged("payment_request", {"expense_type": "odd", "amount": 9}) == []


def test_what_costs_nothing_yet_is_not_asked() -> None:
    assert findings(KEY, paper("repair_request", {})) == []
    assert finding(KEY, paper("repair_request", {"quote": 1})).evidence == {
        "missing": (
            "ProcurementRecords",
            "procurement_category",
            "procurement_method",
            "procurement_method_standing",
        )
    }
