"""Traces by which the same paper is found again: a picture hash and marks of its text.

The picture hash survives recompression, scaling and quarter turns. The marks are digests of the
figures on the paper (numbers, times, plates, serials): a new photo from another angle, or a crop,
still shows most of them, while another receipt of the same seller shares only the fixed ones.
"""

import hashlib
import re
from collections.abc import Iterable

import cv2
import numpy as np

from mobile_hrp.ocr.engines.base import Pixels

_GRID = 16
_MARK_LENGTH = 12
_MARKS_MAX = 64
_TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z:.\-/]*[0-9A-Za-z]")


def picture_hash(picture: Pixels) -> str:
    """Four difference hashes of 256 bits, one per quarter turn, in hex."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return "".join(_difference_hash(np.rot90(grey, turns)) for turns in range(4))


def _difference_hash(grey: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> str:
    small = cv2.resize(
        np.ascontiguousarray(grey), (_GRID + 1, _GRID), interpolation=cv2.INTER_AREA
    ).astype(np.int16)
    bits = (small[:, 1:] > small[:, :-1]).flatten()
    return np.packbits(bits).tobytes().hex()


def text_marks(texts: Iterable[str]) -> tuple[str, ...]:
    """Digests of the telling tokens: at least three digits each, without punctuation."""
    marks: set[str] = set()
    for text in texts:
        for token in _TOKEN.findall(text):
            plain = re.sub(r"[^0-9A-Za-z]", "", token).upper()
            if sum(character.isdigit() for character in plain) >= 3:  # noqa: PLR2004 - telling
                marks.add(hashlib.sha256(plain.encode()).hexdigest()[:_MARK_LENGTH])
    return tuple(sorted(marks)[:_MARKS_MAX])
