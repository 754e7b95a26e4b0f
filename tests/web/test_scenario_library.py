"""A hospital's library of scenarios over HTTP: imported as a whole, published, rolled back."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from tests.web import claims
from tests.web import hospital_package as made
from tests.web.conftest import PASSWORD, Web
from tests.web.footprint import changed, footprint

from mobile_hrp.demo.client import Phone
from mobile_hrp.demo.operations import LOGIN, SUBMIT
from mobile_hrp.models.organization import RoleAssignment
from mobile_hrp.runtime.database import Database

IMPORT = """mutation I($input: ImportScenarioPackageInput!) { importScenarioPackage(input: $input) {
  report { packageCode version scenarios nodes cases paths } imported changes
  replay { documents reroutedTotal rerouted { number before after } }
  userErrors { code field message nextStep } replayed } }"""
PUBLISH = """mutation P($input: PublishScenarioInput!) { publishScenario(input: $input) {
  published replay { documents reroutedTotal rerouted { number scenarioCode before after } }
  userErrors { code field message } replayed } }"""
ROLLBACK = """mutation R($input: RollbackScenarioInput!) { rollbackScenario(input: $input) {
  version userErrors { code field } } }"""
SCENARIO = """query S($code: String!, $version: String) {
  scenario(code: $code, version: $version) { code version name group form } }"""
SCENARIOS = "query L { scenarios { code name group version } }"
VERSIONS = """query V($code: String!) { scenarioVersions(code: $code) {
  version packageCode state importedBy { name } publishedAt retiredAt } }"""
DIFF = """query D($from: String!, $to: String!) {
  diffScenario(code: "bed_loan", fromVersion: $from, toVersion: $to) { kind path line } }"""


async def phone_of(web: Web, role: str) -> Phone:
    """A signed-in phone of somebody who holds the role."""
    holder = web.world.role_holders[role][0]
    row = next(one for one in web.world.rows["staff"] if one["id"] == holder)
    phone = Phone(web.http, web.url, role)
    given = {
        "hospitalCode": web.world.plan.code,
        "loginName": row["employee_number"].lower(),
        "password": PASSWORD,
        "device": {"installationId": str(phone.device_id), "platform": "ANDROID"},
    }
    payload = await phone.mutate(LOGIN, {"input": given})
    phone.token = payload["session"]["accessToken"]
    return phone


async def bring(phone: Phone, files: list[dict[str, str]], **other: Any) -> Any:
    """The payload of an import, refused or not."""
    given = {"idempotencyKey": claims.key(), "files": files, **other}
    return (await phone.run(IMPORT, {"input": given}))["importScenarioPackage"]


async def publish(phone: Phone, version: str, **other: Any) -> Any:
    given = {
        "idempotencyKey": claims.key(),
        "packageCode": "our-hospital",
        "version": version,
        **other,
    }
    return (await phone.run(PUBLISH, {"input": given}))["publishScenario"]


async def test_the_form_tells_a_phone_everything_it_has_to_draw(web: Web) -> None:
    phone = await web.phone("requester")
    listed = (await phone.run(SCENARIOS))["scenarios"]
    assert len(listed) == 58
    assert {"code": "leave", "name": "请假与销假", "group": "PEOPLE", "version": "1.0.0"} in listed

    form = (await phone.run(SCENARIO, {"code": "leave"}))["scenario"]["form"]
    proof = next(one for one in form["fields"] if one["key"] == "proof")
    kind = next(one for one in form["fields"] if one["key"] == "kind")
    assert proof["requiredWhenText"].startswith("kind in [")
    assert proof["requiredWhen"][0] == "in"
    assert kind["options"][0] == {"code": "annual", "label": "年休假"}
    assert (form["slaHours"], form["privacy"]) == (24, "sensitive")
    assert {"C15", "C35", "C36"} == {control["code"] for control in form["controls"]}
    (nurse,) = form["steps"][1]["branches"][0]
    assert (nurse["who"], nurse["whenText"]) == ("head_nurse", "applicant_role == 'nurse'")

    form = (await phone.run(SCENARIO, {"code": "general_claim"}))["scenario"]["form"]
    lines = next(one for one in form["fields"] if one["key"] == "lines")
    assert {"expense_type", "amount"} <= {column["key"] for column in lines["columns"]}
    cashier = form["steps"][-1]["branches"][0][0]
    assert cashier["evidence"] == ["payment_number"]


async def test_labels_come_in_the_language_of_the_viewer(web: Web) -> None:
    phone = await web.phone("requester")
    body = {"query": SCENARIO, "variables": {"code": "leave"}}
    _, answer = await web.post(body, token=phone.token, headers={"accept-language": "en-GB"})
    form = answer["data"]["scenario"]["form"]
    assert (form["name"], form["fields"][0]["label"]) == ("Leave", "Kind")


async def test_a_package_is_tried_imported_compared_published_and_rolled_back(web: Web) -> None:
    office, accountant = (
        await phone_of(web, "budget_office"),
        await phone_of(web, "chief_accountant"),
    )
    tried = await bring(office, made.package(), dryRun=True)
    assert (tried["imported"], tried["report"]["cases"], tried["report"]["paths"]) == (False, 3, 2)
    assert tried["changes"] == ["+ bed_loan: 跨科借床"]
    assert (await office.run(VERSIONS, {"code": "bed_loan"}))["scenarioVersions"] == []

    assert (await bring(office, made.package()))["imported"] is True
    requester = await web.phone("requester")
    with pytest.raises(Exception, match="SCENARIO_UNKNOWN"):
        await requester.run(SCENARIO, {"code": "bed_loan", "version": "1"})
    assert (await publish(accountant, "1"))["published"] == ["bed_loan"]
    shown = (await requester.run(SCENARIO, {"code": "bed_loan"}))["scenario"]
    assert (shown["version"], shown["form"]["constants"]["BEDS"]) == ("1", "2")

    stricter = made.SCENARIO.replace("beds > BEDS", "beds > 1")
    second = await bring(office, made.package(version="2", scenario=stricter))
    assert second["changes"] == ["bed_loan ~ flow[nursing].when: beds > BEDS → beds > 1"]
    found = (await accountant.run(DIFF, {"from": "1", "to": "2"}))["diffScenario"]
    assert [(one["kind"], one["path"]) for one in found] == [("CHANGED", "flow[nursing].when")]
    assert (await publish(accountant, "2"))["published"] == ["bed_loan"]
    states = (await accountant.run(VERSIONS, {"code": "bed_loan"}))["scenarioVersions"]
    assert [(one["version"], one["state"]) for one in states] == [
        ("2", "PUBLISHED"),
        ("1", "RETIRED"),
    ]

    given = {"idempotencyKey": claims.key(), "code": "bed_loan"}
    back = (await accountant.run(ROLLBACK, {"input": given}))["rollbackScenario"]
    assert (back["version"], back["userErrors"]) == ("1", [])
    shown = (await requester.run(SCENARIO, {"code": "bed_loan"}))["scenario"]
    assert shown["version"] == "1"
    assert made.codes(await publish(accountant, "9")) == ["SCENARIO_PACKAGE_UNKNOWN"]
    head = made.package(version="3")
    head[0]["text"] = head[0]["text"].replace("BEDS: 2", "BEDS: 4")
    assert (await bring(office, head, dryRun=True))["changes"] == [
        "bed_loan ~ thresholds.BEDS: 2 → 4"
    ]
    never = {"idempotencyKey": claims.key(), "code": "leave"}
    refused = (await accountant.run(ROLLBACK, {"input": never}))["rollbackScenario"]
    assert made.codes(refused) == ["SCENARIO_NOTHING_EARLIER"]


async def test_publishing_shows_which_documents_of_the_quarter_would_go_another_way(
    web: Web,
) -> None:
    office, accountant = (
        await phone_of(web, "budget_office"),
        await phone_of(web, "chief_accountant"),
    )
    await bring(office, made.package())
    await publish(accountant, "1")
    requester = await web.phone("requester")
    for beds in (2, 5):
        draft = claims.draft(web.world, scenarioCode="bed_loan")
        draft["values"] = {"beds": beds, "patients": "ordinary"}
        await requester.mutate(SAVE_ANY, {"input": draft})
        sent = {"idempotencyKey": claims.key(), "documentId": draft["documentId"]}
        await requester.mutate(SUBMIT, {"input": sent})

    stricter = made.SCENARIO.replace("beds > BEDS", "beds > 1")
    imported = await bring(office, made.package(version="2", scenario=stricter))
    tried = await publish(accountant, "2", dryRun=True)
    assert (tried["published"], imported["replay"]["documents"]) == ([], 2)
    assert (tried["replay"]["documents"], tried["replay"]["reroutedTotal"]) == (2, 1)
    (document,) = tried["replay"]["rerouted"]
    assert document["before"] == ["dept_head:dept_head"]
    assert document["after"] == ["dept_head:dept_head", "nursing:nursing_office"]

    assert (await publish(accountant, "2"))["replay"]["reroutedTotal"] == 1
    running = await web.phone("requester")
    data = await running.run(
        "query M { myDocuments(first: 5) { edges { node { scenarioVersion } } } }"
    )
    assert {edge["node"]["scenarioVersion"] for edge in data["myDocuments"]["edges"]} == {"1"}


SAVE_ANY = """mutation S($input: SaveDraftInput!) { saveDraft(input: $input) {
  document { id } userErrors { code field message } } }"""


async def test_only_who_may_imports_and_only_who_may_publishes(
    web: Web, owner_database: Database
) -> None:
    requester, office = await web.phone("requester"), await phone_of(web, "budget_office")
    given = {"idempotencyKey": claims.key(), "files": made.package()}
    before = await footprint(owner_database, web.world.plan.hospital_id)
    with pytest.raises(Exception, match="PERMISSION_DENIED"):
        await requester.run(IMPORT, {"input": given})
    with pytest.raises(Exception, match="PERMISSION_DENIED"):
        await publish(office, "1")
    assert changed(before, await footprint(owner_database, web.world.plan.hospital_id)) == []


async def test_the_same_import_again_is_one_import_and_other_content_needs_a_new_version(
    web: Web,
) -> None:
    office = await phone_of(web, "budget_office")
    given = {"idempotencyKey": claims.key(), "files": made.package()}
    first = (await office.run(IMPORT, {"input": given}))["importScenarioPackage"]
    again = (await office.run(IMPORT, {"input": given}))["importScenarioPackage"]
    assert (first["replayed"], again["replayed"]) == (False, True)
    other = made.SCENARIO.replace("Loan of beds", "Borrowed beds")
    refused = await bring(office, made.package(scenario=other))
    assert made.codes(refused) == ["SCENARIO_VERSION_TAKEN"]
    foreign = await bring(office, made.package(code="other-package"))
    assert made.codes(foreign) == ["SCENARIO_VERSION_TAKEN"]
    assert made.places(foreign) == {"scenarios/bed_loan.yaml"}


BAD: dict[str, tuple[list[dict[str, str]], str, str]] = {
    "an unknown key": (
        made.replaced("sla_hours: 4", "sla_hours: 4\ncolour: red"),
        "SCENARIO_KEY_UNKNOWN",
        "scenarios/bed_loan.yaml:7:colour",
    ),
    "an unknown field type": (
        made.replaced("type: int", "type: integer"),
        "SCENARIO_VALUE_UNKNOWN",
        "scenarios/bed_loan.yaml:8:fields.0.type",
    ),
    "a condition over a missing name": (
        made.replaced("beds > BEDS", "rooms > BEDS"),
        "SCENARIO_NAME_UNKNOWN",
        "scenarios/bed_loan.yaml:25:flow.1.when",
    ),
    "a part that takes itself in": (
        made.package(
            scenario=made.SCENARIO.replace("include: dept_head", "include: round"),
            more={"parts/round.yaml": "round:\n  - include: about\nabout:\n  - include: round\n"},
        ),
        "SCENARIO_INCLUDE_CYCLE",
        "parts/round.yaml:4:about.0",
    ),
    "steps that come after each other": (
        made.replaced("key: nursing, ", "key: nursing, after: nursing, "),
        "SCENARIO_FLOW_CYCLE",
        "scenarios/bed_loan.yaml:25:flow.1",
    ),
    "an approver kind nobody knows": (
        made.replaced("who: nursing_office", "who: astrologer"),
        "SCENARIO_APPROVER_UNKNOWN",
        "scenarios/bed_loan.yaml:25:flow.1",
    ),
    "an approver kind nobody holds": (
        made.replaced("who: nursing_office", "who: dept_finance_liaison"),
        "SCENARIO_APPROVER_NOT_HELD",
        "scenarios/bed_loan.yaml:25:flow.1",
    ),
    "ten thousand nodes": (
        made.many_nodes(10_000),
        "SCENARIO_TOO_MANY_NODES",
        "package.yaml:1:",
    ),
    "an anchor that contains itself": (
        made.with_head("more: &a\n  - *a\n"),
        "SCENARIO_YAML_ALIAS",
        "package.yaml:8:more",
    ),
    "a bomb of aliases": (
        made.with_head(
            "a: &a [x, x, x, x, x, x, x, x]\n"
            + "".join(
                f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 8)}]\n"
                for n in range(12)
            )
        ),
        "SCENARIO_YAML_ALIAS",
        "package.yaml:8:a",
    ),
    "a hundred thousand brackets": (
        made.with_head("more: " + "[" * 100_000 + "\n"),
        "SCENARIO_YAML_TOO_DEEP",
        "package.yaml:8:more.0.0",
    ),
    "a tag that makes objects": (
        made.with_head("more: !!python/object/apply:os.system [ls]\n"),
        "SCENARIO_YAML_TAG",
        "package.yaml:8:more",
    ),
    "a file outside the package": (
        made.package(more={"../etc/passwd.yaml": "a: 1"}),
        "SCENARIO_FILE_NAME",
        "../etc/passwd.yaml:0:",
    ),
    "no package at all": ([], "SCENARIO_FILE_MISSING", "package.yaml:0:"),
}


async def test_a_bad_package_is_refused_as_a_whole_with_every_place_named(
    web: Web, owner_database: Database
) -> None:
    office = await phone_of(web, "budget_office")
    before = await footprint(owner_database, web.world.plan.hospital_id)
    for what, (files, code, place) in BAD.items():
        payload = await bring(office, files)
        errors = [(one["code"], ".".join(one["field"])) for one in payload["userErrors"]]
        assert errors[0][0] == "SCENARIO_PACKAGE_REFUSED", what
        assert (code, place) in errors, (what, errors[:8])
        assert (payload["report"], payload["imported"]) == (None, False), what
        assert all(one["message"] and one["nextStep"] for one in payload["userErrors"]), what
    assert changed(before, await footprint(owner_database, web.world.plan.hospital_id)) == []


async def test_all_faults_of_a_package_come_at_once(web: Web) -> None:
    text = made.SCENARIO.replace("type: int", "type: integer").replace("C15", "C99")
    text = text.replace("who: nursing_office", "who: astrologer").replace(
        "approver_todo, ", "bell, "
    )
    payload = await bring(await phone_of(web, "budget_office"), made.package(scenario=text))
    assert set(made.codes(payload)) >= {
        "SCENARIO_PACKAGE_REFUSED",
        "SCENARIO_VALUE_UNKNOWN",
        "SCENARIO_CONTROL_UNKNOWN",
        "SCENARIO_APPROVER_UNKNOWN",
        "SCENARIO_NOTIFICATION_UNKNOWN",
    }


async def test_a_package_without_its_base_is_refused_and_a_huge_body_never_read(web: Web) -> None:
    office = await phone_of(web, "budget_office")
    files = made.package()
    files[0]["text"] = files[0]["text"].replace("cn-hospital-core", "elsewhere")
    payload = await bring(office, files)
    assert ("SCENARIO_BASE_MISSING", "package.yaml:6:requires") in [
        (one["code"], ".".join(one["field"])) for one in payload["userErrors"]
    ]
    body = {
        "query": IMPORT,
        "variables": {
            "input": {
                "idempotencyKey": claims.key(),
                "files": made.package(more={"parts/x.yaml": "x" * 300_000}),
            }
        },
    }
    status, _ = await web.post(body, token=office.token)
    assert status == 413


async def test_publishing_asks_the_gate_again_with_the_people_of_today(
    web: Web, owner_database: Database
) -> None:
    office, accountant = (
        await phone_of(web, "budget_office"),
        await phone_of(web, "chief_accountant"),
    )
    await bring(office, made.package())
    await _nobody_holds(owner_database, web, "nursing_office")
    payload = await publish(accountant, "1")
    assert made.codes(payload)[1:] == ["SCENARIO_APPROVER_NOT_HELD"]
    assert "scenarios/bed_loan.yaml:25:flow.1" in made.places(payload)
    assert payload["published"] == []
    listed = (await office.run(SCENARIOS))["scenarios"]
    assert "bed_loan" not in {one["code"] for one in listed}


async def _nobody_holds(owner: Database, web: Web, role: str) -> None:
    yesterday = web.world.plan.today - timedelta(days=1)
    async with owner.transaction(web.world.plan.hospital_id) as session:
        await session.execute(
            update(RoleAssignment).where(RoleAssignment.role == role).values(valid_to=yesterday)
        )
