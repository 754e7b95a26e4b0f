"""Validate the foreign keys that were added to tables made earlier."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

CONSTRAINTS = (("document_line", "fk_document_line_budget_line_id_budget_line"),)


def upgrade() -> None:
    for table, constraint in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}")


def downgrade() -> None:
    """A validated constraint stays valid."""
