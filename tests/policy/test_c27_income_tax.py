"""C27: the tax withheld on fees, computed and shown."""

from typing import Any

import pytest
from tests.policy.papers import ON, cited, paper, seen, table

from mobile_hrp.domain.policy.controls.income_tax import CONTROL
from mobile_hrp.domain.policy.labor_tax import withheld_by_row, withheld_fen
from mobile_hrp.domain.policy.paid_people import paid_people
from mobile_hrp.domain.policy.tables import PolicyTables
from mobile_hrp.domain.policy.terms import Observation

RULES = table(
    "labor_tax_rules",
    "income",
    "fixed_deduction fixed_up_to deduction_rate taxable_share",
    ("labor", "800.00", "4000.00", "0.2", "1"),
    ("royalty", "800.00", "4000.00", "0.2", "0.7"),
)
BANDS = table(
    "labor_tax_bands",
    "income above",
    "rate quick_deduction",
    ("labor", "0.00", "0.2", "0.00"),
    ("labor", "20000.00", "0.3", "2000.00"),
    ("labor", "50000.00", "0.4", "7000.00"),
    ("royalty", "0.00", "0.2", "0.00"),
)
TABLES = (RULES, BANDS)


def person(number: str, amount: int, **more: Any) -> dict[str, Any]:
    return {"name": number, "id_number": number, "amount": amount, "account": "1", **more}


def found(*people: dict[str, Any], **values: Any) -> list[Observation]:
    document = paper("labor_claim", {"people": list(people), **values})
    return seen(CONTROL, document, tables=TABLES)


@pytest.mark.parametrize(
    ("income", "gross_fen", "tax_fen"),
    [
        ("labor", 0, 0),
        ("labor", 79_999, 0),
        ("labor", 80_000, 0),
        ("labor", 80_002, 0),  # 0.4 fen
        ("labor", 80_003, 1),  # 0.6 fen
        ("labor", 400_000, 64_000),
        ("labor", 400_001, 64_000),  # 320,000.8 × 20 %
        ("labor", 2_500_000, 400_000),  # taxable is 20,000.00: still the first band
        ("labor", 2_500_010, 400_002),  # 2,000,008 × 30 % − 200,000 = 400,002.4
        ("labor", 6_250_000, 1_300_000),
        ("labor", 10_000_000, 2_500_000),
        ("royalty", 400_000, 44_800),
        ("royalty", 10_000_000, 1_120_000),
    ],
)
def test_the_tax_of_one_payment(income: str, gross_fen: int, tax_fen: int) -> None:
    assert withheld_fen(income, gross_fen, PolicyTables(TABLES), ON) == tax_fen


def test_half_a_fen_is_rounded_up() -> None:
    flat = table(
        "labor_tax_rules",
        "income",
        "fixed_deduction fixed_up_to deduction_rate taxable_share",
        ("labor", "0.00", "1.00", "0", "0.5"),
    )
    assert withheld_fen("labor", 5, PolicyTables((flat, BANDS)), ON) == 1
    assert withheld_fen("labor", 100, PolicyTables((flat, BANDS)), ON) == 10


def test_an_income_without_a_rule_or_a_band_is_not_taxed() -> None:
    assert withheld_fen("prize", 100_000, PolicyTables(TABLES), ON) is None
    no_bands = PolicyTables(
        (RULES, table("labor_tax_bands", "income above", "rate quick_deduction"))
    )
    assert withheld_fen("labor", 100_000, no_bands, ON) == 0


def test_what_is_withheld_is_shown_with_its_source() -> None:
    assert found(person("1", 400_000), person("2", 80_000)) == [
        Observation(
            "computed",
            "values.people",
            {
                "people": 2,
                "gross_fen": 480_000,
                "tax_fen": 64_000,
                "net_fen": 416_000,
                **cited("labor_tax_rules"),
            },
        )
    ]


def test_two_rows_of_one_person_are_one_payment() -> None:
    [together] = found(person("11x", 80_000), person("11X", 80_000))
    assert (together.evidence["people"], together.evidence["tax_fen"]) == (1, 16_000)


def test_royalties_are_told_by_the_row_or_by_the_kind_of_the_claim() -> None:
    by_row = found(person("1", 400_000, is_royalty=True), person("2", 400_000, is_royalty=False))
    assert [one.evidence["tax_fen"] for one in by_row] == [44_800 + 64_000]
    by_kind = found(person("1", 400_000), kind="royalty")
    assert [one.evidence["tax_fen"] for one in by_kind] == [44_800]
    lecture = found(person("1", 400_000), kind="lecture")
    assert [one.evidence["tax_fen"] for one in lecture] == [64_000]


def test_one_person_with_a_fee_and_a_royalty_counts_once_and_is_taxed_twice() -> None:
    [both] = found(person("1", 400_000, is_royalty=True), person("1", 400_000))
    assert (both.evidence["people"], both.evidence["tax_fen"]) == (1, 108_800)


def test_our_own_staff_are_taxed_with_their_salary() -> None:
    staff = person("1", 50_000, person_type="staff")
    assert found(staff, staff) == [
        Observation("with_salary", "values.people", {"people": 1, "gross_fen": 100_000})
    ]
    assert [one.case for one in found(staff, person("2", 1))] == ["with_salary", "computed"]


def test_a_tax_on_the_form_that_differs_is_found() -> None:
    assert found(person("1", 400_000), tax=64_001)[1:] == [
        Observation(
            "differs",
            "values.tax",
            {"entered_fen": 64_001, "tax_fen": 64_000, **cited("labor_tax_rules")},
        )
    ]
    assert [one.case for one in found(person("1", 400_000), tax=64_000)] == ["computed"]


def test_subject_payments_are_computed_by_code() -> None:
    rows = [{"code": "S-1", "amount": 90_000}, {"code": "S-2", "amount": 90_000}]
    document = paper("research_subject_pay", {"people": rows})
    [computed] = seen(CONTROL, document, tables=TABLES)
    assert (computed.evidence["people"], computed.evidence["tax_fen"]) == (2, 4_000)


def test_without_people_there_is_nothing_to_say() -> None:
    assert found() == []
    assert not CONTROL.applies(paper("general_claim", {}))


def test_the_tax_of_a_person_is_shared_by_the_rows_of_that_person() -> None:
    rows = [
        person("11x", 300_000),
        person("2", 80_000),
        person("11X", 100_000),
        person("11x", 400_000, is_royalty=True),
        person("3", 0),
    ]
    document = paper("labor_claim", {"people": rows})
    shares = withheld_by_row(document, tuple(paid_people(document)), PolicyTables(TABLES))
    assert {path.rpartition(".")[2]: tax for path, tax in shares.items()} == {
        "0": 48_000,
        "1": 0,
        "2": 16_000,
        "3": 44_800,
    }
