"""Which links of a form lead to the request it rests on, and which to a loan."""

from typing import Final

from mobile_hrp.domain.policy.forms import Entry, head, identifier
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.model import FieldDefinition
from mobile_hrp.domain.scenario.vocabulary import FieldType

_REQUEST_ELEMENTS: Final = frozenset(
    {"TravelApplicationFormNo", "SpendApplicationFormNo", "MeetingPlanNo", "TrainingPlanNo"}
)
_REQUEST_KEYS: Final = frozenset({"request_no"})
_LOAN_ELEMENTS: Final = frozenset({"LoanApplicationFormNo"})
_LOAN_KEYS: Final = frozenset({"loan_no"})
_ACCEPTANCE_KEYS: Final = frozenset({"acceptance"})


def is_request_link(field: FieldDefinition) -> bool:
    return field.type is FieldType.DOC_LINK and (
        identifier(field) in _REQUEST_ELEMENTS or field.key in _REQUEST_KEYS
    )


def is_loan_link(field: FieldDefinition) -> bool:
    return field.type is FieldType.DOC_LINK and (
        identifier(field) in _LOAN_ELEMENTS or field.key in _LOAN_KEYS
    )


def is_acceptance_link(field: FieldDefinition) -> bool:
    return field.type is FieldType.DOC_LINK and field.key in _ACCEPTANCE_KEYS


def request_links(document: PolicyDocument) -> tuple[Entry, ...]:
    """The links to requests that were filled in."""
    return tuple(entry for entry in head(document).entries() if is_request_link(entry.field))


def loan_links(document: PolicyDocument) -> tuple[Entry, ...]:
    """The links to loans that were filled in."""
    return tuple(entry for entry in head(document).entries() if is_loan_link(entry.field))


def asks_for_request(document: PolicyDocument) -> bool:
    return any(is_request_link(field) for field in document.fields)
