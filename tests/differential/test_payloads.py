"""Payloads told with the work of a mutation: what resolvers read, and never the work again.

Every payload told in the scenarios is compared with what resolvers read
(``tests.differential.told``); here that is seen to notice, and what goes wrong is planted.
"""

import random
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, insert, literal, select
from tests.differential.operations import Operation, Writer
from tests.differential.rows import NOW, Filled, Person
from tests.differential.test_statements import HEAD
from tests.differential.told import (
    Comparing,
    ToldOtherwiseError,
    answered,
    canonical,
    comparing,
    counted,
    tier,
)
from tests.scenarios import operations as ask
from tests.scenarios.conftest import furnished, hospital
from tests.scenarios.hospital import Hospital, Paper

from mobile_hrp.graphql.asked import Asked
from mobile_hrp.graphql.compiled.mapping import Mappings, Row, Rows, Setting
from mobile_hrp.graphql.compiled.payloads import PayloadRoot, PayloadTier, by_result
from mobile_hrp.graphql.compiled.subjects.registry import TYPES
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.told import Payloads
from mobile_hrp.mobile_contract.documents import written_operations
from mobile_hrp.models.approval import ApprovalEntry, ApprovalInstance
from mobile_hrp.models.document import Document
from mobile_hrp.models.reliability import IdempotencyRecord
from mobile_hrp.resolvers.approval_inputs import CommentInput, body_of
from mobile_hrp.runtime.database import Database
from mobile_hrp.schema import schema
from mobile_hrp.services.approvals import acting
from mobile_hrp.services.idempotency import request_hash
from mobile_hrp.services.identity.viewers import authenticate

__all__ = ["comparing", "furnished", "hospital"]  # fixtures

DECIDE = written_operations().by_name["DecideTask"].body
RANDOM_PAYLOADS = 150


def planted(rows: Any) -> PayloadTier:
    """A tier that reads documents in a way of its own."""
    root: PayloadRoot = by_result("document_id", rows)
    return PayloadTier(schema, Mappings(schema, TYPES), {"DocumentPayload": {"document": root}})


def anybodys(_: Setting, key: Any) -> Rows:
    """A document by its key, whoever asks."""
    return Rows(Row(select(Document).where(Document.id == key).subquery("anybodys")))


def broken(_: Setting, key: Any) -> Rows:
    """A statement that fails when it runs."""
    found = select(Document).where(Document.id == key, Document.version / literal(0) == 1)
    return Rows(Row(found.subquery("broken")))


def fatal(_: Setting, key: Any) -> Rows:
    """A statement that takes its connection along."""
    ended = func.pg_terminate_backend(func.pg_backend_pid())
    return Rows(Row(select(Document).where(Document.id == key, ended).subquery("fatal")))


async def entered(hospital: Hospital, paper: Paper) -> int:
    """How many things happened to the paper."""
    async with hospital.owner.reading(hospital.id) as session:
        found = await session.scalar(
            select(func.count())
            .select_from(ApprovalEntry)
            .join(
                ApprovalInstance,
                (ApprovalInstance.hospital_id == ApprovalEntry.hospital_id)
                & (ApprovalInstance.id == ApprovalEntry.instance_id),
            )
            .where(ApprovalInstance.document_id == paper.id)
        )
    return int(found or 0)


async def done(
    hospital: Hospital,
    who: uuid.UUID,
    text: str,
    variables: Mapping[str, Any],
    payloads: Payloads | None,
) -> Mapping[str, Any]:
    """The data of a mutation whose payload is told, or read."""
    answer = await answered(await hospital.context(who), text, variables, payloads)
    assert "errors" not in answer, answer["errors"]
    data: Mapping[str, Any] = answer["data"]
    return data


async def decided(
    hospital: Hospital, who: uuid.UUID, variables: Mapping[str, Any], payloads: Payloads | None
) -> Mapping[str, Any]:
    return await done(hospital, who, DECIDE, variables, payloads)


async def decision(paper: Paper, who: uuid.UUID) -> dict[str, Any]:
    """Variables of a decision on the task of this person."""
    task = await paper.task(who)
    return {
        "input": {
            "idempotencyKey": uuid.uuid4().hex,
            "taskId": task["id"],
            "snapshotHash": task["document"]["snapshotHash"],
            "verdict": "APPROVED",
            "comment": "同意",
        }
    }


@pytest.fixture
def works(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The commands on tasks that were carried out, however that ended."""
    carried_out: list[Any] = []
    honest = acting.act_on_task

    async def noted(session: Any, **given: Any) -> Document:
        carried_out.append(given["command"])
        return await honest(session, **given)

    monkeypatch.setattr(acting, "act_on_task", noted)
    return carried_out


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that any engine of this process executes meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def after_the_work(seen: list[str]) -> list[str]:
    """What was executed once the work's own answer was stored."""
    stored = max(n for n, one in enumerate(seen) if one.startswith("UPDATE idempotency_record"))
    return seen[stored + 1 :]


async def test_a_payload_is_one_statement_of_the_transaction_that_did_the_work(
    hospital: Hospital,
) -> None:
    signer = hospital.member("CARD")
    spent = {}
    for payloads in (told_by(DECIDE), None):
        paper = await hospital.paper("all_of_us", [signer])
        variables = await decision(paper, signer)
        with statements() as seen:
            answer = await decided(hospital, signer, variables, payloads)
        assert answer["decideTask"]["document"]["status"] == "APPROVED"
        spent[payloads is not None] = after_the_work(seen)
    savepoint, read = spent[True]
    assert savepoint == "SAVEPOINT payload"
    assert read.startswith("SELECT CAST((SELECT concat(")
    assert len(spent[False]) == 6  # three transactions, each with its hospital set


def told_by(text: str, chosen: PayloadTier | None = None) -> Payloads:
    """How payloads of this document are told."""
    payloads = chosen or tier()
    payloads.trust(text)
    found = payloads.of(Asked(text))
    assert found is not None
    return found


async def test_what_is_not_asked_for_is_not_read(hospital: Hospital) -> None:
    text = (
        "mutation M($input: DecideTaskInput!, $with: Boolean!) { decideTask(input: $input) {"
        " document @include(if: $with) { status } again: document @skip(if: $with) { id }"
        " userErrors { code } replayed } }"
    )
    signer = hospital.member("CARD")
    paper = await hospital.paper("all_of_us", [signer])
    variables = {**await decision(paper, signer), "with": True}
    payloads = told_by(text)
    shown = await done(hospital, signer, text, variables, payloads)
    variables["with"] = False
    other = await done(hospital, signer, text, variables, payloads)
    assert list(shown["decideTask"]) == ["document", "userErrors", "replayed"]
    assert list(other["decideTask"]) == ["again", "userErrors", "replayed"]
    assert shown["decideTask"]["document"] == {"status": "APPROVED"}
    assert other["decideTask"]["again"] == {"id": paper.global_id}

    bare = "mutation M($input: DecideTaskInput!) { decideTask(input: $input) { replayed } }"
    variables.pop("with")
    with statements() as seen:
        said = await done(hospital, signer, bare, variables, told_by(bare))
    assert said == {"decideTask": {"replayed": True}}
    assert not [one for one in seen if "FROM document" in one or "SAVEPOINT" in one]


async def test_who_may_not_see_it_is_told_nothing_of_it(
    hospital: Hospital, comparing: Comparing
) -> None:
    paper = await objectionable(hospital)
    raised = await object_to(hospital, paper)
    assert (raised["document"], raised["userErrors"]) == (None, [])
    assert comparing.told["raiseObjection"] == 1
    assert "OBJECTION_RAISED" in await paper.events()


async def test_a_foreign_document_in_a_payload_is_noticed(
    hospital: Hospital, comparing: Comparing
) -> None:
    paper = await objectionable(hospital)
    comparing.payloads = planted(anybodys)
    with pytest.raises(ToldOtherwiseError):
        await object_to(hospital, paper)


async def objectionable(hospital: Hospital) -> Paper:
    """A paper that is public, which somebody of paediatrics has no part in."""
    signer = hospital.member("CARD")
    paper = await hospital.paper("announced", [signer])
    await paper.decide(signer)
    return paper


async def object_to(hospital: Hospital, paper: Paper) -> Any:
    given = {"documentId": paper.global_id, "nodeKey": "publicity", "text": "名单有误"}
    raised = await hospital.do(hospital.member("PEDI"), "raiseObjection", "ObjectInput", given)
    return raised.payload


async def test_a_statement_that_fails_costs_nobody_the_work(
    hospital: Hospital, works: list[Any]
) -> None:
    signer = hospital.member("CARD")
    paper = await hospital.paper("all_of_us", [signer])
    variables, left = await decision(paper, signer), counted("left")
    before = await entered(hospital, paper)
    payloads = told_by(DECIDE, planted(broken))
    answer = await decided(hospital, signer, variables, payloads)
    assert counted("left") == left + 1
    assert answer["decideTask"]["document"]["status"] == "APPROVED"
    assert answer["decideTask"]["replayed"] is False
    assert len(works) == 1
    once = await entered(hospital, paper)
    assert once > before
    again = await decided(hospital, signer, variables, payloads)
    assert again["decideTask"]["replayed"] is True
    assert (len(works), await entered(hospital, paper)) == (1, once)


async def test_without_its_savepoint_a_failing_statement_would_cost_the_work(
    hospital: Hospital, works: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above would notice: the transaction is lost with the statement."""
    monkeypatch.setattr("mobile_hrp.graphql.compiled.payloads._SAVEPOINT", "SELECT 1")
    monkeypatch.setattr("mobile_hrp.graphql.compiled.payloads._BACK", "ROLLBACK")
    signer = hospital.member("CARD")
    paper = await hospital.paper("all_of_us", [signer])
    variables, before = await decision(paper, signer), await entered(hospital, paper)
    payloads = told_by(DECIDE, planted(broken))
    answer = await decided(hospital, signer, variables, payloads)
    assert answer["decideTask"]["document"]["status"] == "IN_APPROVAL"
    assert len(works) == 1
    assert await entered(hospital, paper) == before


async def test_a_connection_lost_under_the_payload_is_one_lost_before_the_commit(
    hospital: Hospital,
) -> None:
    signer = hospital.member("CARD")
    paper = await hospital.paper("all_of_us", [signer])
    variables, before = await decision(paper, signer), await entered(hospital, paper)
    payloads = told_by(DECIDE, planted(fatal))
    answer = await decided(hospital, signer, variables, payloads)
    assert [one["code"] for one in answer["decideTask"]["userErrors"]] == ["BUSY"]
    assert answer["decideTask"]["document"] is None
    assert await entered(hospital, paper) == before
    after = await decided(hospital, signer, variables, told_by(DECIDE))
    assert after["decideTask"]["document"]["status"] == "APPROVED"
    assert after["decideTask"]["replayed"] is False


async def test_an_answer_kept_without_the_key_is_left_to_resolvers(
    hospital: Hospital,
) -> None:
    signer = hospital.member("CARD")
    paper = await hospital.paper("all_of_us", [signer])
    variables, left = await decision(paper, signer), counted("left")
    root = by_result("another_id", anybodys)
    payloads = told_by(
        DECIDE,
        PayloadTier(schema, Mappings(schema, TYPES), {"DocumentPayload": {"document": root}}),
    )
    answer = await decided(hospital, signer, variables, payloads)
    assert answer["decideTask"]["document"]["status"] == "APPROVED"
    assert counted("left") == left + 1


async def test_each_payload_of_a_batch_is_told(hospital: Hospital, comparing: Comparing) -> None:
    signer = hospital.member("CARD")
    papers = [await hospital.paper("all_of_us", [signer]) for _ in range(3)]
    given = [(await decision(one, signer))["input"] for one in papers]
    items = [{key: value for key, value in one.items() if key != "idempotencyKey"} for one in given]
    body = {"idempotencyKey": given[0]["idempotencyKey"], "items": items}
    before = counted("told")
    answer = await hospital.run(signer, ask.BATCH, input=body)
    assert answer["batchDecide"]["accepted"] == len(papers)
    assert [one["payload"]["document"] for one in answer["batchDecide"]["results"]] == [
        {"id": one.global_id, "status": "APPROVED"} for one in papers
    ]
    assert comparing.told["batchDecide"] == 1
    assert counted("told") == before + 2 * len(papers)


def test_two_payloads_of_one_kind_are_left_to_resolvers() -> None:
    text = (
        "mutation B($input: BatchDecideInput!) { batchDecide(input: $input) {"
        " results { payload { document { id } } } others: results { payload {"
        " document { number } } } } }"
    )
    assert told_by(text).telling("batchDecide", {}, HEAD, "zh") is None
    assert told_by(ask.BATCH).telling("batchDecide", {}, HEAD, "zh") is not None


class _Payload(Operation):
    """A mutation with a random selection of its payload."""

    def of_comment(self) -> tuple[str, dict[str, Any]]:
        payload: Any = self._writer.schema.type_map["DocumentPayload"]
        head = f"{self._alias()}commentDocument(input: $input)"
        whole = f"{head} {self._selection(payload, 0)}"
        given = "".join(f", ${name}: {kind}" for name, kind in self._declared.items())
        fragments = " ".join(self._fragments)
        text = f"mutation Random($input: CommentInput!{given}) {{ {whole} }} {fragments}"
        return text, self._values


async def test_random_payloads_are_told_as_they_are_read(
    database: Database, owner_database: Database, filled: Filled
) -> None:
    """Of rows with awkward values, for people who may see them or not, all as replays."""
    source = random.Random(2026)  # noqa: S311 - not a secret
    core: Any = schema._schema  # noqa: SLF001 - Strawberry has no public way to it
    writer = Writer(core, Mappings(schema, TYPES), filled, source)
    before, shown = counted("told"), 0
    for number in range(RANDOM_PAYLOADS):
        person = source.choice(filled.people)
        given = await _commented(owner_database, number, person.staff_id, filled, source)
        text, values = _Payload(writer).of_comment()
        variables, locale = {"input": given, **values}, source.choice(("zh", "en"))
        told, read = [
            await answered(await asking(database, person, locale), text, variables, one)
            for one in (told_by(text), None)
        ]
        assert canonical(told) == canonical(read), f"{text}\n{values}"
        shown += _shows_something(told["data"])
    assert counted("told") - before >= RANDOM_PAYLOADS / 2
    assert shown > RANDOM_PAYLOADS / 10


def _shows_something(data: Any) -> bool:
    payloads = (data or {}).values()
    return any(isinstance(one, dict) for payload in payloads for one in (payload or {}).values())


async def asking(database: Database, person: Person, locale: str) -> Context:
    viewer, denial = await authenticate(database, access_token=person.token, now=NOW)
    return Context(
        database=database,
        clock=lambda: NOW,
        live=_Quiet(),  # type: ignore[arg-type]  # it hears of commits, and tells nobody
        services=None,  # type: ignore[arg-type]  # nothing here reaches for it
        viewer=viewer,
        denial=denial,
        locale=locale,
    )


class _Quiet:
    def committed(self, hospital_id: int) -> None:
        assert hospital_id


async def _commented(
    owner: Database, number: int, staff_id: uuid.UUID, filled: Filled, source: random.Random
) -> dict[str, Any]:
    """Input of a comment that was made already, on any document."""
    document_id = source.choice(list(filled.documents))
    key, node = f"random-{number:04}", encode_id("Document", document_id)
    body = body_of(CommentInput(idempotency_key=key, document_id=node, text="x"))
    async with owner.transaction(7, staff_id=staff_id) as session:
        await session.execute(
            insert(IdempotencyRecord).values(
                hospital_id=7,
                staff_id=staff_id,
                key=key,
                operation="commentDocument",
                request_hash=request_hash(body),
                result={"document_id": str(document_id)},
                created_at=NOW,
            )
        )
    return {"idempotencyKey": key, "documentId": node, "text": "x"}
