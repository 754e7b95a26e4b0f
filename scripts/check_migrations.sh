#!/bin/sh
# Let squawk read the SQL that the migrations would run: locks that block, changes that lose data.
#
# One file per migration: squawk forgives what happens to a table that the same file creates.
set -eu
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
.venv/bin/python - >"$folder/all" 2>"$folder/log" <<'PYTHON' || { cat "$folder/log" >&2; exit 1; }
import sys

from mobile_hrp.models.migrate import render_sql

render_sql(sys.stdout)
PYTHON
awk -v folder="$folder" '
    /^-- Running upgrade / { sub(/.*-> /, ""); file = folder "/" $1 ".sql"; next }
    # Alembic wraps each migration in a transaction; the words stand outside its marker.
    file && !/^(BEGIN|COMMIT);$/ { print >file }
' "$folder/all"
.venv/bin/squawk "$folder"/*.sql
