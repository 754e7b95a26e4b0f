"""One document's way, from the draft to an end state, decided by the real assignees."""

import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mobile_hrp.demo.client import DemoError, Phone
from mobile_hrp.demo.simulation import operations as ask
from mobile_hrp.demo.simulation.people import People
from mobile_hrp.domain.approval.terms import Action, SignMode
from mobile_hrp.domain.scenario.model import NodeDefinition, Scenario
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.runtime.ids import new_id

STEPS_MAX: Final = 120
_STEP_UP: Final = "step_up"


class Variant(enum.StrEnum):
    APPROVE = "approve"
    SEND_BACK = "send back"
    REJECT = "reject"


@dataclass
class Journey:
    """A document on its way. ``values`` are the form's, as the phone sends them.

    ``state`` is the last seen status; ``passed`` the nodes that were completed; ``problem`` says
    what went wrong, empty while nothing did. ``turned``: somebody has said no or sent it back.
    """

    scenario: Scenario
    variant: Variant
    number: int
    requester: str
    values: Mapping[str, Any]
    document_id: str = ""
    state: str = "DRAFT"
    decisions: int = 0
    passed: frozenset[str] = frozenset()
    waits: bool = False
    problem: str = ""
    turned: bool = False

    @property
    def name(self) -> str:
        return f"{self.variant.value} {self.number}" if self.number else self.variant.value

    @property
    def expected(self) -> str:
        return "REJECTED" if self.variant is Variant.REJECT else "APPROVED"

    @property
    def ended_well(self) -> bool:
        return not self.problem and not self.waits and self.state == self.expected


async def begin(journey: Journey, people: People) -> None:
    """Save the draft and submit it."""
    phone = await people.phone(journey.requester)
    journey.document_id = encode_id("Document", new_id())
    draft = {
        "idempotencyKey": _key(),
        "documentId": journey.document_id,
        "scenarioCode": journey.scenario.code,
        "values": journey.values,
        "title": f"{journey.scenario.name.zh}（{journey.name}）",
    }
    await phone.mutate(ask.SAVE, {"input": draft})
    await _submit(journey, phone)


async def go_on(journey: Journey, people: People) -> None:
    """Decide whatever waits until the document has ended, or only time can move it (``waits``)."""
    journey.waits = False
    for _ in range(STEPS_MAX):
        document = await _look(journey, people)
        tasks = document["pendingTasks"]
        if not tasks:
            active = [node for node in document["route"] if node["status"] == "ACTIVE"]
            journey.waits = bool(active)
            return
        await _act(journey, people, document, tasks[0])
    raise DemoError(f"no end after {STEPS_MAX} steps")


async def _look(journey: Journey, people: People) -> Any:
    phone = await people.phone(journey.requester)
    document = (await phone.run(ask.DOCUMENT, {"id": journey.document_id}))["document"]
    journey.state = document["status"]
    journey.passed = frozenset(
        node["key"] for node in document["route"] if node["status"] == "DONE"
    )
    return document


async def _act(journey: Journey, people: People, document: Any, task: Any) -> None:
    phone = await people.phone(task["assignee"]["employeeNumber"])
    if task["kind"] == "RESUBMIT":
        await _submit(journey, phone)
        return
    node = _node(journey.scenario, task["nodeKey"])
    if node.mode is SignMode.CLAIM and not task["claimed"]:
        given = {"idempotencyKey": _key(), "taskId": task["id"]}
        await phone.mutate(ask.CLAIM, {"input": given})
    verdict = _verdict(journey, node)
    evidence = [
        {"name": name, "value": f"SIM-{name}"} for name in node.evidence if name != _STEP_UP
    ]
    if verdict == "APPROVED":  # every phone here is new, so each approval is proved once more
        proof = await people.prove(phone, task["id"], document["snapshotHash"])
        evidence.append({"name": _STEP_UP, "value": proof})
    decision = {
        "idempotencyKey": _key(),
        "taskId": task["id"],
        "snapshotHash": document["snapshotHash"],
        "verdict": verdict,
        "comment": "示例意见",
        "evidence": evidence,
    }
    await phone.mutate(ask.DECIDE, {"input": decision})
    journey.decisions += 1
    journey.turned = journey.turned or verdict != "APPROVED"


def _verdict(journey: Journey, node: NodeDefinition) -> str:
    """Agree, but for the variant's one no; a vote needs the others' noes too."""
    sends_back = journey.variant is Variant.SEND_BACK and not journey.turned
    if sends_back and Action.SEND_BACK not in node.forbids:
        return "SENT_BACK"
    if journey.variant is Variant.REJECT and Action.REJECT not in node.forbids:
        return "REJECTED"
    return "APPROVED"


def _node(scenario: Scenario, key: str) -> NodeDefinition:
    return next(node for node in scenario.nodes if node.key == key)


async def _submit(journey: Journey, phone: Phone) -> None:
    """Look what the controls will find, give the reasons they ask for, and send it."""
    found = await phone.run(ask.PREVIEW_FINDINGS, {"id": journey.document_id})
    asked = {
        one["control"] for one in found["previewFindings"] if one["severity"] == "REQUIRE_REASON"
    }
    given = {
        "idempotencyKey": _key(),
        "documentId": journey.document_id,
        "reasons": [{"control": one, "reason": "示例情况说明"} for one in sorted(asked)],
    }
    await phone.mutate(ask.SUBMIT, {"input": given})


def _key() -> str:
    return uuid.uuid4().hex
