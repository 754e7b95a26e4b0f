"""How surely a receipt is recognised when it comes again, and told from its neighbours.

    python -m benchmarks.duplicates [--pairs 2000] [--workers 2] [--engine auto] [--seed 1]

Receipts are drawn in groups of one seller (or one company's taxis, one line's tickets). Each is
taken again: re-photographed, rotated by a quarter turn, cropped, recompressed as a chat app does,
and as the electronic file where its kind has one. Half of the pairs are two pictures of one
receipt, half are pictures of two receipts of one seller. The judgement is the product's own
(``sameness.trace_of`` over what the pipeline reads). Precision and recall must both reach 0.99.
"""

import argparse
import hashlib
import io
import multiprocessing
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from mobile_hrp.domain.receipts.identity import identity, key_fields
from mobile_hrp.domain.receipts.reading import FieldState, Reading
from mobile_hrp.domain.receipts.sameness import Seen, Traces, trace_of
from mobile_hrp.synthetic.receipts import drawing, facts
from mobile_hrp.synthetic.receipts.damage import photographed

_BAR = 0.99
_OF_ONE_SELLER = 5
"""Receipts per group."""
_WAYS = ("photo", "again", "rotated", "cropped", "recompressed", "file")
_KINDS = (
    "digital_normal",
    "vat_e_normal",
    "vat_normal",
    "taxi",
    "rail_paper",
    "toll",
    "bus",
    "receipt_cn",
    "machine_printed",
    "medical_e",
)


@dataclass(frozen=True, slots=True)
class Shot:
    """One file of one receipt. ``group`` and ``paper`` say which receipt of which seller."""

    group: int
    paper: int
    kind: str
    way: str


def draw(kind: str, seed: int, seller: facts.Party) -> drawing.DrawnReceipt:
    if kind == "digital_normal":
        return drawing.draw_digital_invoice(seed, seller=seller)
    if kind in {"vat_e_normal", "vat_normal"}:
        return drawing.draw_vat_invoice(seed, electronic=kind == "vat_e_normal", seller=seller)
    return drawing.KINDS[kind](seed)


def taken(shot: Shot, base: int) -> tuple[bytes, str]:
    """The bytes of a shot and its file name."""
    seller = facts.made_up_company(random.Random(base + shot.group))
    paper = draw(shot.kind, base + shot.group * 1_000 + shot.paper, seller)
    number = shot.group * _OF_ONE_SELLER + shot.paper
    if shot.way == "file" and paper.invoice is not None:
        return paper.pdf, "receipt.pdf"
    first = photographed(paper.picture, 1, number)
    if shot.way == "photo":
        return first, "receipt.jpg"
    if shot.way == "again":
        return photographed(paper.picture, 2, number + 7), "receipt.jpg"
    with Image.open(io.BytesIO(first)) as opened:
        picture = opened.convert("RGB")
    if shot.way == "rotated":
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    elif shot.way == "cropped":
        width, height = picture.size
        picture = picture.crop(
            (int(width * 0.06), int(height * 0.06), int(width * 0.95), int(height * 0.95))
        )
    else:
        picture.thumbnail((1080, 1080))
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=60 if shot.way == "recompressed" else 88)
    return target.getvalue(), "receipt.jpg"


def _see(job: tuple[Shot, int, str]) -> tuple[Shot, Seen]:
    from mobile_hrp.ocr.pipeline import read_receipt  # noqa: PLC0415 - only the child needs models
    from mobile_hrp.ocr.request import Request  # noqa: PLC0415 - as above

    shot, base, engine = job
    data, name = taken(shot, base)
    return shot, seen(read_receipt(data, name, Request(engine=engine)), data)


def seen(reading: Reading, data: bytes) -> Seen:
    """What the product keeps of a reading for finding the receipt again."""
    found = identity(reading.kind, {name: one.value for name, one in reading.fields.items()})
    parts = [reading.fields[name] for name in key_fields(reading.kind) if name in reading.fields]
    return Seen(
        kind=reading.kind,
        sha256=hashlib.sha256(data).hexdigest(),
        key=found.key,
        key_is_proven=all(part.state is FieldState.PROVEN for part in parts),
        fact_key=found.fact_key,
        traces=Traces(reading.picture_hash, reading.text_marks) if reading.picture_hash else None,
    )


def shots(groups: int) -> list[Shot]:
    return [
        Shot(group, paper, _KINDS[group % len(_KINDS)], way)
        for group in range(groups)
        for paper in range(_OF_ONE_SELLER)
        for way in _WAYS
    ]


_Judged = tuple[Shot, Seen]


def pairs(
    everything: list[_Judged], wanted: int, seed: int
) -> Iterator[tuple[bool, _Judged, _Judged]]:
    """Half of one receipt, half of two receipts of one seller, drawn without repetition."""
    same: list[tuple[_Judged, _Judged]] = []
    other: list[tuple[_Judged, _Judged]] = []
    for index, first in enumerate(everything):
        for second in everything[index + 1 :]:
            if first[0].group != second[0].group:
                continue
            (same if first[0].paper == second[0].paper else other).append((first, second))
    random_ = random.Random(seed)
    for truth, pool in ((True, same), (False, other)):
        for first, second in random_.sample(pool, min(wanted // 2, len(pool))):
            yield truth, first, second


def main(wanted: int, workers: int, engine: str, seed: int) -> int:
    of_one_paper = len(_WAYS) * (len(_WAYS) - 1) // 2
    groups = max(len(_KINDS), -(-wanted // (2 * of_one_paper * _OF_ONE_SELLER)))
    jobs = [(shot, seed * 1_000_000, engine) for shot in shots(groups)]
    started = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        everything = list(pool.imap_unordered(_see, jobs, chunksize=4))
    everything.sort(key=lambda one: (one[0].group, one[0].paper, one[0].way))
    verdicts: Counter[tuple[bool, bool]] = Counter()
    traces: Counter[str] = Counter()
    mistakes: Counter[str] = Counter()
    for truth, (first, a), (second, b) in pairs(everything, wanted, seed):
        trace = trace_of(a, b)
        verdicts[truth, trace is not None] += 1
        if truth and trace is not None:
            traces[trace.value] += 1
        if truth != (trace is not None):
            ways = "/".join(sorted((first.way, second.way)))
            mistakes[f"{'missed' if truth else 'wrong ' + str(trace)} {first.kind} {ways}"] += 1
    hit, missed = verdicts[True, True], verdicts[True, False]
    false = verdicts[False, True]
    precision, recall = hit / max(1, hit + false), hit / max(1, hit + missed)
    for mistake, times in mistakes.most_common():
        print(f"  {times:4} {mistake}")
    print(
        f"{sum(verdicts.values())} pairs of {len(everything)} readings, seed {seed}, {engine}: "
        f"precision {precision:.4f}, recall {recall:.4f} (bars {_BAR}), by {dict(traces)}, "
        f"{time.perf_counter() - started:.0f} s"
    )
    return int(precision < _BAR or recall < _BAR)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Receipts that come again.")
    parser.add_argument("--pairs", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.exit(main(options.pairs, options.workers, options.engine, options.seed))
