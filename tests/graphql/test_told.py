"""JSON that is put into an answer, and fields that no statement may tell."""

import json

import pytest
import strawberry
from sqlalchemy import literal

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.graphql.access import REACHED, covered_by, field, needs
from mobile_hrp.graphql.answers import encoded
from mobile_hrp.graphql.compiled.mapping import Mappings, ObjectMap, maybe
from mobile_hrp.graphql.told import RawJson, TellingExecution, ToldObject
from mobile_hrp.models.organization import Staff

TEXTS = ('{"a":"0"}', '["\\u0001", "Q:0", "\\\\1 \\\\g<0>"]', "null", '{"深":"\u2028</script>"}')


def test_json_is_put_in_as_it_is_and_where_it_belongs() -> None:
    parts = {f"k{number}": [RawJson(text)] for number, text in enumerate(TEXTS)}
    payload = {"first": "Q:0", **parts, "last": {"x": RawJson(TEXTS[0]), "y": 1}}
    told = encoded({"data": payload})
    wanted = {f"k{number}": [json.loads(text)] for number, text in enumerate(TEXTS)}
    assert list(json.loads(told)["data"].items()) == [
        ("first", "Q:0"),
        *wanted.items(),
        ("last", {"x": {"a": "0"}, "y": 1}),
    ]
    assert all(text.encode() in told for text in TEXTS)


def test_what_is_no_json_is_not_put_in() -> None:
    with pytest.raises(TypeError, match="bytes"):
        encoded({"data": {"x": RawJson("1"), "y": b"2"}})


@covered_by(REACHED)
@strawberry.type
class Person:
    name: str

    @field(needs(Permission.AUDIT_READ))
    def salary(self) -> str | None:
        return None


@covered_by(REACHED)
@strawberry.type
class Desk:
    person: Person | None


@strawberry.type
class Query:
    @strawberry.field
    def desk(self) -> Desk:
        told = ToldObject({"person": '{"name":"a"}', "again": '{"n":"b"}'})
        return Desk(person=told)  # type: ignore[arg-type]  # as ``Outcome.object`` hands it on


SCHEMA = strawberry.Schema(Query, execution_context_class=TellingExecution)


def test_a_field_with_a_permission_of_its_own_is_never_told() -> None:
    known = ObjectMap(Staff, fields={"salary": maybe(lambda *_: literal("much"))})
    assert set(Mappings(SCHEMA, {"Person": known}).of("Person")) == {"name"}


async def test_a_told_object_is_taken_for_the_completed_value() -> None:
    asked = "{ desk { person { name salary } again: person { n: name } } }"
    result = await SCHEMA.execute(asked)
    assert result.errors is None
    assert json.loads(encoded({"data": result.data})) == {
        "data": {"desk": {"person": {"name": "a"}, "again": {"n": "b"}}}
    }
