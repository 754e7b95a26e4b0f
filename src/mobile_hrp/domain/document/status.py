"""The states of a business document (单据)."""

import enum


class DocumentStatus(enum.StrEnum):
    DRAFT = "draft"
    IN_APPROVAL = "in_approval"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"
    CLOSED = "closed"

    @property
    def editable(self) -> bool:
        return self in {DocumentStatus.DRAFT, DocumentStatus.RETURNED, DocumentStatus.WITHDRAWN}
