"""C23: major matters name the minutes of a collective decision."""

from datetime import date

from tests.policy.papers import cited, paper, seen, table

from mobile_hrp.domain.policy.controls.collective_decision import CONTROL
from mobile_hrp.domain.policy.facts.collective import CollectiveDecision, Minutes
from mobile_hrp.domain.policy.terms import Observation

TABLES = (
    table(
        "collective_decision",
        "scenario",
        "above_amount always",
        ("price_item", "0.00", True),
        ("*", "200000.00", False),
    ),
)
NOBODY = CollectiveDecision()
APPROVED = Minutes("2026-08", "party committee", date(2026, 3, 2), approved=True)
REFUSED = Minutes("2026-09", "party committee", date(2026, 3, 9), approved=False)


def test_a_large_contract_without_minutes_is_found() -> None:
    contract = paper("contract_approval", {"title": "CT"}, amount_fen=20_000_001)
    assert seen(CONTROL, contract, NOBODY, tables=TABLES) == [
        Observation(
            "missing",
            "",
            {
                "amount_fen": 20_000_001,
                "above_fen": 20_000_000,
                **cited("collective_decision"),
            },
        )
    ]


def test_an_amount_at_the_limit_needs_no_meeting() -> None:
    contract = paper("contract_approval", {"title": "CT"}, amount_fen=20_000_000)
    assert seen(CONTROL, contract, NOBODY, tables=TABLES) == []


def test_some_matters_need_it_whatever_the_amount() -> None:
    found = seen(CONTROL, paper("price_item", {}), NOBODY, tables=TABLES)
    assert [(one.case, one.evidence["above_fen"]) for one in found] == [("missing", 0)]


def test_a_meeting_on_the_route_or_an_earlier_one_that_approved_is_enough() -> None:
    contract = paper("contract_approval", {}, amount_fen=30_000_000)
    on_route = CollectiveDecision(meeting_on_route=True)
    earlier = CollectiveDecision(earlier=(REFUSED, APPROVED))
    assert seen(CONTROL, contract, on_route, tables=TABLES) == []
    assert seen(CONTROL, contract, earlier, tables=TABLES) == []
    refused = CollectiveDecision(earlier=(REFUSED,))
    assert [one.case for one in seen(CONTROL, contract, refused, tables=TABLES)] == ["missing"]


def test_the_named_minutes_must_be_registered_and_have_approved_it() -> None:
    known = CollectiveDecision(
        registered={"2026-08": APPROVED, "2026-09": REFUSED}, meeting_on_route=True
    )

    def named(number: str) -> list[Observation]:
        award = paper("award_approval", {"minutes_no": number}, amount_fen=20_000_001)
        return seen(CONTROL, award, known, tables=TABLES)

    assert named("2026-08") == []
    assert named("2026-10") == [Observation("unknown", "values.minutes_no", {"minutes": "2026-10"})]
    assert named("2026-09") == [
        Observation(
            "not_approved",
            "values.minutes_no",
            {"minutes": "2026-09", "body": "party committee", "held_on": "2026-03-09"},
        )
    ]


def test_where_no_row_speaks_of_the_scenario_nothing_is_asked() -> None:
    only_prices = table(
        "collective_decision", "scenario", "above_amount always", ("price_item", "0.00", True)
    )
    contract = paper("contract_approval", {}, amount_fen=30_000_000)
    assert seen(CONTROL, contract, NOBODY, tables=(only_prices,)) == []
