"""Reading YAML from people we do not trust: plain data with lines, or every fault."""

import textwrap
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.scenario.faults import FaultList, ParsedFile
from mobile_hrp.scenario_library.reader import (
    FILE_BYTES_MAX,
    FILES_MAX,
    PACKAGE_BYTES_MAX,
    read_file,
    read_files,
)


def read(text: str | bytes) -> tuple[ParsedFile | None, list[tuple[str, int, str]]]:
    faults = FaultList()
    content = text if isinstance(text, bytes) else textwrap.dedent(text).encode()
    parsed = read_file("x.yaml", content, faults)
    return parsed, [(fault.code, fault.line, fault.path) for fault in faults.all]


def data(text: str) -> Any:
    parsed, faults = read(text)
    assert faults == []
    assert parsed is not None
    return parsed.data


def test_values_are_what_a_person_means_by_them() -> None:
    assert data(
        """
        whole: 10
        money: 1000.10
        less: -0.05
        yes_or_no: true
        nothing:
        word: yes
        country: NO
        time: 12:30
        day: 2026-01-31
        version: 1.0.0
        quoted: "007"
        block: |
          12
        list: [A.6, '5', 5]
        """
    ) == {
        "whole": 10,
        "money": Decimal("1000.10"),
        "less": Decimal("-0.05"),
        "yes_or_no": True,
        "nothing": None,
        "word": "yes",
        "country": "NO",
        "time": "12:30",
        "day": "2026-01-31",
        "version": "1.0.0",
        "quoted": "007",
        "block": "12\n",
        "list": ["A.6", "5", 5],
    }


def test_every_value_knows_its_line() -> None:
    parsed, _ = read("a: 1\nb:\n  - c: 2\n    d:\n      - 3\n      - 4\n")
    assert parsed is not None
    assert parsed.line(("a",)) == 1
    assert parsed.line(("b", 0, "d", 1)) == 6
    assert parsed.line(("b", 0, "missing")) == 3
    assert parsed.line(("nowhere",)) == 1


@pytest.mark.parametrize("text", ["007", "+5", ".5", "1e9", "1.12345678901", "1234567890123456789"])
def test_what_only_looks_like_a_number_is_refused(text: str) -> None:
    parsed, faults = read(f"a: {text}\n")
    assert faults == [("SCENARIO_YAML_NUMBER", 1, "a")]
    assert parsed is not None
    assert parsed.data == {"a": text}


def test_anchors_and_aliases_are_each_refused_and_never_followed() -> None:
    parsed, faults = read("a: &x [1, 2]\nb: *x\nc:\n  - *x\n")
    assert faults == [
        ("SCENARIO_YAML_ALIAS", 1, "a"),
        ("SCENARIO_YAML_ALIAS", 2, "b"),
        ("SCENARIO_YAML_ALIAS", 4, "c.0"),
    ]
    assert parsed is not None
    assert parsed.data == {"a": [1, 2], "b": None, "c": [None]}


def test_an_anchor_that_contains_itself_is_refused() -> None:
    _, faults = read("a: &x\n  - *x\n")
    assert [code for code, _, _ in faults] == ["SCENARIO_YAML_ALIAS", "SCENARIO_YAML_ALIAS"]


def test_a_billion_laughs_never_grow() -> None:
    lines = ['a0: &a0 ["ha", "ha"]']
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    parsed, faults = read("\n".join(lines))
    assert {code for code, _, _ in faults} == {"SCENARIO_YAML_ALIAS"}
    assert parsed is not None
    assert parsed.data["a9"] == [None] * 9


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: !!python/object/apply:os.system ['true']\n", ("SCENARIO_YAML_TAG", 1, "a")),
        ("a: !secret x\n", ("SCENARIO_YAML_TAG", 1, "a")),
        ("a: 1\nb: 2\na: 3\n", ("SCENARIO_YAML_DUPLICATE_KEY", 3, "")),
        ("x:\n  a: 1\n  a: 1\n", ("SCENARIO_YAML_DUPLICATE_KEY", 3, "x")),
        ("? [a, b]\n: 1\n", ("SCENARIO_YAML_KEY_NOT_TEXT", 1, "")),
        ("a: 1\n---\nb: 2\n", ("SCENARIO_YAML_MANY_DOCUMENTS", 2, "")),
        ("a: [1, 2\nb: 3\n", ("SCENARIO_YAML_SYNTAX", 2, "")),
        ("a: 'open\n", ("SCENARIO_YAML_SYNTAX", 2, "")),
        ("a: b: c\n", ("SCENARIO_YAML_SYNTAX", 1, "")),
        ("\ta: 1\n", ("SCENARIO_YAML_SYNTAX", 1, "")),
        ("[" * 900_000, ("SCENARIO_YAML_TOO_DEEP", 1, "0.0.0")),
        ("{a: " * 200_000, ("SCENARIO_YAML_TOO_DEEP", 1, "a.a.a")),
        ("- " * 400_000, ("SCENARIO_YAML_TOO_DEEP", 1, "0.0.0")),
        ("[#]\n" * 200_000, ("SCENARIO_YAML_TOO_DEEP", 22, "0.0.0")),
        ("a: [" + "1," * 220_000 + "]", ("SCENARIO_YAML_TOO_MANY_VALUES", 1, "")),
        (b"a: \xff\xfe\n", ("SCENARIO_FILE_NOT_UTF8", 1, "")),
        ("a: \x00\n", ("SCENARIO_YAML_SYNTAX", 1, "")),
        ("x" * (FILE_BYTES_MAX + 1), ("SCENARIO_FILE_TOO_LARGE", 0, "")),
    ],
)
def test_what_is_not_plain_yaml_is_refused_at_its_line(
    text: str | bytes, fault: tuple[str, int, str]
) -> None:
    content = text if isinstance(text, bytes) else text.encode()
    faults = FaultList()
    read_file("x.yaml", content, faults)
    assert (faults.all[0].code, faults.all[0].line, faults.all[0].path) == fault


def test_a_file_that_cannot_be_read_does_not_hide_the_others() -> None:
    faults = FaultList()
    files = read_files({"a.yaml": b"a: [", "b.yaml": b"b: 1", "c.yaml": b"c: *x"}, faults)
    assert sorted(files) == ["b.yaml", "c.yaml"]
    assert [fault.file for fault in faults.all] == ["a.yaml", "c.yaml"]


@pytest.mark.parametrize(
    "name",
    ["../etc/passwd", "a/b/c.yaml", "A.yaml", "a.yml", "/a.yaml", "a b.yaml", "场景.yaml", ""],
)
def test_a_name_that_could_leave_the_package_is_refused(name: str) -> None:
    faults = FaultList()
    assert read_files({name: b"a: 1"}, faults) == {}
    assert [fault.code for fault in faults.all] == ["SCENARIO_FILE_NAME"]


def test_a_package_too_large_is_not_read_at_all() -> None:
    faults = FaultList()
    half = b"x" * (PACKAGE_BYTES_MAX // 2 + 1)
    assert read_files({"a.yaml": half, "b.yaml": half}, faults) == {}
    assert [fault.code for fault in faults.all] == ["SCENARIO_PACKAGE_TOO_LARGE"]


def test_too_many_files_are_not_read_at_all() -> None:
    faults = FaultList()
    many = {f"f{number}.yaml": b"a: 1" for number in range(FILES_MAX + 1)}
    assert read_files(many, faults) == {}
    assert [fault.code for fault in faults.all] == ["SCENARIO_TOO_MANY_FILES"]


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(deadline=None)
def test_any_bytes_are_read_or_refused_with_a_reason(content: bytes) -> None:
    faults = FaultList()
    parsed = read_file("x.yaml", content, faults)
    assert parsed is not None or len(faults) > 0
