"""Real pictures taken again, worse: is anything wrong while it is marked proven?

    python -m benchmarks.retaken_receipts --truth truth.jsonl --files FOLDER [--ways all]
        [--workers 2] [--sample 1] [--json out.json] [--verbose]

Every picture of the truth file, and the first page of every PDF as a picture, is turned, tilted,
scaled, recompressed, darkened, faded, blurred, cropped and photographed from aside, one way at a
time, and read by ``auto``. What is lost on a bad photo has to be asked, never guessed: the exit
code is 1 when anything is wrong while it is marked proven. Exact figures are printed by way, so
that a rule which fits one picture by chance is seen.
"""

import argparse
import io
import json
import multiprocessing
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
from benchmarks.receipts import E_FILES, Outcome, explain, grouped, summary, table
from benchmarks.receipts import _outcome as outcome_of
from PIL import Image
from rich.console import Console
from rich.progress import track

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.ocr import intake
from mobile_hrp.synthetic.receipts.damage import photographed

_RENDERED_SIDE = 1600
_QUALITY = 88


def _jpeg(picture: Image.Image, quality: int = _QUALITY) -> bytes:
    target = io.BytesIO()
    picture.convert("RGB").save(target, "JPEG", quality=quality)
    return target.getvalue()


def _scaled(picture: Image.Image, factor: float) -> Image.Image:
    width, height = picture.size
    return picture.resize((max(1, int(width * factor)), max(1, int(height * factor))))


def _tilted(picture: Image.Image, degrees: float) -> Image.Image:
    return picture.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(96, 88, 80))


def _toned(picture: Image.Image, gain: float, lift: float = 0.0) -> Image.Image:
    pixels = np.asarray(picture, dtype=np.float32) * gain + lift
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _blurred(picture: Image.Image, sigma: float) -> Image.Image:
    return Image.fromarray(cv2.GaussianBlur(np.asarray(picture), (0, 0), sigma))


def _cropped(picture: Image.Image, share: float) -> Image.Image:
    width, height = picture.size
    x, y = int(width * share), int(height * share)
    return picture.crop((x, y, width - x, height - y))


def _as_chat_sends_it(picture: Image.Image) -> Image.Image:
    small = picture.copy()
    small.thumbnail((1080, 1080))
    return small


WAYS: dict[str, Callable[[Image.Image, int], bytes]] = {
    "as it is": lambda picture, _: _jpeg(picture, 95),
    "turned left": lambda picture, _: _jpeg(picture.transpose(Image.Transpose.ROTATE_90)),
    "upside down": lambda picture, _: _jpeg(picture.transpose(Image.Transpose.ROTATE_180)),
    "turned right": lambda picture, _: _jpeg(picture.transpose(Image.Transpose.ROTATE_270)),
    "tilted 4": lambda picture, _: _jpeg(_tilted(picture, 4)),
    "tilted -8": lambda picture, _: _jpeg(_tilted(picture, -8)),
    "scaled 0.7": lambda picture, _: _jpeg(_scaled(picture, 0.7)),
    "scaled 0.5": lambda picture, _: _jpeg(_scaled(picture, 0.5)),
    "scaled 1.3": lambda picture, _: _jpeg(_scaled(picture, 1.3)),
    "chat": lambda picture, _: _jpeg(_as_chat_sends_it(picture), 60),
    "quality 30": lambda picture, _: _jpeg(picture, 30),
    "darker": lambda picture, _: _jpeg(_toned(picture, 0.45)),
    "faded": lambda picture, _: _jpeg(_toned(picture, 0.4, 140)),
    "grey": lambda picture, _: _jpeg(picture.convert("L")),
    "blurred": lambda picture, _: _jpeg(_blurred(picture, 1.4)),
    "cropped": lambda picture, _: _jpeg(_cropped(picture, 0.04)),
    "careful photo": lambda picture, seed: photographed(picture, 1, seed),
    "ordinary photo": lambda picture, seed: photographed(picture, 2, seed),
    "hasty photo": lambda picture, seed: photographed(picture, 3, seed),
    "bad photo": lambda picture, seed: photographed(picture, 4, seed),
}

Job = tuple[str, str, dict[str, str], int]
"""Way, path, truth, seed."""


def picture_of(path: Path) -> Image.Image:
    data = path.read_bytes()
    if path.suffix.lower() == ".pdf":
        return intake.render_page(data, 0, side_pixels=_RENDERED_SIDE).convert("RGB")
    return intake.decode_image(data).convert("RGB")


def _read(job: Job) -> tuple[str, list[Outcome]]:
    from mobile_hrp.ocr.pipeline import read_receipt  # noqa: PLC0415 - only the child needs models

    way, path, truth, seed = job
    data = WAYS[way](picture_of(Path(path)), seed)
    try:
        reading = read_receipt(data, "photo.jpg")
    except Refusal:
        reading = None
    names = [name for name in truth if name not in {"file", "doc"}]
    return way, [outcome_of(truth, name, reading, efile=False) for name in names]


def jobs_of(truths: list[dict[str, str]], files: Path, ways: list[str], sample: int) -> list[Job]:
    """Every ``sample``-th combination; OFD and XML files have no picture of their own."""
    pictures = [
        (seed, truth)
        for seed, truth in enumerate(truths)
        if Path(truth["file"]).suffix.lower() not in E_FILES - {".pdf"}
        and (files / truth["file"]).is_file()
    ]
    jobs = [(way, str(files / t["file"]), t, seed) for seed, t in pictures for way in ways]
    return jobs[::sample]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--files", type=Path, required=True)
    parser.add_argument("--ways", default="all")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sample", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    console = Console()
    lines = options.truth.read_text("utf-8").splitlines()
    truths = [json.loads(line) for line in lines if line.strip()]
    ways = list(WAYS) if options.ways == "all" else options.ways.split(",")
    jobs = jobs_of(truths, options.files, ways, options.sample)
    by_way: dict[str, list[Outcome]] = defaultdict(list)
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        readings = pool.imap_unordered(_read, jobs, chunksize=2)
        for way, outcomes in track(readings, "retaken", total=len(jobs), console=console):
            by_way[way] += outcomes
            if options.verbose:
                explain(console, [o for o in outcomes if not o.right and not o.asked])
    everything = [one for way in ways for one in by_way[way]]
    console.print(table("by way", {way: by_way[way] for way in ways}))
    console.print(table("by kind", grouped(everything, "doc")))
    console.print(table("by field", grouped(everything, "field")))
    if options.json:
        rows = [asdict(o) | {"right": o.right, "way": way} for way in ways for o in by_way[way]]
        options.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1), "utf-8")
    figures = summary(everything)
    console.print(f"{len(jobs)} pictures: {figures}", soft_wrap=True)
    return int(figures["proven_wrong"] > 0)


if __name__ == "__main__":
    sys.exit(main())
