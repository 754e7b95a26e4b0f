"""C43: relations and concentration."""

from typing import Any

from tests.policy.papers import cited, paper, seen, table

from mobile_hrp.domain.policy.controls.related_party import CONTROL
from mobile_hrp.domain.policy.facts.suppliers import SupplierFacts, SupplierShare
from mobile_hrp.domain.policy.terms import Observation

TABLES = (
    table(
        "concentration",
        "scope",
        "days least_amount supplier_share handler_share",
        ("hospital", 365, "10.00", "0.4", "0.8"),
    ),
)


def found(
    share: SupplierShare, all_fen: int, amount: int = 1_000, **values: Any
) -> list[Observation]:
    document = paper("award_approval", {"supplier": "s", **values}, amount_fen=amount)
    return seen(CONTROL, document, SupplierFacts({"s": share}, all_fen), tables=TABLES)


def test_people_close_to_the_supplier_are_named() -> None:
    assert found(SupplierShare("Kang", relations=("E1 shareholder",)), 90_000) == [
        Observation(
            "related",
            "values.supplier",
            {"supplier": "Kang", "relations": ("E1 shareholder",)},
        )
    ]


def test_one_supplier_has_not_too_large_a_share() -> None:
    # with this document 4,000 of 10,000 is just what is allowed
    assert found(SupplierShare("Kang", 3_000), 9_000) == []
    assert found(SupplierShare("Kang", 3_000), 8_999) == [
        Observation(
            "large_share",
            "values.supplier",
            {
                "supplier": "Kang",
                "bought_fen": 4_000,
                "days": 365,
                "percent": "40.0",
                "most_percent": "40.0",
                **cited("concentration"),
            },
        )
    ]
    [rounded] = found(SupplierShare("Kang", 3_005), 9_000)
    assert rounded.evidence["percent"] == "40.1"  # 40.05
    [clear] = found(SupplierShare("Kang", 4_000), 7_000)
    assert clear.evidence["percent"] == "62.5"


def test_small_business_is_not_judged_by_shares() -> None:
    assert found(SupplierShare("Kang"), 0, 1_000) == []
    cases = [one.case for one in found(SupplierShare("Kang"), 0, 1_001)]
    assert cases == ["large_share", "same_handler"]


def test_one_person_does_not_handle_it_all() -> None:
    assert found(SupplierShare("Kang", 4_000, 3_000), 90_000) == []
    assert found(SupplierShare("Kang", 4_000, 3_001), 90_000) == [
        Observation(
            "same_handler",
            "values.supplier",
            {
                "supplier": "Kang",
                "bought_fen": 5_000,
                "days": 365,
                "percent": "80.0",
                "most_percent": "80.0",
                **cited("concentration"),
            },
        )
    ]


def test_without_a_rule_or_a_known_supplier_only_relations_count() -> None:
    empty = (table("concentration", "scope", "days least_amount supplier_share handler_share"),)
    document = paper("award_approval", {"supplier": "s"}, amount_fen=9_000)
    facts = SupplierFacts({"s": SupplierShare("Kang")})
    assert seen(CONTROL, document, facts, tables=empty) == []
    assert seen(CONTROL, document, SupplierFacts(), tables=TABLES) == []


def test_forms_without_a_supplier_are_not_judged() -> None:
    assert not CONTROL.applies(paper("general_claim", {}))
    for scenario in ("purchase_request", "urgent_purchase", "new_item_access", "donation_accept"):
        assert CONTROL.applies(paper(scenario, {}))
