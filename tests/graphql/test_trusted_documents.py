"""In production nothing runs but the operations that are written down."""

import hashlib
import json
from importlib import resources
from typing import Any, cast

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, OperationType, parse
from tests.graphql.door import DEVELOPMENT, OPEN, PRODUCTION, Door

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.admission import RefusedDocumentError, admit, core_schema
from mobile_hrp.mobile_contract.documents import (
    TrustedDocuments,
    UnknownOperationError,
    operation_text,
    written_operations,
)
from mobile_hrp.schema import schema

FOLDER = resources.files("mobile_hrp.mobile_contract")
PROVIDERS = "LoginProviders"


def named(name: str) -> str:
    return f"sha256:{written_operations().by_name[name].sha256}"


@pytest.mark.parametrize("document", list(written_operations()), ids=lambda document: document.name)
def test_every_written_operation_fits_the_schema_and_keeps_the_limits(document: Any) -> None:
    admitted = admit(schema, document.body)
    assert list(admitted.operations) == [document.name]
    assert admitted.operations[document.name].operation is OperationType(document.kind)
    assert not admitted.introspects


def test_every_root_field_can_be_asked_for_in_production() -> None:
    core = core_schema(schema)
    asked = set()
    for document in written_operations():
        for operation in admit(schema, document.body).operations.values():
            for selection in operation.selection_set.selections:
                asked.add((document.kind, cast("Any", selection).name.value))
    roots = (core.query_type, core.mutation_type, core.subscription_type)
    for kind, root in zip(("query", "mutation", "subscription"), roots, strict=True):
        assert root is not None
        missing = [name for name in root.fields if (kind, name) not in asked]
        assert missing == [], "write the operation into mobile_contract/operations"


def test_the_files_hold_what_a_parser_finds_in_them() -> None:
    """Documents are cut out of the files by lines; a parser must see the same definitions."""
    operations, fragments = set(), set()
    root = FOLDER / "operations"
    for folder in (root, root / "phone", root / "console"):
        for file in folder.iterdir():
            if not file.name.endswith(".graphql"):
                continue
            for node in parse(file.read_text("utf-8")).definitions:
                if isinstance(node, OperationDefinitionNode):
                    assert node.name is not None
                    operations.add(node.name.value)
                elif isinstance(node, FragmentDefinitionNode):
                    fragments.add(node.name.value)
    assert operations == set(written_operations().by_name)
    used = {
        node.name.value
        for document in written_operations()
        for node in parse(document.body).definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    assert fragments == used, "a fragment that no operation uses"


def test_names_are_not_used_twice_and_the_committed_manifest_is_current() -> None:
    assert len(written_operations().by_name) == len(written_operations())
    committed = json.loads((FOLDER / "manifest.json").read_text("utf-8"))
    assert committed == written_operations().manifest(), "run: mobile-hrp contract export"
    read = TrustedDocuments.from_manifest(committed)
    assert dict(read.by_sha256) == dict(written_operations().by_sha256)


def test_a_manifest_whose_id_is_not_the_hash_is_refused() -> None:
    manifest = written_operations().manifest()
    manifest["operations"][0]["body"] += " "
    with pytest.raises(ValueError, match="not the hash"):
        TrustedDocuments.from_manifest(manifest)
    with pytest.raises(UnknownOperationError):
        operation_text("NoSuchOperation")


async def test_a_document_is_run_by_its_id_in_each_of_the_ways_to_say_it() -> None:
    door = Door(PRODUCTION)
    digest = named("Me").removeprefix("sha256:")
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    ways: list[dict[str, Any]] = [
        {"documentId": f"sha256:{digest}"},
        {"extensions": persisted},
        {"query": operation_text("Me")},
        {"query": operation_text("Me"), "documentId": f"sha256:{digest}"},
        {"query": operation_text("Me"), "extensions": persisted, "operationName": "Me"},
    ]
    for way in ways:
        answered = await door.post(way)
        # it ran: that nobody is signed in is found by the resolver, with the field's path
        assert (answered.status, answered.codes) == (401, ["UNAUTHENTICATED"]), way
        assert answered.json["errors"][0]["path"] == ["me"], way
    answered = await door.send(
        method="GET", query=f"documentId=sha256:{digest}", headers={"accept": "*/*"}
    )
    assert answered.codes == ["UNAUTHENTICATED"]


async def test_an_unknown_document_has_its_code() -> None:
    for policy in (PRODUCTION, OPEN):
        door = Door(policy)
        for document_id in (f"sha256:{'0' * 64}", "0" * 64, "", "md5:abc", "sha256:"):
            answered = await door.post({"documentId": document_id})
            assert (answered.status, answered.codes) == (400, ["OPERATION_UNKNOWN"]), document_id
        unknown = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
        answered = await door.post({"extensions": unknown})
        assert answered.codes == ["PERSISTED_QUERY_NOT_FOUND"]
        for wrong in ({"documentId": 5}, {"extensions": {"persistedQuery": 5}},
                      {"extensions": {"persistedQuery": {"sha256Hash": None}}},
                      {"documentId": named("Me"), "query": "{ __typename }"}):  # fmt: skip
            answered = await door.post(wrong)
            assert (answered.status, answered.codes) == (400, ["BAD_REQUEST"]), wrong


async def test_ad_hoc_operations_are_refused_in_production() -> None:
    door = Door(PRODUCTION)
    for text in ("{ __typename }", "query Me { me { id } }", "{", operation_text("Me") + " "):
        answered = await door.post({"query": text})
        assert (answered.status, answered.codes) == (403, ["OPERATION_NOT_TRUSTED"]), text
        assert "data" not in answered.json
        error = answered.json["errors"][0]
        assert error["message"] == "此服务器只执行已登记的操作"
        assert error["extensions"]["retryable"] is False
    answered = await Door(DEVELOPMENT).post({"query": "{ __typename }"})
    assert answered.codes == ["OPERATION_NOT_TRUSTED"]  # nobody is signed in


class Developer:
    """A viewer who holds one permission."""

    def __init__(self, held: Permission) -> None:
        self._held = held

    def holds(self, permission: Permission) -> bool:
        return permission is self._held


def test_in_development_a_system_administrator_may_ask_anything_and_others_may_not() -> None:
    administrator = cast("Viewer", Developer(Permission.OPERATOR_SETTINGS))
    DEVELOPMENT.require("{ __typename }", administrator)
    for policy, viewer in (
        (DEVELOPMENT, None),
        (DEVELOPMENT, cast("Viewer", Developer(Permission.INBOX_VIEW))),
        (PRODUCTION, administrator),
    ):
        with pytest.raises(RefusedDocumentError, match="OPERATION_NOT_TRUSTED"):
            policy.require("{ __typename }", viewer)


def test_a_document_is_parsed_and_validated_once() -> None:
    text = operation_text(PROVIDERS)
    first = admit(schema, text)
    assert admit(schema, "".join(text)) is first
    before = admit.cache_info().currsize
    for bad in ("{", "{ nonsense }", "{ __typename } #" + "x" * 40_000):
        with pytest.raises(RefusedDocumentError):
            admit(schema, bad)
    assert admit.cache_info().currsize == before  # a stranger fills no memory with refusals


def test_the_hash_of_a_document_is_that_of_its_text() -> None:
    document = written_operations().by_name["Todo"]
    assert document.sha256 == hashlib.sha256(document.body.encode()).hexdigest()
    assert document.body.startswith("query Todo(")
    assert document.body.index("fragment DocumentBrief") < document.body.index("fragment PageParts")
