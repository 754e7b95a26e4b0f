"""What services reach outside the database by: opened once per process, closed with it."""

from dataclasses import dataclass

from mobile_hrp.runtime.objects import Objects
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.runtime.settings import Settings
from mobile_hrp.services.login_providers import LoginProviders
from mobile_hrp.services.passwords import PasswordHasherPool


@dataclass(frozen=True, slots=True)
class Services:
    """The adapters of this process."""

    settings: Settings
    objects: Objects
    box: SecretsBox
    passwords: PasswordHasherPool
    logins: LoginProviders
