"""C37: what a department shares out is its package, to the fen, by the rules in force."""

from collections.abc import Iterator
from typing import Final

from mobile_hrp.domain.policy.facts.distribution import DistributionFacts
from mobile_hrp.domain.policy.form_view import Meaning, Row, head, rows
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Evidence,
    Observation,
    PolicyContext,
    PolicyDocument,
)
from mobile_hrp.domain.scenario.vocabulary import FieldType

ALLOCATION: Final = Meaning(frozenset({FieldType.ALLOCATION}))
PERSON: Final = Meaning(frozenset({FieldType.STAFF}))
SHARE: Final = Meaning(frozenset({FieldType.MONEY}), keys=("amount",))
RULES: Final = Meaning(frozenset({FieldType.TEXT}), keys=("rule_version",))


def check(document: PolicyDocument, context: PolicyContext) -> Iterator[Observation]:
    facts = context.of(DistributionFacts)
    shares = rows(document, ALLOCATION)
    yield from _sum(document, facts, shares)
    named = head(document).get(RULES)
    if named is not None and named.text != facts.rule_version:
        evidence = {"named": named.text, "in_force": facts.rule_version}
        yield Observation("other_rules", named.path, evidence)
    first: dict[str, int] = {}
    for number, row in enumerate(shares, start=1):
        yield from _judge(facts, row, number, first)


def _sum(
    document: PolicyDocument, facts: DistributionFacts, shares: tuple[Row, ...]
) -> Iterator[Observation]:
    distributed_fen = sum(row.fen(SHARE) for row in shares)
    field = ALLOCATION.among(document.fields)
    if field is not None and distributed_fen != facts.package_fen:
        yield Observation(
            "unbalanced",
            f"values.{field.key}",
            {
                "package_fen": facts.package_fen,
                "distributed_fen": distributed_fen,
                "difference_fen": distributed_fen - facts.package_fen,
            },
        )


def _judge(
    facts: DistributionFacts, row: Row, number: int, first: dict[str, int]
) -> Iterator[Observation]:
    person, share_fen = row.text(PERSON), row.fen(SHARE)
    shown: dict[str, Evidence] = {"row": number, "person": facts.members.get(person, "")}
    if person not in facts.members:
        yield Observation("not_a_member", row.path, {"row": number})
    if person in first:
        yield Observation("twice", row.path, {**shown, "first_row": first[person]})
    first.setdefault(person, number)
    if share_fen < 0:
        yield Observation("negative", row.path, {**shown, "amount_fen": share_fen})
    expected = facts.recalculated_fen
    if expected is not None and expected.get(person, 0) != share_fen:
        evidence = {"amount_fen": share_fen, "expected_fen": expected.get(person, 0)}
        yield Observation("differs", row.path, {**shown, **evidence})


CONTROL: Final = ControlFunction(
    key="distribution_balance", check=check, needs=(DistributionFacts,)
)
