"""C25: research money is spent while the project runs, on its own lines, within the subject."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.research import ResearchFacts, ResearchProject
from mobile_hrp.domain.policy.form_view import Meaning, has, head, placed, rows
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType, Severity

TERMS_TABLE: Final = "research_terms"
SUBJECTS_TABLE: Final = "research_subjects"
RESEARCH_NATURE: Final = "research"
PROJECT: Final = Meaning(types=frozenset({FieldType.PROJECT}))
SUBJECT: Final = Meaning(types=frozenset({FieldType.ENUM}), keys=("subject",))
EXPENSE_TYPE: Final = Meaning(
    types=frozenset({FieldType.ENUM}), archive=("CostTypeCode",), keys=("expense_type",)
)
COSTS: Final = Meaning(
    types=frozenset({FieldType.ITEM_LIST}), archive=("CostData",), keys=("lines",)
)
PROMISE: Final = Meaning(
    types=frozenset({FieldType.SIGNATURE, FieldType.BOOL}), keys=("use_promise",)
)


def applies(document: PolicyDocument) -> bool:
    return has(document, PROJECT)


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    facts = context.of(ResearchFacts)
    named = head(document).get(PROJECT)
    if named is None:
        yield from _without_project(document, facts)
        return
    project = facts.projects.get(named.text)
    if project is None:
        yield Observation("unknown_project", named.path, {"project": named.text})
        return
    yield from _term(document, context, project, named.path)
    if not project.leader_active:
        yield Observation(
            "leader_gone", named.path, {"project": project.name, "leader": project.leader_name}
        )
    yield from _foreign_lines(document, facts, named.text, project)
    if project.lump_sum:
        yield from _promise(document, project)
    else:
        yield from _subjects(document, context)


def _without_project(document: PolicyDocument, facts: ResearchFacts) -> Iterator[Observation]:
    for path, key in _charged(document):
        line = facts.lines.get(key)
        if line is not None and line.nature == RESEARCH_NATURE:
            yield Observation("project_missing", path, {"line": line.code})


def _charged(document: PolicyDocument) -> Iterator[tuple[str, uuid.UUID]]:
    for found in placed(document, FieldType.BUDGET_LINE):
        yield found.path, uuid.UUID(found.text)


def _term(
    document: PolicyDocument, context: PolicyContext, project: ResearchProject, path: str
) -> Iterator[Observation]:
    standard = context.tables.find(TERMS_TABLE, {"rule": "settle_after_end"}, document.on)
    if standard is None:
        return
    last = project.ends_on + timedelta(days=standard.whole("days"))
    evidence = {
        "project": project.name,
        "starts_on": project.starts_on.isoformat(),
        "ends_on": project.ends_on.isoformat(),
        "settled_until_on": last.isoformat(),
        **cited(standard),
    }
    if not project.starts_on <= document.on <= last:
        yield Observation("not_running", path, evidence)
    elif document.on > project.ends_on:
        yield Observation("being_settled", path, evidence, Severity.WARN)


def _foreign_lines(
    document: PolicyDocument, facts: ResearchFacts, key: str, project: ResearchProject
) -> Iterator[Observation]:
    for path, line_id in _charged(document):
        line = facts.lines.get(line_id)
        if line is None or line.project_id != key:
            code = str(line_id) if line is None else line.code
            yield Observation("foreign_line", path, {"line": code, "project": project.name})


def _promise(document: PolicyDocument, project: ResearchProject) -> Iterator[Observation]:
    if PROMISE.among(document.fields) is not None and head(document).get(PROMISE) is None:
        yield Observation("promise_missing", "", {"project": project.name})


def _subjects(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    subject = head(document).get(SUBJECT)
    if subject is None:
        return
    for row in rows(document, COSTS):
        kind = row.get(EXPENSE_TYPE)
        if kind is None:
            continue
        keys = {"expense_type": kind.text}
        standard = context.tables.find(SUBJECTS_TABLE, keys, document.on)
        if standard is not None and standard.text("subject") != subject.text:
            zh, en = subject.option
            kind_zh, kind_en = kind.option
            yield Observation(
                "wrong_subject",
                kind.path,
                {
                    "subject": zh,
                    "subject_en": en,
                    "expense": kind_zh,
                    "expense_en": kind_en,
                    "belongs_to": standard.text("subject"),
                    **cited(standard),
                },
            )


CONTROL: Final = ControlFunction(
    key="research_budget",
    check=check,
    needs=(ResearchFacts,),
    tables=(TERMS_TABLE, SUBJECTS_TABLE),
    applies=applies,
)
