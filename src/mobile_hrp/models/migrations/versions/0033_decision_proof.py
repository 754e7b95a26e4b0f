"""Keep proofs of identity that were given for one decision."""

import sqlalchemy as sa
from alembic import op

from mobile_hrp.models.security import tenant_policy

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PROOFS = "decision_proof"


def upgrade() -> None:
    op.create_table(
        PROOFS,
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("snapshot_hash", sa.Text(), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_decision_proof__hospital")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id", "staff_id"],
            ["staff.hospital_id", "staff.id"],
            name=op.f("fk_decision_proof_staff_id_staff"),
        ),
        sa.PrimaryKeyConstraint("hospital_id", "id", name=op.f("pk_decision_proof")),
        sa.UniqueConstraint(
            "hospital_id", "token_hash", name=op.f("uq_decision_proof_hospital_id_token_hash")
        ),
    )
    op.create_index("ix_decision_proof_staff", PROOFS, ["hospital_id", "staff_id"])
    op.create_index("ix_decision_proof_given", PROOFS, ["hospital_id", "given_at"])
    for statement in tenant_policy(PROOFS):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table(PROOFS)
