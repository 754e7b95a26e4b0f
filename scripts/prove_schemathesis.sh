#!/bin/sh
# Ask a running server what schemathesis makes up from its schema, queries and mutations: no answer
# may be 5xx, and no error may be unmasked, that is without a code, INTERNAL, or in an exception's words.
# The package is installed into a folder of its own that is removed afterwards.
#
#   scripts/prove_schemathesis.sh http://127.0.0.1:8000/graphql TOKEN [EXAMPLES_PER_FIELD] [SEED]
#
# TOKEN is an access token (the answer of Login). The server must run ad-hoc operations for its bearer:
# the demo does for anybody, HRP_ENVIRONMENT=development for whoever holds operator.settings. Mutations
# are sent: never point it at a hospital that is real. What would end the session is asked last. The
# token must outlive the run (15 minutes: some 50 examples on an idle machine).
set -eu
url="${1:?usage: scripts/prove_schemathesis.sh http://127.0.0.1:8000/graphql TOKEN [EXAMPLES] [SEED]}"
token="${2:?an access token is needed}"
schema="$(cd "$(dirname "$0")/.." && pwd)/src/mobile_hrp/mobile_contract/schema.graphql"
leaving='^Mutation\.(logout|revokeDevice|changePassword)$'
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet schemathesis==4.32.5
cat >asking.py <<'SCRIPT'
import atexit
import os
import re
import uuid
from collections import Counter

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

amounts = st.from_regex(r"\A-?[0-9]{1,9}(\.[0-9]{2})?\Z") | st.text(max_size=20)
days = st.dates().map(str)
schemathesis.graphql.scalar("Money", amounts.map(nodes.String))
schemathesis.graphql.scalar("Upload", st.just(nodes.Null))
schemathesis.graphql.scalar("JSON", st.text(max_size=20).map(nodes.String) | st.integers(-9, 9).map(nodes.Int))
schemathesis.graphql.scalar("UUID", st.uuids().map(str).map(nodes.String))
schemathesis.graphql.scalar("Date", days.map(nodes.String))
schemathesis.graphql.scalar("DateTime", days.map(lambda day: nodes.String(f"{day}T08:00:00+00:00")))

# An exception, a statement, a traceback: what nobody outside should read.
RAW = re.compile(r"Traceback|Error\b|Exception|asyncpg|sqlalchemy|SELECT |INSERT |psycopg|line \d+|object has no|NoneType|/src/", re.I)
seen = Counter()
LEAVING = "LEAVING" in os.environ


@schemathesis.check
def masked(context, response, case):
    assert response.status_code < 500, f"HTTP {response.status_code}"
    answer = response.json()
    errors = answer.get("errors", [])
    seen["answered with data alone" if not errors else "answered with data and errors" if answer.get("data") else "refused"] += 1
    for error in errors:
        code = error.get("extensions", {}).get("code")
        seen[code] += 1
        assert code, f"no code: {error}"
        assert LEAVING or code not in {"UNAUTHENTICATED", "TOKEN_EXPIRED"}, "the token proves nobody (any more)"
        assert code != "INTERNAL", f"unexpected: {error}"
        assert "exception" not in error["extensions"], f"unmasked: {error}"
        if not code.startswith("GRAPHQL_"):  # those quote the document that was sent
            assert not RAW.search(error["message"]), f"unmasked: {error}"


@atexit.register
def told():
    for name, number in seen.most_common():
        print(f"{number:7} {name}")
SCRIPT
# ids of our own kind in half of the cases, else nothing gets past the first check
cat >>asking.py <<'SCRIPT'


KINDS = ("Document", "Task", "Staff", "Department", "Receipt", "BudgetLine", "Notification", "Voucher")
typed = st.builds(
    lambda kind, key: f"{kind}:{key}",
    st.sampled_from(KINDS), st.uuids(),
)
schemathesis.graphql.scalar("ID", (typed | st.text(max_size=30)).map(nodes.String))
SCRIPT
ask() {
    SCHEMATHESIS_HOOKS=asking PYTHONPATH="$folder" venv/bin/st run "$schema" --url "$url" \
        --header "Authorization: Bearer $token" --checks masked --continue-on-failure \
        --max-examples "$1" --seed "$2" --suppress-health-check all --request-timeout 30 \
        --warnings off "$3" "$leaving"
}
ask "${3:-50}" "${4:-1}" --exclude-name-regex
LEAVING=yes
export LEAVING
ask "${3:-50}" "${4:-1}" --include-name-regex
