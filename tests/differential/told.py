"""Every mutation of the tests around is told and, right after, read by resolvers: the same answer.

A mutation whose payload was told is asked for again by its key, once for the resolvers to read its
payload and once more told. All three answers show the same state, so they have to be the same but
for ``replayed``.
"""

import copy
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from mobile_hrp.graphql.answers import encoded
from mobile_hrp.graphql.asked import Asked
from mobile_hrp.graphql.compiled.mapping import Mappings
from mobile_hrp.graphql.compiled.payloads import PayloadTier
from mobile_hrp.graphql.compiled.subjects.registry import PAYLOADS, TYPES
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.results import payload_of
from mobile_hrp.graphql.told import Payloads
from mobile_hrp.runtime.metrics import REGISTRY
from mobile_hrp.schema import schema

_honest = schema.execute


class ToldOtherwiseError(AssertionError):
    """A payload that was told is not what resolvers read."""


def tier() -> PayloadTier:
    """The payloads as the web process tells them, for documents to be trusted one by one."""
    return PayloadTier(schema, Mappings(schema, TYPES), PAYLOADS)


def counted(outcome: str) -> float:
    """How many payloads this process has told, left, or had no statement for."""
    return REGISTRY.get_sample_value("hrp_graphql_payloads_total", {"outcome": outcome}) or 0.0


@dataclass
class Comparing:
    """Stands in for ``schema.execute``; ``told`` counts mutations by their name in the answer."""

    payloads: PayloadTier = field(default_factory=tier)
    told: Counter[str] = field(default_factory=Counter)

    async def execute(self, query: str, **given: Any) -> Any:
        context = given.get("context_value")
        self.payloads.trust(query)
        payloads = self.payloads.of(Asked(query))
        if payloads is None or not isinstance(context, Context) or context.payloads is not None:
            return await _honest(query, **given)
        before = counted("told")
        result: Any = await _with(context, payloads, query, given)
        if counted("told") > before and not result.errors and not _refused(result.data):
            self.told.update(result.data.keys())
            read, again = [await _with(context, one, query, given) for one in (None, payloads)]
            wanted = canonical(read.data)
            if canonical(again.data) != wanted or canonical(result.data, replayed=True) != wanted:
                raise ToldOtherwiseError(f"told {canonical(result.data)}\nread {wanted}")
        return result


async def _with(
    context: Context, payloads: Payloads | None, query: str, given: Mapping[str, Any]
) -> Any:
    """The result as a client reads it, in a context that has read nothing yet."""
    fresh = copy.copy(context)
    vars(fresh).pop("loaders", None)
    fresh.payloads = payloads
    result: Any = await _honest(query, **{**given, "context_value": fresh})
    result.data = json.loads(encoded({"data": result.data}))["data"]
    return result


@pytest.fixture
def comparing(monkeypatch: pytest.MonkeyPatch) -> Comparing:
    """Compares whatever the test executes."""
    made = Comparing()
    monkeypatch.setattr(schema, "execute", made.execute)
    return made


async def answered(
    context: Context, query: str, variables: Mapping[str, Any], payloads: Payloads | None
) -> Mapping[str, Any]:
    """The whole answer of one way as a client reads it, compared with nothing."""
    result = await _with(context, payloads, query, {"variable_values": dict(variables)})
    return payload_of(result, context.locale)


def canonical(data: Any, *, replayed: bool | None = None) -> str:
    """As JSON in the order of its keys; with ``replayed`` as it is said here, where it is."""
    return json.dumps(_marked(data, replayed), ensure_ascii=False)


def _refused(data: Any) -> bool:
    if isinstance(data, dict):
        return bool(data.get("userErrors")) or any(_refused(one) for one in data.values())
    return isinstance(data, list) and any(_refused(one) for one in data)


def _marked(data: Any, replayed: bool | None) -> Any:
    if isinstance(data, dict):
        return {
            key: replayed
            if key == "replayed" and replayed is not None
            else _marked(value, replayed)
            for key, value in data.items()
        }
    return [_marked(one, replayed) for one in data] if isinstance(data, list) else data
