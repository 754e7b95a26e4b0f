#!/bin/sh
# Let squawk read the SQL that the migrations would run: locks that block, changes that lose data.
set -eu
cd "$(dirname "$0")/.."

sql=$(mktemp)
trap 'rm -f "$sql"' EXIT
.venv/bin/python -c '
import sys
from mobile_hrp.models.migrate import render_sql
render_sql(sys.stdout)
' >"$sql" 2>/dev/null || {
    echo "the migrations do not render; run this to see why:" >&2
    echo "  .venv/bin/python -c 'import sys; from mobile_hrp.models import migrate; migrate.render_sql(sys.stdout)'" >&2
    exit 1
}
.venv/bin/squawk "$sql"
