import uuid
from dataclasses import replace

import pytest

from mobile_hrp.domain.budget.matching import LineDimensions, Spending, covering_line
from mobile_hrp.domain.refusal import Refusal

WARD, MEDICINE, HOSPITAL = (uuid.UUID(int=n) for n in (1, 2, 3))
EAST, WEST = uuid.UUID(int=11), uuid.UUID(int=12)
PROJECT, FISCAL = uuid.UUID(int=21), uuid.UUID(int=31)
TRAVEL = Spending(departments=(WARD, MEDICINE, HOSPITAL), campus_id=EAST, expense_type="travel")


def line(name: str, **dimensions: object) -> LineDimensions:
    key = uuid.uuid5(uuid.NAMESPACE_OID, name)
    return replace(LineDimensions(id=key, name=name, depth=1), **dimensions)  # type: ignore[arg-type]  # the tests name the fields


def test_the_line_that_says_most_wins() -> None:
    lines = [
        line("anything of the ward", department_id=WARD),
        line("travel of the ward", department_id=WARD, expense_type="travel"),
        line("travel of the hospital", expense_type="travel"),
    ]

    assert covering_line(lines, TRAVEL).name == "travel of the ward"


def test_a_nearer_department_beats_a_more_particular_line_above_it() -> None:
    lines = [
        line("ward", department_id=WARD),
        line("medicine", department_id=MEDICINE, expense_type="travel", campus_id=EAST),
    ]

    assert covering_line(lines, TRAVEL).name == "ward"


@pytest.mark.parametrize(
    "other",
    [
        line("other type", department_id=WARD, expense_type="books"),
        line("other campus", department_id=WARD, campus_id=WEST),
        line("other department", department_id=uuid.UUID(int=9)),
        line("a project", department_id=WARD, project_id=PROJECT),
    ],
)
def test_without_a_fitting_line_the_spending_is_refused(other: LineDimensions) -> None:
    with pytest.raises(Refusal, match="NO_COVERING_LINE") as refused:
        covering_line([other], TRAVEL, path="lines.0")

    assert refused.value.details[0].path == "lines.0"


def test_no_lines_cover_nothing() -> None:
    with pytest.raises(Refusal, match="NO_COVERING_LINE"):
        covering_line([], TRAVEL)


def test_a_project_is_paid_by_its_own_lines_only() -> None:
    lines = [line("ward", department_id=WARD), line("project", project_id=PROJECT)]

    assert covering_line(lines, replace(TRAVEL, project_id=PROJECT)).name == "project"
    with pytest.raises(Refusal, match="NO_COVERING_LINE"):
        covering_line(lines[:1], replace(TRAVEL, project_id=PROJECT))


def test_a_fund_source_chooses_where_it_is_known() -> None:
    lines = [
        line("own", department_id=WARD, fund_source_id=uuid.UUID(int=32)),
        line("fiscal", department_id=WARD, fund_source_id=FISCAL),
    ]

    assert covering_line(lines, replace(TRAVEL, fund_source_id=FISCAL)).name == "fiscal"


def test_two_lines_that_say_equally_much_are_for_the_person_to_choose() -> None:
    lines = [
        line("own", department_id=WARD, fund_source_id=uuid.UUID(int=32)),
        line("fiscal", department_id=WARD, fund_source_id=FISCAL),
    ]

    with pytest.raises(Refusal, match="BUDGET_LINE_AMBIGUOUS"):
        covering_line(lines, TRAVEL)


def test_the_deeper_of_two_equal_lines_wins() -> None:
    lines = [line("shallow", department_id=WARD), line("deep", department_id=WARD, depth=3)]

    assert covering_line(lines, TRAVEL).name == "deep"
