"""C14: pieces of one purchase."""

from datetime import date
from typing import Any

import pytest
from tests.policy.filled import finding, findings, paper, receipt, said, source, table

from mobile_hrp.domain.policy.facts.spending import RecentSpending, Spending
from mobile_hrp.domain.policy.terms import Finding, PolicyDocument
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "split_purchase"
LIMITS = table(
    "split_purchase_limit",
    "expense_type limit",
    "meaning",
    ("*", "1000.00", "自行采购"),
    ("*", "5000.00", "询价"),
    ("books", "300.00", "图书"),
)
WINDOW = table("retention_days", "rule", "days", ("split_purchase_window", 30))


def earlier(amount_fen: int, **about: Any) -> Spending:
    given: dict[str, Any] = {
        "on": date(2026, 5, 10),
        "expense_type": "materials",
        "merchant": "",
        "seller": "",
        "amount_fen": amount_fen,
        "document": "CG-1",
        **about,
    }
    return Spending(**given)


def request(amount_fen: int, expense_type: str = "materials") -> PolicyDocument:
    return paper("purchase_request", {"expense_type": expense_type, "amount": amount_fen})


def judged(document: PolicyDocument, *known: Spending) -> list[Finding]:
    return findings(KEY, document, RecentSpending(known), LIMITS, WINDOW)


def test_two_requests_that_together_reach_the_limit_pass() -> None:
    assert judged(request(400_00), earlier(600_00)) == []


def test_a_fen_above_it_asks_for_another_approver() -> None:
    (found,) = judged(request(400_01), earlier(600_00))
    assert said(found) == ("split", "values", Severity.REQUIRE_EXTRA_APPROVER)
    assert found.evidence == {
        "expense_type": "materials",
        "seller": "",
        "pieces": 2,
        "total_fen": 1000_01,
        "limit_fen": 1000_00,
        "meaning": "自行采购",
        "documents": ("CG-1",),
        "days": 30,
        **source("split_purchase_limit"),
    }
    assert found.rule_version == "split_purchase_limit@1 retention_days@1"


def test_a_request_alone_is_no_split() -> None:
    assert judged(request(1000_01)) == []
    assert judged(request(1000_01), earlier(1)) == []


def test_a_request_of_just_the_limit_is_a_piece_like_another() -> None:
    (found,) = judged(request(1000_00), earlier(1))
    assert found.evidence["total_fen"] == 1000_01


def test_each_kind_of_expense_is_told_for_itself() -> None:
    lines = [
        {"expense_type": one, "amount": 600_00} for one in ("materials", "repair") for _ in range(2)
    ]
    found = judged(paper("general_claim", {"lines": lines}))
    assert [one.evidence["expense_type"] for one in found] == ["materials", "repair"]


def test_one_that_was_above_the_limit_itself_avoided_nothing() -> None:
    assert judged(request(400_00), earlier(1000_01)) == []
    assert len(judged(request(400_00), earlier(1000_00))) == 1


def test_the_highest_limit_that_is_crossed_is_told_once() -> None:
    pieces = [earlier(900_00, document=f"CG-{at}") for at in range(5)]
    (found,) = judged(request(900_00), *pieces)
    assert found.evidence["limit_fen"] == 5000_00
    assert found.evidence["pieces"] == 6
    assert found.evidence["documents"] == ("CG-0", "CG-1", "CG-2", "CG-3", "CG-4")


@pytest.mark.parametrize(
    "about",
    [
        {"expense_type": "repair"},
        {"merchant": "91X"},
        {"on": date(2026, 4, 19)},
        {"on": date(2026, 5, 21)},
    ],
)
def test_another_type_seller_or_time_is_another_matter(about: dict[str, Any]) -> None:
    assert judged(request(900_00), earlier(900_00, **about)) == []


@pytest.mark.parametrize("day", [date(2026, 4, 20), date(2026, 5, 20)])
def test_both_ends_of_the_window_count(day: date) -> None:
    assert len(judged(request(900_00), earlier(900_00, on=day))) == 1


def test_a_type_of_expense_may_have_a_limit_of_its_own() -> None:
    (found,) = judged(request(200_00, "books"), earlier(200_00, expense_type="books"))
    assert found.evidence["limit_fen"] == 300_00
    assert judged(request(200_00), earlier(200_00)) == []


def test_a_claim_is_divided_by_the_sellers_of_its_receipts() -> None:
    values = {
        "lines": [
            {"expense_type": "materials", "amount": 600_00},
            {"expense_type": "materials", "amount": 600_00},
        ]
    }
    first = receipt(total_fen=600_00, seller_name="示例店（东）")
    second = receipt("2", at=2, path="values.lines.1", total_fen=600_00, seller_name="示例店(东)")
    (found,) = judged(paper("general_claim", values, receipts=[first, second]))
    assert found.path == "values.lines.0"
    assert found.evidence["seller"] == "示例店（东）"
    assert found.evidence["total_fen"] == 1200_00
    assert found.evidence["documents"] == ()
    other = receipt("2", at=2, path="values.lines.1", total_fen=600_00, seller_tax_id="91Y")
    assert judged(paper("general_claim", values, receipts=[first, other])) == []


def test_a_row_without_totals_on_its_receipts_counts_by_its_own_amount() -> None:
    values = {"lines": [{"expense_type": "materials", "amount": 600_00}]}
    unread = receipt(total_fen=None, seller_name="示例店")
    document = paper("general_claim", values, receipts=[unread])
    assert len(judged(document, earlier(600_00))) == 1


def test_increases_of_one_contract_count_together() -> None:
    document = paper("contract_change", {"contract": "HT-1", "increase": 600_00})
    known = earlier(600_00, expense_type="contract_change", merchant="HT-1")
    assert [one.evidence["total_fen"] for one in judged(document, known)] == [1200_00]
    other = earlier(600_00, expense_type="contract_change", merchant="HT-2")
    assert judged(document, other) == []


def test_without_a_window_or_lines_nothing_is_compared() -> None:
    other = table("retention_days", "rule", "days", ("receipt_age", 30))
    known = RecentSpending((earlier(900_00),))
    assert findings(KEY, request(900_00), known, LIMITS, other) == []
    assert findings(KEY, paper("purchase_request", {})) == []
    assert finding(KEY, request(1)).evidence == {
        "missing": ("RecentSpending", "split_purchase_limit", "retention_days")
    }
