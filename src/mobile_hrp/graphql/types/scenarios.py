"""Scenarios at the edge: the list, the form a phone renders, versions, reports of the gate."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self

import strawberry
from strawberry.scalars import JSON

from mobile_hrp.domain.scenario.diff import Change, ChangeKind
from mobile_hrp.domain.scenario.form_document import form_document
from mobile_hrp.domain.scenario.model import FieldDefinition, Scenario
from mobile_hrp.domain.scenario.vocabulary import Group
from mobile_hrp.graphql.access import REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.types.organization import StaffType, load_staff
from mobile_hrp.models.scenario import ScenarioState, ScenarioVersion
from mobile_hrp.services.scenarios import LoadedScenario
from mobile_hrp.services.scenarios.catalogue import VersionFacts

for _kind, _name in (
    (ChangeKind, "ScenarioChangeKind"),
    (Group, "ScenarioGroup"),
    (ScenarioState, "ScenarioState"),
):
    strawberry.enum(_kind, name=_name)


@covered_by(REACHED)
@strawberry.type(name="ScenarioEntry", description="A kind of document people can start now.")
class ScenarioEntryType:
    code: str
    name: str
    group: Group
    version: str

    @classmethod
    def of(cls, row: ScenarioVersion, locale: str) -> Self:
        return cls(
            code=row.code,
            name=row.name_en if locale == "en" else row.name_zh,
            group=Group(row.group_code),
            version=row.version,
        )


@covered_by(REACHED)
@strawberry.type(name="Scenario", description="A scenario: what to fill in and who will decide.")
class ScenarioType:
    code: str
    version: str
    name: str
    group: Group
    form: JSON = strawberry.field(
        description="Fields with types, labels, options and rules (as trees and as text), the"
        " outline of the flow, controls, promised time and privacy class, in the viewer's language."
    )

    @classmethod
    def of(cls, loaded: LoadedScenario, locale: str) -> Self:
        scenario = loaded.scenario
        return cls(
            code=scenario.code,
            version=scenario.version,
            name=scenario.name.localized(locale),
            group=scenario.group,
            form=JSON(form_json(loaded, locale)),
        )


@covered_by(REACHED)
@strawberry.type(name="ScenarioVersion", description="A version in the hospital's library.")
class ScenarioVersionType:
    version: str
    package_code: str
    state: ScenarioState
    imported_at: datetime
    published_at: datetime | None
    retired_at: datetime | None
    facts: strawberry.Private[VersionFacts]

    @field(REACHED)
    async def imported_by(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.facts.imported_by)

    @field(REACHED)
    async def published_by(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.facts.published_by)

    @classmethod
    def of(cls, facts: VersionFacts) -> Self:
        return cls(
            version=facts.version,
            package_code=facts.package_code,
            state=facts.state,
            imported_at=facts.imported_at,
            published_at=facts.published_at,
            retired_at=facts.retired_at,
            facts=facts,
        )


@covered_by(REACHED)
@strawberry.type(name="ScenarioChange", description="One difference between two versions.")
class ScenarioChangeType:
    kind: ChangeKind
    path: str
    before: JSON | None
    after: JSON | None
    line: str = strawberry.field(description="The difference as one line of a review.")

    @classmethod
    def of(cls, change: Change) -> Self:
        return cls(
            kind=change.kind,
            path=change.path,
            before=None if change.before is None else JSON(change.before),
            after=None if change.after is None else JSON(change.after),
            line=change.line(),
        )


@covered_by(REACHED)
@strawberry.type(name="ReroutedDocument", description="New rules send this document another way.")
class ReroutedDocumentType:
    document_id: strawberry.ID
    number: str
    scenario_code: str
    before: list[str] = strawberry.field(description="Steps as node:approver, by the old rules.")
    after: list[str]
    undetermined: list[str] = strawberry.field(
        description="New steps whose rule reads a value the document does not have."
    )


@covered_by(REACHED)
@strawberry.type(name="ScenarioReplay", description="The last quarter routed by other rules.")
class ScenarioReplayType:
    documents: int = strawberry.field(description="How many documents were routed again.")
    rerouted_total: int
    rerouted: list[ReroutedDocumentType] = strawberry.field(description="At most 200 of them.")

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            documents=stored["documents"],
            rerouted_total=stored["rerouted_total"],
            rerouted=[
                ReroutedDocumentType(
                    document_id=encode_id("Document", uuid.UUID(one["document_id"])),
                    number=one["number"],
                    scenario_code=one["scenario_code"],
                    before=one["before"],
                    after=one["after"],
                    undetermined=one["undetermined"],
                )
                for one in stored["rerouted"]
            ],
        )


@covered_by(REACHED)
@strawberry.type(name="ScenarioCheckReport", description="What was read and tried of a package.")
class ScenarioCheckReportType:
    package_code: str
    version: str
    scenarios: int
    controls: int
    fields: int
    nodes: int
    cases: int = strawberry.field(description="Combinations of boundary values that were routed.")
    paths: int = strawberry.field(description="Different ways among them.")


@covered_by(REACHED)
@strawberry.type(description="What was imported, or every fault; never part of a package.")
class ImportScenarioPackagePayload:
    report: ScenarioCheckReportType | None
    imported: bool = strawberry.field(description="False after a dry run or a refusal.")
    changes: list[str] = strawberry.field(
        description="Against the versions in force, one line each, at most 500."
    )
    replay: ScenarioReplayType | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(description="The scenarios now in force, or why not.")
class PublishScenarioPayload:
    published: list[str]
    replay: ScenarioReplayType | None = strawberry.field(
        description="What of the last quarter would have gone another way."
    )
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(description="The version now in force, or why not.")
class RollbackScenarioPayload:
    version: str | None
    user_errors: list[UserError]
    replayed: bool = False


def form_json(loaded: LoadedScenario, locale: str) -> dict[str, Any]:
    """The form document with the rules' own text, who decides, what evidence, which controls."""
    scenario, vocabulary = loaded.scenario, loaded.vocabulary
    document = form_document(scenario, vocabulary, locale)
    _add_rules(scenario.fields, document["fields"])
    _add_people(scenario, loaded, document["steps"], locale)
    document["controls"] = [
        {
            "code": control.code,
            "name": control.name.localized(locale),
            "severity": (use.severity or control.severity).value,
            "stage": control.stage.value,
        }
        for use in scenario.controls
        if (control := vocabulary.controls.get(use.code)) is not None
    ]
    return document


def _add_rules(fields: Sequence[FieldDefinition], documents: Sequence[dict[str, Any]]) -> None:
    for item, document in zip(fields, documents, strict=True):
        if item.visible_when is not None:
            document["visibleWhenText"] = item.visible_when.expression.text
        if item.required_when is not None:
            document["requiredWhenText"] = item.required_when.expression.text
        if item.calculation is not None and item.calculation.expression is not None:
            document["calculation"]["text"] = item.calculation.expression.text
        if item.columns:
            _add_rules(item.columns, document["columns"])


def _add_people(
    scenario: Scenario, loaded: LoadedScenario, steps: Sequence[dict[str, Any]], locale: str
) -> None:
    for step, shown in zip(scenario.steps, steps, strict=True):
        for branch, branch_shown in zip(step.branches, shown["branches"], strict=True):
            for node, document in zip(branch, branch_shown, strict=True):
                kind = loaded.vocabulary.approvers.get(node.who)
                document["who"] = node.who
                document["whoName"] = kind.name.localized(locale) if kind else node.who
                document["whenText"] = node.when.expression.text if node.when else None
                document["evidence"] = list(node.evidence)
                document["dueHours"] = node.policies.due_hours or None
