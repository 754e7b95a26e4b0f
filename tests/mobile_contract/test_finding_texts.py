"""Whatever a control may find can be told to a person, in both languages, with its evidence."""

import ast
import string
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from mobile_hrp.domain.policy import controls
from mobile_hrp.domain.policy.controls.registry import CONTROL_FUNCTIONS
from mobile_hrp.mobile_contract.findings_catalogue import (
    evidence_text,
    finding_message,
    finding_texts,
    missing_words,
)

FOLDER = Path(controls.__file__).parent
UNCHECKED = "unchecked"


def seen_cases(source: str) -> Iterator[tuple[int, str | None]]:
    """The case of every observation a control makes, with its line; None where it is not said.

    A case is written as text, or as a name the module gives to a text.
    """
    tree = ast.parse(source)
    names = {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and _name(node.func) == "Observation"):
            continue
        given = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "case")]
        for case in _texts(given[0], names) if given else [None]:
            yield node.lineno, case


def _texts(node: ast.expr, names: Mapping[str, str]) -> Iterator[str | None]:
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body, names)
        yield from _texts(node.orelse, names)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Name):
        yield names.get(node.id)
    else:
        yield None


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _controls() -> list[str]:
    return sorted(CONTROL_FUNCTIONS)


@pytest.mark.parametrize("key", _controls())
def test_every_case_of_a_control_has_its_sentence(key: str) -> None:
    source = (FOLDER / f"{key}.py").read_text("utf-8")
    cases = list(seen_cases(source))
    assert cases, f"{key} never observes anything"
    unsaid = [line for line, case in cases if case is None]
    assert not unsaid, f"{key}: the case in line {unsaid[0]} is not written as text"
    missing = {f"{key}.{case}" for _, case in cases} - finding_texts().keys()
    assert missing == set()


def test_no_sentence_is_left_over_from_a_case_that_is_gone() -> None:
    said = {UNCHECKED} | {
        f"{key}.{case}"
        for key in _controls()
        for _, case in seen_cases((FOLDER / f"{key}.py").read_text("utf-8"))
    }
    of_known = {name for name in finding_texts() if name.partition(".")[0] in CONTROL_FUNCTIONS}
    assert of_known <= said


@pytest.mark.parametrize("name", sorted(finding_texts()))
def test_both_languages_of_a_sentence_show_the_same_evidence(name: str) -> None:
    text = finding_texts()[name]
    shown = {
        language: {field for _, field, _, _ in string.Formatter().parse(text[language]) if field}
        for language in ("zh", "en")
    }
    assert shown["zh"] == shown["en"]
    assert any("\u4e00" <= character <= "\u9fff" for character in text["zh"])


def test_a_case_that_no_text_names_would_be_found() -> None:
    source = (
        "LATE = 'late'\n"
        "Observation('early' if x else LATE)\n"
        "Observation(case=named())\n"
        "terms.Observation('twice', path='values')\n"
    )
    assert list(seen_cases(source)) == [(2, "early"), (2, "late"), (3, None), (4, "twice")]


def test_evidence_is_shown_as_a_person_reads_it() -> None:
    assert evidence_text("limit_fen", 123456, "zh") == "1234.56"
    assert evidence_text("days", 12, "zh") == "12"
    assert evidence_text("card_used", False, "zh") == "否"
    assert evidence_text("card_used", True, "en") == "yes"
    assert evidence_text("numbers", ("A1", "A2"), "zh") == "A1、A2"
    assert evidence_text("numbers", [str(one) for one in range(11)], "en").endswith("9, …")
    assert evidence_text("seller", None, "zh") == "—"


def test_the_name_of_a_field_is_shown_in_the_language_of_the_sentence() -> None:
    evidence = {"field": "用印文件", "field_en": "File"}
    assert "用印文件" in finding_message("attachments_complete", "missing", evidence, "zh")
    assert "File" in finding_message("attachments_complete", "missing", evidence, "en")


def test_a_finding_of_a_control_that_is_gone_shows_its_name() -> None:
    assert finding_message("gone", "case", {}, "zh") == "gone.case"
    assert finding_message("any", UNCHECKED, {"missing": ("Trips",)}, "en").endswith("Trips")


def test_what_a_control_lacked_is_called_by_its_name_in_the_hospital() -> None:
    evidence = {"missing": ["RosterFacts", "cash_limit", "a_table_of_ours"]}

    said = finding_message("any", UNCHECKED, evidence, "zh")

    assert said == "未能检查：医院尚未提供 排班表、现金结算起点、a_table_of_ours"
    assert "the duty roster" in finding_message("any", UNCHECKED, evidence, "en")


def test_every_fact_and_table_a_control_needs_has_a_name_in_words() -> None:
    needed = {need.__name__ for one in CONTROL_FUNCTIONS.values() for need in one.needs}
    needed |= {table for one in CONTROL_FUNCTIONS.values() for table in one.tables}

    assert needed - missing_words().keys() == set()
    assert all(text for words in missing_words().values() for text in words.values())
