"""Packages nobody vouches for: refused as a whole, each fault with its file and line."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples import as_many_as
from tests.services.policy.rule_files import (
    LODGING,
    LODGING_FILE,
    LODGING_HEAD,
    LODGING_SHEET,
    rule_files,
)

from mobile_hrp.domain.policy.package import KnownPolicy, RulePackage
from mobile_hrp.domain.policy.table_shape import ValueType, shape_of
from mobile_hrp.domain.policy.tables import PolicyTableVersion
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.mobile_contract.catalogue import catalogue
from mobile_hrp.services.policy.packages import core_library, examine_rules, unpacked
from mobile_hrp.services.scenarios.packages import core_files


@pytest.fixture(scope="module")
def known() -> KnownPolicy:
    core = core_library()
    return KnownPolicy(
        controls=frozenset(core.vocabulary.controls),
        scenarios=frozenset(core.scenarios),
        shapes={code: shape_of(one) for code, one in core.vocabulary.policy_tables.items()},
    )


async def read(files: dict[str, bytes], known: KnownPolicy) -> RulePackage:
    return (await examine_rules(files, known)).package


async def faults(files: dict[str, bytes], known: KnownPolicy) -> list[tuple[str, str]]:
    """Place and code of every fault; each of them can be told to a person."""
    with pytest.raises(Refusal) as caught:
        await examine_rules(files, known)
    head, *found = caught.value.details
    assert (head.code, head.params) == ("POLICY_PACKAGE_REFUSED", {"faults": len(found)})
    for one in found:
        for locale in ("zh", "en"):
            assert "{" not in catalogue()[one.code].message(locale, one.params)
    return [(one.path, one.code) for one in found]


def test_the_columns_of_the_core_tables_are_read_as_what_they_hold(known: KnownPolicy) -> None:
    def types(table: str) -> dict[str, ValueType]:
        return dict(known.shapes[table].types)

    assert types("cash_limit")["limit"] is ValueType.MONEY
    assert types("retention_days")["days"] is ValueType.INT
    assert types("travel_transport_class")["allowed"] is ValueType.TEXT
    assert types("collective_decision")["always"] is ValueType.BOOL


async def test_the_sample_tables_of_the_product_are_a_sound_package(known: KnownPolicy) -> None:
    folder = {
        name: text
        for name, text in rule_files(lodging="", controls="").items()
        if name == "policy.yaml"
    }
    tables = {name: text for name, text in core_files().items() if name.startswith("policy_")}
    package = await read({**folder, **tables}, known)
    assert len(package.tables) == len(tables)


async def test_a_sound_package_keeps_its_figures_exact(known: KnownPolicy) -> None:
    package = await read(rule_files(), known)
    (table,) = package.tables
    assert [row["limit"] for row in table.rows] == [Decimal("380.00"), Decimal("500.00")]
    assert not table.sample


async def test_a_sound_package_judges_by_what_was_written(known: KnownPolicy) -> None:
    package = await read(rule_files(), known)
    (version,) = package.versions()
    assert version == PolicyTableVersion(
        code="travel_lodging_by_city_rank_season",
        version=f"{package.code}/{package.version}",
        source="本院财务制度第 12 号",
        effective_from=date(2026, 3, 1),
        sample=False,
        key_columns=("city", "rank", "season"),
        value_columns=("limit",),
        rows=package.tables[0].rows,
    )


@pytest.mark.parametrize(
    ("written", "instead", "place", "code"),
    [
        ("380.00", "-380.00", "10:rows.0.limit", "POLICY_VALUE_NEGATIVE"),
        ("380.00", "380.001", "10:rows.0.limit", "POLICY_VALUE_PRECISION"),
        ("380.00", "free", "10:rows.0.limit", "POLICY_VALUE_TYPE"),
        ("380.00", "true", "10:rows.0.limit", "POLICY_VALUE_TYPE"),
        ("380.00", "null", "10:rows.0.limit", "POLICY_VALUE_TYPE"),
        ("380.00", "[1, 2]", "10:rows.0.limit", "POLICY_VALUE_TYPE"),
        ("380.00", ".nan", "10:rows.0.limit", "POLICY_VALUE_TYPE"),
        ("380.00", "99999999999999", "10:rows.0.limit", "SCENARIO_NUMBER_RANGE"),
        ("380.00", "1e30", "10:rows.0.limit", "SCENARIO_YAML_NUMBER"),
        ("rank: LEADER", 'rank: "*"', "11:rows.1", "POLICY_ROW_DUPLICATE"),
        ("rank: LEADER", 'rank: ""', "11:rows.1.rank", "SCENARIO_TEXT_LENGTH"),
        (", limit: 500.00", "", "11:rows.1", "SCENARIO_KEY_MISSING"),
        ("limit: 500.00", "limit: 500.00, extra: 1", "11:rows.1.extra", "SCENARIO_KEY_UNKNOWN"),
        ("[city, rank, season]", "[rank, city, season]", "7:keys", "POLICY_TABLE_COLUMNS"),
        ("values: [limit]", "values: [cap]", "8:values", "POLICY_TABLE_COLUMNS"),
        ("2026-03-01", "2026-02-30", "5:effective_from", "SCENARIO_DATE_FORMAT"),
        ("sample: false", "sample: maybe", "6:sample", "SCENARIO_VALUE_TYPE"),
        ("source: 本院财务制度第 12 号", "colour: red", "1:", "SCENARIO_KEY_MISSING"),
        ("rows:", "rows: &all", "9:rows", "SCENARIO_YAML_ALIAS"),
        ("sample: false", "sample: !!python/none x", "6:sample", "SCENARIO_YAML_TAG"),
    ],
)
async def test_a_spoiled_table_is_refused_at_its_line(
    known: KnownPolicy, written: str, instead: str, place: str, code: str
) -> None:
    assert written in LODGING
    found = await faults(rule_files(lodging=LODGING.replace(written, instead)), known)
    assert (f"{LODGING_FILE}:{place}", code) in found


@pytest.mark.parametrize(
    ("controls", "code"),
    [
        ("controls: {C99: {severity: block}}\n", "POLICY_CONTROL_UNKNOWN"),
        ("controls: {C11: {severity: deadly}}\n", "SCENARIO_VALUE_UNKNOWN"),
        ("controls: {C11: {}}\n", "SCENARIO_KEY_MISSING"),
        ("controls: {C11: {scenarios: {horoscope: warn}}}\n", "POLICY_SCENARIO_UNKNOWN"),
        ("controls: {C11: {severity: warn, off: true}}\n", "SCENARIO_KEY_UNKNOWN"),
        ("controls: [C11]\n", "SCENARIO_VALUE_TYPE"),
        (
            "controls: {C11: {severity: warn}, C11: {severity: info}}\n",
            "SCENARIO_YAML_DUPLICATE_KEY",
        ),
    ],
)
async def test_a_spoiled_setting_is_refused(known: KnownPolicy, controls: str, code: str) -> None:
    found = await faults(rule_files(controls=controls), known)
    assert code in {one for _, one in found}


async def test_what_does_not_belong_in_a_package_is_refused(known: KnownPolicy) -> None:
    sound = rule_files()
    assert await faults({**sound, "scenarios/x.yaml": b"a: 1\n"}, known) == [
        ("scenarios/x.yaml:0:", "SCENARIO_FILE_UNEXPECTED")
    ]
    assert await faults({**sound, "../x.yaml": b"a: 1\n"}, known) == [
        ("../x.yaml:0:", "SCENARIO_FILE_NAME")
    ]
    unknown = LODGING.replace("travel_lodging_by_city_rank_season", "horoscope")
    assert await faults({**sound, "policy_tables/horoscope.yaml": unknown.encode()}, known) == [
        ("policy_tables/horoscope.yaml:1:code", "POLICY_TABLE_UNKNOWN")
    ]
    assert await faults({**sound, "policy_tables/cash_limit.yaml": LODGING.encode()}, known) == [
        ("policy_tables/cash_limit.yaml:1:code", "POLICY_TABLE_FILE_NAME")
    ]
    assert await faults({LODGING_FILE: LODGING.encode()}, known) == [
        ("policy.yaml:0:", "SCENARIO_FILE_MISSING")
    ]
    assert await faults(rule_files(controls="", lodging=""), known) == [
        ("policy.yaml:0:", "POLICY_PACKAGE_EMPTY")
    ]


async def test_a_file_that_cannot_be_read_is_told_once(known: KnownPolicy) -> None:
    assert await faults({**rule_files(), LODGING_FILE: b"\xff\xfe"}, known) == [
        (f"{LODGING_FILE}:1:", "SCENARIO_FILE_NOT_UTF8")
    ]
    assert await faults({**rule_files(), "policy.yaml": b"\xff\xfe"}, known) == [
        ("policy.yaml:1:", "SCENARIO_FILE_NOT_UTF8")
    ]
    head = rule_files(lodging=LODGING_HEAD)
    assert await faults({**head, LODGING_SHEET: b'a,"b\n'}, known) == [
        (f"{LODGING_SHEET}:1:", "POLICY_CSV_SYNTAX")
    ]


async def test_cells_of_a_spreadsheet_are_checked_like_rows(known: KnownPolicy) -> None:
    head = rule_files(lodging=LODGING_HEAD)
    sheet = (
        "city,rank,season,limit\n"
        "*,*,usual,-1\n"
        "beijing,*,usual,12.345\n"
        "beijing,*,usual,1\n"
        "shanghai,*,usual,ten\n"
        "tianjin,*,usual\n"
    )
    assert await faults({**head, LODGING_SHEET: sheet.encode()}, known) == [
        (f"{LODGING_SHEET}:2:limit", "POLICY_VALUE_NEGATIVE"),
        (f"{LODGING_SHEET}:3:limit", "POLICY_VALUE_PRECISION"),
        (f"{LODGING_SHEET}:4:", "POLICY_ROW_DUPLICATE"),
        (f"{LODGING_SHEET}:5:limit", "POLICY_VALUE_TYPE"),
        (f"{LODGING_SHEET}:6:", "POLICY_CSV_CELLS"),
    ]
    twice = {**rule_files(), LODGING_SHEET: b"city,rank,season,limit\n*,*,usual,1\n"}
    assert await faults(twice, known) == [(f"{LODGING_FILE}:10:rows", "POLICY_ROWS_TWICE")]


async def test_a_million_rows_are_refused(known: KnownPolicy) -> None:
    head = rule_files(lodging=LODGING_HEAD)
    sheet = b"city,rank,season,limit\n" + b"x,*,usual,1\n" * 1_000_000
    assert await faults({**head, LODGING_SHEET: sheet}, known) == [
        (f"{LODGING_SHEET}:0:", "POLICY_TOO_MANY_ROWS")
    ]
    rows = "".join(
        f'  - {{city: c{n}, rank: "*", season: usual, limit: 1.00}}\n' for n in range(5_001)
    )
    found = await faults(rule_files(lodging=LODGING_HEAD + "rows:\n" + rows), known)
    assert (f"{LODGING_FILE}:10:rows", "SCENARIO_LIST_TOO_LONG") in found


def packed(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


async def archive_codes(content: bytes) -> set[str]:
    with pytest.raises(Refusal) as caught:
        await unpacked(content)
    assert caught.value.code == "POLICY_PACKAGE_REFUSED"
    return {one.code for one in caught.value.details[1:]}


async def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    bomb = packed({"policy.yaml": b"0" * 9_000_000})
    assert len(bomb) < 100_000
    assert await archive_codes(bomb) == {"SCENARIO_PACKAGE_TOO_LARGE"}
    many = packed({f"policy_tables/t{number}.yaml": b"a" for number in range(701)})
    assert await archive_codes(many) == {"SCENARIO_TOO_MANY_FILES"}


async def test_a_directory_that_lies_about_a_size_is_refused() -> None:
    honest = packed({"policy.yaml": b"0" * 5_000_000})
    true, lie = (5_000_000).to_bytes(4, "little"), (50).to_bytes(4, "little")
    assert await archive_codes(honest.replace(true, lie)) == {"POLICY_ARCHIVE_DAMAGED"}


@pytest.mark.parametrize("name", ["../policy.yaml", "/etc/policy.yaml", "c:/policy.yaml"])
async def test_a_name_that_leaves_the_package_is_refused(name: str) -> None:
    assert await archive_codes(packed({name: b"a: 1"})) == {"SCENARIO_FILE_NAME"}


async def test_what_is_no_archive_is_refused() -> None:
    sound = packed({"policy.yaml": b"a: 1"})
    for content in (b"", b"PK", b"policy", sound[:-10], sound[: len(sound) // 2]):
        assert await archive_codes(content) == {"POLICY_ARCHIVE_DAMAGED"}
    assert await unpacked(packed({"ours/policy.yaml": b"a: 1"})) == {"policy.yaml": b"a: 1"}


@given(content=st.binary(max_size=200))
@settings(max_examples=as_many_as(60), deadline=None)
async def test_any_bytes_are_read_or_refused(known: KnownPolicy, content: bytes) -> None:
    for name in ("policy.yaml", LODGING_FILE, LODGING_SHEET):
        try:
            await examine_rules({**rule_files(), name: content}, known)
        except Refusal as refusal:
            assert refusal.code == "POLICY_PACKAGE_REFUSED"  # noqa: PT017 - either way is right
    try:
        await unpacked(content)
    except Refusal as refusal:
        assert refusal.code == "POLICY_PACKAGE_REFUSED"  # noqa: PT017 - either way is right
