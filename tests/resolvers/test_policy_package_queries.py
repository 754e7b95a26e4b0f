"""Standards anybody looks up; rules that one brings, another publishes, and both try."""

import io
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.datastructures import UploadFile
from tests.resolvers.asking import Asking
from tests.services.policy.rule_files import LODGING, rule_files
from tests.services.policy.ruled import publish_samples
from tests.services.seeded import NOW, open_seeded

from mobile_hrp.models.policy import (
    PolicyPackage,
    PolicyPublication,
    PolicyShadowRun,
    ReferenceFactRow,
)
from mobile_hrp.models.reliability import AuditEvent
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id

TABLES = """query T($on: Date) { policyTables(on: $on) {
  code name version source effectiveFrom sample keyColumns valueColumns rowCount rows } }"""
LOOKUP = """query L($table: String!, $keys: [PolicyKeyInput!]!, $on: Date) {
  policyLookup(table: $table, keys: $keys, on: $on) {
    table version source effectiveFrom sample row } }"""
IMPORT = """mutation I($input: ImportRulePackageInput!, $file: Upload) {
  importRulePackage(input: $input, file: $file) {
    code version tables imported changes { kind subject key before after line }
    userErrors { code field message } replayed } }"""
PUBLISH = """mutation P($input: PublishRulePackageInput!) { publishRulePackage(input: $input) {
  package { code version state revision publishedBy { name } } changes { line }
  userErrors { code } replayed } }"""
ROLLBACK = """mutation R($input: RollbackRulePackageInput!) { rollbackRulePackage(input: $input) {
  version rolledBack userErrors { code field } } }"""
DIFF = """query D($code: String!, $version: String!) {
  diffRulePackage(code: $code, version: $version) { line effectiveFrom } }"""
PACKAGES = "query L { rulePackages { code version name state importedBy { name } } }"
SHADOW = """mutation S($input: RunShadowInput!) { runShadow(input: $input) {
  report { id state documents } userErrors { code field } } }"""
REPORT = """query R($code: String!, $version: String!) {
  shadowReport(code: $code, version: $version) {
    state documents wouldBlock controls { control wouldBlock } } }"""
FINDINGS = """query F($id: ID!, $first: Int!) { shadowFindings(reportId: $id, first: $first) {
  edges { node { control } } pageInfo { hasNextPage } } }"""
KINDS = "query K { referenceKinds { code name keys items columns { name type required } } }"
FACTS = """mutation F($input: ImportReferenceFactsInput!) { importReferenceFacts(input: $input) {
  preview { rows added changed unchanged imported } userErrors { code field message } } }"""
CONTROLS = "controls:\n  C11: {severity: block}\n"
LODGING_TABLE = "travel_lodging_by_city_rank_season"
KEYS = [{"column": "city", "value": "xian"}, {"column": "season", "value": "usual"}]


@pytest.fixture
async def asking(database: Database, owner_database: Database) -> Asking:
    hospital = await open_seeded(database, owner_database)
    await publish_samples(database)
    return Asking(hospital)


def key() -> str:
    return new_id().hex


def rules(**given: Any) -> list[dict[str, str]]:
    files = rule_files(**{"controls": CONTROLS, **given})
    return [{"path": name, "text": text.decode()} for name, text in files.items()]


async def bring(asking: Asking, role: str = "finance_head", **given: Any) -> Any:
    about = {"idempotencyKey": key(), "files": rules(), **given}
    data = await asking.ask(asking.hospital.holder(role), IMPORT, input=about)
    return data["importRulePackage"]


async def publish(asking: Asking, version: str = "2026.1", **given: Any) -> Any:
    about = {"idempotencyKey": key(), "code": "our-rules", "version": version, **given}
    chief = asking.hospital.holder("chief_accountant")
    return (await asking.ask(chief, PUBLISH, input=about))["publishRulePackage"]


async def looked_up(asking: Asking, on: date | None = None) -> Any:
    member = asking.hospital.member("CARD")
    data = await asking.ask(
        member, LOOKUP, table=LODGING_TABLE, keys=KEYS, on=on.isoformat() if on else None
    )
    return data["policyLookup"]


async def count(asking: Asking, table: type) -> int:
    async with asking.hospital.database.reading(asking.hospital.id) as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def test_everybody_sees_a_standard_with_its_source_and_that_it_is_a_sample(
    asking: Asking,
) -> None:
    found = await looked_up(asking)
    assert found["sample"] is True
    assert found["effectiveFrom"] == "2026-01-01"
    assert found["version"] == "cn-hospital-core/1.0.0"
    assert found["row"] == {"city": "*", "rank": "*", "season": "usual", "limit": "350.00"}
    tables = (await asking.ask(asking.hospital.member("CARD"), TABLES))["policyTables"]
    cash = next(one for one in tables if one["code"] == "cash_limit")
    assert (cash["name"], cash["rowCount"], cash["rows"]) == (
        "现金结算起点",
        1,
        [{"scope": "*", "limit": "1000.00"}],
    )


async def test_an_unknown_table_or_key_is_said(asking: Asking) -> None:
    member = asking.hospital.member("CARD")
    assert await asking.refused(member, LOOKUP, table="horoscope", keys=[]) == [
        "POLICY_TABLE_NOT_IN_FORCE"
    ]
    strange = [{"column": "colour", "value": "red"}]
    assert await asking.refused(member, LOOKUP, table="cash_limit", keys=strange) == [
        "POLICY_KEY_UNKNOWN"
    ]
    before = await asking.refused(member, LOOKUP, table="cash_limit", keys=[], on="2001-01-01")
    assert before == ["POLICY_TABLE_NOT_IN_FORCE"]


async def test_one_brings_rules_and_another_publishes_them(asking: Asking) -> None:
    answer = await bring(asking)
    assert (answer["imported"], answer["tables"], answer["userErrors"]) == (True, 1, [])
    lines = {one["line"] for one in answer["changes"]}
    assert f"~ {LODGING_TABLE} [* / * / usual] limit=350.00 -> limit=380.00 (2026-03-01)" in lines
    assert "~ C11 require_reason -> block" in lines
    assert (await looked_up(asking))["row"]["limit"] == "350.00"

    shown = await asking.ask(
        asking.hospital.holder("chief_accountant"), DIFF, code="our-rules", version="2026.1"
    )
    assert {one["line"] for one in shown["diffRulePackage"]} == lines

    done = await publish(asking)
    assert done["userErrors"] == []
    assert (done["package"]["state"], done["package"]["revision"]) == ("PUBLISHED", 2)
    assert done["package"]["publishedBy"] is not None
    found = await looked_up(asking)
    assert (found["row"]["limit"], found["sample"], found["source"]) == (
        "380.00",
        False,
        "本院财务制度第 12 号",
    )
    assert (await looked_up(asking, date(2026, 2, 28)))["row"]["limit"] == "350.00"


async def test_who_may_not_is_refused_and_nothing_happens(asking: Asking) -> None:
    hospital = asking.hospital
    member, finance = hospital.member("CARD"), hospital.holder("finance_head")
    chief = hospital.holder("chief_accountant")
    given = {"idempotencyKey": key(), "files": rules()}
    packages = await count(asking, PolicyPackage)
    for person in (member, chief):
        assert await asking.refused(person, IMPORT, input=given) == ["PERMISSION_DENIED"]
    assert await count(asking, PolicyPackage) == packages

    await bring(asking)
    publication = {"idempotencyKey": key(), "code": "our-rules", "version": "2026.1"}
    back = {"idempotencyKey": key(), "code": "our-rules", "reason": "示例"}
    for person in (member, finance):
        assert await asking.refused(person, PUBLISH, input=publication) == ["PERMISSION_DENIED"]
        assert await asking.refused(person, ROLLBACK, input=back) == ["PERMISSION_DENIED"]
    about = {"code": "our-rules", "version": "2026.1"}
    for query, variables in ((DIFF, about), (REPORT, about), (PACKAGES, {})):
        assert await asking.refused(member, query, **variables) == ["PERMISSION_DENIED"]
    assert await asking.refused(member, SHADOW, input=publication) == ["PERMISSION_DENIED"]
    facts = {"idempotencyKey": key(), "kind": "contract", "source": "x", "csv": "a"}
    assert await asking.refused(member, FACTS, input=facts) == ["PERMISSION_DENIED"]
    assert await asking.refused(None, TABLES) == ["UNAUTHENTICATED"]
    assert await count(asking, PolicyPublication) == 1


async def test_every_fault_of_a_package_is_told_with_its_place(asking: Asking) -> None:
    packages, events = await count(asking, PolicyPackage), await count(asking, AuditEvent)
    bad = rules(
        controls="controls:\n  C99: {severity: loud}\n",
        lodging=LODGING.replace("380.00", "-380.00").replace("500.00", "500.005"),
    )
    answer = await bring(asking, files=bad)
    assert not answer["imported"]
    head, *faults = answer["userErrors"]
    assert head["code"] == "POLICY_PACKAGE_REFUSED"
    assert [(one["field"], one["code"]) for one in faults] == [
        (["policy.yaml:7:controls.C99"], "POLICY_CONTROL_UNKNOWN"),
        (["policy.yaml:7:controls.C99.severity"], "SCENARIO_VALUE_UNKNOWN"),
        ([f"policy_tables/{LODGING_TABLE}.yaml:10:rows.0.limit"], "POLICY_VALUE_NEGATIVE"),
        ([f"policy_tables/{LODGING_TABLE}.yaml:11:rows.1.limit"], "POLICY_VALUE_PRECISION"),
    ]
    assert await count(asking, PolicyPackage) == packages
    assert await count(asking, AuditEvent) == events


async def test_a_dry_run_shows_and_writes_nothing(asking: Asking) -> None:
    packages = await count(asking, PolicyPackage)
    answer = await bring(asking, dryRun=True)
    assert (answer["imported"], len(answer["changes"]) > 0) == (False, True)
    assert await count(asking, PolicyPackage) == packages
    await bring(asking)
    shown = await publish(asking, dryRun=True)
    assert shown["package"]["state"] == "IMPORTED"
    assert len(shown["changes"]) > 0
    assert await count(asking, PolicyPublication) == 1


async def test_a_zip_is_a_package_too(asking: Asking) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in rule_files(controls=CONTROLS).items():
            archive.writestr(f"rules/{name}", text)
    packed.seek(0)
    finance = asking.hospital.holder("finance_head")
    given = {"idempotencyKey": key()}
    file = UploadFile(packed, filename="rules.zip")
    answer = (await asking.ask(finance, IMPORT, input=given, file=file))["importRulePackage"]
    assert (answer["imported"], answer["code"], answer["userErrors"]) == (True, "our-rules", [])


async def test_a_key_used_again_answers_again(asking: Asking) -> None:
    used = key()
    first = await bring(asking, idempotencyKey=used)
    again = await bring(asking, idempotencyKey=used)
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["changes"] == first["changes"]


async def test_rolling_back_needs_a_reason(asking: Asking) -> None:
    await bring(asking)
    await publish(asking)
    chief = asking.hospital.holder("chief_accountant")

    async def back(reason: str) -> Any:
        given = {"idempotencyKey": key(), "code": "our-rules", "reason": reason}
        return (await asking.ask(chief, ROLLBACK, input=given))["rollbackRulePackage"]

    refused = await back("  ")
    assert (refused["rolledBack"], refused["userErrors"]) == (
        False,
        [{"code": "POLICY_REASON_NEEDED", "field": ["reason"]}],
    )
    assert (await looked_up(asking))["row"]["limit"] == "380.00"
    done = await back("标准有误")
    assert (done["rolledBack"], done["version"]) == (True, None)
    assert (await looked_up(asking))["row"]["limit"] == "350.00"
    again = await back("再退一次")
    assert [one["code"] for one in again["userErrors"]] == ["POLICY_NOTHING_EARLIER"]


async def test_a_trial_is_asked_for_once_and_reported(asking: Asking) -> None:
    await bring(asking)
    finance = asking.hospital.holder("finance_head")
    about = {"code": "our-rules", "version": "2026.1"}
    assert (await asking.ask(finance, REPORT, **about))["shadowReport"] is None
    answers = []
    for _ in range(2):
        given = {"idempotencyKey": key(), **about}
        answers.append((await asking.ask(finance, SHADOW, input=given))["runShadow"])
    first, answer = answers
    assert answer["userErrors"] == []
    assert answer["report"] == first["report"]
    assert answer["report"]["state"] == "QUEUED"
    assert await count(asking, PolicyShadowRun) == 1
    report = (await asking.ask(finance, REPORT, **about))["shadowReport"]
    assert (report["state"], report["documents"], report["controls"]) == ("QUEUED", 0, [])
    page = await asking.ask(finance, FINDINGS, id=answer["report"]["id"], first=10)
    assert page["shadowFindings"]["edges"] == []
    refused = await asking.refused(finance, FINDINGS, id=answer["report"]["id"], first=101)
    assert refused == ["PAGE_SIZE_INVALID"]
    wrong = {"idempotencyKey": key(), "code": "our-rules", "version": "0", "days": 9}
    answer = (await asking.ask(finance, SHADOW, input=wrong))["runShadow"]
    assert [one["code"] for one in answer["userErrors"]] == ["POLICY_PACKAGE_UNKNOWN"]


async def test_the_library_lists_versions_and_who_brought_them(asking: Asking) -> None:
    await bring(asking)
    listed = (await asking.ask(asking.hospital.holder("finance_head"), PACKAGES))["rulePackages"]
    states = {(one["code"], one["state"]) for one in listed}
    assert states == {("cn-hospital-core", "PUBLISHED"), ("our-rules", "IMPORTED")}
    ours = next(one for one in listed if one["code"] == "our-rules")
    assert (ours["name"], ours["importedBy"] is not None) == ("本院费控规则", True)


async def test_outside_data_is_brought_in_by_finance(asking: Asking) -> None:
    finance = asking.hospital.holder("finance_head")
    kinds = (await asking.ask(finance, KINDS))["referenceKinds"]
    contract = next(one for one in kinds if one["code"] == "contract")
    assert {"name": "amount", "type": "MONEY", "required": True} in contract["columns"]

    async def facts(csv: str, **given: Any) -> Any:
        about = {"idempotencyKey": key(), "kind": "contract_payment", "source": "合同系统"}
        data = await asking.ask(finance, FACTS, input={**about, "csv": csv, **given})
        return data["importReferenceFacts"]

    header = "contract_number,payment_number,amount,paid_on\n"
    row = header + f"H1,P1,10.00,{(NOW - timedelta(days=1)).date()}\n"
    assert (await facts(row, dryRun=True))["preview"] == {
        "rows": 1, "added": 1, "changed": 0, "unchanged": 0, "imported": False,
    }  # fmt: skip
    assert await count(asking, ReferenceFactRow) == 0
    bad = await facts(header + "H1,P1,ten,2026-01-01\n")
    assert bad["preview"] is None
    assert [(one["code"], one["field"]) for one in bad["userErrors"]] == [
        ("REFERENCE_IMPORT_REFUSED", []),
        ("MONEY_MALFORMED", ["csv:2:amount"]),
    ]
    assert await count(asking, ReferenceFactRow) == 0
    assert (await facts(row))["preview"]["imported"] is True
    assert await count(asking, ReferenceFactRow) == 1
