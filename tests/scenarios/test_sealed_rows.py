"""Rows of a form that name somebody beside an amount: each under that person's own key."""

import json
import uuid
from typing import Any

import pytest
from sqlalchemy import delete, select, text
from tests.scenarios.hospital import Hospital
from tests.scenarios.test_department_distribution import Sharing, propose
from tests.services.clinic import BOX, Clinic

from mobile_hrp.models.document import Document, DocumentVersion
from mobile_hrp.models.performance import PerformanceKey
from mobile_hrp.runtime import form_seals
from mobile_hrp.runtime.form_seals import KeyedForm, NoFormKeyError, open_form, seal_form, use_box
from mobile_hrp.runtime.person_keys import new_key
from mobile_hrp.runtime.secrets_box import SealBroken, SecretsBox


@pytest.fixture
async def clinic(hospital: Hospital) -> Clinic:
    return Clinic(hospital.database, hospital.owner, hospital.world)


async def shown(sharing: Sharing) -> dict[uuid.UUID, dict[str, Any]]:
    """The rows of the paper as the program reads them for somebody who is not in them."""
    clinic, paper = sharing.clinic, sharing.paper
    assert paper is not None
    async with clinic.database.reading(clinic.id, staff_id=clinic.office) as session:
        document = await session.get_one(Document, (clinic.id, paper.id))
        contents = await session.scalars(
            select(DocumentVersion.content).where(DocumentVersion.document_id == paper.id)
        )
        (content,) = contents.all()
    rows = {uuid.UUID(row["person"]): row for row in document.values["allocation"]}
    kept = {uuid.UUID(row["person"]): row for row in content["values"]["allocation"]}
    assert {who: row for who, row in kept.items() if "sealed" not in row} == {
        who: row for who, row in rows.items() if "sealed" not in row
    }
    return rows


async def raw(sharing: Sharing) -> list[dict[str, Any]]:
    assert sharing.paper is not None
    async with sharing.clinic.owner.reading(sharing.clinic.id) as session:
        found = await session.scalar(
            text("SELECT values -> 'allocation' FROM document WHERE id = :id"),
            {"id": sharing.paper.id},
        )
    assert isinstance(found, list)
    return found


async def test_a_persons_row_is_gone_with_that_persons_key_and_no_other(
    hospital: Hospital, clinic: Clinic
) -> None:
    sharing = await propose(hospital, clinic)
    await sharing.submit()
    before = await shown(sharing)
    assert {who: row["amount"] for who, row in before.items()} == dict(sharing.shares)
    gone = min(sharing.shares)

    async with clinic.owner.transaction(clinic.id) as session:
        await session.execute(delete(PerformanceKey).where(PerformanceKey.staff_id == gone))

    after = await shown(sharing)
    assert set(after.pop(gone)) == {"person", "sealed"}
    assert after == {who: row for who, row in before.items() if who != gone}
    assert form_seals.sealed_people({"allocation": [{"person": "x", "sealed": "p1."}]}) == ["x"]


async def test_the_installations_key_alone_opens_no_row(hospital: Hospital, clinic: Clinic) -> None:
    sharing = await propose(hospital, clinic)
    await sharing.submit()

    for row in await raw(sharing):
        assert row["sealed"].startswith("p1.")
        assert open_form({"allocation": [row]}) == {"allocation": [row]}


async def test_a_later_key_of_the_same_person_opens_nothing_of_before(
    hospital: Hospital, clinic: Clinic
) -> None:
    sharing = await propose(hospital, clinic)
    await sharing.submit()
    gone = min(sharing.shares)
    _, wrapped = new_key(BOX, clinic.id, gone)

    async with clinic.owner.transaction(clinic.id) as session:
        await session.execute(
            text("UPDATE performance_key SET wrapped = :wrapped WHERE staff_id = :gone"),
            {"wrapped": wrapped, "gone": gone},
        )

    assert set((await shown(sharing))[gone]) == {"person", "sealed"}


async def test_rows_that_were_sealed_with_the_installations_key_are_still_read(
    hospital: Hospital, clinic: Clinic
) -> None:
    """As every row was before people's keys were used."""
    sharing = await propose(hospital, clinic)
    paper = await sharing.submit()
    before = await shown(sharing)
    old = []
    for who, row in before.items():
        rest = {name: value for name, value in row.items() if name != "person"}
        plain = json.dumps(rest, sort_keys=True, separators=(",", ":"))
        sealed = BOX.seal("form.person_row", plain, context=str(who))
        old.append({"person": str(who), "sealed": sealed})

    async with clinic.owner.transaction(clinic.id) as session:
        for table, column, path in (
            ("document", "values", "{allocation}"),
            ("document_version", "content", "{values,allocation}"),
        ):
            whose = "id" if table == "document" else "document_id"
            statement = (
                f"UPDATE {table} SET {column} ="  # noqa: S608 - the names above
                f" jsonb_set({column}, '{path}', cast(:rows AS jsonb)) WHERE {whose} = :id"
            )
            await session.execute(text(statement), {"rows": json.dumps(old), "id": paper.id})

    assert await shown(sharing) == before


async def test_a_row_that_was_given_to_another_person_does_not_open(
    hospital: Hospital, clinic: Clinic
) -> None:
    sharing = await propose(hospital, clinic)
    paper = await sharing.submit()
    rows = await raw(sharing)
    rows[0]["sealed"] = ".".join(
        [*rows[0]["sealed"].split(".")[:2], rows[1]["sealed"].split(".")[2]]
    )

    async with clinic.owner.transaction(clinic.id) as session:
        await session.execute(
            text(
                "UPDATE document SET values = jsonb_set(values, '{allocation}',"
                " cast(:rows AS jsonb)) WHERE id = :id"
            ),
            {"rows": json.dumps(rows), "id": paper.id},
        )

    with pytest.raises(SealBroken):
        await shown(sharing)


async def test_reading_a_form_brings_keys_and_reads_nobody_elses_rows(
    hospital: Hospital, clinic: Clinic
) -> None:
    sharing = await propose(hospital, clinic)
    await sharing.submit()
    assert len(await shown(sharing)) > 1

    async with clinic.database.reading(clinic.id, staff_id=clinic.office) as session:
        keys = await session.scalars(select(PerformanceKey.staff_id))
        assert set(keys.all()) <= {clinic.office}


def test_a_row_without_a_key_is_not_written() -> None:
    form = {"allocation": [{"person": str(uuid.uuid4()), "amount": 12_345}]}
    use_box(SecretsBox("another secret"))

    with pytest.raises(NoFormKeyError):
        seal_form(form)
    assert form["allocation"][0]["amount"] == 12_345


def test_a_row_of_nobody_of_the_staff_is_sealed_with_the_installations_key() -> None:
    form = {"allocation": [{"person": "a guest", "amount": 12_345}]}

    sealed = seal_form(KeyedForm(form, {"a guest": None}))

    assert "12345" not in json.dumps(sealed)
    assert open_form(sealed) == form
