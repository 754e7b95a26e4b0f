"""Branches that run side by side, publicity and post-review."""

from datetime import timedelta

import pytest
from tests.domain.approval.hospital import LENIENT, MONDAY_9AM, WHO, Paper, node, plan_of

from mobile_hrp.domain.approval import commands as c
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.plan import Branch, Explanation, PlanNode, Span, Stage
from mobile_hrp.domain.approval.terms import (
    InstanceStatus,
    Join,
    NodeKind,
    NodeStatus,
    ResubmitPolicy,
    SignMode,
    TaskKind,
)
from mobile_hrp.domain.approval.timers import next_wakeup


def side_by_side(*branches: tuple[PlanNode, ...], join: Join = Join.ALL) -> Stage:
    return Stage(tuple(Branch(nodes) for nodes in branches), join)


def money_and_law(join: Join = Join.ALL) -> Paper:
    """A contract: finance looks at the money while legal, then audit, look at the clauses."""
    stage = side_by_side(
        (node("money", "finance_head"),),
        (node("law", "keeper"), node("audit", "auditor")),
        join=join,
    )
    return Paper(plan_of(node("dept", "head"), stage, node("president", "president")))


def test_every_branch_must_finish_before_the_paper_goes_on() -> None:
    paper = money_and_law()
    paper.approve("head")
    assert paper.waiting_for() == {"finance_head", "keeper"}
    paper.approve("keeper")
    assert paper.waiting_for() == {"finance_head", "auditor"}
    paper.approve("finance_head")
    assert paper.waiting_for() == {"auditor"}
    paper.approve("auditor")
    assert paper.waiting_for() == {"president"}


def test_a_rejection_in_one_of_the_branches_ends_all() -> None:
    paper = money_and_law()
    paper.approve("head")
    paper.reject("keeper")
    assert paper.status() is InstanceStatus.REJECTED
    assert paper.waiting_for() == set()


def test_where_one_branch_is_enough_the_first_wins_and_the_others_stop() -> None:
    paper = money_and_law(Join.ANY)
    paper.approve("head")
    paper.approve("finance_head")
    assert paper.waiting_for() == {"president"}
    assert paper.status_of("law") is NodeStatus.SUPERSEDED
    assert paper.codes("law") == ["BRANCH_LOST"]


def test_where_one_branch_is_enough_a_rejection_leaves_the_others_a_chance() -> None:
    paper = money_and_law(Join.ANY)
    paper.approve("head")
    paper.reject("finance_head")
    assert paper.status() is InstanceStatus.RUNNING
    assert paper.waiting_for() == {"keeper"}
    paper.approve("keeper")
    paper.approve("auditor")
    assert paper.waiting_for() == {"president"}

    both = money_and_law(Join.ANY)
    both.approve("head")
    both.reject("finance_head")
    both.reject("keeper")
    assert both.status() is InstanceStatus.REJECTED


def test_the_only_branch_of_a_stage_is_rejected_like_any_other_node() -> None:
    """A single branch under "one is enough": found by hypothesis as a document without an end."""
    paper = Paper(plan_of(side_by_side((node("a", "head"),), join=Join.ANY)))
    paper.reject("head")
    assert paper.status() is InstanceStatus.REJECTED


def test_a_branch_of_notices_or_of_skipped_nodes_wins_nothing() -> None:
    no = Explanation("CONDITION_FALSE")
    stage = side_by_side(
        (node("notice", "keeper", mode=SignMode.NOTIFY),),
        (node("left_out", "keeper", skip=no),),
        (node("real", "head"),),
        join=Join.ANY,
    )
    paper = Paper(plan_of(stage, node("president", "president")))
    assert paper.waiting_for() == {"head"}
    paper.approve("head")
    assert paper.waiting_for() == {"president"}


def test_sending_back_out_of_a_branch_stops_its_neighbours_and_they_begin_again() -> None:
    paper = money_and_law()
    paper.approve("head")
    paper.send_back("keeper", to_node="dept", resubmit=ResubmitPolicy.TO_RETURNER)
    assert paper.waiting_for() == {"head"}
    paper.approve("head")
    assert paper.waiting_for() == {"finance_head", "keeper"}


def test_coming_straight_back_keeps_what_a_neighbour_had_finished() -> None:
    paper = money_and_law()
    paper.approve("head")
    paper.approve("finance_head")
    paper.send_back("keeper", to_node="dept", resubmit=ResubmitPolicy.TO_RETURNER)
    paper.approve("head")
    assert paper.waiting_for() == {"keeper"}


def test_it_is_not_sent_back_across_to_a_neighbour() -> None:
    paper = money_and_law()
    paper.approve("head")
    paper.approve("finance_head")
    across = c.SendBack(paper.task("keeper").id, "v1", "退", "money")
    assert paper.refused("keeper", across).code == "SEND_BACK_TARGET"


def test_one_person_in_two_branches_signs_in_one_and_is_replaced_in_the_other() -> None:
    stage = side_by_side((node("a", "head"),), (node("b", "head"),))
    paper = Paper(plan_of(stage))
    assert len(paper.tasks("head")) == 2
    paper.approve("head")
    assert paper.waiting_for() == {"vice"}
    assert paper.explained("SECOND_SEAT_REPLACED").params["to"] == str(WHO["vice"])

    lenient = Paper(plan_of(stage, sod=LENIENT))
    lenient.approve("head")
    assert lenient.waiting_for() == {"head"}


# ---- 公示


def bonus_plan() -> Paper:
    """The department's bonus list is published for three days before the office reviews it."""
    window = Span(3 * 24 * 60, working=False)
    published = node("published", kind=NodeKind.PUBLICITY, mode=SignMode.NOTIFY, window=window)
    paper = Paper(plan_of(node("dept", "head"), published, node("office", "finance_head")))
    paper.approve("head")
    return paper


def test_a_list_is_public_for_its_whole_window_and_then_goes_on() -> None:
    paper = bonus_plan()
    assert paper.waiting_for() == set()
    assert paper.alarms() == []
    assert paper.at("published").window_ends_at == MONDAY_9AM + timedelta(days=3)
    paper.wait(days=2, hours=23)
    paper.tick()
    assert paper.waiting_for() == set()
    paper.wait(hours=1)
    paper.tick()
    assert paper.waiting_for() == {"finance_head"}


def test_an_objection_must_be_answered_before_the_list_goes_on() -> None:
    """可提异议: the doctor finds his night shifts missing."""
    paper = bonus_plan()
    paper.do("doctor", c.Object("published", "少算两个夜班"))
    assert paper.waiting_for() == {"admin"}
    paper.wait(days=4)
    paper.tick()
    assert paper.status_of("published") is NodeStatus.ACTIVE

    task_id = paper.task("admin", TaskKind.OBJECTION).id
    silent = paper.refused("admin", c.Approve(task_id, "v1"))
    assert silent.code == "COMMENT_REQUIRED", "an objection gets an answer, not a click"
    paper.do("admin", c.Approve(task_id, "v1", "夜班已计入上月"))
    assert paper.waiting_for() == {"finance_head"}
    (dismissed,) = paper.happened(EventKind.OBJECTION_DISMISSED)
    assert dismissed.staff == (WHO["doctor"],)


def test_an_open_objection_does_not_keep_the_worker_busy() -> None:
    """The window is over; what is missing is an answer, and no tick will give it."""
    paper = bonus_plan()
    assert next_wakeup(paper.state) == MONDAY_9AM + timedelta(days=3)
    paper.do("doctor", c.Object("published", "少算两个夜班"))
    assert next_wakeup(paper.state) is None
    task_id = paper.task("admin", TaskKind.OBJECTION).id
    paper.do("admin", c.Approve(task_id, "v1", "已核对"))
    assert next_wakeup(paper.state) == MONDAY_9AM + timedelta(days=3)


def test_an_upheld_objection_stops_the_list() -> None:
    paper = bonus_plan()
    paper.do("doctor", c.Object("published", "少算两个夜班"))
    paper.reject("admin", "确有遗漏")
    assert paper.status() is InstanceStatus.REJECTED


def test_nobody_answers_their_own_objection() -> None:
    paper = bonus_plan()
    paper.do("admin", c.Object("published", "我也少算"))
    assert paper.waiting_for() == {"admin2"}


def test_an_objection_nobody_may_answer_is_an_alarm() -> None:
    window = Span(60, working=False)
    published = node("published", kind=NodeKind.PUBLICITY, mode=SignMode.NOTIFY, window=window)
    paper = Paper(plan_of(published, node("head", "head"), administrators=(WHO["admin"],)))
    paper.do("admin", c.Object("published", "不对"))
    assert paper.alarms() == ["objection_unhandled"]
    paper.do("system", c.OrgChanged(administrators=(WHO["admin2"],)))
    assert paper.waiting_for() == {"admin2"}
    assert paper.alarms() == []


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (c.Object("published", " "), "COMMENT_REQUIRED"),
        (c.Object("published", "x" * 2001), "COMMENT_TOO_LONG"),
        (c.Object("dept", "x"), "WINDOW_NOT_OPEN"),
        (c.Object("nowhere", "x"), "WINDOW_NOT_OPEN"),
    ],
)
def test_an_objection_has_a_text_and_a_window(command: c.Object, code: str) -> None:
    assert bonus_plan().refused("doctor", command).code == code


def test_one_objection_each_and_none_after_the_window() -> None:
    paper = bonus_plan()
    paper.do("doctor", c.Object("published", "少算"))
    again = paper.refused("doctor", c.Object("published", "还是少算"))
    assert again.code == "ALREADY_OBJECTED"
    paper.wait(days=3)
    late = paper.refused("nurse", c.Object("published", "晚了"))
    assert late.code == "WINDOW_NOT_OPEN"


# ---- 事后补审


def urgent_purchase() -> Paper:
    """An antidote is bought at night; audit looks at it afterwards."""
    review = node("review", "auditor", kind=NodeKind.POST_REVIEW)
    paper = Paper(plan_of(node("duty", "vice"), review))
    paper.approve("vice")
    return paper


def test_an_urgent_purchase_is_in_force_before_it_is_audited() -> None:
    paper = urgent_purchase()
    assert paper.status() is InstanceStatus.EFFECTIVE
    assert len(paper.happened(EventKind.APPROVED)) == 1
    assert paper.waiting_for() == {"auditor"}
    paper.approve("auditor")
    assert paper.status() is InstanceStatus.APPROVED
    assert paper.state.review_failed is False
    assert len(paper.happened(EventKind.APPROVED)) == 1, "it is not approved twice"


def test_a_failed_post_review_is_recorded_and_undoes_nothing() -> None:
    paper = urgent_purchase()
    paper.reject("auditor", "应当询价")
    assert paper.status() is InstanceStatus.APPROVED
    assert paper.state.review_failed is True
    assert not paper.happened(EventKind.REJECTED)


def test_what_is_in_force_is_not_sent_back_by_the_post_review() -> None:
    paper = urgent_purchase()
    back = c.SendBack(paper.task("auditor").id, "v1", "退")
    assert paper.refused("auditor", back).code == "NOT_ALLOWED_HERE"


def test_a_plan_that_makes_no_sense_is_not_accepted() -> None:
    review = node("review", "auditor", kind=NodeKind.POST_REVIEW)
    for nodes, message in (
        ((review, node("late", "head")), "may follow a post-review"),
        ((node("a", "head"), node("a", "vice")), "two nodes"),
        ((node("requester", "head"),), "not a node key"),
        ((node("n", "head", mode=SignMode.NOTIFY),), "no node at which"),
        ((node("p", "head", kind=NodeKind.PUBLICITY), node("a", "head")), "needs a window"),
        ((node("v", "head", weights={"head": 0}),), "weight"),
        ((side_by_side((review,), (node("x", "head"),)),), "share no stage"),
    ):
        with pytest.raises(ValueError, match=message):
            plan_of(*nodes)
