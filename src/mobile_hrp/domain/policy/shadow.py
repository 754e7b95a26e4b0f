"""A document judged by two policies: which findings appear, go, or weigh otherwise."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from mobile_hrp.domain.policy.tables import PolicyTableVersion
from mobile_hrp.domain.policy.terms import Finding
from mobile_hrp.domain.scenario.vocabulary import Severity


class ShadowChange(StrEnum):
    APPEARS = "appears"
    DISAPPEARS = "disappears"
    SEVERITY = "severity"
    STAYS = "stays"
    """It blocks under both; told so that the list of what would be blocked is whole."""


@dataclass(frozen=True, slots=True)
class ShadowDifference:
    """``finding`` is that of the tried policy, or of the present one where it disappears."""

    change: ShadowChange
    finding: Finding
    before: Severity | None
    after: Severity | None


@dataclass(slots=True)
class ControlCount:
    """Of one control. Documents are counted once, findings each; ``unchecked`` lacked data."""

    documents: int = 0
    would_block: int = 0
    does_block: int = 0
    appears: int = 0
    disappears: int = 0
    severity: int = 0
    unchecked: int = 0


@dataclass(slots=True)
class ShadowTally:
    """Counts over documents, whole and by control code."""

    documents: int = 0
    would_block: int = 0
    does_block: int = 0
    controls: defaultdict[str, ControlCount] = field(
        default_factory=lambda: defaultdict(ControlCount)
    )

    def add(
        self, configured: Iterable[str], before: Iterable[Finding], after: Iterable[Finding]
    ) -> list[ShadowDifference]:
        """Count one document; answers with what is to be told about it.

        ``configured`` are the controls its scenario runs.
        """
        old, new = list(before), list(after)
        differences = compared(old, new)
        self.documents += 1
        self.would_block += bool(_blocking(new))
        self.does_block += bool(_blocking(old))
        for code in set(configured):
            self.controls[code].documents += 1
        for code in _blocking(new):
            self.controls[code].would_block += 1
        for code in _blocking(old):
            self.controls[code].does_block += 1
        for code in {one.control for one in new if one.unchecked}:
            self.controls[code].unchecked += 1
        for one in differences:
            count = self.controls[one.finding.control]
            count.appears += one.change is ShadowChange.APPEARS
            count.disappears += one.change is ShadowChange.DISAPPEARS
            count.severity += one.change is ShadowChange.SEVERITY
        return differences

    def include(self, stored: Mapping[str, Mapping[str, Any]]) -> None:
        """Take over the counts by control of an earlier part."""
        for code, numbers in stored.items():
            count = self.controls[code]
            for name, number in numbers.items():
                setattr(count, name, getattr(count, name) + int(number))


def _blocking(findings: Iterable[Finding]) -> set[str]:
    return {one.control for one in findings if one.severity is Severity.BLOCK}


def compared(before: Iterable[Finding], after: Iterable[Finding]) -> list[ShadowDifference]:
    """What differs between two judgements of one document, and what blocks in both.

    A finding is the same when control, case and place are; several of those are told apart by
    their order. That a figure in the evidence moved with its standard makes no difference.
    """
    old, new = _by_place(before), _by_place(after)
    found: list[ShadowDifference] = []
    for place in [*new, *(one for one in old if one not in new)]:
        for was, will in zip_longest(old.get(place, ()), new.get(place, ())):
            difference = _difference(was, will)
            if difference is not None:
                found.append(difference)
    return found


def _difference(was: Finding | None, will: Finding | None) -> ShadowDifference | None:
    if was is None and will is not None:
        return ShadowDifference(ShadowChange.APPEARS, will, None, will.severity)
    if will is None and was is not None:
        return ShadowDifference(ShadowChange.DISAPPEARS, was, was.severity, None)
    if was is None or will is None:
        return None
    if was.severity is not will.severity:
        return ShadowDifference(ShadowChange.SEVERITY, will, was.severity, will.severity)
    if will.severity is Severity.BLOCK:
        return ShadowDifference(ShadowChange.STAYS, will, was.severity, will.severity)
    return None


def _by_place(findings: Iterable[Finding]) -> dict[tuple[str, str, str], list[Finding]]:
    places: dict[tuple[str, str, str], list[Finding]] = {}
    for one in findings:
        places.setdefault((one.control, one.case, one.path), []).append(one)
    return places


def as_if_in_force(
    present: Iterable[PolicyTableVersion], tried: Iterable[PolicyTableVersion]
) -> list[PolicyTableVersion]:
    """The tables with the tried ones in force since ever, whatever their first day is.

    Of several versions of one table among the tried the latest is tried; a sample is not where
    the hospital has a standard of its own, as it would not count either.
    """
    known = list(present)
    standards = {version.code for version in known if not version.sample}
    latest: dict[str, PolicyTableVersion] = {}
    for version in sorted(tried, key=lambda one: one.effective_from):
        if not (version.sample and version.code in standards):
            latest[version.code] = replace(version, effective_from=date.min)
    kept = [version for version in known if version.code not in latest]
    return [*kept, *latest.values()]
