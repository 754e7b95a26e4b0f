import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.performance.calculation import Cost, Fact, Package, calculate_package
from mobile_hrp.domain.performance.package import Source
from mobile_hrp.domain.performance.rules import read_rules
from mobile_hrp.domain.performance.terms import LineKind
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


def fact(number: int, staff_id: uuid.UUID | None, code: str, quantity_milli: int) -> Fact:
    return Fact(uuid.UUID(int=1000 + number), staff_id, code, quantity_milli)


def totals(package: Package) -> Mapping[uuid.UUID, int]:
    by_person: dict[uuid.UUID, int] = {}
    for line in package.payouts:
        by_person[line.staff_id] = by_person.get(line.staff_id, 0) + line.amount_fen
    return by_person


def test_work_is_paid_by_quantity_and_price_and_names_its_facts() -> None:
    package = calculate_package(
        BOOK,
        [
            fact(1, ANNA, "visit", 10_000),
            fact(2, ANNA, "visit", 500),
            fact(3, BORIS, "night", 2_000),
            fact(4, BORIS, "unknown_work", 9_000),
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
    assert piece.explanation.fact_ids == (uuid.UUID(int=1001), uuid.UUID(int=1002))
    assert piece.explanation.rule_version == "7"
    assert (night.kind, night.amount_fen) == (LineKind.NIGHT_SHIFT, 16_000)
    assert package.amount_fen == 18_625


def test_executed_costs_are_deducted_from_all_and_name_the_document() -> None:
    package = calculate_package(
        BOOK,
        [fact(n, person, "visit", 4_000) for n, person in enumerate((ANNA, BORIS, CLARA))],
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
        [fact(1, ANNA, "visit", 4_000), fact(2, BORIS, "visit", 8_000)],
        [Cost(DOCUMENT, "GC-1", 3_000)],
    )

    deduction = package.payouts[-1]
    assert deduction.explanation.sources == (Source(DOCUMENT, "GC-1", None),)
    assert deduction.explanation.terms == {"share": "0.1", "own_weight": "20.00"}


def test_costs_never_take_more_than_the_work_gave() -> None:
    package = calculate_package(
        BOOK, [fact(1, ANNA, "visit", 400)], [Cost(DOCUMENT, "GC-1", 10_000_000)]
    )

    assert package.amount_fen == 0
    assert totals(package) == {ANNA: 0}


def test_work_of_the_department_is_shared_by_what_each_did_alone() -> None:
    package = calculate_package(
        BOOK,
        [
            fact(1, ANNA, "visit", 1_000),
            fact(2, BORIS, "visit", 3_000),
            fact(3, None, "night", 1_000),
        ],
        [],
    )

    shared = [line for line in package.payouts if line.kind is LineKind.SECONDARY]
    assert [line.amount_fen for line in shared] == [2_000, 6_000]
    assert shared[0].explanation.fact_ids == (uuid.UUID(int=1003),)


def test_department_work_with_nobody_to_share_it_is_refused() -> None:
    with pytest.raises(Refusal, match="ALLOT_NO_WEIGHT"):
        calculate_package(BOOK, [fact(1, None, "night", 1_000)], [])


def test_my_own_work_pays_the_same_whatever_others_did() -> None:
    mine = fact(1, ANNA, "visit", 3_333)
    alone = calculate_package(BOOK, [mine], [])
    among = calculate_package(BOOK, [mine, fact(2, BORIS, "visit", 77_777)], [])

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
    facts = [fact(n, *row) for n, row in enumerate(work)]

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
