"""The planted faults: what is broken, and which check has to notice.

A fault is an edit of one file: ``old`` is there exactly once and becomes ``new``. An empty ``old``
puts ``new`` at the end of the file.
"""

from dataclasses import dataclass

SRC = "src/mobile_hrp"


@dataclass(frozen=True, slots=True)
class Check:
    """A command of this project's own tools; ``{python}`` and ``{bin}`` are filled in."""

    name: str
    command: tuple[str, ...]

    @classmethod
    def test(cls, node: str, only: str = "") -> "Check":
        arguments = ("-q", "-x", "-p", "no:cacheprovider", node, "-k", only)
        name = f"{node} ({only})" if only else node
        return cls(name, ("{python}", "-m", "pytest", *arguments))


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    file: str
    old: str
    new: str
    check: Check
    says: str
    """A part of what the check prints, so that it fails for this reason and no other."""


CONTRACTS = Check("import contracts", ("{bin}/lint-imports", "--no-cache", "--no-logo"))
STYLE = Check("ruff", ("{bin}/ruff", "check", "--no-cache", f"{SRC}/services"))
COMMITS = Check.test("tests/test_house.py", "keeps_the_house_rule and transaction_ends")
FLOATS = Check.test("tests/test_house.py", "keeps_the_house_rule and floats")
LOADING = Check.test("tests/test_house.py", "keeps_the_house_rule and lazy_relationships")
ACCESS = Check.test("tests/graphql/test_access_rules.py")
SCHEMA = Check.test("tests/graphql/test_schema_file.py")
MASKS = Check.test("tests/graphql/test_errors.py")
CODES = Check.test("tests/mobile_contract/test_codes.py")
PROVIDERS = Check.test("tests/test_transactions.py")
LOCKS = Check.test("tests/web/test_locks.py")
JOBS = Check.test("tests/runtime/test_jobs.py")
LIVE = Check.test("tests/runtime/test_live.py")
LOGS = Check.test("tests/runtime/test_logs.py")
FENCES = Check.test("tests/runtime/test_row_security.py")
MIGRATIONS = Check.test("tests/models/test_migrations.py")
REPLAY = Check.test(
    "tests/web/test_bad_input.py"
    "::test_the_same_key_again_repeats_the_answer_and_another_body_is_refused"
)
TOKENS = Check.test(
    "tests/web/test_bad_input.py::test_an_expired_access_token_says_so_and_reads_nothing"
)

FAULTS = (
    Fault(
        "a model imports a service",
        f"{SRC}/models/reliability.py",
        "import uuid\n",
        "import uuid\nimport mobile_hrp.services.audit\n",
        CONTRACTS,
        "mobile_hrp.models is not allowed to import mobile_hrp.services",
    ),
    Fault(
        "a domain rule imports a framework",
        f"{SRC}/domain/money.py",
        "import re\n",
        "import re\nimport sqlalchemy\n",
        CONTRACTS,
        "mobile_hrp.domain is not allowed to import sqlalchemy",
    ),
    Fault(
        "a field without an access rule",
        f"{SRC}/graphql/errors.py",
        "@covered_by(REACHED)\n",
        "",
        ACCESS,
        "test_every_field_has_a_rule",
    ),
    Fault(
        "the approval instance is read without its lock",
        f"{SRC}/services/approvals/store.py",
        "        .where(ApprovalInstance.document_id == document_id)\n        .with_for_update()\n",
        "        .where(ApprovalInstance.document_id == document_id)\n",
        LOCKS,
        "approval instance",
    ),
    Fault(
        "budget lines are read without their lock",
        f"{SRC}/services/budget/book.py",
        "        statement = statement.with_for_update(key_share=True)\n",
        "        statement = statement.order_by(None)\n",
        LOCKS,
        "budget line",
    ),
    Fault(
        "a service commits",
        f"{SRC}/services/inbox.py",
        '        row.revoke_reason = "unregistered"\n',
        '        row.revoke_reason = "unregistered"\n        await session.commit()\n',
        COMMITS,
        "services/inbox.py",
    ),
    Fault(
        "a job outside the transaction",
        f"{SRC}/runtime/jobs.py",
        '    await session.execute(text("SELECT 1"))\n',
        "",
        JOBS,
        "test_a_job_that_is_the_very_first_statement_is_rolled_back_too",
    ),
    Fault(
        "the answer of a mutation is not stored",
        f"{SRC}/services/idempotency.py",
        '            "result": json.dumps(dict(result)),\n',
        '            "result": "{}",\n',
        REPLAY,
        "test_the_same_key_again",
    ),
    Fault(
        "another body under a known key is taken",
        f"{SRC}/services/idempotency.py",
        "record.operation != operation or record.request_hash != digest",
        "record.operation != operation",
        REPLAY,
        "test_the_same_key_again",
    ),
    Fault(
        "a table without row-level security",
        f"{SRC}/models/migrations/versions/0003_reliability.py",
        "        for statement in tenant_policy(table, append_only=table in APPEND_ONLY):\n",
        "        for statement in list(tenant_policy(table))[-1:]:\n",
        FENCES,
        "test_every_table_of_a_hospital_is_fenced",
    ),
    Fault(
        "an amount as a float",
        f"{SRC}/domain/money.py",
        "",
        "\n\ndef half(fen: int) -> int:\n    return int(fen * 0.5)\n",
        FLOATS,
        "domain/money.py",
    ),
    Fault(
        "the wall clock without a zone inside a service",
        f"{SRC}/services/audit.py",
        '            "occurred_at": now,\n',
        '            "occurred_at": datetime.now(),\n',
        STYLE,
        "DTZ005",
    ),
    Fault(
        "the text of an exception reaches the client",
        f"{SRC}/graphql/errors.py",
        '    return "INTERNAL", {}, None\n',
        '    return "INTERNAL", {}, str(original)\n',
        MASKS,
        "test_an_unexpected_exception_tells_nothing",
    ),
    Fault(
        "a refusal nobody catalogued",
        f"{SRC}/services/documents.py",
        'raise Refusal("DOCUMENT_TEXT_INVALID"',
        'raise Refusal("DOCUMENT_TEXT_ODD"',
        CODES,
        "DOCUMENT_TEXT_ODD",
    ),
    Fault(
        "the committed schema is stale",
        f"{SRC}/mobile_contract/schema.graphql",
        "enum VoucherState {\n  DRAFT\n",
        "enum VoucherState {\n",
        SCHEMA,
        "test_schema_graphql_equals_the_code",
    ),
    Fault(
        "one receipt may be used twice",
        f"{SRC}/models/migrations/versions/0005_receipt.py",
        '        ["hospital_id", "receipt_id"],\n        unique=True,\n',
        '        ["hospital_id", "receipt_id"],\n        unique=False,\n',
        MIGRATIONS,
        "uq_receipt_use_live_receipt",
    ),
    Fault(
        "a push is sent inside the transaction",
        f"{SRC}/services/notices.py",
        "from mobile_hrp.services import events\n",
        "from mobile_hrp.notifications.channels.fcm import FcmChannel\n"
        "from mobile_hrp.services import events\n",
        PROVIDERS,
        "services/notices.py",
    ),
    Fault(
        "a relationship that loads by itself",
        f"{SRC}/models/reliability.py",
        "",
        "\n\nEvent.hospital = relationship('Hospital')\n",
        LOADING,
        "models/reliability.py",
    ),
    Fault(
        "a live cursor that passes over open transactions",
        f"{SRC}/runtime/live.py",
        '    " AND xid < pg_snapshot_xmin(pg_current_snapshot())"\n',
        "",
        LIVE,
        "test_eight_writers_that_commit_out_of_order_are_heard",
    ),
    Fault(
        "a nested secret in the logs",
        f"{SRC}/runtime/logs.py",
        "    if depth and isinstance(value, Mapping):\n",
        "    if depth > _DEPTH_MAX and isinstance(value, Mapping):\n",
        LOGS,
        "test_nothing_secret_is_logged_inside_of_something_else",
    ),
    Fault(
        "an expired token is let in",
        f"{SRC}/services/identity/viewers.py",
        "    if now >= proof.expires_at:\n",
        "    if now < proof.expires_at and not proof.expires_at:\n",
        TOKENS,
        "test_an_expired_access_token",
    ),
)
