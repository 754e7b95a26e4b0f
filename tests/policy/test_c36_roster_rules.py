"""C36: equal qualification, rest between shifts, nights in a row."""

from datetime import datetime
from typing import Any

from tests.policy.papers import REQUESTER, cited, paper, seen, table

from mobile_hrp.domain.policy.controls.roster_rules import CONTROL
from mobile_hrp.domain.policy.facts.roster import RosterFacts, Shift
from mobile_hrp.domain.policy.terms import Observation

ME, PEER = str(REQUESTER), "00000000-0000-0000-0000-0000000000bb"
TABLES = (table("roster_rules", "job_category", "rest_hours nights_in_row", ("nurse", "12", 2)),)
NURSES = {ME: "nurse", PEER: "nurse"}
NAMES = {ME: "Lin", PEER: "Wu"}
LEAVE = {"from": "2026-03-10", "to": "2026-03-11"}


def day(person: str, date: int, begins: int = 8, ends: int = 16) -> Shift:
    at = datetime(2026, 3, date, begins)  # noqa: DTZ001 - local time of the hospital
    return Shift(f"{person}:{date}", person, at, at.replace(hour=ends))


def night(person: str, date: int) -> Shift:
    begins = datetime(2026, 3, date, 20)  # noqa: DTZ001 - local time of the hospital
    ends = datetime(2026, 3, date + 1, 8)  # noqa: DTZ001 - local time of the hospital
    return Shift(f"{person}:{date}", person, begins, ends, night=True)


def facts(*shifts: Shift, jobs: dict[str, str] = NURSES) -> RosterFacts:
    people = {one.staff_id for one in shifts}
    rosters = {who: tuple(one for one in shifts if one.staff_id == who) for who in people}
    return RosterFacts(rosters, jobs, NAMES)


def found(scenario: str, values: dict[str, Any], known: RosterFacts) -> list[Observation]:
    return seen(CONTROL, paper(scenario, values), known, tables=TABLES)


def test_whoever_leaves_a_shift_names_a_substitute() -> None:
    known = facts(day(ME, 9), day(ME, 10), day(ME, 11), day(ME, 12))
    assert found("leave", {"period": LEAVE}, known) == [
        Observation(
            "on_duty", "values.period", {"person": "Lin", "first_on": "2026-03-10", "shifts": 2}
        )
    ]
    assert found("leave", {"period": LEAVE, "substitute": PEER}, known) == []
    assert found("leave", {"period": LEAVE}, facts(day(ME, 9), day(ME, 12))) == []


def test_trips_consultations_and_posts_elsewhere_are_judged_by_their_own_days() -> None:
    known = facts(day(ME, 10), day(PEER, 10))
    leg = {"depart_on": "2026-03-10", "return_on": "2026-03-10"}
    trip = {"itinerary": [{"depart_on": "2026-03-01", "return_on": "2026-03-02"}, leg]}
    for_me = found("travel_request", {**trip, "travelers": [ME]}, known)
    assert [one.path for one in for_me] == ["values.itinerary.0"]
    for_both = found("travel_request", {**trip, "travelers": [PEER, ME]}, known)
    assert [one.evidence["person"] for one in for_both] == ["Wu", "Lin"]
    consult = {"doctor": PEER, "time": "2026-03-10T09:00:00+08:00"}
    [sent] = found("external_consult", consult, known)
    assert (sent.path, sent.evidence["person"]) == ("values.time", "Wu")
    later = {**consult, "time": "2026-03-11T09:00:00+08:00"}
    assert found("external_consult", later, known) == []
    post = found("part_time_filing", {"period": LEAVE}, known)
    assert [one.case for one in post] == ["on_duty"]
    assert found("leave", {}, known) == []


def test_a_substitute_does_the_same_kind_of_work() -> None:
    known = facts(day(ME, 10), jobs={ME: "nurse", PEER: "doctor"})
    assert found("leave", {"period": LEAVE, "substitute": PEER}, known) == [
        Observation("not_equal", "values.substitute", {"needed": "nurse", "found": "doctor"})
    ]


def test_a_substitute_rests_between_shifts() -> None:
    def standing_in(ends: int) -> list[Observation]:
        known = facts(day(ME, 10), day(PEER, 9, 12, ends))
        return found("leave", {"period": LEAVE, "substitute": PEER}, known)

    assert standing_in(20) == []
    assert standing_in(21) == [
        Observation(
            "no_rest",
            "values.substitute",
            {
                "person": "Wu",
                "before_on": "2026-03-09T12:00",
                "after_on": "2026-03-10T08:00",
                "hours": "11",
                "least": "12",
                **cited("roster_rules"),
            },
        )
    ]
    same_time = facts(day(ME, 10), day(PEER, 10, 9, 17))
    [clash] = found("leave", {"period": LEAVE, "substitute": PEER}, same_time)
    assert (clash.case, clash.evidence["hours"]) == ("no_rest", "0")


def test_nights_in_a_row_are_limited() -> None:
    def nights(*own: int) -> list[Observation]:
        known = facts(night(ME, 10), *(night(PEER, one) for one in own))
        return found("leave", {"period": LEAVE, "substitute": PEER}, known)

    assert nights(9) == []
    assert nights(8, 9) == [
        Observation(
            "too_many_nights",
            "values.substitute",
            {
                "person": "Wu",
                "nights": 3,
                "most": 2,
                "first_on": "2026-03-08",
                **cited("roster_rules"),
            },
        )
    ]
    assert nights(8, 12) == []
    assert [one.evidence["first_on"] for one in nights(4, 5, 9, 11, 12)] == ["2026-03-09"]


SWAP = {"my_shift": f"{ME}:10", "peer": PEER, "peer_shift": f"{PEER}:12"}


def test_after_a_swap_both_are_rested() -> None:
    assert found("shift_swap", SWAP, facts(day(ME, 10), day(PEER, 12))) == []
    tired = facts(day(ME, 10), day(PEER, 12), day(ME, 11, 14, 22))
    [mine] = found("shift_swap", SWAP, tired)
    assert (mine.case, mine.path, mine.evidence["person"], mine.evidence["hours"]) == (
        "no_rest",
        "values.peer",
        "Lin",
        "10",
    )
    theirs = facts(day(ME, 10), day(PEER, 12), day(PEER, 9, 14, 22))
    assert [one.evidence["person"] for one in found("shift_swap", SWAP, theirs)] == ["Wu"]


def test_a_shift_that_is_given_away_no_longer_counts() -> None:
    known = facts(day(ME, 10, 8, 16), day(PEER, 12), day(ME, 9, 14, 22))
    assert [one.evidence["person"] for one in found("shift_swap", SWAP, known)] == []


def test_only_own_shifts_are_swapped() -> None:
    unknown = {**SWAP, "my_shift": "nobody:1"}
    assert found("shift_swap", unknown, facts(day(ME, 10), day(PEER, 12))) == [
        Observation("not_their_shift", "values.my_shift", {"shift": "nobody:1"})
    ]
    swapped = {**SWAP, "peer_shift": f"{ME}:10"}
    [not_theirs] = found("shift_swap", swapped, facts(day(ME, 10), day(PEER, 12)))
    assert not_theirs.path == "values.peer_shift"


def test_a_swap_is_between_equals_and_without_a_rule_nothing_more_is_asked() -> None:
    jobs = {ME: "doctor", PEER: "nurse"}
    known = facts(day(ME, 10), day(PEER, 12), day(ME, 11, 14, 22), jobs=jobs)
    assert found("shift_swap", SWAP, known) == [
        Observation("not_equal", "values.peer", {"needed": "doctor", "found": "nurse"})
    ]


def test_people_without_a_known_kind_of_work_are_shown_as_such() -> None:
    known = RosterFacts({ME: (day(ME, 10),)}, {PEER: "nurse"}, {})
    assert found("leave", {"period": LEAVE, "substitute": PEER}, known) == [
        Observation("not_equal", "values.substitute", {"needed": "", "found": "nurse"})
    ]
    alone = found("leave", {"period": LEAVE}, known)
    assert [one.evidence["person"] for one in alone] == [""]


def test_the_first_break_of_rest_is_told_once() -> None:
    known = facts(day(ME, 10), day(PEER, 10, 18, 22), day(PEER, 11, 1, 5))
    cases = [one.case for one in found("leave", {"period": LEAVE, "substitute": PEER}, known)]
    assert cases == ["no_rest"]


def test_shifts_of_people_whose_roster_is_not_known_are_swapped_only_if_shown() -> None:
    nobodys = RosterFacts({}, NURSES, NAMES)
    assert [one.path for one in found("shift_swap", SWAP, nobodys)] == ["values.my_shift"]


def test_a_swap_that_is_half_filled_in_is_left_alone() -> None:
    known = facts(day(ME, 10), day(PEER, 12))
    assert found("shift_swap", {}, known) == []
    for key, value in SWAP.items():
        others = {name: one for name, one in SWAP.items() if name != key}
        assert found("shift_swap", {key: value}, known) == []
        assert found("shift_swap", others, known) == []


def test_nobody_is_missed_where_no_roster_is_known() -> None:
    unknown = RosterFacts({}, NURSES, NAMES)
    assert found("leave", {"period": LEAVE}, unknown) == []
    half = {"travelers": [ME], "itinerary": [{"depart_on": "2026-03-10"}]}
    assert found("travel_request", half, facts(day(ME, 10))) == []


def test_a_substitute_without_a_known_kind_of_work_or_name_is_shown_as_such() -> None:
    known = RosterFacts({ME: (day(ME, 10),)}, {ME: "nurse"}, {})
    assert found("leave", {"period": LEAVE, "substitute": PEER}, known) == [
        Observation("not_equal", "values.substitute", {"needed": "nurse", "found": ""})
    ]
    anybodys = (table("roster_rules", "job_category", "rest_hours nights_in_row", ("*", "12", 2)),)
    tired = RosterFacts({ME: (day(ME, 10),), PEER: (day(PEER, 10, 18, 22),)}, {}, {})
    document = paper("leave", {"period": LEAVE, "substitute": PEER})
    [rest] = seen(CONTROL, document, tired, tables=anybodys)
    assert (rest.case, rest.evidence["person"]) == ("no_rest", "")


def test_whoever_does_not_rest_may_have_too_many_nights_as_well() -> None:
    known = facts(night(ME, 10), night(PEER, 8), night(PEER, 9), day(PEER, 11, 10, 14))
    seen_there = found("leave", {"period": LEAVE, "substitute": PEER}, known)
    assert [one.case for one in seen_there] == ["no_rest", "too_many_nights"]


def test_of_two_runs_as_long_the_first_is_told() -> None:
    known = facts(night(ME, 10), *(night(PEER, one) for one in (4, 5, 6, 8, 9)))
    [run] = found("leave", {"period": LEAVE, "substitute": PEER}, known)
    assert (run.evidence["nights"], run.evidence["first_on"]) == (3, "2026-03-04")
