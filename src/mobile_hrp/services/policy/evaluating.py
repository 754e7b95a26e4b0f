"""Runs a scenario's controls over a stored document: settings, facts, tables, findings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from mobile_hrp.domain.policy.controls.registry import CONTROL_FUNCTIONS
from mobile_hrp.domain.policy.running import evaluate, needed_facts
from mobile_hrp.domain.policy.settings import ControlSetting, ControlSettings
from mobile_hrp.domain.policy.terms import (
    UNCHECKED,
    ConfiguredControl,
    ControlFunction,
    Finding,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import ControlStage, Severity
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.policy.facts.registry import LOADERS
from mobile_hrp.services.policy.tables import PolicyInForce, packaged_tables, policy_in_force
from mobile_hrp.services.scenarios import LoadedScenario

SUBMITTING = frozenset({ControlStage.CAPTURE, ControlStage.SUBMIT, ControlStage.ROUTE})
"""The stages that are passed when a document is submitted."""
NO_SETTINGS: Final[ControlSettings] = MappingProxyType({})
_UNSET: Final = ControlSetting()


def configured_controls(
    loaded: LoadedScenario, settings: ControlSettings = NO_SETTINGS
) -> tuple[ConfiguredControl, ...]:
    """The scenario's controls; what the hospital set wins, then the scenario's severity."""
    catalogue = loaded.vocabulary.controls
    return tuple(
        ConfiguredControl(
            code=use.code,
            key=catalogue[use.code].key,
            stage=catalogue[use.code].stage,
            severity=settings.get(use.code, _UNSET).severity_in(loaded.scenario.code)
            or use.severity
            or catalogue[use.code].severity,
        )
        for use in loaded.scenario.controls
    )


async def find(
    session: AnySession,
    *,
    subject: PolicyDocument,
    loaded: LoadedScenario,
    stages: frozenset[ControlStage],
    now: datetime,
    functions: Mapping[str, ControlFunction] = CONTROL_FUNCTIONS,
) -> tuple[Finding, ...]:
    """What the controls of these stages find. Nothing is stored and nothing refused here.

    A control of a hospital's own catalogue that this release has no function for is reported as
    unchecked, like one whose facts nobody could supply.
    """
    (found,) = await find_under(
        session,
        (await policy_in_force(session),),
        subject=subject,
        loaded=loaded,
        stages=stages,
        now=now,
        functions=functions,
    )
    return found


async def find_under(
    session: AnySession,
    policies: Sequence[PolicyInForce],
    *,
    subject: PolicyDocument,
    loaded: LoadedScenario,
    stages: frozenset[ControlStage],
    now: datetime,
    functions: Mapping[str, ControlFunction] = CONTROL_FUNCTIONS,
) -> list[tuple[Finding, ...]]:
    """As ``find``, under each policy; facts are looked up once, so that only rules differ."""
    known = [one for one in configured_controls(loaded) if one.key in functions]
    facts = await _facts(session, subject, needed_facts(subject, known, functions, stages), now)
    found = []
    for policy in policies:
        configured = configured_controls(loaded, policy.settings)
        tables = policy.tables.completed_by(packaged_tables(loaded.vocabulary))
        judged = evaluate(
            subject,
            PolicyContext(tables, facts),
            [one for one in configured if one.key in functions],
            functions,
            stages,
        )
        unknown = (
            _unchecked(one)
            for one in configured
            if one.key not in functions and one.stage in stages
        )
        found.append((*judged, *unknown))
    return found


async def _facts(
    session: AnySession,
    subject: PolicyDocument,
    needed: frozenset[type],
    now: datetime,
) -> dict[type, object]:
    known: dict[type, object] = {}
    for kind in sorted(needed, key=lambda one: one.__name__):
        if (loader := LOADERS.get(kind)) is not None:
            fact = await loader(session, document=subject, now=now)
            if fact is not None:
                known[kind] = fact
    return known


def _unchecked(control: ConfiguredControl) -> Finding:
    return Finding(
        control=control.code,
        key=control.key,
        case=UNCHECKED,
        severity=Severity.INFO,
        path="",
        evidence={"missing": (control.key,)},
        rule_version="",
    )
