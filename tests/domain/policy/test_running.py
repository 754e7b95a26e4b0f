"""Which controls run, in which order, on what; and what is said where something is missing."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import pytest
from tests.policy.papers import ON, paper, table

from mobile_hrp.domain.policy.running import evaluate, needed_facts
from mobile_hrp.domain.policy.tables import PolicyTables
from mobile_hrp.domain.policy.terms import (
    ConfiguredControl,
    ControlFunction,
    Finding,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import ControlStage, Severity


@dataclass(frozen=True, slots=True)
class Weather:
    wet: bool


@dataclass(frozen=True, slots=True)
class Guests:
    count: int


def wet(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    if context.of(Weather).wet:
        yield Observation("wet", "values.day", {"amount_fen": document.amount_fen})
        yield Observation("damp", severity=Severity.WARN)


def always(_document: PolicyDocument, _context: PolicyContext) -> Iterable[Observation]:
    return (Observation("seen"),)


FUNCTIONS = {
    "weather": ControlFunction("weather", wet, needs=(Weather,), tables=("rain", "snow")),
    "guests": ControlFunction("guests", always, needs=(Guests, Weather)),
    "plain": ControlFunction("plain", always),
    "never": ControlFunction("never", always, needs=(Guests,), applies=lambda _document: False),
}
DOCUMENT = paper("travel_claim", {}, amount_fen=7)
RAIN, SNOW = (table(code, "k", "v", ("*", 1)) for code in ("rain", "snow"))
SUBMIT, APPROVE = frozenset({ControlStage.SUBMIT}), frozenset({ControlStage.APPROVE})


def configured(
    key: str, stage: ControlStage = ControlStage.SUBMIT, severity: Severity = Severity.BLOCK
) -> ConfiguredControl:
    return ConfiguredControl(f"X-{key}", key, stage, severity)


def context(*facts: object, tables: tuple[object, ...] = (RAIN, SNOW)) -> PolicyContext:
    known = PolicyTables(tables)  # type: ignore[arg-type]  # tables of this module
    return PolicyContext(known, {type(fact): fact for fact in facts})


def test_findings_carry_their_control_its_severity_and_the_tables_they_were_judged_by() -> None:
    found = evaluate(
        DOCUMENT, context(Weather(wet=True)), [configured("weather")], FUNCTIONS, SUBMIT
    )

    assert found == (
        Finding(
            "X-weather",
            "weather",
            "wet",
            Severity.BLOCK,
            "values.day",
            {"amount_fen": 7},
            "rain@1 snow@1",
        ),
        Finding("X-weather", "weather", "damp", Severity.WARN, "", {}, "rain@1 snow@1"),
    )
    assert not found[0].unchecked
    assert (
        evaluate(DOCUMENT, context(Weather(wet=False)), [configured("weather")], FUNCTIONS, SUBMIT)
        == ()
    )


def test_controls_run_in_the_order_of_the_scenario_and_at_their_stage_only() -> None:
    controls = [
        configured("plain", ControlStage.APPROVE),
        configured("guests"),
        configured("never"),
        configured("plain", severity=Severity.INFO),
        configured("weather", ControlStage.PAY),
    ]
    known = context(Guests(3), Weather(wet=True))

    submitted = evaluate(DOCUMENT, known, controls, FUNCTIONS, SUBMIT)
    approved = evaluate(DOCUMENT, known, controls, FUNCTIONS, APPROVE)
    both = evaluate(DOCUMENT, known, controls, FUNCTIONS, SUBMIT | APPROVE)

    assert [(one.control, one.severity) for one in submitted] == [
        ("X-guests", Severity.BLOCK),
        ("X-plain", Severity.INFO),
    ]
    assert [one.control for one in approved] == ["X-plain"]
    assert [one.control for one in both] == ["X-plain", "X-guests", "X-plain"]
    assert {one.rule_version for one in both} == {""}


@pytest.mark.parametrize(
    ("facts", "tables", "missing", "version"),
    [
        ((), (RAIN, SNOW), ("Weather",), "rain@1 snow@1"),
        ((), (SNOW,), ("Weather", "rain"), "snow@1"),
        ((Weather(wet=True),), (), ("rain", "snow"), ""),
        (
            (Weather(wet=True),),
            (RAIN, replace(SNOW, effective_from=date(2026, 3, 17))),
            ("snow",),
            "rain@1",
        ),
    ],
)
def test_a_control_that_lacks_something_is_unchecked_and_says_what(
    facts: tuple[object, ...],
    tables: tuple[object, ...],
    missing: tuple[str, ...],
    version: str,
) -> None:
    found = evaluate(
        DOCUMENT, context(*facts, tables=tables), [configured("weather")], FUNCTIONS, SUBMIT
    )

    assert date(2026, 3, 16) == ON
    assert found == (
        Finding(
            "X-weather", "weather", "unchecked", Severity.INFO, "", {"missing": missing}, version
        ),
    )
    assert found[0].unchecked


def test_an_unchecked_control_keeps_none_of_the_others_from_running() -> None:
    found = evaluate(
        DOCUMENT, context(), [configured("weather"), configured("plain")], FUNCTIONS, SUBMIT
    )
    assert [one.case for one in found] == ["unchecked", "seen"]


def test_facts_are_asked_for_by_what_will_run_and_by_nothing_else() -> None:
    controls = [
        configured("weather"),
        configured("guests", ControlStage.APPROVE),
        configured("never"),
    ]

    assert needed_facts(DOCUMENT, controls, FUNCTIONS, SUBMIT) == {Weather}
    assert needed_facts(DOCUMENT, controls, FUNCTIONS, APPROVE) == {Guests, Weather}
    assert needed_facts(DOCUMENT, controls, FUNCTIONS, frozenset()) == frozenset()


def test_a_fact_of_another_type_is_an_error_of_ours() -> None:
    wrong = PolicyContext(PolicyTables([]), {Weather: Guests(1)})
    with pytest.raises(TypeError, match=r"^Weather$"):
        wrong.of(Weather)
    with pytest.raises(KeyError):
        wrong.of(Guests)
