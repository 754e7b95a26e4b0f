"""C33: the use of similar equipment beside a wish for more."""

from decimal import Decimal
from typing import Any

from tests.policy.papers import cited, paper, seen, table

from mobile_hrp.domain.policy.controls.similar_asset_usage import CONTROL
from mobile_hrp.domain.policy.facts.assets import AssetUse, SimilarAssets
from mobile_hrp.domain.policy.terms import Observation
from mobile_hrp.domain.scenario.vocabulary import Severity

TABLES = (table("asset_use", "asset_class", "least_rate", ("pump", "0.6")),)
EVIDENCE: dict[str, Any] = {
    "asset_class": "pump",
    "count": 2,
    "use_percent": "59.5",
    "repair_cost_fen": 700,
    "assets": ("Pump A A1 50.0%", "Pump B A2 69.0%"),
}


def facts(second: str, name: str = "pump") -> SimilarAssets:
    return SimilarAssets(
        {
            name: (
                AssetUse("A1", "Pump A", Decimal("0.5"), 300),
                AssetUse("A2", "Pump B", Decimal(second), 400),
            )
        }
    )


def found(scenario: str, values: dict[str, Any], known: SimilarAssets) -> list[Observation]:
    return seen(CONTROL, paper(scenario, values), known, tables=TABLES)


WISH = {"device": [{"name": "bed"}, {"name": "pump", "quantity": "1"}]}


def test_little_use_of_similar_equipment_needs_a_reason() -> None:
    assert found("equipment_purchase", WISH, facts("0.69")) == [
        Observation("attached", "values.device.1", EVIDENCE, Severity.INFO),
        Observation(
            "under_used",
            "values.device.1",
            {**EVIDENCE, "least_percent": "60.0", **cited("asset_use")},
        ),
    ]


def test_use_at_the_limit_is_attached_only() -> None:
    assert [one.case for one in found("equipment_purchase", WISH, facts("0.7"))] == ["attached"]
    other = facts("0.1", "bed")
    assert [(one.case, one.path) for one in found("equipment_purchase", WISH, other)] == [
        ("attached", "values.device.0")
    ]


def test_budget_papers_name_the_class_of_equipment() -> None:
    supplement = found("budget_supplement", {"asset_class": "pump"}, facts("0.7"))
    assert [one.path for one in supplement] == ["values"]
    lines = [{"expense_type": "travel"}, {"expense_type": "equipment", "asset_class": "pump"}]
    proposal = found("budget_compile", {"lines": lines}, facts("0.7"))
    assert [one.path for one in proposal] == ["values.lines.1"]


def test_equipment_that_is_new_here_passes_in_silence() -> None:
    assert found("equipment_purchase", WISH, SimilarAssets()) == []
    assert found("equipment_purchase", WISH, SimilarAssets({"pump": ()})) == []
    coded = {"device": [{"name": "pump", "item_code": "P9"}]}
    assert [one.case for one in found("equipment_purchase", coded, facts("0.7"))] == ["attached"]


def test_other_forms_are_not_judged() -> None:
    assert not CONTROL.applies(paper("purchase_request", {}))
