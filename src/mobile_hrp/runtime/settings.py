"""Settings from the environment (``HRP_*``) or an ``.env`` file; secrets never print."""

import enum
from functools import lru_cache
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(enum.StrEnum):
    DEMO = "demo"
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="HRP_", env_file=".env", extra="ignore")

    environment: Environment = Environment.PRODUCTION
    debug: bool = False
    secret_key: SecretStr = SecretStr("")
    """Root secret of this installation, at least 32 random bytes; keys are derived from it."""
    database_url: str = ""
    """PostgreSQL as the application's own role; empty starts the embedded one (demo only)."""
    owner_database_url: str = ""
    """PostgreSQL as the role that owns the tables, used by migrations only."""
    worker_database_url: str = ""
    """PostgreSQL for the worker's LISTEN connection; empty means ``database_url``."""
    data_dir: Path = Path("var")
    object_store_url: str = ""
    """Where originals live (``file:///...``, ``s3://bucket``); empty: ``data_dir/objects``."""
    host: str = "127.0.0.1"
    port: int = 8000
    log_level: str = "INFO"
    pool_size: int = 10
    compiled_operations: bool = True
    """Answer trusted queries by one SQL statement each, and read payloads of mutations with
    their work (docs/adr/0012-compiled-operations.md)."""
    generated_operations: bool = True
    """Answer the trusted queries that are no one statement by Python generated for each
    (docs/adr/0013-generated-operations.md)."""
    worker_metrics_port: int = 0
    """Where a worker serves /metrics; 0 for nowhere."""
    recognition_workers: int = 1
    ocr_engine: str = "auto"
    discarded_receipt_days: int = 1095
    """How long originals are kept that were thrown out of a wallet and stand on no document."""
    receipt_verification_url: str = ""
    """Gateway of a provider of invoice verification (查验); empty switches it off."""
    receipt_verification_key_id: str = ""
    receipt_verification_secret: SecretStr = SecretStr("")
    receipt_verification_seconds: float = 10.0
    delivery_lease_seconds: int = 60
    """After this long another worker takes over what a killed one was delivering."""
    fcm_project: str = ""
    fcm_credentials_file: str = ""
    fcm_base_url: str = "https://fcm.googleapis.com"
    wechat_base_url: str = "https://api.weixin.qq.com"
    wechat_app_id: str = ""
    wechat_app_secret: SecretStr = SecretStr("")
    dingtalk_base_url: str = "https://api.dingtalk.com"
    dingtalk_legacy_base_url: str = "https://oapi.dingtalk.com"
    dingtalk_app_key: str = ""
    dingtalk_app_secret: SecretStr = SecretStr("")
    dingtalk_agent_id: int = 0
    """Of the app that sends work notifications; 0 leaves them out."""
    dingtalk_corp_id: str = ""
    """Whose callbacks are believed; empty believes any organisation the app is installed in."""
    dingtalk_robot_code: str = ""
    dingtalk_card_template_id: str = ""
    """Of the interactive card; empty leaves cards out."""
    dingtalk_card_route_key: str = ""
    """Name under which the callback address of cards is registered; empty leaves buttons out."""
    dingtalk_card_secret: SecretStr = SecretStr("")
    dingtalk_card_stream: bool = False
    """Presses of buttons come over a connection that the worker opens, to no address of ours."""
    wecom_base_url: str = "https://qyapi.weixin.qq.com"
    wecom_corp_id: str = ""
    wecom_corp_secret: SecretStr = SecretStr("")
    wecom_agent_id: int = 0
    wecom_program_secret: SecretStr = SecretStr("")
    """Of the app that the WeCom mini-program is tied to; empty: the app above."""
    wechat_template_id: str = ""
    wechat_template_fields: dict[str, str] = {}
    """Which field of the subscribe template shows ``title`` or ``line``, as JSON."""
    wechat_program_state: str = "formal"
    """Which edition of the mini-program a message opens: formal, trial or developer."""
    wechat_page: str = "pages/notification/index"
    webhook_secret: SecretStr = SecretStr("")
    webhook_hosts: list[str] = []
    """Hosts that people may register as addresses of their own, as JSON; empty: no webhook."""
    sms_url: str = ""
    """The hospital's own SMS gateway; empty switches SMS off."""
    sms_secret: SecretStr = SecretStr("")
    deep_link_url: str = ""
    """Where links of notifications lead, ending in a slash; ``n/{id}`` is appended."""
    allowed_origins: list[str] = []


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
