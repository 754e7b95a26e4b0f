"""Indicators over a real database: values with their version, replays, and what stays hidden."""

import uuid
from typing import Any

import pytest
from sqlalchemy import select
from tests.resolvers.approving import approve_everywhere, key, submit
from tests.resolvers.asking import Asking
from tests.services.seeded import PLAN, open_seeded

from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models.document import Document
from mobile_hrp.models.indicator import IndicatorFact, IndicatorTrial, IndicatorVersion
from mobile_hrp.models.reliability import AuditEvent
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.synthetic.hospital.filling import publish_core_library

RATE = "inpatient_app_topup_rate"
HEADINGS = "科室编码,日期,数量,来源行号,渠道,入院首次充值"
IMPORT = """mutation Take($input: ImportIndicatorFactsInput!) {
  importIndicatorFacts(input: $input) { indicatorImport { added changed unchanged fileSha256 }
    userErrors { code field message } replayed } }"""
SERIES = """query Of($code: String!, $since: String!, $until: String!, $place: ID) {
  indicatorSeries(indicator: $code, since: $since, until: $until, departmentId: $place) {
    month state text basisPoints numerator denominator version contentHash } }"""
MONTH = """query Of($code: String!, $month: String!) {
  indicatorMonth(indicator: $code, month: $month) {
    department { code } state text numerator denominator version } }"""
REPLAY = """query Again($input: IndicatorReplayInput!) { indicatorReplay(input: $input) {
  before { month state text version } after { state text version denominator contentHash }
  causes { cause label numerator denominator rows } } }"""
PROPOSE = """mutation Change($input: ProposeIndicatorChangeInput!) {
  proposeIndicatorChange(input: $input) { document { id status values }
    userErrors { code field message } } }"""
LIBRARY = """{ indicators { code theme definition { version numerator contentHash }
  versions { version validFrom documentId } } }"""
VERSIONS = """{ indicators(theme: "service") { code definition { version }
  versions { version validFrom documentId exclusions { when label } contentHash } } }"""


@pytest.fixture
async def asking(database: Database, owner_database: Database) -> Asking:
    opened = Asking(await open_seeded(database, owner_database))
    await publish_core_library(owner_database, PLAN)
    return opened


def rows(*facts: tuple[str, str, int, str, bool]) -> str:
    """(department, month, quantity, channel, first) as the lines of a sheet."""
    lines = [
        f"{place},{month}-15,{count},{month}-{number},{channel},{'是' if first else '否'}"
        for number, (place, month, count, channel, first) in enumerate(facts)
    ]
    return "\n".join([HEADINGS, *lines])


CASE = rows(
    ("CARD", "2026-10", 5_885, "app", False),
    ("CARD", "2026-10", 1_593, "window", True),
    ("CARD", "2026-10", 2_522, "window", False),
    ("SURG", "2026-10", 732, "app", False),
    ("SURG", "2026-10", 7_909, "window", True),
    ("SURG", "2026-10", 1_359, "window", False),
)


async def bring(asking: Asking, text: str, **more: Any) -> Any:
    given = {
        "idempotencyKey": key(),
        "dataset": "inpatient_topup",
        "sourceSystem": "his",
        "text": text,
        **more,
    }
    head = asking.hospital.world.heads["FIN"]
    return (await asking.ask(head, IMPORT, input=given))["importIndicatorFacts"]


def place(asking: Asking, code: str) -> str:
    return encode_id("Department", asking.hospital.world.departments[code])


async def series(asking: Asking, who: uuid.UUID, **more: Any) -> list[Any]:
    given = {"code": RATE, "since": "2026-10", "until": "2026-10", **more}
    found: list[Any] = (await asking.ask(who, SERIES, **given))["indicatorSeries"]
    return found


async def month(asking: Asking, who: uuid.UUID) -> dict[str | None, Any]:
    found = (await asking.ask(who, MONTH, code=RATE, month="2026-10"))["indicatorMonth"]
    return {one["department"]["code"] if one["department"] else None: one for one in found}


async def propose(asking: Asking, who: uuid.UUID, **more: Any) -> Any:
    given = {
        "idempotencyKey": key(),
        "documentId": encode_id("Document", new_id()),
        "indicator": RATE,
        "numerator": "channel == 'app'",
        "denominator": "1",
        "exclusions": [{"when": "first_topup", "label": "入院首次充值"}],
        "effective": "2026-12-01",
        "reason": "首次充值在入院窗口完成，科室无从影响",
        **more,
    }
    return (await asking.ask(who, PROPOSE, input=given))["proposeIndicatorChange"]


async def replay(asking: Asking, who: uuid.UUID, **more: Any) -> list[Any]:
    given = {"indicator": RATE, "since": "2026-10", "until": "2026-10", **more}
    found: list[Any] = (await asking.ask(who, REPLAY, input=given))["indicatorReplay"]
    return found


async def test_a_value_carries_the_version_it_was_computed_with(asking: Asking) -> None:
    taken = await bring(asking, CASE)
    assert (taken["indicatorImport"]["added"], taken["userErrors"]) == (6, [])
    president = asking.hospital.holder("president")

    (card,) = await series(asking, president, place=place(asking, "CARD"))
    (surg,) = await series(asking, president, place=place(asking, "SURG"))
    (whole,) = await series(asking, president)

    assert (card["text"], card["basisPoints"], card["version"]) == ("58.85%", 5_885, 1)
    assert (card["numerator"], card["denominator"]) == ("5885", "10000")
    assert (surg["text"], whole["text"]) == ("7.32%", "33.09%")
    library = (await asking.ask(president, LIBRARY))["indicators"]
    shipped = next(one for one in library if one["code"] == RATE)
    assert shipped["definition"]["contentHash"] == card["contentHash"]
    assert len(library) >= 36


async def test_the_case_of_the_seed_replayed_as_a_change_that_was_approved(asking: Asking) -> None:
    await bring(asking, CASE)
    president = asking.hospital.holder("president")
    proposed = await propose(asking, president)
    assert proposed["userErrors"] == []
    document = proposed["document"]
    shown = document["values"]
    assert "v1  分子：channel == 'app'" in shown["old_def"]
    assert "2026-10 全院：33.09% → 63.03%（入院首次充值 -9502）" in shown["replay"]

    (of_card,) = await replay(
        asking, president, documentId=document["id"], departmentId=place(asking, "CARD")
    )
    (of_surg,) = await replay(
        asking, president, documentId=document["id"], departmentId=place(asking, "SURG")
    )
    assert (of_card["before"]["text"], of_card["after"]["text"]) == ("58.85%", "70.00%")
    assert (of_surg["before"]["text"], of_surg["after"]["text"]) == ("7.32%", "35.01%")
    assert of_surg["causes"] == [
        {
            "cause": "EXCLUDED",
            "label": "入院首次充值",
            "numerator": "0",
            "denominator": "-7909",
            "rows": 1,
        }
    ]
    assert (of_surg["before"]["version"], of_surg["after"]["version"]) == (1, 0)

    assert await submit(asking, president, document["id"]) == "IN_APPROVAL"
    deciders = await approve_everywhere(asking, document["id"])
    assert asking.hospital.holder("data_owner") in deciders
    assert president not in deciders

    library = (await asking.ask(president, VERSIONS))["indicators"]
    changed = next(one for one in library if one["code"] == RATE)
    assert [one["version"] for one in changed["versions"]] == [1, 2]
    second = changed["versions"][1]
    assert (second["validFrom"], second["documentId"]) == ("2026-12-01", document["id"])
    assert second["exclusions"] == [{"when": "first_topup", "label": "入院首次充值"}]
    assert changed["definition"]["version"] == 1  # today is still November
    (october,) = await series(asking, president, place=place(asking, "CARD"))
    assert (october["version"], october["text"]) == (1, "58.85%")  # the past is not rewritten
    (again,) = await replay(asking, president, before=1, after=2)
    assert (again["before"]["text"], again["after"]["text"]) == ("33.09%", "63.03%")
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        noted = await session.scalar(
            select(AuditEvent.detail).where(AuditEvent.action == "indicator.change")
        )
    assert noted is not None
    assert noted["content_hash"] == second["contentHash"]


async def test_months_after_the_change_are_computed_with_it(asking: Asking) -> None:
    president = asking.hospital.holder("president")
    document = (await propose(asking, president))["document"]
    await submit(asking, president, document["id"])
    await approve_everywhere(asking, document["id"])
    asking.now = asking.now.replace(year=2027, month=1, day=20)
    await bring(asking, CASE.replace("2026-10", "2026-12"))

    october, december = [
        (await series(asking, president, since=when, until=when, place=place(asking, "CARD")))[0]
        for when in ("2026-10", "2026-12")
    ]

    assert (october["state"], october["version"]) == ("NO_DATA", 1)
    assert (december["text"], december["version"]) == ("70.00%", 2)
    assert december["contentHash"] != october["contentHash"]


async def test_what_is_rejected_or_only_drafted_changes_nothing(asking: Asking) -> None:
    president = asking.hospital.holder("president")
    assert (await propose(asking, president))["userErrors"] == []
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        assert (await session.scalars(select(IndicatorVersion.id))).all() == []


async def test_a_small_department_is_hidden_with_another_and_the_total_stays(
    asking: Asking,
) -> None:
    await bring(
        asking,
        rows(
            ("CARD", "2026-10", 3, "app", False),
            ("SURG", "2026-10", 40, "app", False),
            ("ICU", "2026-10", 60, "window", False),
            ("NEUR", "2026-10", 90, "app", False),
        ),
    )
    seen = await month(asking, asking.hospital.holder("president"))

    assert {code: one["state"] for code, one in seen.items()} == {
        None: "SHOWN",
        "CARD": "TOO_FEW",
        "SURG": "TOO_FEW",
        "ICU": "SHOWN",
        "NEUR": "SHOWN",
    }
    hidden = [seen["CARD"], seen["SURG"]]
    assert all(one[key] is None for one in hidden for key in ("text", "numerator", "denominator"))
    head = asking.hospital.world.heads["CARD"]
    (own,) = await series(asking, head, place=place(asking, "CARD"))
    assert own["state"] == "TOO_FEW"


async def test_two_proposals_that_differ_by_three_people_do_not_tell_about_them(
    asking: Asking,
) -> None:
    await bring(
        asking,
        rows(
            ("CARD", "2026-10", 50, "app", False),
            ("CARD", "2026-10", 40, "window", True),
            ("CARD", "2026-10", 3, "bank", True),
        ),
    )
    president = asking.hospital.holder("president")
    only_bank = [{"when": "channel == 'bank'", "label": ""}]
    window = [{"when": "channel == 'window'", "label": ""}]
    both = [{"when": "first_topup", "label": ""}]
    documents = [
        (await propose(asking, president, exclusions=one))["document"]
        for one in (only_bank, window, both)
    ]

    found = []
    for document in documents:
        (one,) = await replay(asking, president, documentId=document["id"])
        found.append((one["before"]["text"], one["after"]["state"], one["causes"]))

    (bank_only, without_window, without_first) = found
    assert bank_only == ("53.76%", "TOO_FEW", [])  # three people away from the one in force
    assert without_window[:2] == ("53.76%", "SHOWN")  # forty away
    assert without_first == ("53.76%", "TOO_FEW", [])  # forty-three away, but three from the other
    assert "人数过少不显示" in documents[2]["values"]["replay"]


async def test_a_head_sees_the_own_department_and_the_hospital_and_no_other(
    asking: Asking,
) -> None:
    await bring(asking, CASE)
    head = asking.hospital.world.heads["CARD"]
    assert set(await month(asking, head)) == {None, "CARD"}
    given = {"code": RATE, "since": "2026-10", "until": "2026-10"}
    surg, nowhere = place(asking, "SURG"), encode_id("Department", new_id())
    assert await asking.refused(head, SERIES, **given, place=surg) == ["NOT_FOUND"]
    assert await asking.refused(head, SERIES, **given, place=nowhere) == ["NOT_FOUND"]
    replaying = {"indicator": RATE, "since": "2026-10", "until": "2026-10", "departmentId": surg}
    assert await asking.refused(head, REPLAY, input=replaying) == ["NOT_FOUND"]
    member = asking.hospital.member("CARD", 2)
    for query, asked in (
        (SERIES, given),
        (MONTH, {"code": RATE, "month": "2026-10"}),
        (LIBRARY, {}),
        (REPLAY, {"input": {**replaying, "departmentId": None}}),
    ):
        assert await asking.refused(member, query, **asked) == ["PERMISSION_DENIED"]
        assert await asking.refused(None, query, **asked) == ["UNAUTHENTICATED"]


async def test_whoever_may_not_read_indicators_gets_no_values_by_drafting_a_change(
    asking: Asking,
) -> None:
    await bring(asking, CASE)
    member = asking.hospital.member("CARD", 2)
    assert await asking.refused(member, PROPOSE, input=_given()) == ["PERMISSION_DENIED"]
    save = """mutation Save($input: SaveDraftInput!) { saveDraft(input: $input) {
      document { id values } userErrors { code field } } }"""
    values = {
        "indicator": RATE,
        "numerator": "channel == 'app'",
        "denominator": "1",
        "exclusions": "first_topup",
        "reason": "好奇",
    }
    given = {
        "idempotencyKey": key(),
        "documentId": encode_id("Document", new_id()),
        "scenarioCode": "indicator_change",
        "values": values,
    }
    saved = (await asking.ask(member, save, input=given))["saveDraft"]
    assert saved["userErrors"] == []
    assert "replay" not in saved["document"]["values"]
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        assert (await session.scalars(select(IndicatorTrial.id))).all() == []
    president = asking.hospital.holder("president")
    replaying = {
        "indicator": RATE,
        "since": "2026-10",
        "until": "2026-10",
        "documentId": saved["document"]["id"],
    }
    assert await asking.refused(president, REPLAY, input=replaying) == ["NOT_FOUND"]


def _given() -> dict[str, Any]:
    return {
        "idempotencyKey": key(),
        "documentId": encode_id("Document", new_id()),
        "indicator": RATE,
        "numerator": "1",
        "effective": "2026-12-01",
        "reason": "好奇",
    }


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"numerator": "channel == 'ap'"}, "INDICATOR_DEFINITION", ["values", "numerator"]),
        ({"numerator": "().__class__"}, "INDICATOR_DEFINITION", ["values", "numerator"]),
        ({"denominator": "patient"}, "INDICATOR_DEFINITION", ["values", "denominator"]),
        ({"denominator": None}, "INDICATOR_SHAPE", ["values", "denominator"]),
        (
            {"exclusions": [{"when": "1"}]},
            "INDICATOR_DEFINITION",
            ["values", "exclusions"],
        ),
        ({"indicator": "no_such"}, "NOT_FOUND", ["indicator"]),
    ],
)
async def test_a_definition_nobody_can_compute_is_refused_where_it_is_wrong(
    asking: Asking, change: dict[str, Any], code: str, field: list[str]
) -> None:
    refused = await propose(asking, asking.hospital.holder("president"), **change)
    assert refused["document"] is None
    assert [(one["code"], one["field"]) for one in refused["userErrors"]] == [(code, field)]
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        assert (await session.scalars(select(IndicatorTrial.id))).all() == []


async def test_a_sheet_with_one_fault_takes_nothing_over_and_a_new_figure_replaces_the_old(
    asking: Asking,
) -> None:
    broken = await bring(asking, f"{CASE}\nCARD,2026-10-15,1,x-9,张三,否")
    assert [(one["code"], one["field"]) for one in broken["userErrors"]] == [
        ("INDICATOR_ATTRIBUTE", ["file", "row", "8"])
    ]
    assert await _facts(asking) == []
    await bring(asking, CASE)
    again = await bring(asking, CASE.replace(",5885,", ",5886,"))
    counts = again["indicatorImport"]
    assert (counts["added"], counts["changed"], counts["unchanged"]) == (0, 1, 5)
    figures = sorted(row.quantity_milli for row in await _facts(asking) if not row.withdrawn_by)
    assert figures[-2:] == [5_886_000, 7_909_000]
    member = asking.hospital.member("CARD", 2)
    given = {"idempotencyKey": key(), "dataset": "inpatient_topup", "sourceSystem": "x"}
    assert await asking.refused(member, IMPORT, input={**given, "text": CASE}) == [
        "PERMISSION_DENIED"
    ]
    missing = await bring(asking, CASE, dataset="finished_document")
    assert [one["code"] for one in missing["userErrors"]] == ["NOT_FOUND"]


async def _facts(asking: Asking) -> list[IndicatorFact]:
    async with asking.hospital.owner.reading(asking.hospital.id) as session:
        return list(await session.scalars(select(IndicatorFact)))


@pytest.mark.parametrize("months", [("2026-13", "2026-14"), ("2026-12", "2026-11"), ("x", "")])
async def test_months_are_whole_months_and_three_years_at_most(
    asking: Asking, months: tuple[str, str]
) -> None:
    since, until = months
    president = asking.hospital.holder("president")
    given = {"code": RATE, "since": since, "until": until}
    assert await asking.refused(president, SERIES, **given) == ["INDICATOR_MONTHS"]
    wide = {"code": RATE, "since": "2020-01", "until": "2026-01"}
    assert await asking.refused(president, SERIES, **wide) == ["INDICATOR_MONTHS"]


async def test_a_value_leads_to_its_files_and_to_documents_one_may_see(asking: Asking) -> None:
    await bring(asking, CASE)
    clinic = asking.hospital
    paper = await clinic.spend("CARD", 100)
    async with clinic.owner.transaction(clinic.id) as session:
        row = await session.get_one(Document, (clinic.id, paper.id))
        row.submitted_at = row.finished_at = asking.now
    sources = """query Behind($input: IndicatorSourcesInput!) { indicatorSources(input: $input,
      first: 10) { imports { dataset added } documents { number } } }"""
    head = clinic.world.heads["CARD"]
    files = {"indicator": RATE, "month": "2026-10", "departmentId": place(asking, "CARD")}
    found = (await asking.ask(head, sources, input=files))["indicatorSources"]
    assert found == {"imports": [{"dataset": "inpatient_topup", "added": 6}], "documents": []}
    papers = {**files, "indicator": "documents_finished", "month": "2026-11"}
    found = (await asking.ask(head, sources, input=papers))["indicatorSources"]
    assert found == {"imports": [], "documents": [{"number": paper.number}]}
    # the performance office reads indicators, and no papers of others
    office = clinic.holder("performance_office")
    found = (await asking.ask(office, sources, input=papers))["indicatorSources"]
    assert found == {"imports": [], "documents": []}
    foreign = {**files, "departmentId": place(asking, "SURG")}
    assert await asking.refused(head, sources, input=foreign) == ["NOT_FOUND"]
