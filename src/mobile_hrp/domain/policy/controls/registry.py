"""Every control function by its key in the catalogue: one line per control."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mobile_hrp.domain.policy.controls import (
    allowance_exclusive,
    attachments_complete,
    cash_limit,
    collective_decision,
    income_tax,
    labor_recipient,
    loan_offset,
    loan_outstanding,
    patient_privacy,
    per_head_standard,
    prior_request,
    receipt_age,
    receipt_arithmetic,
    receipt_buyer,
    receipt_consecutive,
    receipt_cross_year,
    receipt_date_conflict,
    receipt_duplicate,
    repeated_matter,
    research_budget,
    sensitive_words,
    time_place_conflict,
    travel_standard,
    within_request,
)
from mobile_hrp.domain.policy.terms import ControlFunction

_ALL: Final[tuple[ControlFunction, ...]] = (
    allowance_exclusive.CONTROL,
    attachments_complete.CONTROL,
    cash_limit.CONTROL,
    collective_decision.CONTROL,
    income_tax.CONTROL,
    labor_recipient.CONTROL,
    loan_offset.CONTROL,
    loan_outstanding.CONTROL,
    patient_privacy.CONTROL,
    per_head_standard.CONTROL,
    prior_request.CONTROL,
    receipt_age.CONTROL,
    receipt_arithmetic.CONTROL,
    receipt_buyer.CONTROL,
    receipt_consecutive.CONTROL,
    receipt_cross_year.CONTROL,
    receipt_date_conflict.CONTROL,
    receipt_duplicate.CONTROL,
    repeated_matter.CONTROL,
    research_budget.CONTROL,
    sensitive_words.CONTROL,
    time_place_conflict.CONTROL,
    travel_standard.CONTROL,
    within_request.CONTROL,
)

CONTROL_FUNCTIONS: Final[Mapping[str, ControlFunction]] = MappingProxyType(
    {function.key: function for function in _ALL}
)
