"""C31: quota, usual use, stock, shelf life, and what a repair is worth."""

from datetime import date
from decimal import Decimal
from typing import Any

from tests.policy.papers import cited, paper, seen, table

from mobile_hrp.domain.policy.controls.quota_and_stock import CONTROL
from mobile_hrp.domain.policy.facts.stock import Batch, StockFacts, StockPosition
from mobile_hrp.domain.policy.terms import Observation

TABLES = (
    table(
        "quota_rules",
        "rule",
        "value",
        ("usual_factor", "1.5"),
        ("shelf_days", 10),
        ("repair_share", "0.3"),
    ),
)


def found(
    scenario: str, values: dict[str, Any], position: StockPosition | None = None, **more: Any
) -> list[Observation]:
    known = {} if position is None else {"gauze": position}
    return seen(CONTROL, paper(scenario, values), StockFacts(known, **more), tables=TABLES)


def goods(quantity: str, **more: Any) -> dict[str, Any]:
    return {"items": [{"name": "gauze", "quantity": quantity, **more}]}


QUOTA = StockPosition(Decimal(100), Decimal(40), Decimal(60), batches=(Batch("b1", Decimal(500)),))


def test_more_than_what_is_left_of_the_quota_needs_a_reason() -> None:
    assert found("supplies_request", goods("60.5"), QUOTA) == [
        Observation(
            "over_quota",
            "values.items.0",
            {"item": "gauze", "quantity": "60.5", "quota": "100", "used": "40", "left": "60"},
        )
    ]
    assert found("supplies_request", goods("60"), QUOTA) == []
    overdrawn = StockPosition(Decimal(10), Decimal(20), batches=(Batch("b", Decimal(9)),))
    assert [one.evidence["left"] for one in found("supplies_request", goods("1"), overdrawn)] == [
        "0"
    ]


def test_more_than_usual_needs_a_reason() -> None:
    usual = StockPosition(monthly_average=Decimal(60), batches=(Batch("b1", Decimal(500)),))
    assert found("supplies_request", goods("90.1"), usual) == [
        Observation(
            "above_usual",
            "values.items.0",
            {
                "item": "gauze",
                "quantity": "90.1",
                "average": "60",
                "most": "90",
                **cited("quota_rules"),
            },
        )
    ]
    assert found("supplies_request", goods("90"), usual) == []


def test_what_lies_in_store_is_not_bought() -> None:
    stock = StockPosition(
        batches=(Batch("a", Decimal(3)), Batch("b", Decimal(4))), in_transit=Decimal(5)
    )
    assert found("purchase_request", goods("12"), stock) == [
        Observation(
            "in_stock",
            "values.items.0",
            {"item": "gauze", "quantity": "12", "on_hand": "7", "in_transit": "5"},
        )
    ]
    assert found("purchase_request", goods("12.1"), stock) == []
    assert found("purchase_request", {"items": [{"name": "gauze"}]}, stock) == []
    assert found("purchase_request", goods("12"), None) == []


def test_the_store_must_hold_what_is_drawn_from_it() -> None:
    stock = StockPosition(
        batches=(Batch("a", Decimal(3)), Batch("b", Decimal(4))), in_transit=Decimal(9)
    )
    assert found("supplies_request", goods("7"), stock) == []
    assert found("supplies_request", goods("8"), stock) == [
        Observation(
            "not_in_store",
            "values.items.0",
            {"item": "gauze", "quantity": "8", "on_hand": "7", "in_transit": "9"},
        )
    ]
    of_a_batch = found("campus_transfer", goods("4", batch="a"), stock)
    assert [(one.case, one.evidence["on_hand"]) for one in of_a_batch] == [("not_in_store", "3")]


def test_goods_that_expire_soon_are_not_moved() -> None:
    def moved(**more: Any) -> list[Observation]:
        stock = StockPosition(
            batches=(Batch("a", Decimal(9), date(2026, 3, 25)), Batch("b", Decimal(9)))
        )
        return found("campus_transfer", goods("1", **more), stock)

    assert moved(batch="a") == [
        Observation(
            "expiring",
            "values.items.0",
            {
                "item": "gauze",
                "quantity": "1",
                "batch": "a",
                "expires_on": "2026-03-25",
                "days": 10,
                **cited("quota_rules"),
            },
        )
    ]
    assert [one.case for one in moved(batch="b", valid_to="2026-03-25")] == ["expiring"]
    assert moved(batch="a", valid_to="2026-03-26") == []
    assert moved(batch="b") == []


def test_an_item_is_known_by_its_code_before_its_name() -> None:
    facts = StockFacts({"C1": StockPosition(Decimal(1)), "gauze": StockPosition(Decimal(100))})
    by_code = paper("purchase_request", goods("2", item_code="C1"))
    assert [one.case for one in seen(CONTROL, by_code, facts, tables=TABLES)] == ["over_quota"]
    by_name = paper("purchase_request", goods("2", item_code="C9"))
    assert seen(CONTROL, by_name, facts, tables=TABLES) == []


def test_a_repair_is_compared_with_the_book_value() -> None:
    def repair(quote: int, asset: str = "A1") -> list[Observation]:
        values = {"asset": asset, "quote": quote}
        return found("repair_request", values, net_values_fen={"A1": 1_000})

    assert repair(301) == [
        Observation(
            "repair_dear",
            "values.quote",
            {"quote_fen": 301, "net_value_fen": 1_000, "percent": "30", **cited("quota_rules")},
        )
    ]
    assert repair(300) == []
    assert repair(301, "A2") == []
    assert found("repair_request", {"asset": "A1"}, net_values_fen={"A1": 1_000}) == []


def test_without_rules_only_quota_and_stock_are_judged() -> None:
    empty = (table("quota_rules", "rule", "value"),)
    usual = StockPosition(monthly_average=Decimal(1))
    purchase = paper("purchase_request", goods("5"))
    assert seen(CONTROL, purchase, StockFacts({"gauze": usual}), tables=empty) == []
    repair = paper("repair_request", {"asset": "A1", "quote": 9})
    assert seen(CONTROL, repair, StockFacts({}, {"A1": 1}), tables=empty) == []
    moved = paper("campus_transfer", goods("1", batch="a", valid_to="2020-01-01"))
    stock = StockPosition(batches=(Batch("a", Decimal(1)),))
    assert seen(CONTROL, moved, StockFacts({"gauze": stock}), tables=empty) == []


def test_unknown_items_and_empty_rows_do_not_hide_the_others() -> None:
    rows = [{}, {"name": "tape", "quantity": "9"}, {"name": "gauze", "quantity": "61"}]
    assert [(one.case, one.path) for one in found("supplies_request", {"items": rows}, QUOTA)] == [
        ("over_quota", "values.items.2")
    ]
