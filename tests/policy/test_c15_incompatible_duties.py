"""C15: incompatible duties on the planned route and in what was decided."""

import uuid

import pytest
from tests.policy.filled import REQUESTER, finding, findings, paper, said

from mobile_hrp.domain.approval.plan import SodPolicy
from mobile_hrp.domain.approval.separation import SodFinding
from mobile_hrp.domain.approval.terms import Duty
from mobile_hrp.domain.policy.facts.duties import PlannedDuties, PlannedSeat
from mobile_hrp.domain.policy.terms import Finding
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "incompatible_duties"
CLAIM = paper("general_claim", {})
HEAD, CASHIER, COUSIN = (uuid.UUID(int=at) for at in (11, 12, 13))
ME = frozenset({REQUESTER})


def seat(*people: uuid.UUID, duty: Duty = Duty.APPROVE, own: bool = False) -> PlannedSeat:
    return PlannedSeat("step", "科室负责人", duty, frozenset(people), own)


def judged(
    *seats: PlannedSeat,
    relatives: frozenset[uuid.UUID] = frozenset(),
    linked: tuple[tuple[uuid.UUID, Duty, str], ...] = (),
    breaches: tuple[SodFinding, ...] = (),
    sod: SodPolicy | None = None,
) -> list[Finding]:
    known = PlannedDuties(
        seats, ME, linked=linked, breaches=breaches, sod=sod or SodPolicy(), relatives=relatives
    )
    return findings(KEY, CLAIM, known)


def test_a_step_in_other_hands_passes() -> None:
    assert judged(seat(HEAD), seat(HEAD, REQUESTER), seat(CASHIER, duty=Duty.PAY)) == []


def test_a_step_that_is_left_to_the_requester_blocks() -> None:
    (found,) = judged(seat(REQUESTER))
    assert said(found) == ("own_only", "", Severity.BLOCK)
    assert found.evidence == {"step": "科室负责人"}


def test_a_confirmation_is_meant_for_the_requester() -> None:
    assert judged(seat(REQUESTER, duty=Duty.CONFIRM, own=True)) == []


def test_a_step_without_anybody_is_routings_to_report() -> None:
    assert judged(seat()) == []


def test_relatives_give_way() -> None:
    cousins = frozenset({COUSIN})
    (found,) = judged(seat(COUSIN, REQUESTER), relatives=cousins)
    assert said(found) == ("relatives_only", "", Severity.BLOCK)
    assert found.evidence == {"step": "科室负责人"}
    (found,) = judged(seat(COUSIN, HEAD), relatives=cousins)
    assert said(found) == ("relative", "", Severity.WARN)
    assert found.evidence == {"step": "科室负责人"}
    assert judged(seat(HEAD), relatives=cousins) == []


def test_a_duty_on_a_linked_document_bars_from_the_incompatible_one() -> None:
    linked = ((HEAD, Duty.PAY, "FK-2"), (CASHIER, Duty.RECORD, "FK-1"), (CASHIER, Duty.PAY, "FK-1"))
    (found,) = judged(seat(HEAD, CASHIER, REQUESTER), linked=linked)
    assert said(found) == ("linked_only", "", Severity.BLOCK)
    assert found.evidence == {"step": "科室负责人", "documents": ("FK-1", "FK-2")}
    assert judged(seat(HEAD, COUSIN), linked=linked) == []
    assert judged(seat(HEAD, duty=Duty.SEAL), linked=linked) == []


def test_which_duties_exclude_each_other_is_policy() -> None:
    linked = ((HEAD, Duty.PAY, "FK-2"),)
    assert judged(seat(HEAD), linked=linked, sod=SodPolicy(pairs=())) == []


@pytest.mark.parametrize(
    ("code", "case", "evidence"),
    [
        ("SELF_APPROVAL", "decided_own", {"step": "科室负责人"}),
        ("SECOND_SEAT", "decided_twice", {"step": "科室负责人", "other": "elsewhere"}),
        ("DUTY_CONFLICT", "decided_in_conflict", {"step": "科室负责人", "other": "elsewhere"}),
    ],
)
def test_a_breach_in_what_was_decided_blocks(
    code: str, case: str, evidence: dict[str, str]
) -> None:
    breach = SodFinding(code, HEAD, "step", 3, "elsewhere")
    (found,) = judged(seat(HEAD), breaches=(breach,))
    assert said(found) == (case, "", Severity.BLOCK)
    assert found.evidence == evidence


def test_steps_are_named_as_the_route_names_them() -> None:
    breach = SodFinding("SECOND_SEAT", HEAD, "gone", 3, "step")
    (found,) = judged(seat(HEAD), breaches=(breach,))
    assert found.evidence == {"step": "gone", "other": "科室负责人"}


def test_an_unknown_route_is_not_taken_for_a_good_one() -> None:
    assert finding(KEY, CLAIM).evidence == {"missing": ("PlannedDuties",)}
