"""C20: payments and changes within a contract."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.policy.filled import finding, findings, paper, said, source, table

from mobile_hrp.domain.policy.facts.contracts import Contract, Contracts
from mobile_hrp.domain.policy.terms import Finding
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "contract_progress"
LIMITS = table(
    "contract_limits", "rule", "rate", ("prepayment_rate", "0.30"), ("increase_rate", "0.10")
)
PAYMENTS = ["payment_request", "research_outbound"]


def contracts(**about: Any) -> Contracts:
    given: dict[str, Any] = {
        "number": "HT-1",
        "supplier_tax_id": "91X",
        "supplier_name": "示例公司",
        "amount_fen": 1000_00,
        "signed_on": date(2026, 1, 1),
        **about,
    }
    return Contracts({"HT-1": Contract(**given)}, {"s1": "91X", "s2": "91Y"})


def judged(scenario: str, values: dict[str, Any], **about: Any) -> list[Finding]:
    values = {"contract": "HT-1", **values}
    return findings(KEY, paper(scenario, values), contracts(**about), LIMITS)


@pytest.mark.parametrize("scenario", PAYMENTS)
def test_the_last_fen_of_a_contract_may_be_paid_but_no_more(scenario: str) -> None:
    assert judged(scenario, {"amount": 400_00}, paid_fen=600_00) == []
    (found,) = judged(scenario, {"amount": 400_01}, paid_fen=600_00)
    assert said(found) == ("above_contract", "values.contract", Severity.BLOCK)
    assert found.evidence == {
        "contract": "HT-1",
        "contract_fen": 1000_00,
        "paid_fen": 600_00,
        "amount_fen": 400_01,
        "over_fen": 1,
    }


def test_an_increase_makes_the_contract_larger() -> None:
    assert judged("payment_request", {"amount": 1100_00}, increased_fen=100_00) == []
    (found,) = judged("payment_request", {"amount": 1100_01}, increased_fen=100_00)
    assert found.evidence["contract_fen"] == 1100_00


def test_the_retention_stays_until_its_day() -> None:
    kept: dict[str, Any] = {"retention_fen": 50_00, "paid_fen": 600_00}
    until = date(2026, 5, 21)
    assert judged("payment_request", {"amount": 350_00}, retention_until=until, **kept) == []
    (found,) = judged("payment_request", {"amount": 350_01}, retention_until=until, **kept)
    assert said(found) == ("retention", "values.contract", Severity.BLOCK)
    assert found.evidence == {
        "contract": "HT-1",
        "contract_fen": 1000_00,
        "paid_fen": 600_00,
        "amount_fen": 350_01,
        "retention_fen": 50_00,
        "until_on": "2026-05-21",
        "over_fen": 1,
    }
    due = date(2026, 5, 20)
    assert judged("payment_request", {"amount": 400_00}, retention_until=due, **kept) == []
    assert judged("payment_request", {"amount": 400_00}, **kept) == []


def test_beyond_the_contract_the_retention_is_not_told_as_well() -> None:
    found = judged(
        "payment_request",
        {"amount": 1000_01},
        retention_fen=50_00,
        retention_until=date(2027, 1, 1),
    )
    assert [one.case for one in found] == ["above_contract"]


def test_a_contract_that_ended_warns() -> None:
    assert judged("payment_request", {"amount": 1}, ends_on=date(2026, 5, 20)) == []
    (found,) = judged("payment_request", {"amount": 1}, ends_on=date(2026, 5, 19))
    assert said(found) == ("ended", "values.contract", Severity.WARN)
    assert found.evidence == {"contract": "HT-1", "ended_on": "2026-05-19"}


@pytest.mark.parametrize(
    ("scenario", "field"), [("payment_request", "supplier"), ("research_outbound", "partner")]
)
def test_the_party_of_the_contract_is_paid(scenario: str, field: str) -> None:
    assert judged(scenario, {"amount": 1, field: "s1"}) == []
    (found,) = judged(scenario, {"amount": 1, field: "s2"})
    assert said(found) == ("other_party", f"values.{field}", Severity.BLOCK)
    assert found.evidence == {"contract": "HT-1", "party": "示例公司"}
    assert judged(scenario, {"amount": 1, field: "not looked up"}) == []


def test_a_contract_the_ledger_does_not_know_blocks() -> None:
    (found,) = judged("payment_request", {"contract": "HT-9", "amount": 1})
    assert said(found) == ("unknown", "values.contract", Severity.BLOCK)
    assert found.evidence == {"contract": "HT-9"}


def test_acceptance_comes_before_payment_where_the_contract_says_so() -> None:
    (found,) = judged("payment_request", {"amount": 1}, acceptance_required=True)
    assert said(found) == ("no_acceptance", "values.contract", Severity.BLOCK)
    assert found.evidence == {"contract": "HT-1"}
    linked = {"amount": 1, "acceptance": "00000000-0000-0000-0000-000000000001"}
    assert judged("payment_request", linked, acceptance_required=True) == []
    assert judged("payment_request", {"amount": 1}) == []


def test_a_form_that_cannot_link_an_acceptance_is_not_asked_for_one() -> None:
    assert judged("research_outbound", {"amount": 1}, acceptance_required=True) == []
    assert judged("prepay_request", {"amount": 1}, acceptance_required=True) == []


def test_a_prepayment_follows_the_contract_first() -> None:
    rate = {"prepayment_rate": Decimal("0.5")}
    assert judged("prepay_request", {"amount": 400_00}, paid_fen=100_00, **rate) == []
    (found,) = judged("prepay_request", {"amount": 400_01}, paid_fen=100_00, **rate)
    assert said(found) == ("prepayment", "values.contract", Severity.BLOCK)
    assert found.evidence == {
        "contract": "HT-1",
        "rate": "50%",
        "allowed_fen": 500_00,
        "paid_fen": 100_00,
        "amount_fen": 400_01,
        "over_fen": 1,
        "source": "",
        "table": "",
    }


def test_without_a_rate_of_its_own_the_hospitals_counts() -> None:
    assert judged("prepay_request", {"amount": 300_00}) == []
    (found,) = judged("prepay_request", {"amount": 300_01})
    assert found.evidence == {
        "contract": "HT-1",
        "rate": "30%",
        "allowed_fen": 300_00,
        "paid_fen": 0,
        "amount_fen": 300_01,
        "over_fen": 1,
        **source("contract_limits"),
    }


def test_without_any_rate_a_prepayment_is_not_limited() -> None:
    other = table("contract_limits", "rule", "rate", ("something", "0.1"))
    document = paper("prepay_request", {"contract": "HT-1", "amount": 900_00})
    assert findings(KEY, document, contracts(), other) == []
    strict = contracts(prepayment_rate=Decimal("0.1"))
    (found,) = findings(KEY, document, strict, other)
    assert (found.case, found.evidence["source"]) == ("prepayment", "")


def test_a_plan_makes_the_amount_of_its_contract() -> None:
    plan = [{"amount": 300_00}, {"amount": 700_00}, {"milestone": "验收"}]
    values = {"amount": 1000_00, "pay_plan": plan}
    assert findings(KEY, paper("contract_approval", values), contracts(), LIMITS) == []
    values["amount"] = 999_99
    found = finding(KEY, paper("contract_approval", values), contracts(), LIMITS)
    assert said(found) == ("plan_exceeds", "", Severity.BLOCK)
    assert found.evidence == {
        "planned_fen": 1000_00,
        "amount_fen": 999_99,
        "difference_fen": 1,
    }
    values["amount"] = 1000_01
    found = finding(KEY, paper("contract_approval", values), contracts(), LIMITS)
    assert said(found) == ("plan_short", "", Severity.REQUIRE_REASON)
    assert found.evidence == {
        "planned_fen": 1000_00,
        "amount_fen": 1000_01,
        "difference_fen": 1,
    }


def test_without_a_plan_there_is_nothing_to_add_up() -> None:
    values = {"amount": 1000_00, "pay_plan": []}
    assert findings(KEY, paper("contract_approval", values), contracts(), LIMITS) == []


def changed(increase: int, decrease: int, **about: Any) -> list[Finding]:
    return judged("contract_change", {"increase": increase, "decrease": decrease}, **about)


def test_a_contract_may_grow_by_its_share_of_the_original() -> None:
    assert changed(60_00, 0, increased_fen=40_00) == []
    (found,) = changed(60_01, 0, increased_fen=40_00)
    assert said(found) == ("increase", "values.increase", Severity.BLOCK)
    assert found.evidence == {
        "contract": "HT-1",
        "original_fen": 1000_00,
        "rate": "10%",
        "allowed_fen": 100_00,
        "increased_fen": 100_01,
        "over_fen": 1,
        **source("contract_limits"),
    }
    assert changed(0, 0, increased_fen=500_00) == []


def test_a_contract_does_not_shrink_below_what_was_paid() -> None:
    assert changed(0, 400_00, paid_fen=600_00) == []
    (found,) = changed(0, 400_01, paid_fen=600_00)
    assert said(found) == ("below_paid", "values.decrease", Severity.BLOCK)
    assert found.evidence == {
        "contract": "HT-1",
        "left_fen": 599_99,
        "paid_fen": 600_00,
        "over_fen": 1,
    }
    assert changed(50_00, 450_00, paid_fen=600_00) == []
    assert changed(0, 0, paid_fen=2000_00) == []
    assert judged("contract_change", {}, paid_fen=2000_00) == []


def test_a_single_fen_is_one_too_many() -> None:
    (found,) = changed(1, 0, increased_fen=100_00)
    assert (found.case, found.evidence["over_fen"]) == ("increase", 1)
    (found,) = changed(0, 1, paid_fen=1000_00)
    assert (found.case, found.evidence["over_fen"]) == ("below_paid", 1)


def test_a_change_that_names_no_increase_has_none() -> None:
    assert judged("contract_change", {"decrease": 1}, increased_fen=100_00) == []
    assert judged("contract_change", {"decrease": 0}, increased_fen=200_00) == []


def test_without_a_limit_a_contract_may_grow() -> None:
    other = table("contract_limits", "rule", "rate", ("prepayment_rate", "0.1"))
    document = paper("contract_change", {"contract": "HT-1", "increase": 900_00})
    assert findings(KEY, document, contracts(), other) == []


def test_a_change_of_an_unknown_contract_blocks() -> None:
    (found,) = judged("contract_change", {"contract": "HT-9", "increase": 1})
    assert found.case == "unknown"


def test_what_nobody_supplied_is_named() -> None:
    found = finding(KEY, paper("payment_request", {}))
    assert found.evidence == {"missing": ("Contracts", "contract_limits")}
    document = paper("payment_request", {"amount": 1})
    assert findings(KEY, document, contracts(), LIMITS) == []
