"""Bring people's keys along with the forms that need them.

Rows of a form are sealed with the keys of the people they name, and whoever may read the form may
not read those keys. The function runs as the owner of the tables and hands out, for the rows of one
form of the transaction's hospital, what stands in the database of them: keys wrapped by a key that
does not.
"""

from alembic import op

from mobile_hrp.models.security import APP_ROLE

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


FUNCTION = """
CREATE FUNCTION form_with_keys(form jsonb, field text) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_set(form, ARRAY[field], coalesce(jsonb_agg(
        CASE WHEN held.wrapped IS NULL THEN one.part
        ELSE one.part || jsonb_build_object('key', concat(held.hospital_id, '/', held.wrapped))
        END ORDER BY one.place), '[]'))
    FROM jsonb_array_elements(form -> field) WITH ORDINALITY AS one (part, place)
    LEFT JOIN performance_key AS held
        ON held.hospital_id = nullif(current_setting('app.hospital_id', true), '')::int
        AND held.staff_id = CASE WHEN starts_with(one.part ->> 'sealed', 'p1.')
            THEN (one.part ->> 'person')::uuid END
$$
"""


def upgrade() -> None:
    op.execute(FUNCTION)
    op.execute("REVOKE ALL ON FUNCTION form_with_keys(jsonb, text) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION form_with_keys(jsonb, text) TO {APP_ROLE}")


def downgrade() -> None:
    op.execute("DROP FUNCTION form_with_keys(jsonb, text)")
