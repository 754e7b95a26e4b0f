"""Bring a database to the newest schema, or show the SQL that would."""

from pathlib import Path
from typing import TextIO

from alembic import command
from alembic.config import Config


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Migrate as the role that owns the tables. Runs its own event loop: call it from a thread."""
    config = _config()
    config.attributes["url"] = owner_url
    command.upgrade(config, revision)


def downgrade(owner_url: str, revision: str) -> None:
    config = _config()
    config.attributes["url"] = owner_url
    command.downgrade(config, revision)


def render_sql(output: TextIO) -> None:
    """Write the SQL of all migrations, for review and for squawk."""
    command.upgrade(_config(output), "head", sql=True)


def _config(output: TextIO | None = None) -> Config:
    config = Config(output_buffer=output)
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
