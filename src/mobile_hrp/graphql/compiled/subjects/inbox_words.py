"""The texts of an inbox in SQL, from the same catalogue as ``notifications.wording``."""

import string
from functools import reduce
from typing import Any

from sqlalchemy import Text, and_, case, cast, func, literal, null

from mobile_hrp.domain.notification.vocabulary import Locale
from mobile_hrp.graphql.compiled.expressions import Expression, certain, chosen, word
from mobile_hrp.graphql.compiled.mapping import Row
from mobile_hrp.graphql.compiled.places import UncompilableError
from mobile_hrp.notifications.wording import DIGEST
from mobile_hrp.services.notices import kinds

_WHOLE_NUMBER = "^-?[0-9]{1,15}$"


def title(row: Row, locale: Locale) -> Expression:
    """The kind's title, numbered where it is told again; the app's name for a kind nobody knows."""
    book = kinds()
    known = {kind: book.rule(kind).title[locale] for kind in book}
    plain, hours = chosen(known, row["kind"]), _hours_waited(row)
    values = {"ordinal": cast(row["ordinal"], Text), "title": plain, "hours": hours}
    again = case(
        (row["kind"] == word(DIGEST), _filled(book.digest[locale], values)),
        (hours.is_not(None), _filled(book.waited[locale], values)),
        else_=_filled(book.reminder[locale], values),
    )
    told = case((row["ordinal"] > 1, again), else_=plain)
    return func.coalesce(told, word(book.app_title[locale]), type_=Text())


def _hours_waited(row: Row) -> Expression:
    """The whole hours that the work has waited, as text; null for none, or for no whole number."""
    value, told = row["params"].op("->")("waited_hours"), row["params"].op("->>")("waited_hours")
    kind = func.jsonb_typeof(value)
    some = (kind == "number") & told.op("~")("^-?[0-9]+$") & (told != "0")
    return case((some, cast(told, Text)), else_=null())


def body(row: Row, locale: Locale) -> Expression:
    """The kind's body with its values; '' where one is missing or the kind is unknown."""
    book = kinds()
    by_kind = {kind: _body(book.rule(kind).body[locale], row, locale) for kind in book}
    chosen_body = case(by_kind, value=row["kind"], else_=word(""))
    return certain(chosen_body)


def _body(template: str, row: Row, locale: Locale) -> Expression:
    names = sorted({name for _, name in _pieces(template) if name})
    if not names:
        return word(template.format())
    told = _filled(template, {name: _value(row, name, locale) for name in names})
    present = and_(*(row["params"].op("?")(name) for name in names))
    return case((present, told), else_=word(""))


def _value(row: Row, name: str, locale: Locale) -> Expression:
    """A parameter as Python would write it; null for what SQL would write otherwise."""
    book = kinds()
    value, text = row["params"].op("->")(name), row["params"].op("->>")(name)
    words = {key: texts[locale] for key, texts in book.words.items()}
    kind = func.jsonb_typeof(value)
    whole = (kind == "number") & text.op("~")(_WHOLE_NUMBER)
    return case(
        (kind == "string", chosen(words, text, cast(text, Text))),
        (whole, cast(text, Text)),
        else_=null(),
    )


def _filled(template: str, values: dict[str, Expression]) -> Expression:
    parts: list[Any] = []
    for text, name in _pieces(template):
        if text:
            parts.append(literal(text, Text))
        if name:
            parts.append(values[name])
    return reduce(lambda a, b: a.concat(b), parts)


def _pieces(template: str) -> list[tuple[str, str | None]]:
    pieces = []
    for text, name, style, conversion in string.Formatter().parse(template):
        if style or conversion or (name is not None and not name.isidentifier()):
            raise UncompilableError(template)
        pieces.append((text, name))
    return pieces
