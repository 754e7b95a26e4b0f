import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.performance.calculation import Cost, Package, Work, calculate_package
from mobile_hrp.domain.performance.package import Source
from mobile_hrp.domain.performance.rules import read_rules
from mobile_hrp.domain.performance.terms import LineKind, TermClass
from mobile_hrp.domain.refusal import Refusal

ANNA, BORIS, CLARA, DORA, EMIL = (uuid.UUID(int=n) for n in range(1, 6))
DOCUMENT = uuid.UUID(int=900)

RAW: dict[str, Any] = {
    "version": "7",
    "publicity_days": 5,
    "totals_from_people": 3,
    "values": {"price": "2.50", "share": "0.1"},
    "rules": [
        {"code": "v", "zh": "门诊", "en": "Visits", "kind": "piece", "fact": "visit"}
        | {"amount": "quantity * price"},
        {"code": "n", "zh": "夜班", "en": "Nights", "kind": "night_shift", "fact": "night"}
        | {"amount": "quantity * 80"},
    ],
    "deduction": {"code": "c", "zh": "成本", "en": "Costs", "amount": "cost * share"},
}
BOOK = read_rules(RAW)


def fact(staff_id: uuid.UUID | None, code: str, quantity_milli: int) -> Work:
    return Work(staff_id, code, quantity_milli)


def totals(package: Package) -> Mapping[uuid.UUID, int]:
    by_person: dict[uuid.UUID, int] = {}
    for line in package.payouts:
        by_person[line.staff_id] = by_person.get(line.staff_id, 0) + line.amount_fen
    return by_person


def test_work_is_paid_by_quantity_and_price_and_names_its_facts() -> None:
    package = calculate_package(
        BOOK,
        [
            fact(ANNA, "visit", 10_000),
            fact(ANNA, "visit", 500),
            fact(BORIS, "night", 2_000),
            fact(BORIS, "unknown_work", 9_000),
        ],
        [],
    )

    piece, night = package.payouts
    assert (piece.staff_id, piece.kind, piece.amount_fen) == (ANNA, LineKind.PIECE, 2_625)
    assert piece.explanation.terms == {
        "formula": "quantity * price",
        "quantity": "10.5",
        "price": "2.50",
    }
    assert (piece.explanation.facts, piece.explanation.rows) == (("visit",), 2)
    assert piece.explanation.classes == {"quantity": TermClass.WORK, "price": TermClass.PRICE}
    assert piece.explanation.rule_version == "7"
    assert (night.kind, night.amount_fen) == (LineKind.NIGHT_SHIFT, 16_000)
    assert package.amount_fen == 18_625


def test_executed_costs_are_deducted_from_all_and_name_the_document() -> None:
    package = calculate_package(
        BOOK,
        [fact(person, "visit", 4_000) for person in (ANNA, BORIS, CLARA)],
        [Cost(DOCUMENT, "GC-1", 5_001)],
    )

    deductions = [line for line in package.payouts if line.kind is LineKind.DEDUCTION]
    assert [line.amount_fen for line in deductions] == [-167, -167, -166]
    assert deductions[0].explanation.sources == (Source(DOCUMENT, "GC-1", 5_001),)
    assert deductions[0].explanation.terms == {
        "share": "0.1",
        "own_weight": "10.00",
        "shared": "-5.00",
        "all_weights": "30.00",
    }
    assert package.amount_fen == 3_000 - 500


def test_a_department_of_two_is_not_told_what_would_give_away_the_other() -> None:
    package = calculate_package(
        BOOK,
        [fact(ANNA, "visit", 4_000), fact(BORIS, "visit", 8_000)],
        [Cost(DOCUMENT, "GC-1", 3_000)],
    )

    deduction = package.payouts[-1]
    assert deduction.explanation.sources == (Source(DOCUMENT, "GC-1", None),)
    assert deduction.explanation.terms == {"share": "0.1", "own_weight": "20.00"}


def test_costs_never_take_more_than_the_work_gave() -> None:
    package = calculate_package(
        BOOK, [fact(ANNA, "visit", 400)], [Cost(DOCUMENT, "GC-1", 10_000_000)]
    )

    assert package.amount_fen == 0
    assert totals(package) == {ANNA: 0}


def test_work_of_the_department_is_shared_by_what_each_did_alone() -> None:
    package = calculate_package(
        BOOK,
        [
            fact(ANNA, "visit", 1_000),
            fact(BORIS, "visit", 3_000),
            fact(None, "night", 1_000),
        ],
        [],
    )

    shared = [line for line in package.payouts if line.kind is LineKind.SECONDARY]
    assert [line.amount_fen for line in shared] == [2_000, 6_000]
    assert shared[0].explanation.shared
    assert (shared[0].explanation.facts, shared[0].explanation.rows) == ((), 0)  # two people


def test_department_work_with_nobody_to_share_it_is_refused() -> None:
    with pytest.raises(Refusal, match="ALLOT_NO_WEIGHT"):
        calculate_package(BOOK, [fact(None, "night", 1_000)], [])


def test_my_own_work_pays_the_same_whatever_others_did() -> None:
    mine = fact(ANNA, "visit", 3_333)
    alone = calculate_package(BOOK, [mine], [])
    among = calculate_package(BOOK, [mine, fact(BORIS, "visit", 77_777)], [])

    assert [line for line in among.payouts if line.staff_id == ANNA] == list(alone.payouts)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([ANNA, BORIS, CLARA, DORA, EMIL]),
            st.sampled_from(["visit", "night"]),
            st.integers(0, 10**7),
        ),
        min_size=1,
        max_size=30,
    ),
    st.integers(0, 10**9),
)
@settings(max_examples=60, deadline=None)
def test_the_lines_sum_to_the_package_and_nobody_pays_to_work(
    work: list[tuple[uuid.UUID, str, int]], cost_fen: int
) -> None:
    facts = [fact(*row) for row in work]

    package = calculate_package(BOOK, facts, [Cost(DOCUMENT, "GC-1", cost_fen)])

    assert sum(line.amount_fen for line in package.payouts) == package.amount_fen
    assert all(fen >= 0 for fen in totals(package).values())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rules": [RAW["rules"][0], RAW["rules"][0]]}, "have the code v"),
        ({"rules": [RAW["rules"][0] | {"amount": "quantity * wage"}]}, "the unknown wage"),
        ({"deduction": RAW["deduction"] | {"amount": "quantity"}}, "the unknown quantity"),
    ],
)
def test_faulty_rules_stop_the_start(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_rules(RAW | change)


FULL: dict[str, Any] = RAW | {
    "values": {"point_value": "6.00", "cap": "300", "drg_price": "100", "share": "0.1"},
    "inputs": {
        "kpi": {"zh": "考核得分", "en": "KPI score", "is": "coefficient", "default": "100"},
        "cmi": {"zh": "病例组合指数", "en": "CMI", "is": "coefficient", "default": "1"},
        "days": {"zh": "出勤", "en": "Days present"},
    },
    "rules": [
        {"code": "bonus", "zh": "考核", "en": "By score", "kind": "average"}
        | {"amount": "max(points * (kpi - 100) / 100, 0)"},
        {"code": "points", "zh": "点数", "en": "Points", "kind": "piece", "fact": "rbrvs"}
        | {"amount": "quantity * point_value"},
        {"code": "drg", "zh": "病组", "en": "DRG", "kind": "piece", "fact": "drg_weight"}
        | {"amount": "quantity * cmi * drg_price", "weight": "days"},
        {"code": "late", "zh": "迟到", "en": "Late", "kind": "deduction", "fact": "late"}
        | {"amount": "quantity * 10"},
    ],
    "limits": [
        {"code": "capped", "zh": "封顶", "en": "Cap", "amount": "max(gross - cap, 0)"},
    ],
}


def test_points_scores_case_mix_caps_and_personal_deductions_work_together() -> None:
    book = read_rules(FULL)

    package = calculate_package(
        book,
        [
            fact(ANNA, "rbrvs", 40_000),
            fact(ANNA, "kpi", 110_000),
            fact(BORIS, "rbrvs", 10_000),
            fact(BORIS, "late", 3_000),
            fact(BORIS, "drg_weight", 1_500),
            fact(None, "cmi", 1_200),
        ],
        [],
    )

    lines = {(line.staff_id, line.explanation.rule_code): line for line in package.payouts}
    assert lines[ANNA, "points"].amount_fen == 240_00
    assert lines[ANNA, "bonus"].amount_fen == 24_00  # 10 % of what the points gave
    assert lines[ANNA, "bonus"].explanation.classes["points"] is TermClass.PART
    assert (BORIS, "bonus") not in lines  # the score nobody gave is 100
    assert lines[BORIS, "drg"].amount_fen == 180_00  # the department's case mix
    assert lines[BORIS, "late"].amount_fen == -30_00
    assert (BORIS, "capped") not in lines
    assert totals(package) == {ANNA: 264_00, BORIS: 210_00}


def test_a_cap_takes_off_what_is_above_it() -> None:
    package = calculate_package(read_rules(FULL), [fact(ANNA, "rbrvs", 60_000)], [])

    assert [line.amount_fen for line in package.payouts] == [360_00, -60_00]
    assert package.payouts[1].explanation.terms["gross"] == "360.00"


def test_department_work_is_shared_by_the_weight_its_rule_names() -> None:
    package = calculate_package(
        read_rules(FULL),
        [
            fact(ANNA, "days", 20_000),
            fact(BORIS, "days", 5_000),
            fact(None, "drg_weight", 1_000),
        ],
        [],
    )

    assert totals(package) == {ANNA: 80_00, BORIS: 20_00}


def test_a_coefficient_is_given_once() -> None:
    twice = [fact(ANNA, "kpi", 90_000), fact(ANNA, "kpi", 80_000)]
    with pytest.raises(Refusal, match="PERFORMANCE_COEFFICIENT_TWICE"):
        calculate_package(read_rules(FULL), [fact(ANNA, "rbrvs", 1_000), *twice], [])


def test_a_rule_that_divides_by_zero_is_refused_with_the_rule_and_the_person() -> None:
    rule = RAW["rules"][0] | {"amount": "100 / (quantity - 4)"}
    book = read_rules(RAW | {"rules": [rule]})

    with pytest.raises(Refusal, match="PERFORMANCE_RULE_FAULT") as refused:
        calculate_package(book, [fact(ANNA, "visit", 4_000)], [])

    assert refused.value.details[0].path == str(ANNA)
    assert refused.value.details[0].params["rule"] == "v"


def test_rules_that_need_each_other_are_refused() -> None:
    looping = [
        RAW["rules"][0] | {"amount": "n + 1"},
        RAW["rules"][1] | {"amount": "v + 1"},
    ]
    with pytest.raises(ValueError, match="depends on itself"):
        read_rules(RAW | {"rules": looping})


def test_the_order_facts_come_in_never_changes_a_package() -> None:
    work = [
        fact(ANNA, "visit", 1_000),
        fact(BORIS, "night", 3_000),
        fact(CLARA, "visit", 700),
        fact(None, "visit", 1_000),
    ]
    costs = [Cost(DOCUMENT, "GC-1", 77)]

    assert calculate_package(BOOK, work[::-1], costs) == calculate_package(BOOK, work, costs)
