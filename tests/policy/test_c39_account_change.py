"""C39: changing where money goes."""

from dataclasses import replace
from datetime import date

from tests.policy.papers import cited, paper, seen, table

from mobile_hrp.domain.policy.controls.account_change import CONTROL
from mobile_hrp.domain.policy.facts.accounts import AccountChange
from mobile_hrp.domain.policy.terms import Observation

TABLES = (table("account_change", "rule", "days", ("between_changes", 30)),)
SOUND = AccountChange(
    current=("6222000011112222",),
    changed_on=date(2026, 2, 14),
    step_up=True,
    verified=True,
    verifiers=1,
    old_contact=True,
)
NEW = "6222999988887777"


def found(facts: AccountChange, account: str = NEW) -> list[Observation]:
    document = paper("payee_change", {"owner": "staff", "new_account": account})
    return seen(CONTROL, document, facts, tables=TABLES)


def test_a_proved_checked_and_told_change_passes() -> None:
    assert found(SOUND) == []
    assert found(replace(SOUND, verified=None)) == []


def test_the_account_in_use_is_no_change() -> None:
    assert found(SOUND, "6222000011112222") == [
        Observation("same_account", "values.new_account", {"account": "622**********222"})
    ]


def test_an_account_that_failed_its_check_is_refused() -> None:
    assert found(replace(SOUND, verified=False)) == [
        Observation("not_verified", "values.new_account", {"account": "622**********777"})
    ]


def test_the_owner_another_person_and_the_old_contact_take_part() -> None:
    assert found(replace(SOUND, step_up=False)) == [Observation("no_step_up")]
    assert found(replace(SOUND, verifiers=0)) == [Observation("no_verifier")]
    assert found(replace(SOUND, old_contact=False)) == [
        Observation("nobody_to_tell", "", {"accounts": 1})
    ]
    first = replace(SOUND, current=(), changed_on=None, old_contact=False)
    assert found(first) == []


def test_changes_keep_a_distance() -> None:
    assert found(replace(SOUND, changed_on=date(2026, 2, 15))) == [
        Observation(
            "too_soon",
            "",
            {
                "changed_on": "2026-02-15",
                "next_on": "2026-03-17",
                "days": 30,
                **cited("account_change"),
            },
        )
    ]
    empty = (table("account_change", "rule", "days"),)
    document = paper("payee_change", {})
    recent = replace(SOUND, changed_on=date(2026, 3, 15), verified=False)
    assert seen(CONTROL, document, recent, tables=empty) == []
