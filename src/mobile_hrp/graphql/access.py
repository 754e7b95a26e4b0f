"""Who may read a field or run a mutation: one rule for each, said where the field is.

Every field of every type carries a rule; a test walks the schema and fails on one without. Rules
that need the viewer are enforced here, before the resolver runs. ``REACHED`` means: whoever was
allowed to reach the parent object may read this; the query that reached it holds the row predicate.
"""

import enum
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import strawberry
from strawberry.extensions import FieldExtension

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.graphql.denial import AccessDeniedError

TypeT = TypeVar("TypeT", bound=type)
ResolverT = TypeVar("ResolverT", bound=Callable[..., Any])

_RULE = "access"
_TYPE_RULE = "__access_rule__"


class Audience(enum.Enum):
    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    REACHED = "reached"
    OWNER = "owner"
    """Only the person the row is about; held by the query's predicate and by row-level security."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Either an audience or a permission; ``why`` is for the reader of the access matrix."""

    audience: Audience
    permission: Permission | None = None
    why: str = ""


PUBLIC = Rule(Audience.PUBLIC)
SIGNED_IN = Rule(Audience.SIGNED_IN)
REACHED = Rule(Audience.REACHED)
OWNER = Rule(Audience.OWNER)


def needs(permission: Permission, why: str = "") -> Rule:
    return Rule(Audience.SIGNED_IN, permission, why)


class _Enforce(FieldExtension):
    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    async def resolve_async(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **kwargs: Any
    ) -> Any:
        check(self._rule, info)
        answer = next_(source, info, **kwargs)
        return await answer if inspect.isawaitable(answer) else answer


def check(rule: Rule, info: strawberry.Info) -> None:
    """Raise AccessDeniedError when the viewer of this request does not fulfil the rule."""
    if rule.audience in {Audience.PUBLIC, Audience.REACHED}:
        return
    viewer = info.context.require_viewer()
    if rule.permission is not None and not viewer.holds(rule.permission):
        raise AccessDeniedError("PERMISSION_DENIED")


def field(rule: Rule, **options: Any) -> Callable[[ResolverT], ResolverT]:
    """A Strawberry field with its access rule."""
    made = strawberry.field(metadata={_RULE: rule}, extensions=_enforcing(rule), **options)
    return cast("Callable[[ResolverT], ResolverT]", made)


def mutation(rule: Rule, **options: Any) -> Callable[[ResolverT], ResolverT]:
    """A mutation with its access rule."""
    made = strawberry.mutation(metadata={_RULE: rule}, extensions=_enforcing(rule), **options)
    return cast("Callable[[ResolverT], ResolverT]", made)


def subscription(rule: Rule, **options: Any) -> Callable[[ResolverT], ResolverT]:
    """A subscription field; its resolver calls ``check`` itself, as it outlives the request."""
    made = strawberry.subscription(metadata={_RULE: rule}, **options)
    return cast("Callable[[ResolverT], ResolverT]", made)


def _enforcing(rule: Rule) -> list[FieldExtension]:
    return [] if rule.audience in {Audience.PUBLIC, Audience.REACHED} else [_Enforce(rule)]


def covered_by(rule: Rule) -> Callable[[TypeT], TypeT]:
    """Say the rule of all fields of an object type that do not carry their own."""

    def mark(cls: TypeT) -> TypeT:
        setattr(cls, _TYPE_RULE, rule)
        return cls

    return mark


def rule_of(owner: type, field_metadata: Any) -> Rule | None:
    """The rule of a field: its own, else that of its type; None is a hole."""
    own: Rule | None = (field_metadata or {}).get(_RULE)
    return own if own is not None else getattr(owner, _TYPE_RULE, None)
