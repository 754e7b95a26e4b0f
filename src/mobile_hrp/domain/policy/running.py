"""Runs the controls of a scenario over a document."""

from collections.abc import Iterable, Mapping
from datetime import date

from mobile_hrp.domain.policy.tables import PolicyTables
from mobile_hrp.domain.policy.terms import (
    UNCHECKED,
    ConfiguredControl,
    ControlFunction,
    Finding,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import ControlStage, Severity


def needed_facts(
    document: PolicyDocument,
    configured: Iterable[ConfiguredControl],
    functions: Mapping[str, ControlFunction],
    stages: frozenset[ControlStage],
) -> frozenset[type]:
    """The fact types that judging the document at these stages asks for."""
    return frozenset(
        need
        for control in configured
        if control.stage in stages and functions[control.key].applies(document)
        for need in functions[control.key].needs
    )


def evaluate(
    document: PolicyDocument,
    context: PolicyContext,
    configured: Iterable[ConfiguredControl],
    functions: Mapping[str, ControlFunction],
    stages: frozenset[ControlStage],
) -> tuple[Finding, ...]:
    """What the configured controls of these stages find, in their order.

    A control that applies but lacks a fact or a table in force yields one ``unchecked`` finding
    of severity INFO, which names what is missing.
    """
    findings: list[Finding] = []
    for control in configured:
        function = functions[control.key]
        if control.stage not in stages or not function.applies(document):
            continue
        version = _rule_version(function, context.tables, document.on)
        missing = _missing(function, context, document.on)
        if missing:
            observations: Iterable[Observation] = (
                Observation(UNCHECKED, evidence={"missing": missing}, severity=Severity.INFO),
            )
        else:
            observations = function.check(document, context)
        findings.extend(_finding(control, seen, version) for seen in observations)
    return tuple(findings)


def _missing(function: ControlFunction, context: PolicyContext, on: date) -> tuple[str, ...]:
    facts = tuple(need.__name__ for need in function.needs if need not in context.facts)
    tables = tuple(code for code in function.tables if context.tables.in_force(code, on) is None)
    return facts + tables


def _rule_version(function: ControlFunction, tables: PolicyTables, on: date) -> str:
    named = ((code, tables.in_force(code, on)) for code in function.tables)
    return " ".join(f"{code}@{table.version}" for code, table in named if table is not None)


def _finding(control: ConfiguredControl, seen: Observation, rule_version: str) -> Finding:
    return Finding(
        control=control.code,
        key=control.key,
        case=seen.case,
        severity=control.severity if seen.severity is None else seen.severity,
        path=seen.path,
        evidence=seen.evidence,
        rule_version=rule_version,
    )
