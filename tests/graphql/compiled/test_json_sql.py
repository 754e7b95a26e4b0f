"""JSON that is put together as text reads as what was told, whatever is in it."""

import json
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Numeric,
    Text,
    Uuid,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.graphql.compiled.expressions import named_id
from mobile_hrp.graphql.compiled.json_sql import (
    ARGUMENTS_MAX,
    JsonText,
    Member,
    PlainText,
    a_list,
    an_object,
    collected,
)
from mobile_hrp.runtime.database import Database

HARD = '"quotes" \\ back, line\nand tab\t, \u2028, 😀, 差旅费, </script>, \x1f'


KEY = "019a0000-0000-7000-8000-000000000001"
_KEY = literal_column(f"'{KEY}'::uuid", Uuid())
_FEN = literal_column("126800::bigint", BigInteger)


async def told(database: Database, expression: Any) -> Any:
    async with database.reading(7) as session:
        text = await session.scalar(select(expression))
    assert isinstance(text, str)
    return json.loads(text)


_VALUES = [
    (literal(HARD, Text), HARD),
    (literal("8 a.m.", PlainText), "8 a.m."),
    (literal("", PlainText), ""),
    (literal("Task:", PlainText).concat(cast(_KEY, PlainText)), f"Task:{KEY}"),
    (
        cast(literal("Task", Text), PlainText)
        .concat(literal(":", PlainText))
        .concat(cast(_KEY, PlainText))
        .concat(literal("/pages", PlainText)),
        f"Task:{KEY}/pages",
    ),
    (cast(_FEN * literal_column("0.01", Numeric), PlainText), "1268.00"),
    (literal(HARD, Text).concat(literal("...", Text)), f"{HARD}..."),
    (literal_column("9007199254740993", BigInteger), 9007199254740993),
    (literal_column("(1 = 1)", Boolean), True),
    (literal_column("'[1, {\"a\": null}]'::jsonb"), [1, {"a": None}]),
    (literal_column("ARRAY['a', NULL]"), ["a", None]),
    (literal_column("1.50"), 1.5),
]


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize(("value", "meant"), _VALUES)
async def test_a_value_is_written_as_what_it_is(
    database: Database, value: Any, meant: Any, *, there: bool
) -> None:
    whole = an_object([Member("one", value, there=there), Member("two", value, there=there)])
    assert await told(database, whole) == {"one": meant, "two": meant}


@pytest.mark.parametrize("kind", [Text, PlainText, JsonText, Boolean, BigInteger, JSONB])
async def test_what_may_be_null_is_null(database: Database, kind: Any) -> None:
    assert await told(database, an_object([Member("one", null().cast(kind))])) == {"one": None}


async def test_objects_and_lists_stand_in_each_other(database: Database) -> None:
    inner = an_object(
        [Member("text", literal(HARD, Text), there=True), Member("none", null().cast(Text))]
    )
    numbers = (
        func.generate_series(literal_column("1"), literal_column("3"))
        .table_valued("n")
        .render_derived()
    )
    item = an_object([Member("n", cast(numbers.c.n, BigInteger), there=True)])
    listed = select(a_list(collected(item))).scalar_subquery()
    empty = select(a_list(collected(item))).where(numbers.c.n > 9).scalar_subquery()
    whole = an_object(
        [
            Member("inner", inner, there=True),
            Member("again", inner),
            Member("other", func.coalesce(inner, inner, type_=JsonText()), True),
            Member("list", listed),
            Member("empty", empty, there=True),
        ]
    )
    assert await told(database, whole) == {
        "inner": {"text": HARD, "none": None},
        "again": {"text": HARD, "none": None},
        "other": {"text": HARD, "none": None},
        "list": [{"n": 1}, {"n": 2}, {"n": 3}],
        "empty": [],
    }
    assert await told(database, an_object([])) == {}


async def test_a_text_beside_an_object_is_no_part_of_it(database: Database) -> None:
    """What PostgreSQL calls ``concat`` is taken apart only where it is JSON."""
    text = func.concat(literal('"', Text), literal("}", Text), type_=Text())
    inner = an_object([Member("text", text, there=True)])
    assert await told(database, an_object([Member("inner", inner, there=True)])) == {
        "inner": {"text": '"}'}
    }


@pytest.mark.parametrize("there", [True, False])
async def test_an_id_whose_type_is_stored_is_escaped(database: Database, *, there: bool) -> None:
    whole = an_object([Member("id", named_id(literal(HARD, Text), _KEY), there=there)])
    assert await told(database, whole) == {"id": f"{HARD}:{KEY}"}


async def test_an_object_may_have_more_fields_than_a_function_has_arguments(
    database: Database,
) -> None:
    wide = {f"field{n}": f"value {n}" for n in range(ARGUMENTS_MAX * 3)}
    for there in (True, False):
        members = [Member(key, literal(value, Text), there) for key, value in wide.items()]
        found = await told(database, an_object(members))
        assert found == wide
        assert list(found) == list(wide)


def test_a_constant_stays_a_constant() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it so
    made = an_object([Member("it's", literal("x%y:z", PlainText))])
    text = str(made.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    assert "it''s" in text
