"""C18: whose account is paid, and since when it is known."""

from datetime import date
from typing import Any

import pytest
from tests.policy.filled import finding, findings, paper, said, source, table

from mobile_hrp.domain.policy.accounts import plain_account
from mobile_hrp.domain.policy.facts.payees import KnownAccount, PayeeAccounts
from mobile_hrp.domain.policy.terms import Finding
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "payee_account"
REST = table("retention_days", "rule", "days", ("payee_cooling_off", 3))
OLD = date(2020, 1, 1)
MINE, THEIRS, FIRM = "6222 0000 0001", "6222000000022", "4000-0003"


def known(**added: date) -> PayeeAccounts:
    return PayeeAccounts(
        {
            MINE: KnownAccount("staff", "E1", added.get("mine", OLD)),
            THEIRS: KnownAccount("staff", "E2", OLD),
            FIRM: KnownAccount("supplier", "91X", added.get("firm", OLD)),
        },
        "E1",
        {"s1": "91X", "s2": "91Y"},
    )


def judged(
    scenario: str, values: dict[str, Any], accounts: PayeeAccounts | None = None
) -> list[Finding]:
    return findings(KEY, paper(scenario, values), accounts or known(), REST)


CLAIMS = ["general_claim", "travel_claim", "medical_claim", "conference_claim", "research_claim"]


@pytest.mark.parametrize("scenario", CLAIMS)
def test_ones_own_account_passes(scenario: str) -> None:
    assert judged(scenario, {"payee": MINE, "approved_amount": 1}) == []


@pytest.mark.parametrize("scenario", CLAIMS)
def test_a_colleagues_or_a_suppliers_account_blocks(scenario: str) -> None:
    (found,) = judged(scenario, {"payee": THEIRS, "approved_amount": 1})
    assert said(found) == ("of_somebody_else", "values.payee", Severity.BLOCK)
    assert found.evidence == {"account_tail": "0022"}
    (found,) = judged(scenario, {"payee": FIRM, "approved_amount": 1})
    assert found.case == "of_somebody_else"


def test_an_account_that_is_not_registered_is_paid_by_hand_with_a_reason() -> None:
    (found,) = judged("loan_request", {"payee": " 9 8-7654 ", "amount": 1})
    assert said(found) == ("unknown", "values.payee", Severity.REQUIRE_REASON)
    assert found.evidence == {"account_tail": "7654"}


@pytest.mark.parametrize(
    ("scenario", "field"),
    [
        ("payment_request", "supplier"),
        ("prepay_request", "supplier"),
        ("research_outbound", "partner"),
    ],
)
def test_a_supplier_is_paid_on_its_own_account(scenario: str, field: str) -> None:
    assert judged(scenario, {"payee": FIRM, field: "s1", "amount": 1}) == []
    for other in ("s2", "unknown"):
        (found,) = judged(scenario, {"payee": FIRM, field: other, "amount": 1})
        assert said(found) == ("of_somebody_else", "values.payee", Severity.BLOCK)
    (found,) = judged(scenario, {"payee": MINE, field: "s1", "amount": 1})
    assert found.case == "of_somebody_else"


def test_a_new_account_rests() -> None:
    values = {"payee": MINE, "approved_amount": 1}
    assert judged("general_claim", values, known(mine=date(2026, 5, 17))) == []
    (found,) = judged("general_claim", values, known(mine=date(2026, 5, 18)))
    assert said(found) == ("cooling_off", "values.payee", Severity.BLOCK)
    assert found.evidence == {
        "account_tail": "0001",
        "added_on": "2026-05-18",
        "usable_on": "2026-05-21",
        "days": 3,
        **source("retention_days"),
    }


def test_without_a_rule_no_account_rests() -> None:
    other = table("retention_days", "rule", "days", ("receipt_age", 3))
    document = paper("general_claim", {"payee": MINE, "approved_amount": 1})
    assert findings(KEY, document, known(mine=date(2026, 5, 20)), other) == []


def test_a_refund_names_no_staff_and_asks_for_a_registered_account() -> None:
    assert [one.case for one in judged("refund_special", {"payee": "1", "amount": 1})] == [
        "unknown"
    ]


@pytest.mark.parametrize("scenario", ["labor_claim", "research_subject_pay"])
def test_people_outside_are_in_no_register_but_do_not_share(scenario: str) -> None:
    people = [{"account": "1 1"}, {"account": "22"}, {"account": "3"}]
    values = {"people": people, "approved_amount": 1, "amount": 1}
    assert judged(scenario, values) == []
    people[2]["account"] = "1-1"
    found = judged(scenario, values)
    assert [said(one) for one in found] == [
        ("shared", "values.people.0.account", Severity.REQUIRE_REASON),
        ("shared", "values.people.2.account", Severity.REQUIRE_REASON),
    ]
    assert found[0].evidence == {"account_tail": "11", "people": 2}


def test_a_known_account_of_somebody_in_the_list_rests_too() -> None:
    values = {"people": [{"account": MINE}], "approved_amount": 1}
    assert judged("labor_claim", values) == []
    found = judged("labor_claim", values, known(mine=date(2026, 5, 19)))
    assert [said(one) for one in found] == [
        ("cooling_off", "values.people.0.account", Severity.BLOCK)
    ]


def test_registering_an_account_asks_only_that_it_is_nobody_elses() -> None:
    assert judged("payee_change", {"owner": "staff", "new_account": "brand new"}) == []
    assert judged("payee_change", {"owner": "staff", "new_account": MINE}) == []
    assert (
        judged("payee_change", {"owner": "supplier", "supplier": "s1", "new_account": FIRM}) == []
    )
    (found,) = judged("payee_change", {"owner": "staff", "new_account": THEIRS})
    assert said(found) == ("of_somebody_else", "values.new_account", Severity.BLOCK)
    assert found.evidence == {"account_tail": "0022"}
    values = {"owner": "supplier", "supplier": "s2", "new_account": FIRM}
    assert [one.case for one in judged("payee_change", values)] == ["of_somebody_else"]


def test_a_form_without_an_account_is_not_asked() -> None:
    assert findings(KEY, paper("loan_repay", {"amount": 1})) == []
    assert findings(KEY, paper("general_claim", {})) == []
    document = paper("general_claim", {"payee": MINE})
    assert finding(KEY, document).evidence == {"missing": ("PayeeAccounts", "retention_days")}


def test_accounts_are_one_however_they_are_written() -> None:
    assert plain_account(" 62-22 ００1ａ ") == "6222001A"


def test_of_a_registered_account_only_its_tail_is_shown() -> None:
    reference = "0199a0c0-0000-7000-8000-00000000abcd"
    mine = KnownAccount("staff", "E1", date(2026, 5, 20), tail="6688")
    other = KnownAccount("staff", "E2", OLD, tail="7799")
    for account, case, tail in ((mine, "cooling_off", "6688"), (other, "of_somebody_else", "7799")):
        accounts = PayeeAccounts({reference: account}, "E1", {})
        (found,) = judged("general_claim", {"payee": reference, "approved_amount": 1}, accounts)
        assert (found.case, found.evidence["account_tail"]) == (case, tail)
    accounts = PayeeAccounts({reference: other}, "E1", {})
    (found,) = judged("payee_change", {"owner": "staff", "new_account": reference}, accounts)
    assert (found.case, found.evidence["account_tail"]) == ("of_somebody_else", "7799")
    people = [{"account": reference}, {"account": reference}]
    found_twice = judged("labor_claim", {"people": people, "approved_amount": 1}, accounts)
    assert [one.evidence for one in found_twice] == [{"account_tail": "7799", "people": 2}] * 2
