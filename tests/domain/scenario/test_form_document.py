"""The form as a client gets it: enough to render, to hide and to calculate at once."""

import json

from tests.domain.scenario.samples import sound
from tests.domain.scenario.test_form import FORM

from mobile_hrp.domain.scenario.form_document import form_document

PACKAGE = sound(FORM)


def test_a_form_is_json_in_the_language_asked_for() -> None:
    zh = form_document(PACKAGE.scenarios["trip"], PACKAGE.vocabulary, "zh")
    en = form_document(PACKAGE.scenarios["trip"], PACKAGE.vocabulary, "en")
    assert json.loads(json.dumps(zh, allow_nan=False)) == zh
    assert (zh["name"], en["name"]) == ("出差", "Trip")
    assert (zh["fields"][1]["options"][0], en["fields"][1]["options"][0]) == (
        {"code": "train", "label": "火车"},
        {"code": "train", "label": "Train"},
    )


def test_rules_travel_as_trees_and_figures_as_text() -> None:
    document = form_document(PACKAGE.scenarios["trip"], PACKAGE.vocabulary, "en")
    fields = {field["key"]: field for field in document["fields"]}
    rule = ["==", ["name", "way"], ["text", "plane"]]
    assert fields["flight"]["visibleWhen"] == rule
    assert fields["flight"]["requiredWhen"] == rule
    assert fields["nights"]["calculation"] == {
        "kind": "expression",
        "terms": ["days", "people"],
        "tree": ["*", ["name", "people"], ["name", "days"]],
    }
    assert fields["claimed"]["calculation"]["terms"] == ["lines.amount", "insurance"]
    assert (fields["people"]["min"], fields["people"]["max"]) == ("1", "50")
    assert document["constants"]["T1"] == "1000.00"


def test_a_client_knows_what_it_may_edit_and_how_much_fits() -> None:
    document = form_document(PACKAGE.scenarios["trip"], PACKAGE.vocabulary, "en")
    fields = {field["key"]: field for field in document["fields"]}
    assert fields["claimed"]["readOnly"] is True
    assert fields["deducted"]["editableBy"] == ["finance_head"]
    assert fields["reason"]["lengthMax"] == 2000
    assert fields["lines"]["rowsMax"] == 500
    assert [column["key"] for column in fields["lines"]["columns"]] == [
        "what",
        "quantity",
        "price",
        "amount",
    ]


def test_the_steps_are_named_before_anybody_is_looked_up() -> None:
    document = form_document(PACKAGE.scenarios["trip"], PACKAGE.vocabulary, "zh")
    assert document["steps"] == [
        {
            "join": "all",
            "branches": [
                [
                    {
                        "key": "head",
                        "name": "负责人",
                        "mode": "any",
                        "kind": "approve",
                        "conditional": False,
                    }
                ]
            ],
        }
    ]
