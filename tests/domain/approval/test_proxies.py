"""代理: a standing proxy with scope, cap and expiry, which also moves what already waits."""

import uuid
from datetime import timedelta

import pytest
from tests.domain.approval.hospital import MONDAY_9AM, WHO, Paper, grant, node, plan_of

from mobile_hrp.domain.approval import commands as c
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.state import ProxyGrant
from mobile_hrp.domain.approval.terms import Action, AddPosition, SignMode, TaskStatus

HEAD, VICE = node("dept", "head"), node("vice", "vice")


def test_the_head_goes_to_a_congress_and_what_already_waits_moves_to_the_deputy() -> None:
    paper = Paper(plan_of(HEAD, VICE))
    task = paper.task("head")
    paper.do("system", c.ApplyProxy(grant("head", "deputy")))
    assert paper.waiting_for() == {"deputy"}
    assert paper.task("deputy").id == task.id, "the same task, with another holder"
    assert paper.refused("head", c.Approve(task.id, "v1")).code == "TASK_WITH_PROXY"

    paper.approve("deputy")
    (decision,) = paper.state.decisions
    assert (decision.actor, decision.on_behalf_of) == (WHO["deputy"], WHO["head"])
    assert paper.waiting_for() == {"vice"}


def test_a_proxy_in_force_takes_new_tasks_too_and_may_reject() -> None:
    paper = Paper(plan_of(HEAD, VICE), proxies=(grant("vice", "finance_head"),))
    paper.approve("head")
    assert paper.waiting_for() == {"finance_head"}
    assert paper.codes("vice") == ["PROXY_HOLDS"]
    paper.reject("finance_head")
    assert paper.state.decisions[-1].on_behalf_of == WHO["vice"]


def test_what_is_not_decided_comes_back_when_the_proxy_expires() -> None:
    paper = Paper(plan_of(HEAD), proxies=(grant("head", "deputy", days=1),))
    paper.wait(days=1, minutes=1)
    late = paper.refused("deputy", c.Approve(paper.task("deputy").id, "v1"))
    assert late.code == "PROXY_EXPIRED", "even before the tick"

    paper.tick()
    assert paper.waiting_for() == {"head"}
    assert "PROXY_GAVE_BACK" in paper.codes("dept")
    (ended,) = paper.happened(EventKind.PROXY_ENDED)
    assert ended.data["because"] == "EXPIRED"
    paper.approve("head")
    assert paper.state.decisions[-1].on_behalf_of is None


def test_what_is_not_decided_comes_back_when_the_proxy_is_revoked() -> None:
    given = grant("head", "deputy")
    paper = Paper(plan_of(HEAD), proxies=(given,))
    paper.do("system", c.RevokeProxy(given.id))
    assert paper.waiting_for() == {"head"}
    refusal = paper.refused("deputy", c.Approve(paper.task("head").id, "v1"))
    assert refusal.code == "TASK_NOT_FOUND"


def test_the_principal_can_take_one_task_back() -> None:
    paper = Paper(plan_of(HEAD), proxies=(grant("head", "deputy"),))
    paper.do("head", c.TakeBack(paper.task("deputy").id))
    assert paper.waiting_for() == {"head"}


@pytest.mark.parametrize(
    ("limits", "moves"),
    [
        ({"amount_fen_max": 100_000}, True),
        ({"amount_fen_max": 99_999}, False),
        ({"flows": frozenset({"expense_claim"})}, True),
        ({"flows": frozenset({"leave"})}, False),
        ({"days": -1}, False),
    ],
)
def test_scope_cap_and_period_limit_a_proxy(limits: dict[str, object], moves: bool) -> None:
    """The claim is 1,000.00 yuan under the flow expense_claim."""
    paper = Paper(plan_of(HEAD), proxies=(grant("head", "deputy", **limits),))  # type: ignore[arg-type]  # the table mixes the limits
    assert paper.waiting_for() == ({"deputy"} if moves else {"head"})


def test_a_node_may_insist_on_the_person() -> None:
    dept = node("dept", "head", forbids=frozenset({Action.PROXY}))
    paper = Paper(plan_of(dept), proxies=(grant("head", "deputy"),))
    assert paper.waiting_for() == {"head"}
    assert paper.explained("PROXY_NOT_APPLIED").params["because"] == "NOT_ALLOWED_HERE"


@pytest.mark.parametrize("concerned", ["requester", "beneficiary"])
def test_a_proxy_never_decides_on_a_document_of_their_own(concerned: str) -> None:
    """The deputy claims; the head is away and the deputy is his proxy."""
    rest = {"beneficiaries": ("deputy",)} if concerned == "beneficiary" else {}
    who = "deputy" if concerned == "requester" else "nurse"
    paper = Paper(plan_of(HEAD), requester=who, proxies=(grant("head", "deputy"),), **rest)
    assert paper.waiting_for() == {"head"}
    assert paper.explained("PROXY_NOT_APPLIED").params["because"] == "SELF_APPROVAL"


def test_nobody_fills_two_seats_through_a_proxy() -> None:
    """The head signs for the department; as proxy of the vice he would sign a second time."""
    paper = Paper(plan_of(HEAD, VICE), proxies=(grant("vice", "head"),))
    paper.approve("head")
    assert paper.waiting_for() == {"vice"}
    assert paper.explained("PROXY_NOT_APPLIED").params["because"] == "SECOND_SEAT"


def test_a_proxy_does_not_hold_two_seats_of_one_countersignature() -> None:
    both = node("all", "head", "deputy", mode=SignMode.ALL)
    paper = Paper(plan_of(both), proxies=(grant("head", "deputy"),))
    assert paper.waiting_for() == {"head", "deputy"}


def test_who_was_represented_does_not_sit_again_later() -> None:
    """The deputy signed in the head's name; the head is asked at a later desk."""
    paper = Paper(plan_of(HEAD, node("office", "head")), proxies=(grant("head", "deputy"),))
    paper.approve("deputy")
    assert paper.waiting_for() == {"vice"}
    assert paper.codes("office") == ["SECOND_SEAT_REPLACED"]


def test_a_proxy_passes_nothing_on() -> None:
    """不得转委托."""
    paper = Paper(
        plan_of(HEAD), proxies=(grant("head", "deputy"), grant("deputy", "keeper", number=501))
    )
    assert paper.waiting_for() == {"deputy"}, "and not the proxy of the proxy"
    task_id = paper.task("deputy").id
    for command in (c.Transfer(task_id, WHO["keeper"]), c.Delegate(task_id, WHO["keeper"])):
        assert paper.refused("deputy", command).code == "PROXY_CANNOT_PASS_ON"
    paper.add("deputy", "keeper", AddPosition.BEFORE)
    assert paper.waiting_for() == {"keeper"}, "but may ask for another signature"


def test_a_proxy_who_leaves_gives_everything_back() -> None:
    paper = Paper(plan_of(HEAD), proxies=(grant("head", "deputy"),))
    paper.do("system", c.OrgChanged(left=(WHO["deputy"],)))
    assert paper.waiting_for() == {"head"}
    assert paper.state.proxies == ()


def test_a_principal_who_leaves_has_no_proxy_any_more() -> None:
    """The authority came from the head; it ends with him."""
    paper = Paper(plan_of(HEAD), proxies=(grant("head", "deputy"),))
    paper.do("system", c.OrgChanged(left=(WHO["head"],)))
    assert paper.waiting_for() == {"vice"}


def test_a_raised_amount_that_the_cap_does_not_cover_goes_back() -> None:
    paper = Paper(plan_of(HEAD, VICE), proxies=(grant("head", "deputy", amount_fen_max=100_000),))
    plan = plan_of(HEAD, VICE)
    paper.do("nurse", c.Alter("v2", plan, 200_000, "加住宿费"))
    assert paper.waiting_for() == {"head"}


def test_a_grant_that_makes_no_sense_is_refused() -> None:
    paper = Paper(plan_of(HEAD))
    for wrong in (
        grant("head", "head"),
        ProxyGrant(
            uuid.UUID(int=1),
            WHO["head"],
            WHO["deputy"],
            MONDAY_9AM,
            MONDAY_9AM - timedelta(seconds=1),
        ),
    ):
        assert paper.refused("system", c.ApplyProxy(wrong)).code == "PROXY_INVALID"
    assert paper.refused("system", c.RevokeProxy(uuid.UUID(int=9))).code == "PROXY_INVALID"


def test_only_the_system_applies_grants() -> None:
    """The service has checked who may give which grant; nobody calls the engine directly."""
    paper = Paper(plan_of(HEAD))
    refusal = paper.refused("deputy", c.ApplyProxy(grant("head", "deputy")))
    assert refusal.code == "TASK_NOT_FOUND"
    assert paper.task("head").status is TaskStatus.PENDING
