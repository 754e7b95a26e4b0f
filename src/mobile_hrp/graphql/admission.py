"""Which documents may run at all, and at what cost: decided once for each text.

A text is bounded before it is read (characters, tokens, comments), measured before it is validated
(``limits``), and validated once; what passed is remembered, so that the same operation asked a
million times is parsed and validated once. What was refused is not remembered: a stranger could
fill the memory with it.
"""

import enum
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.language import BREAK
from strawberry.extensions import SchemaExtension
from strawberry.schema.base import BaseSchema
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.limits import (
    LIMITS,
    Cost,
    FragmentCycleError,
    TextRule,
    breaches,
    measure,
    too_costly,
)
from mobile_hrp.graphql.results import plain
from mobile_hrp.mobile_contract.documents import PREFIX, TrustedDocument
from mobile_hrp.mobile_contract.limits import operation_limits

_REMEMBERED = 512
_ERRORS_MAX = 5
_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule, TextRule)


class AdHoc(enum.Enum):
    """Whether operations may run that are not written down in ``mobile_contract``."""

    NOBODY = "nobody"
    DEVELOPERS = "developers"
    ANYBODY = "anybody"


@dataclass(frozen=True, slots=True)
class OperationPolicy:
    """What this process runs. ``trusted`` is by sha256 of the text."""

    ad_hoc: AdHoc = AdHoc.NOBODY
    introspection: bool = False
    trusted: Mapping[str, TrustedDocument] = field(default_factory=lambda: MappingProxyType({}))

    def require(self, text: str, viewer: Viewer | None) -> None:
        """Raise RefusedDocumentError when this text may not run here for this person."""
        if self.ad_hoc is AdHoc.ANYBODY:
            return
        if hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() in self.trusted:
            return
        developer = viewer is not None and viewer.holds(Permission.OPERATOR_SETTINGS)
        if self.ad_hoc is AdHoc.NOBODY or not developer:
            raise RefusedDocumentError([_coded("OPERATION_NOT_TRUSTED")])

    def text_of(self, document_id: str) -> str | None:
        """The text of a trusted document by ``sha256:…``; None when it is not known."""
        if not document_id.startswith(PREFIX):
            return None
        document = self.trusted.get(document_id.removeprefix(PREFIX))
        return document.body if document else None


@dataclass(frozen=True, slots=True)
class Admitted:
    """A document that may run: parsed, measured, valid."""

    document: DocumentNode
    operations: Mapping[str, OperationDefinitionNode]
    """By name; an operation without one has the empty name."""
    costs: tuple[Cost, ...]
    introspects: bool

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation a request means: the named one, or the only one."""
        if name:
            return self.operations.get(name)
        return next(iter(self.operations.values())) if len(self.operations) == 1 else None


class RefusedDocumentError(Exception):
    """The document must not run; ``errors`` say why, each with its code or none for invalid."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        self.errors = errors
        super().__init__(errors[0].message)


def core_schema(schema: BaseSchema) -> GraphQLSchema:
    """The graphql-core schema under a Strawberry one."""
    core: GraphQLSchema = schema._schema  # type: ignore[attr-defined]  # noqa: SLF001 - no public way
    return core


@lru_cache(maxsize=_REMEMBERED)
def admit(schema: BaseSchema, text: str) -> Admitted:
    """Parse, measure and validate; raises RefusedDocumentError."""
    document = _parsed(text)
    costs = _measured(document)
    operations = [
        node for node in document.definitions if isinstance(node, OperationDefinitionNode)
    ]
    _bound("variables", sum(len(node.variable_definitions or ()) for node in operations))
    errors = validate(
        core_schema(schema), document, _RULES, max_errors=_ERRORS_MAX, hide_suggestions=True
    )
    if errors:
        raise RefusedDocumentError(plain(errors))
    return Admitted(
        document=document,
        operations={node.name.value if node.name else "": node for node in operations},
        costs=tuple(costs),
        introspects=_introspects(document),
    )


def _parsed(text: str) -> DocumentNode:
    limits = operation_limits()
    _bound("characters", len(text))
    try:
        document = parse(
            text,
            max_lexical_tokens=limits["tokens"].limit,
            max_comments=limits["comments"].limit,
        )
    except GraphQLSyntaxError as problem:
        for name in ("tokens", "comments"):
            if f"more than {limits[name].limit} {name}" in problem.message:
                raise RefusedDocumentError([too_costly(name, limits[name].limit + 1)]) from None
        if "nested too deeply" in problem.message:
            raise RefusedDocumentError([too_costly("depth", limits["depth"].limit + 1)]) from None
        raise RefusedDocumentError([problem]) from None
    _bound("definitions", len(document.definitions))
    return document


def _measured(document: DocumentNode) -> list[Cost]:
    try:
        costs = measure(document)
    except RecursionError:
        raise RefusedDocumentError([too_costly("depth", LIMITS.depth + 1)]) from None
    except FragmentCycleError as cycle:
        raise RefusedDocumentError(
            [GraphQLError(f"fragment {cycle.name} spreads itself")]
        ) from None
    for cost in costs:
        for name, (actual, _) in breaches(cost).items():
            raise RefusedDocumentError([too_costly(name, actual)])
    return costs


def _bound(name: str, actual: int) -> None:
    if actual > operation_limits()[name].limit:
        raise RefusedDocumentError([too_costly(name, actual)])


def _introspects(document: DocumentNode) -> bool:
    seeker = _IntrospectionSeeker()
    visit(document, seeker)
    return seeker.found


class _IntrospectionSeeker(Visitor):
    found = False

    def enter_field(self, node: FieldNode, *_: Any) -> Any:
        if node.name.value in {"__schema", "__type"}:
            self.found = True
            return BREAK
        return None


def permitted(
    schema: BaseSchema, text: str, policy: OperationPolicy, viewer: Viewer | None
) -> Admitted:
    """``admit`` what the policy lets this person run; raises RefusedDocumentError."""
    policy.require(text, viewer)
    admitted = admit(schema, text)  # type: ignore[arg-type]  # a schema is hashed by what it is
    if admitted.introspects and not policy.introspection:
        raise RefusedDocumentError([_coded("INTROSPECTION_OFF")])
    return admitted


def _coded(code: str) -> GraphQLError:
    return GraphQLError(code, extensions={"code": code})


class Admission(SchemaExtension):
    """Gives Strawberry the document that was admitted; whoever comes past the edge is held too."""

    def on_parse(self) -> Iterator[None]:
        execution = self.execution_context
        try:
            admitted = admit(execution.schema, execution.query or "")
        except RefusedDocumentError as refused:
            raise refused.errors[0] from None
        execution.graphql_document = admitted.document
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = []
        yield
