"""Columns that hold a form: people's amounts in it stand sealed in the database."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Dialect, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

from mobile_hrp.runtime.form_seals import open_form, seal_form


class SealedForm(TypeDecorator[dict[str, Any]]):
    """The values of a form; to the program they are as they were given."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(
        self, value: dict[str, Any] | None, dialect: Dialect
    ) -> dict[str, Any] | None:
        del dialect
        return None if value is None else seal_form(value)

    def process_result_value(
        self, value: dict[str, Any] | None, dialect: Dialect
    ) -> dict[str, Any] | None:
        del dialect
        return None if value is None else open_form(value)


class SealedContent(TypeDecorator[dict[str, Any]]):
    """What a submission keeps: the form stands in it as ``values``."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(
        self, value: dict[str, Any] | None, dialect: Dialect
    ) -> dict[str, Any] | None:
        del dialect
        return value if value is None else _with_form(value, seal_form(value.get(_FORM) or {}))

    def process_result_value(
        self, value: dict[str, Any] | None, dialect: Dialect
    ) -> dict[str, Any] | None:
        del dialect
        return value if value is None else _with_form(value, open_form(value.get(_FORM) or {}))


def _with_form(content: Mapping[str, Any], form: dict[str, Any]) -> dict[str, Any]:
    return {**content, _FORM: form} if _FORM in content else dict(content)


_FORM = "values"
