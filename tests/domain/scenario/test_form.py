"""Filling a form: types, rules and calculations, with a typed fault per field."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.scenario.samples import changed, sound

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.form import Filled, Filling, FormStage, displayed, fill

FORM = """
code: trip
zh: 出差
en: Trip
group: expense
form: expense
amount: approved
sla_hours: 24
fields:
  - {key: reason, zh: 事由, en: Reason, type: longtext, required: true}
  - key: way
    zh: 方式
    en: Way
    type: enum
    required: true
    options: [{code: train, zh: 火车, en: Train}, {code: plane, zh: 飞机, en: Plane}]
  - key: flight
    zh: 航班
    en: Flight
    type: text
    visible_when: "way == 'plane'"
    required_when: "way == 'plane'"
  - key: insurance
    zh: 保险
    en: Insurance
    type: money
    visible_when: "way == 'plane'"
  - {key: period, zh: 日期, en: Dates, type: daterange, required: true}
  - {key: days, zh: 天数, en: Days, type: int, calc: {days: period}}
  - {key: people, zh: 人数, en: People, type: int, required: true, min: 1, max: 50}
  - {key: nights, zh: 人夜, en: Nights, type: int, calc: "people * days"}
  - key: lines
    zh: 明细
    en: Lines
    type: item_list
    required: true
    columns:
      - {key: what, zh: 内容, en: What, type: text, required: true}
      - {key: quantity, zh: 数量, en: Quantity, type: decimal, required: true}
      - {key: price, zh: 单价, en: Price, type: money, required: true}
      - {key: amount, zh: 金额, en: Amount, type: money, calc: "quantity * price"}
  - {key: approved, zh: 核准, en: Approved, type: money, calc: "claimed - deducted"}
  - {key: claimed, zh: 填报, en: Claimed, type: money, calc: {sum: [lines.amount, insurance]}}
  - {key: deducted, zh: 核减, en: Deducted, type: money, editable_by: [finance_head]}
  - {key: files, zh: 附件, en: Files, type: attachment_list}
  - {key: count, zh: 附件数, en: Count, type: int, calc: {count: [files, lines]}}
  - {key: history, zh: 历史, en: History, type: longtext, calc: {provider: history}}
flow:
  - {key: head, zh: 负责人, en: Head, who: finance_head, mode: any, can: [deduct]}
controls: [C01]
notify: [todo]
"""
TRIP = sound(FORM).scenarios["trip"]
FIELDS = TRIP.fields
FILE = "0192f0c1-2b3c-7d4e-8f5a-6b7c8d9e0f1a"
ENTERED: dict[str, Any] = {
    "reason": " 开会 ",
    "way": "train",
    "period": {"from": "2026-01-30", "to": "2026-02-01"},
    "people": 2,
    "lines": [{"what": "票", "quantity": "2.5", "price": "1,000.01"}],
    "files": [FILE],
}


def filled(
    given_values: Mapping[str, Any], stage: FormStage = FormStage.SUBMIT, **rest: Any
) -> Filled:
    return fill(FIELDS, given_values, Filling(stage, {"T1": Decimal(1000)}, **rest))


def faults(given_values: Mapping[str, Any], stage: FormStage = FormStage.SUBMIT) -> dict[str, str]:
    return {fault.path: fault.code for fault in filled(given_values, stage).faults}


def test_a_complete_form_is_normalised_and_calculated() -> None:
    assert filled(ENTERED).checked() == {
        "reason": "开会",
        "way": "train",
        "period": {"from": "2026-01-30", "to": "2026-02-01"},
        "days": 3,
        "people": 2,
        "nights": 6,
        "lines": [{"what": "票", "quantity": "2.5", "price": 100_001, "amount": 250_003}],
        "approved": 250_003,
        "claimed": 250_003,
        "files": [FILE],
        "count": 2,
    }


def test_what_was_stored_is_shown_as_it_is_sent_back() -> None:
    stored = filled(ENTERED).checked()
    shown = displayed(FIELDS, stored)
    assert shown["lines"][0]["price"] == "1000.01"
    assert shown["claimed"] == "2500.03"
    assert filled(shown).checked() == stored


def test_a_draft_may_have_holes_but_nothing_wrong() -> None:
    assert filled({}, FormStage.DRAFT).checked() == {
        "days": 0,
        "nights": 0,
        "approved": 0,
        "claimed": 0,
        "count": 0,
    }
    assert faults({"people": "two"}, FormStage.DRAFT) == {"values.people": "FORM_VALUE_INVALID"}


def test_a_submission_names_everything_that_is_missing() -> None:
    assert faults({"lines": [{"quantity": "1"}]}) == {
        "values.reason": "FORM_FIELD_REQUIRED",
        "values.way": "FORM_FIELD_REQUIRED",
        "values.period": "FORM_FIELD_REQUIRED",
        "values.people": "FORM_FIELD_REQUIRED",
        "values.lines.0.what": "FORM_FIELD_REQUIRED",
        "values.lines.0.price": "FORM_FIELD_REQUIRED",
    }


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"ghost": 1}, "values.ghost", "FORM_FIELD_UNKNOWN"),
        ({"reason": 5}, "values.reason", "FORM_VALUE_INVALID"),
        ({"reason": "x" * 2001}, "values.reason", "FORM_TEXT_TOO_LONG"),
        ({"reason": "a\x00b"}, "values.reason", "FORM_VALUE_INVALID"),
        ({"way": "飞机"}, "values.way", "FORM_OPTION_UNKNOWN"),
        ({"way": ["plane"]}, "values.way", "FORM_OPTION_UNKNOWN"),
        ({"people": 0}, "values.people", "FORM_OUT_OF_RANGE"),
        ({"people": 51}, "values.people", "FORM_OUT_OF_RANGE"),
        ({"people": 2.0}, "values.people", "FORM_VALUE_INVALID"),
        ({"people": True}, "values.people", "FORM_VALUE_INVALID"),
        ({"people": "2"}, "values.people", "FORM_VALUE_INVALID"),
        (
            {"period": {"from": "2026-02-30", "to": "2026-03-01"}},
            "values.period",
            "FORM_VALUE_INVALID",
        ),
        (
            {"period": {"from": "2026-02-02", "to": "2026-02-01"}},
            "values.period",
            "FORM_VALUE_INVALID",
        ),
        ({"period": "2026-02-01"}, "values.period", "FORM_VALUE_INVALID"),
        ({"files": FILE}, "values.files", "FORM_VALUE_INVALID"),
        ({"files": ["../../etc/passwd"]}, "values.files.0", "FORM_VALUE_INVALID"),
        ({"files": [FILE] * 201}, "values.files", "FORM_VALUE_INVALID"),
        ({"lines": "x"}, "values.lines", "FORM_VALUE_INVALID"),
        ({"lines": [7]}, "values.lines.0", "FORM_VALUE_INVALID"),
        ({"lines": [{}] * 501}, "values.lines", "FORM_ROWS_TOO_MANY"),
        ({"lines": [{**ENTERED["lines"][0], "x": 1}]}, "values.lines.0.x", "FORM_FIELD_UNKNOWN"),
        (
            {"lines": [{**ENTERED["lines"][0], "price": 5}]},
            "values.lines.0.price",
            "FORM_VALUE_INVALID",
        ),
        (
            {"lines": [{**ENTERED["lines"][0], "price": "1.001"}]},
            "values.lines.0.price",
            "MONEY_TOO_PRECISE",
        ),
        (
            {"lines": [{**ENTERED["lines"][0], "price": "-1"}]},
            "values.lines.0.price",
            "MONEY_NEGATIVE",
        ),
        (
            {"lines": [{**ENTERED["lines"][0], "price": "１"}]},
            "values.lines.0.price",
            "MONEY_FULL_WIDTH",
        ),
        (
            {"lines": [{**ENTERED["lines"][0], "quantity": 1.5}]},
            "values.lines.0.quantity",
            "FORM_VALUE_INVALID",
        ),
        (
            {"lines": [{**ENTERED["lines"][0], "quantity": "1e9"}]},
            "values.lines.0.quantity",
            "FORM_VALUE_INVALID",
        ),
        (
            {"lines": [{**ENTERED["lines"][0], "quantity": "NaN"}]},
            "values.lines.0.quantity",
            "FORM_VALUE_INVALID",
        ),
    ],
)
def test_a_wrong_value_is_refused_at_its_path(
    change: Mapping[str, Any], path: str, code: str
) -> None:
    assert faults({**ENTERED, **change})[path] == code


def test_all_faults_come_together_and_as_one_refusal() -> None:
    with pytest.raises(Refusal) as caught:
        filled({**ENTERED, "people": 0, "way": "boat"}).checked()
    assert {detail.path for detail in caught.value.details} == {"values.people", "values.way"}


def test_a_rule_asks_for_a_field_only_when_it_shows() -> None:
    assert faults({**ENTERED, "way": "plane"}) == {"values.flight": "FORM_FIELD_REQUIRED"}
    by_plane = filled({**ENTERED, "way": "plane", "flight": "CA1"}).checked()
    assert by_plane["flight"] == "CA1"


def test_what_a_hidden_field_holds_is_dropped_and_not_counted() -> None:
    hidden = filled({**ENTERED, "flight": "CA1", "insurance": "50.00"}).checked()
    assert "flight" not in hidden
    assert "insurance" not in hidden
    assert hidden["claimed"] == 250_003
    shown = {**ENTERED, "way": "plane", "flight": "CA1", "insurance": "50.00"}
    assert filled(shown).checked()["claimed"] == 255_003


def test_a_calculated_value_is_never_taken_from_the_phone() -> None:
    assert filled({**ENTERED, "claimed": "9.99", "days": 400}).checked()["claimed"] == 250_003


def test_a_field_of_somebody_else_keeps_what_it_had() -> None:
    tried = {**ENTERED, "deducted": "100.00"}
    assert "deducted" not in filled(tried).checked()
    kept = filled(tried, previous={"deducted": 500}).checked()
    assert (kept["deducted"], kept["approved"]) == (500, 249_503)


def test_its_own_editor_may_change_it_and_nothing_else() -> None:
    stored = filled(ENTERED).checked()
    given_values = {**displayed(FIELDS, stored), "deducted": "100.00", "people": 9}
    changed_values = filled(given_values, editor="finance_head", previous=stored).checked()
    assert changed_values == {**stored, "deducted": 10_000, "approved": 240_003}


def test_more_cannot_be_deducted_than_was_claimed() -> None:
    result = filled(
        {**ENTERED, "deducted": "9999.00"},
        editor="finance_head",
        previous=filled(ENTERED).checked(),
    )
    assert [(fault.path, fault.code) for fault in result.faults] == [
        ("values.approved", "FORM_OUT_OF_RANGE")
    ]


def test_what_the_server_provides_is_kept() -> None:
    assert filled(ENTERED, provided={"history": "去年"}).checked()["history"] == "去年"
    assert filled(ENTERED, previous={"history": "去年"}).checked()["history"] == "去年"
    assert "history" not in filled({**ENTERED, "history": "伪造"}).checked()


def test_a_form_far_too_large_is_refused_before_it_is_read() -> None:
    rows = [{"what": "x", "quantity": "1", "price": "1"}] * 10_000
    assert faults({"lines": rows}) == {"values": "FORM_TOO_LARGE"}
    assert faults({"reason": "x" * 600_000}) == {"values": "FORM_TOO_LARGE"}


def test_a_product_is_rounded_to_whole_fen_half_up() -> None:
    line = {"what": "x", "quantity": "0.5", "price": "0.01"}
    values = filled({**ENTERED, "lines": [line]}).checked()
    assert values["lines"][0]["amount"] == 1


def test_an_amount_beyond_any_hospital_is_refused_where_it_arises() -> None:
    line = {"what": "x", "quantity": "999999999999", "price": "999999999"}
    found = faults({**ENTERED, "lines": [line]})
    assert found["values.lines.0.amount"] == "MONEY_TOO_LARGE"


def test_a_rule_that_gives_no_result_is_said_at_its_field() -> None:
    text = changed(FORM, '"people * days"', '"people / (days - 3)"')
    fields = sound(text).scenarios["trip"].fields
    result = fill(fields, ENTERED, Filling(FormStage.SUBMIT, {}))
    (fault,) = result.faults
    assert (fault.path, fault.code) == ("values.nights", "FORM_RULE_FAILED")
    assert fault.params == {"reason": "DIVISION_BY_ZERO"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    entered=st.dictionaries(
        st.sampled_from([field.key for field in FIELDS]) | st.text(max_size=5), json_values
    )
)
@settings(deadline=None, max_examples=150)
def test_any_json_is_stored_normalised_or_refused_at_a_path(entered: dict[str, Any]) -> None:
    result = filled(entered, FormStage.DRAFT)
    if result.faults:
        assert all(fault.path.startswith("values") for fault in result.faults)
    else:
        again = filled(displayed(FIELDS, result.values), FormStage.DRAFT)
        assert again.faults == ()
        assert again.values == result.values
