"""Who is asked: the node's candidates after self-approval, repeat and absence policies."""

import uuid
from collections.abc import Collection, Iterator

from mobile_hrp.domain.approval.codes import ExplanationCode
from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.plan import Candidate, PlanNode
from mobile_hrp.domain.approval.separation import (
    Obstacle,
    ObstacleKind,
    counts,
)
from mobile_hrp.domain.approval.state import Decision
from mobile_hrp.domain.approval.terms import (
    POOL_MODES,
    AbsentPolicy,
    RepeatedPolicy,
    SelfApprovalPolicy,
    Verdict,
)

Seat = tuple[uuid.UUID, int]
"""A holder and the weight of the vote."""


def choose_seats(draft: Draft, node: PlanNode) -> list[Seat]:
    """Apply the node's policies to its candidates, explaining each change.

    At a pool (any, claim) people who are away or conflicted by an earlier seat are simply left
    out while somebody remains; the self-approval policy is applied as written, so that a
    requester's own superior is asked rather than a subordinate in the same pool.
    """
    seats: list[Seat] = []
    left_out: list[tuple[Candidate, Obstacle]] = []
    for candidate in node.candidates:
        taken = [holder for holder, _ in seats]
        problem = draft.obstacle(node, candidate.staff_id)
        if problem is None:
            holder = _repeated(draft, node, candidate.staff_id, taken)
        elif may_leave_out(node, problem):
            left_out.append((candidate, problem))
            continue
        else:
            holder = substitute(draft, node, candidate.staff_id, problem, taken)
        if holder is None:
            continue
        if holder in taken:
            draft.explain(node.key, ExplanationCode.SEAT_MERGED, staff=holder)
        else:
            seats.append((holder, candidate.weight))
    if seats:
        for candidate, problem in left_out:
            code = ExplanationCode[f"{problem.kind.name}_EXCLUDED"]
            draft.explain(node.key, code, staff=candidate.staff_id, **problem.params)
        return seats
    for candidate, problem in left_out:
        taken = [holder for holder, _ in seats]
        holder = substitute(draft, node, candidate.staff_id, problem, taken)
        if holder is not None and holder not in taken:
            seats.append((holder, candidate.weight))
    return seats


def may_leave_out(node: PlanNode, problem: Obstacle) -> bool:
    if node.mode not in POOL_MODES or problem.kind is ObstacleKind.SELF_APPROVAL:
        return False
    return not (problem.kind is ObstacleKind.ABSENT and node.absent is AbsentPolicy.BLOCK)


def _repeated(
    draft: Draft, node: PlanNode, person: uuid.UUID, taken: Collection[uuid.UUID]
) -> uuid.UUID | None:
    """The person, or with the TO_SUPERIOR policy another one when the person approved before."""
    if node.repeated is not RepeatedPolicy.TO_SUPERIOR or earlier_approval(draft, person) is None:
        return person
    for other in _upwards(draft, person):
        if draft.obstacle(node, other) is None and earlier_approval(draft, other) is None:
            if other in taken:
                draft.explain(node.key, ExplanationCode.SEAT_MERGED, staff=other)
                return None
            draft.explain(node.key, ExplanationCode.REPEATED_REPLACED, staff=person, to=other)
            return other
    return person


def earlier_approval(draft: Draft, person: uuid.UUID) -> Decision | None:
    """The person's own latest approval that counts in this chain."""
    for decision in reversed(draft.decisions):
        if (
            decision.verdict is Verdict.APPROVED
            and not decision.automatic
            and decision.actor == person
            and counts(draft, decision)
        ):
            return decision
    return None


def substitute(
    draft: Draft,
    node: PlanNode,
    person: uuid.UUID,
    problem: Obstacle,
    taken: Collection[uuid.UUID] = (),
) -> uuid.UUID | None:
    """Somebody else for the seat of a person who may not sit there, by the node's policy.

    Returns the person itself when the policy is to wait, and None when the seat falls away.
    """
    if problem.kind is ObstacleKind.ABSENT and node.absent is AbsentPolicy.BLOCK:
        draft.explain(node.key, ExplanationCode.ABSENT_KEPT, staff=person)
        return person
    for other in _stand_ins(draft, node, person, problem):
        if other in taken:
            draft.explain(node.key, ExplanationCode.SEAT_MERGED, staff=other)
            return None
        if draft.obstacle(node, other) is None:
            code = ExplanationCode[f"{problem.kind.name}_REPLACED"]
            draft.explain(node.key, code, staff=person, to=other, **problem.params)
            return other
    code = ExplanationCode[f"{problem.kind.name}_EXCLUDED"]
    draft.explain(node.key, code, staff=person, **problem.params)
    return None


def _stand_ins(
    draft: Draft, node: PlanNode, person: uuid.UUID, problem: Obstacle
) -> Iterator[uuid.UUID]:
    if problem.kind is ObstacleKind.SELF_APPROVAL:
        if node.self_approval is SelfApprovalPolicy.SECOND_PERSON:
            yield from node.seconds
        elif node.self_approval is not SelfApprovalPolicy.TO_SUPERIOR:
            return
    if problem.kind is ObstacleKind.ABSENT and node.absent is AbsentPolicy.EXCLUDE:
        return
    if problem.kind is not ObstacleKind.ABSENT or node.absent is AbsentPolicy.TO_SUPERIOR:
        yield from _superiors(draft, person)
    yield from draft.plan.administrators


def _superiors(draft: Draft, person: uuid.UUID) -> Iterator[uuid.UUID]:
    seen = {person}
    superior = draft.plan.superiors.get(person)
    while superior is not None and superior not in seen:
        yield superior
        seen.add(superior)
        superior = draft.plan.superiors.get(superior)


def _upwards(draft: Draft, person: uuid.UUID) -> Iterator[uuid.UUID]:
    yield from _superiors(draft, person)
    yield from draft.plan.administrators
