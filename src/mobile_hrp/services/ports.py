"""What services reach outside the database by: opened once per process, closed with it."""

from dataclasses import dataclass

from mobile_hrp.ocr.workers import RecognitionPool
from mobile_hrp.runtime.objects import Objects
from mobile_hrp.runtime.settings import Settings
from mobile_hrp.services.sign_in import Doors


@dataclass(frozen=True, slots=True)
class Services:
    """The adapters of this process. ``inspection`` looks at uploads outside this process."""

    settings: Settings
    objects: Objects
    inspection: RecognitionPool
    doors: Doors
