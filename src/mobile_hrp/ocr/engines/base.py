"""The interface of an optical reader: a picture in, placed text out."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from mobile_hrp.ocr.sheet import TextBox

Pixels = npt.NDArray[np.uint8]
"""Height x width x 3, BGR (the order of OpenCV)."""


class OpticalReader(Protocol):
    """``name`` marks the evidence; ``read`` finds and reads all text of an upright page."""

    name: str

    def read(self, page: Pixels) -> list[TextBox]: ...


class EngineMissingError(RuntimeError):
    """The engine's package, models or binary are not installed."""
