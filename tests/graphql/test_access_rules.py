"""Every field of the schema says who may see it; one without a rule fails here."""

from collections.abc import Iterator
from typing import Any

import strawberry
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition

from mobile_hrp.graphql.access import Audience, Rule, rule_of
from mobile_hrp.resolvers.registry import MUTATIONS, QUERIES, SUBSCRIPTIONS
from mobile_hrp.schema import schema

PUBLIC_FIELDS = {
    "Query.login_providers",
    "Mutation.login",
    "Mutation.login_with_wechat",
    "Mutation.login_with_dingtalk",
    "Mutation.login_with_wecom",
    "Mutation.refresh_session",
}
ROOTS = ("Query", "Mutation", "Subscription")


def definition_of(kind: type) -> StrawberryObjectDefinition:
    definition = get_object_definition(kind)
    assert definition is not None
    return definition


def object_types() -> Iterator[StrawberryObjectDefinition]:
    for kind in schema.schema_converter.type_map.values():
        definition = kind.definition
        if isinstance(definition, StrawberryObjectDefinition) and not definition.is_input:
            yield definition


def rules() -> Iterator[tuple[str, Rule | None]]:
    for definition in object_types():
        for field in definition.fields:
            owner: type[Any] = definition.origin
            yield f"{definition.name}.{field.python_name}", rule_of(owner, field.metadata)


def test_every_field_has_a_rule() -> None:
    holes = sorted(name for name, rule in rules() if rule is None)
    assert holes == []


def test_root_fields_are_never_merely_reached() -> None:
    for name, rule in rules():
        if name.split(".")[0] in ROOTS:
            assert rule is not None
            assert rule.audience is not Audience.REACHED, name


def test_only_the_doors_are_public() -> None:
    public = {name for name, rule in rules() if rule and rule.audience is Audience.PUBLIC}
    assert public == PUBLIC_FIELDS


def test_the_walk_sees_every_root_field() -> None:
    seen = {name for name, _ in rules()}
    for root, parts in zip(ROOTS, (QUERIES, MUTATIONS, SUBSCRIPTIONS), strict=True):
        for part in parts:
            for field in definition_of(part).fields:
                assert f"{root}.{field.python_name}" in seen


def test_a_field_without_a_rule_would_be_found() -> None:
    @strawberry.type
    class Bare:
        name: str

    (field,) = definition_of(Bare).fields
    assert rule_of(Bare, field.metadata) is None
