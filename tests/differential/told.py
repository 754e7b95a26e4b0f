"""A hospital whose every mutation is told and, right after, read by resolvers: the same answer.

A mutation that succeeded is asked for again by its key, once for the resolvers to read its payload
and once more told. All three answers show the same state, so they have to be the same but for
``replayed``; so do the tables between them.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.scenarios.hospital import Hospital

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


class ToldOtherwiseError(AssertionError):
    """A payload that was told is not what resolvers read."""


def tier() -> PayloadTier:
    """The payloads as the web process tells them, for documents to be trusted one by one."""
    return PayloadTier(schema, Mappings(schema, TYPES), PAYLOADS)


def counted(outcome: str) -> float:
    """How many payloads this process has told, left, or had no statement for."""
    return REGISTRY.get_sample_value("hrp_graphql_payloads_total", {"outcome": outcome}) or 0.0


@dataclass
class ToldHospital(Hospital):
    """Compares; ``told`` counts the mutations whose payload was told."""

    payloads: PayloadTier = field(default_factory=tier)
    told: Counter[str] = field(default_factory=Counter)

    async def run(
        self, who: Any, query: str, *, locale: str = "zh", **variables: Any
    ) -> Mapping[str, Any]:
        self.payloads.trust(query)
        payloads = self.payloads.of(Asked(query, variables))
        if payloads is None:
            return await super().run(who, query, locale=locale, **variables)
        before = counted("told")
        first = await self.answer(who, query, variables, locale, payloads)
        if counted("told") == before or _refused(first):
            return first
        (name,) = first
        self.told[name] += 1
        read = await self.answer(who, query, variables, locale, None)
        again = await self.answer(who, query, variables, locale, payloads)
        if canonical(again) != canonical(read) or canonical(first, True) != canonical(read):
            raise ToldOtherwiseError(f"told {canonical(first)}\nread {canonical(read)}")
        return first

    async def answer(
        self,
        who: Any,
        query: str,
        variables: Mapping[str, Any],
        locale: str = "zh",
        payloads: Payloads | None = None,
    ) -> Mapping[str, Any]:
        """The data as a client reads it."""
        answer = await answered(await self.context(who, locale), query, variables, payloads)
        assert "errors" not in answer, answer["errors"]
        found: Mapping[str, Any] = answer["data"]
        return found


async def answered(
    context: Context, query: str, variables: Mapping[str, Any], payloads: Payloads | None
) -> Mapping[str, Any]:
    """The whole answer as a client reads it."""
    context.payloads = payloads
    result: Any = await schema.execute(
        query, variable_values=dict(variables), context_value=context
    )
    found: Mapping[str, Any] = json.loads(encoded(payload_of(result, context.locale)))
    return found


def _refused(data: Any) -> bool:
    if isinstance(data, dict):
        return bool(data.get("userErrors")) or any(_refused(one) for one in data.values())
    return isinstance(data, list) and any(_refused(one) for one in data)


def canonical(data: Any, replayed: bool | None = None) -> str:
    """As JSON in the order of its keys; with ``replayed`` as it is said here, where it is."""
    return json.dumps(_marked(data, replayed), ensure_ascii=False)


def _marked(data: Any, replayed: bool | None) -> Any:
    if isinstance(data, dict):
        return {
            key: replayed
            if key == "replayed" and replayed is not None
            else _marked(value, replayed)
            for key, value in data.items()
        }
    return [_marked(one, replayed) for one in data] if isinstance(data, list) else data
