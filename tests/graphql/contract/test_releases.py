"""Apps in people's hands keep working: the schema of today against every supported release."""

import datetime as dt
import json
from importlib import resources
from pathlib import Path

import pytest
from graphql import build_schema
from typer.testing import CliRunner

from mobile_hrp.cli import app
from mobile_hrp.graphql.contract.checker import BreakKind
from mobile_hrp.graphql.contract.release import (
    ReleaseExistsError,
    checksums,
    judged,
    read_checksums,
    write_release,
)
from mobile_hrp.mobile_contract.clients import client_policy
from mobile_hrp.mobile_contract.documents import written_operations
from mobile_hrp.mobile_contract.releases import (
    releases_folder,
    releases_in,
    served_documents,
    supported,
)
from mobile_hrp.schema import schema

SDL = schema.as_str()
TODAY = dt.datetime.now(dt.UTC).date()  # noqa: TID251 - support ends on a real day
FAR = dt.date(2999, 1, 1)


def test_no_supported_release_breaks() -> None:
    found = judged(releases_folder(), build_schema(SDL), TODAY)
    assert found == [], "\n".join(map(str, found))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Releases of the schema as it is."""
    made = tmp_path / "releases"
    made.mkdir()
    write_release(made, "phone", "9.1.0", schema=build_schema(SDL), schema_text=SDL, until=FAR)
    return made


UNREAD = '  """How many of my notifications are unread."""\n  unreadCount: Int!\n'
PLANTED = [
    ("type Notification {\n  id: ID!", "type Notification {\n  id: ID", BreakKind.NULL),
    (UNREAD, "", BreakKind.DOCUMENT),
    ("input TaskInput {\n", "input TaskInput {\n  word: String!\n", BreakKind.VARIABLES),
    ("enum Verdict {\n", "enum Verdict {\n  POSTPONED\n", BreakKind.ENUM),
]


@pytest.mark.parametrize(("old", "new", "kind"), PLANTED, ids=lambda value: str(value)[:24])
def test_a_release_that_would_break_is_noticed(
    folder: Path, old: str, new: str, kind: BreakKind
) -> None:
    assert judged(folder, build_schema(SDL), TODAY) == []
    assert old in SDL
    found = judged(folder, build_schema(SDL.replace(old, new)), TODAY)
    assert kind in {one.kind for one in found}
    assert {one.release for one in found} == {"phone 9.1.0"}
    # a release whose support has ended binds nobody
    assert judged(folder, build_schema(SDL.replace(old, new)), FAR + dt.timedelta(days=1)) == []


def test_a_release_is_written_once_and_holds_what_the_app_was_built_with(folder: Path) -> None:
    (made,) = releases_in(folder)
    assert dict(made.documents.by_sha256) == dict(written_operations().by_sha256)
    assert set(made.samples) == set(written_operations().by_name)
    assert made.supported_until == FAR
    least, most = made.samples["SubmitDocument"]
    assert set(least["input"]) == {"idempotencyKey", "documentId"}
    assert set(most["input"]) > set(least["input"])
    with pytest.raises(ReleaseExistsError):
        write_release(folder, "phone", "9.1.0", schema=build_schema(SDL), schema_text="", until=FAR)
    assert made.schema_text == SDL.rstrip("\n") + "\n"


def test_written_releases_never_change() -> None:
    folder = releases_folder()
    assert dict(read_checksums(folder)) == dict(checksums(folder)), "releases are append-only"


def test_every_release_is_supported_as_long_as_promised_and_answered() -> None:
    for release in supported(releases_in(releases_folder()), TODAY):
        policy = client_policy().apps.get(release.app)
        assert policy is None or policy.minimum <= release.version, "raised before support ended"
        assert release.documents.by_sha256.keys() <= served_documents().keys()


def copy_of_contract(tmp_path: Path) -> Path:
    (tmp_path / "schema.graphql").write_text(SDL, "utf-8")
    (tmp_path / "releases").mkdir()
    return tmp_path


def test_the_command_line_releases_and_checks(tmp_path: Path) -> None:
    folder = copy_of_contract(tmp_path)
    options = ["--folder", str(folder)]
    run = CliRunner().invoke
    assert run(app, ["contract", "check", *options]).exit_code == 0
    too_short = run(app, ["contract", "release", "h5", "1.0.0", "--until", "2026-11-23", *options])
    assert too_short.exit_code == 1
    assert not (folder / "releases" / "h5").exists()
    assert run(app, ["contract", "release", "h5", "1.0.0", *options]).exit_code == 0
    assert run(app, ["contract", "release", "h5", "1.0.0", *options]).exit_code == 1
    kept = run(app, ["contract", "check", *options])
    assert (kept.exit_code, "h5 1.0.0" in kept.output) == (0, True)
    changed = SDL.replace("enum Verdict {\n", "enum Verdict {\n  POSTPONED\n")
    (folder / "schema.graphql").write_text(changed, "utf-8")
    broken = run(app, ["contract", "check", *options])
    assert broken.exit_code == 1
    assert "POSTPONED" in broken.output


def test_the_pages_and_the_codes_for_typescript_are_current(tmp_path: Path) -> None:
    folder = copy_of_contract(tmp_path)
    made = CliRunner().invoke(
        app, ["contract", "docs", "--folder", str(folder), "--pages", str(folder / "api")]
    )
    assert made.exit_code == 0
    committed = Path(__file__).parents[3] / "docs" / "api"
    for name in ("errors.md", "operations.md"):
        text = (folder / "api" / name).read_text("utf-8")
        assert text == (committed / name).read_text("utf-8"), "run: mobile-hrp contract docs"
    codes = resources.files("mobile_hrp.mobile_contract") / "errors.ts"
    assert (folder / "errors.ts").read_text("utf-8") == codes.read_text("utf-8")


def test_an_exported_contract_is_read_back(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["contract", "export", "--folder", str(tmp_path)]).exit_code == 0
    manifest = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert len(manifest["operations"]) == len(written_operations())
    assert (tmp_path / "schema.graphql").read_text("utf-8") == SDL + "\n"
