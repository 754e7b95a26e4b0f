"""Vouchers drawn by template: each half balances alone, and the figures are the expected ones."""

import uuid
from dataclasses import replace
from importlib import resources
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.voucher.draft import (
    Dimensions,
    LineFacts,
    VoucherFacts,
    draft_voucher,
    half_total,
    require_balanced,
)
from mobile_hrp.domain.voucher.lifecycle import differences, finalize, verify
from mobile_hrp.domain.voucher.template import TemplateBook, account_codes, read_templates
from mobile_hrp.domain.voucher.terms import Half, Side, VoucherEvent, VoucherState

FIRST, SECOND = uuid.UUID(int=1), uuid.UUID(int=2)
ANNA, BORIS = uuid.UUID(int=11), uuid.UUID(int=12)
WARD, OFFICE, FUND = uuid.UUID(int=21), uuid.UUID(int=22), uuid.UUID(int=23)


def shipped() -> dict[str, Any]:
    folder = resources.files("mobile_hrp.scenario_library") / "cn_hospital_core"
    raw: dict[str, Any] = yaml.safe_load((folder / "voucher_templates.yaml").read_text("utf-8"))
    return raw


BOOK: TemplateBook = read_templates(shipped())


def facts(
    event: VoucherEvent,
    *lines: LineFacts,
    scenario: str = "general_claim",
    fund_nature: str = "own",
) -> VoucherFacts:
    return VoucherFacts("GC-0007", scenario, event, fund_nature, lines)


def cost(net_fen: int, kind: str = "clinical", **changes: Any) -> LineFacts:
    line = LineFacts(FIRST, net_fen, kind, Dimensions(department_id=WARD, fund_source_id=FUND))
    return replace(line, **changes)


def booked(draft_facts: VoucherFacts) -> list[str]:
    """Entries as ``F D 5001 100`` lines."""
    return [
        f"{each.half.value[0].upper()} {each.side.value[0].upper()}"
        f" {each.account_code} {each.amount_fen}"
        for each in draft_voucher(BOOK, draft_facts).entries
    ]


def test_an_approved_claim_is_accrued_in_the_financial_half_only() -> None:
    approved = facts(
        VoucherEvent.APPROVED, cost(30_000), cost(5_000, "admin", document_line_id=SECOND)
    )

    assert booked(approved) == ["F D 5001 30000", "F D 5101 5000", "F C 2307 35000"]


def test_a_payment_from_the_own_account_is_booked_in_both_halves() -> None:
    paid = facts(VoucherEvent.PAID, cost(30_000), cost(5_000, document_line_id=SECOND))

    assert booked(paid) == [
        "F D 2307 35000",
        "F C 1002 35000",
        "B D 7201 30000",
        "B D 7201 5000",
        "B C 8001 35000",
    ]


def test_a_treasury_payment_receives_and_spends_the_appropriation() -> None:
    paid = facts(VoucherEvent.PAID, cost(30_000), fund_nature="fiscal")

    assert booked(paid) == ["F D 2307 30000", "F C 4001 30000", "B D 7201 30000", "B C 6001 30000"]


def test_a_claim_against_a_loan_with_tax_splits_into_what_is_settled_and_what_is_paid() -> None:
    line = cost(30_000, loan_offset_fen=20_000, tax_fen=1_000)

    assert booked(facts(VoucherEvent.APPROVED, line)) == [
        "F D 5001 30000",
        "F C 1218 20000",
        "F C 2102 1000",
        "F C 2307 9000",
        "B D 7201 20000",
        "B C 8001 20000",
    ]
    assert booked(facts(VoucherEvent.PAID, line)) == [
        "F D 2307 9000",
        "F C 1002 9000",
        "B D 7201 9000",
        "B C 8001 9000",
    ]


def test_assets_and_stock_are_no_expense() -> None:
    approved = facts(VoucherEvent.APPROVED, cost(9_000, "asset"), cost(500, "stock"))

    assert booked(approved)[:2] == ["F D 1601 9000", "F D 1302 500"]


def test_a_loan_books_cash_but_no_spending_and_its_approval_books_nothing() -> None:
    loan = facts(VoucherEvent.LOAN_PAID, cost(8_000), scenario="loan_request")
    returned = facts(VoucherEvent.LOAN_RETURNED, cost(8_000), scenario="loan_repay")

    assert booked(facts(VoucherEvent.APPROVED, cost(8_000), scenario="loan_request")) == []
    assert booked(loan) == ["F D 1218 8000", "F C 1002 8000"]
    assert booked(returned) == ["F D 1002 8000", "F C 1218 8000"]


def test_a_prepayment_is_spent_in_the_budget_half_when_paid() -> None:
    paid = facts(VoucherEvent.PAID, cost(8_000), scenario="prepay_request")

    assert booked(paid) == ["F D 1214 8000", "F C 1002 8000", "B D 7201 8000", "B C 8001 8000"]


def test_a_refund_reverses_expense_and_spending() -> None:
    assert booked(facts(VoucherEvent.REFUNDED, cost(100, "admin"))) == [
        "F D 1002 100",
        "F C 5101 100",
        "B D 8001 100",
        "B C 7201 100",
    ]


def test_an_entry_per_line_carries_its_dimensions_and_one_for_all_only_those_they_share() -> None:
    other = cost(
        5_000,
        document_line_id=SECOND,
        dimensions=Dimensions(department_id=OFFICE, fund_source_id=FUND),
        text="培训资料",
    )

    entries = draft_voucher(BOOK, facts(VoucherEvent.APPROVED, cost(1), other)).entries

    assert [each.document_line_id for each in entries] == [FIRST, SECOND, None]
    assert [each.dimensions.department_id for each in entries] == [WARD, OFFICE, None]
    assert {each.dimensions.fund_source_id for each in entries} == {FUND}
    assert entries[1].summary == "计提费用 GC-0007 培训资料"
    assert entries[2].summary == "计提费用 GC-0007"


def test_a_draft_names_its_template_and_the_accounts_nobody_has_confirmed() -> None:
    draft = draft_voucher(BOOK, facts(VoucherEvent.PAID, cost(1)))

    assert (draft.template_code, draft.template_version) == ("claim_paid_by_bank", "0.2.0")
    assert draft.needs_confirmation == ("1002", "2307", "7201", "8001")
    raw = shipped()
    raw["accounts"]["2307"]["confirmed"] = True
    confirmed = draft_voucher(read_templates(raw), facts(VoucherEvent.PAID, cost(1)))
    assert confirmed.needs_confirmation == ("1002", "7201", "8001")


@given(
    event=st.sampled_from([VoucherEvent.APPROVED, VoucherEvent.PAID, VoucherEvent.REFUNDED]),
    fund_nature=st.sampled_from(["own", "fiscal", "research"]),
    parts=st.lists(
        st.tuples(
            st.integers(0, 10**9),
            st.integers(0, 10**9),
            st.integers(0, 10**9),
            st.sampled_from(["clinical", "admin", "research", "asset", "stock"]),
        ).filter(lambda part: sum(part[:3]) > 0),
        min_size=1,
        max_size=12,
    ),
)
@settings(deadline=None)
def test_every_shipped_template_balances_both_halves_whatever_the_amounts(
    event: VoucherEvent, fund_nature: str, parts: list[tuple[int, int, int, str]]
) -> None:
    lines = [
        cost(
            payable + offset + tax,
            kind,
            loan_offset_fen=offset,
            tax_fen=tax,
            document_line_id=uuid.UUID(int=position),
        )
        for position, (payable, offset, tax, kind) in enumerate(parts)
    ]

    entries = draft_voucher(BOOK, facts(event, *lines, fund_nature=fund_nature)).entries

    assert all(each.amount_fen > 0 for each in entries)
    for half in Half:
        assert half_total(entries, half, Side.DEBIT) == half_total(entries, half, Side.CREDIT)
    if event is VoucherEvent.APPROVED:
        expected_fen = sum(line.net_fen for line in lines)
        assert half_total(entries, Half.FINANCIAL, Side.DEBIT) == expected_fen


# ------------------------------------------------------------------ what is refused


def test_a_scenario_event_without_template_is_refused_not_guessed() -> None:
    with pytest.raises(Refusal) as refused:
        draft_voucher(BOOK, facts(VoucherEvent.LOAN_PAID, cost(1)))

    assert refused.value.code == "VOUCHER_TEMPLATE_MISSING"
    assert refused.value.details[0].params == {"scenario": "general_claim", "event": "loan_paid"}


def test_an_unknown_kind_of_cost_is_refused() -> None:
    with pytest.raises(Refusal, match="VOUCHER_ACCOUNT_MISSING"):
        draft_voucher(BOOK, facts(VoucherEvent.APPROVED, cost(1, "unheard_of")))


@pytest.mark.parametrize(
    "line",
    [cost(0), cost(-5), cost(10, loan_offset_fen=11), cost(10, tax_fen=11), cost(10, tax_fen=-1)],
)
def test_a_line_that_books_less_than_nothing_is_refused(line: LineFacts) -> None:
    with pytest.raises(Refusal, match="AMOUNT_NOT_POSITIVE") as refused:
        draft_voucher(BOOK, facts(VoucherEvent.APPROVED, cost(1), line))

    assert refused.value.details[0].path == "lines.1"


def test_a_template_that_does_not_balance_is_caught_in_the_draft() -> None:
    raw = shipped()
    raw["templates"][0]["lines"].pop()

    with pytest.raises(ValueError, match="claim_accrued: the budgetary half has one side only"):
        read_templates(raw)
    raw = shipped()
    raw["templates"][1]["lines"][0]["figure"] = "net"
    with pytest.raises(Refusal) as refused:
        draft_voucher(
            read_templates(raw), facts(VoucherEvent.PAID, cost(1_000, loan_offset_fen=100))
        )
    assert refused.value.code == "VOUCHER_UNBALANCED"
    assert refused.value.details[0].params == {
        "half": "financial",
        "debit": "10.00",
        "credit": "9.00",
    }


def test_template_data_with_an_unknown_account_or_a_repeated_code_stops_the_start() -> None:
    raw = shipped()
    raw["templates"][0]["lines"][1]["account"] = "9999"
    with pytest.raises(ValueError, match="claim_accrued names the unknown account 9999"):
        read_templates(raw)
    raw = shipped()
    raw["templates"].append(raw["templates"][0])
    with pytest.raises(ValueError, match="claim_accrued is defined twice"):
        read_templates(raw)


def test_every_declared_account_is_used_and_none_claims_to_be_confirmed() -> None:
    raw = shipped()

    assert account_codes(BOOK) == sorted(raw["accounts"])
    assert not any(row["confirmed"] for row in raw["accounts"].values())


# ------------------------------------------------------------------ verified and final


def test_verifying_keeps_what_a_person_changed() -> None:
    drafted = draft_voucher(BOOK, facts(VoucherEvent.APPROVED, cost(700))).entries
    corrected = (replace(drafted[0], account_code="5101", account_name="单位管理费用"), drafted[1])

    changes = verify(VoucherState.DRAFT, drafted, corrected)

    assert [(each.position, each.field, each.before, each.after) for each in changes] == [
        (0, "account_code", "5001", "5101"),
        (0, "account_name", "业务活动费用", "单位管理费用"),
    ]
    assert verify(VoucherState.DRAFT, drafted, drafted) == ()


def test_an_added_or_removed_entry_is_a_change() -> None:
    drafted = draft_voucher(BOOK, facts(VoucherEvent.APPROVED, cost(700))).entries

    removed = differences(drafted, drafted[:1])
    added = differences(drafted[:1], drafted)

    assert [(each.field, each.before, each.after) for each in removed] == [
        ("entry", "financial credit 2307 700", "")
    ]
    assert [(each.field, each.before, each.after) for each in added] == [
        ("entry", "", "financial credit 2307 700")
    ]


def test_a_correction_that_unbalances_is_refused() -> None:
    drafted = draft_voucher(BOOK, facts(VoucherEvent.APPROVED, cost(700))).entries

    with pytest.raises(Refusal, match="VOUCHER_UNBALANCED"):
        verify(VoucherState.DRAFT, drafted, (replace(drafted[0], amount_fen=701), drafted[1]))


def test_only_a_draft_is_verified_and_only_a_verified_one_made_final_by_somebody_else() -> None:
    for state in (VoucherState.VERIFIED, VoucherState.FINAL):
        with pytest.raises(Refusal, match="VOUCHER_STATE"):
            verify(state, (), ())
    for state in (VoucherState.DRAFT, VoucherState.FINAL):
        with pytest.raises(Refusal, match="VOUCHER_STATE"):
            finalize(state, verified_by=ANNA, actor_id=BORIS)
    with pytest.raises(Refusal, match="VOUCHER_SAME_PERSON"):
        finalize(VoucherState.VERIFIED, verified_by=ANNA, actor_id=ANNA)
    finalize(VoucherState.VERIFIED, verified_by=ANNA, actor_id=BORIS)


def test_both_unbalanced_halves_are_named() -> None:
    entries = draft_voucher(BOOK, facts(VoucherEvent.PAID, cost(700))).entries
    debits = [each for each in entries if each.side is Side.DEBIT]

    with pytest.raises(Refusal) as refused:
        require_balanced(debits)

    assert [detail.path for detail in refused.value.details] == ["financial", "budgetary"]
