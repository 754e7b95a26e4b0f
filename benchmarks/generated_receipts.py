"""How well drawn receipts are read as their photos get worse, and several in one photo.

    python -m benchmarks.generated_receipts [--images 1000] [--levels 5] [--workers 1] [--seed 1]
        [--plot docs/pictures/receipt-degradation.svg] [--several 0] [--json out.json]
        [--seconds 0]

Every kind is drawn in turn, each with a seed of its own, and damaged at each level
(``synthetic.receipts.damage``: 0 the drawing itself, 1 a careful photo, 2 an ordinary one, 3 a
hasty one in bad light, 4 one that a person would take again). A field is right when it equals what
was drawn. *Asked* counts doubtful and missing fields; *wrong while proven* counts values that are
not what was drawn although nobody would be asked. ``--several`` lays two to four receipts on one
table, so many times, and counts photos that were cut into their receipts. ``--seconds`` stops after
so long; images that stand in the JSON file already are not read again, so a run can be continued.

Bars: core fields (number, code, date, total) 0.99 up to level 2, nothing wrong while proven at any
level, and 0.95 of the photos of several cut right. Drawn pictures are cleaner than paper, so these
are figures about damage, not about the world; ``benchmarks.receipts`` reads real files.
"""

import argparse
import json
import multiprocessing
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import chart
from benchmarks.receipts import CORE, same, shown

from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import FieldState, Reading
from mobile_hrp.synthetic.receipts import KINDS, DrawnReceipt
from mobile_hrp.synthetic.receipts.damage import LEVELS, photographed
from mobile_hrp.synthetic.receipts.table import on_one_table

_ORDINARY_LEVEL = 2
_CORE_BAR, _SEVERAL_BAR = 0.99, 0.95
_SEEDS_APART = 10_000_000
_NOTHING = Reading(ReceiptKind.UNKNOWN, {})


@dataclass(slots=True)
class Tally:
    fields: int = 0
    right: int = 0
    core: int = 0
    core_right: int = 0
    proven: int = 0
    proven_wrong: int = 0
    likely_wrong: int = 0
    asked: int = 0
    images: int = 0
    kind_right: int = 0
    mistakes: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def share(self, name: str) -> float:
        whole = {"core_right": self.core, "kind_right": self.images}.get(name, self.fields)
        return float(getattr(self, name)) / whole if whole else 1.0


@dataclass(frozen=True, slots=True)
class Job:
    kind: str
    level: int
    seed: int


def compared(truth: dict[str, str], reading: Reading, label: str) -> Tally:
    tally = Tally(images=1, kind_right=int(reading.kind.value == truth["doc"]))
    for name, right_value in truth.items():
        if name == "doc":
            continue
        found = reading.fields.get(name)
        value = shown(found.value) if found else None
        state = found.state if found else FieldState.MISSING
        right = value is not None and same(value, right_value)
        tally.fields += 1
        tally.right += right
        tally.core += name in CORE
        tally.core_right += right and name in CORE
        tally.proven += state is FieldState.PROVEN
        tally.proven_wrong += state is FieldState.PROVEN and not right
        tally.likely_wrong += state is FieldState.LIKELY and not right
        tally.asked += state in {FieldState.DOUBTFUL, FieldState.MISSING}
        if not right and (name in CORE or state is FieldState.PROVEN):
            tally.mistakes.append(f"{label} {name} {state} drawn {right_value!r} read {value!r}")
    return tally


def _read(job: Job) -> tuple[Job, Tally]:
    drawn = KINDS[job.kind](job.seed)
    label = f"{job.kind} seed {job.seed} level {job.level}"
    return job, compared(
        drawn.truth, _reading(photographed(drawn.picture, job.level, job.seed)), label
    )


def _reading(data: bytes) -> Reading:
    from mobile_hrp.ocr.pipeline import read_receipt  # noqa: PLC0415 - only the child needs models

    return read_receipt(data, "photo.jpg")


def table_of(seed: int) -> tuple[list[DrawnReceipt], bytes]:
    """Two to four receipts of different kinds, and their photo at level 0, 1 or 2."""
    random_ = random.Random(seed)
    kinds = random_.sample(sorted(KINDS), random_.randint(2, 4))
    drawn = [KINDS[kind](seed * 10 + index) for index, kind in enumerate(kinds)]
    laid = on_one_table([one.picture for one in drawn], seed)
    return drawn, photographed(laid, seed % (_ORDINARY_LEVEL + 1), seed, shows_table=True)


def _read_several(seed: int) -> tuple[bool, Tally]:
    """Whether each receipt was found once, and the fields of all of them."""
    drawn, photo = table_of(seed)
    reading = _reading(photo)
    found = [reading, *reading.others]
    tally = Tally()
    for one in drawn:
        label = f"table {seed} {one.kind}"
        judged = [compared(one.truth, each, label) for each in found]
        best = max(judged, key=lambda each: (each.core_right, each.right))
        # A receipt that was not cut out is missing; it is not another one read wrongly.
        told = 2 * best.core_right >= best.core
        tally.add(best if told else compared(one.truth, _NOTHING, label))
    cut = len(found) == len(drawn) and tally.kind_right == len(drawn)
    if not cut:
        kinds = "+".join(each.kind.value for each in found)
        tally.mistakes.append(f"table {seed}: {'+'.join(d.kind for d in drawn)} read as {kinds}")
    return cut, tally


def jobs_of(images: int, levels: int, seed: int) -> list[Job]:
    """Every kind at every level in turn, so that a smaller number is a smaller sample of all."""
    names = sorted(KINDS)
    return [
        Job(
            names[index // levels % len(names)],
            index % levels,
            seed * _SEEDS_APART + index // levels,
        )
        for index in range(images)
    ]


def summed(pairs: Iterable[tuple[str, Tally]]) -> dict[str, Tally]:
    groups: dict[str, Tally] = defaultdict(Tally)
    for key, tally in pairs:
        groups[key].add(tally)
    return dict(groups)


def table(title: str, groups: dict[str, Tally]) -> None:
    print(f"\n{title:16}  images  fields     all    core  proven  wrong  likely wrong   asked")
    for name, one in groups.items():
        print(
            f"{name:16}  {one.images:6}  {one.fields:6}  {one.share('right'):6.3f}"
            f"  {one.share('core_right'):6.3f}  {one.share('proven'):6.3f}  {one.proven_wrong:5}"
            f"  {one.likely_wrong:12}  {one.share('asked'):6.3f}"
        )


def plot(by_level: dict[str, Tally], path: Path) -> None:
    lines = {
        "core fields right": [one.share("core_right") for one in by_level.values()],
        "all fields right": [one.share("right") for one in by_level.values()],
        "proven": [one.share("proven") for one in by_level.values()],
        "asked": [one.share("asked") for one in by_level.values()],
    }
    names = ("drawing", "careful photo", "ordinary", "hasty, bad light", "take it again")
    images = sum(one.images for one in by_level.values())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        chart.lines(
            f"{images} drawn receipts, by damage of the photo",
            [f"{level}: {names[int(level)]}" for level in by_level],
            lines,
        ),
        "utf-8",
    )


def main(options: argparse.Namespace) -> int:
    started = time.perf_counter()
    jobs = jobs_of(options.images, options.levels, options.seed)
    tables = [options.seed * _SEEDS_APART + index for index in range(options.several)]
    known = resumed(options.json)
    results = [(job, known[job]) for job in jobs if job in known]
    left = [job for job in jobs if job not in known]
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        for result in pool.imap_unordered(_read, left):
            results.append(result)
            if options.seconds and time.perf_counter() - started > options.seconds:
                break
        several = list(pool.imap_unordered(_read_several, tables, chunksize=2))
    results.sort(key=lambda one: (one[0].level, one[0].kind, one[0].seed))
    by_level = summed((str(job.level), tally) for job, tally in results)
    ordinary = [(job, tally) for job, tally in results if job.level <= _ORDINARY_LEVEL]
    for _, tally in results:
        for mistake in tally.mistakes if options.verbose else ():
            print(mistake)
    for _, tally in several:
        for mistake in tally.mistakes:
            print(mistake)
    by_kind = dict(sorted(summed((job.kind, tally) for job, tally in ordinary).items()))
    table("levels 0 to 2", by_kind)
    table("level", by_level)
    everything = summed(("all", tally) for _, tally in results).get("all", Tally())
    core = summed(("", tally) for _, tally in ordinary).get("", Tally()).share("core_right")
    parts = [
        f"{len(results)} of {len(jobs)} images, seed {options.seed}",
        f"{time.perf_counter() - started:.0f} s",
        f"core up to level 2 {core:.4f} (>= {_CORE_BAR})",
        "core by level " + " ".join(f"{one.share('core_right'):.3f}" for one in by_level.values()),
        f"wrong while proven {everything.proven_wrong} (0)",
        f"asked {everything.share('asked'):.3f}",
    ]
    missed = core < _CORE_BAR or everything.proven_wrong > 0
    if several:
        cut = sum(right for right, _ in several) / len(several)
        read = summed(("", tally) for _, tally in several)[""]
        parts.append(
            f"{len(several)} photos of 2 to 4: cut right {cut:.3f} (>= {_SEVERAL_BAR}), "
            f"core {read.share('core_right'):.3f}, wrong while proven {read.proven_wrong} (0)"
        )
        missed = missed or cut < _SEVERAL_BAR or read.proven_wrong > 0
    if options.plot and by_level:
        plot(by_level, options.plot)
    if options.json:
        rows = [{"kind": j.kind, "level": j.level, "seed": j.seed, **_plain(t)} for j, t in results]
        options.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1), "utf-8")
    print("; ".join(parts) + (": MISSED" if missed else ""))
    return int(missed)


def resumed(path: Path | None) -> dict[Job, Tally]:
    """What an earlier run with the same file has read."""
    if path is None or not path.is_file():
        return {}
    known = {}
    for row in json.loads(path.read_text("utf-8")):
        job = Job(row.pop("kind"), row.pop("level"), row.pop("seed"))
        known[job] = Tally(**row)
    return known


def _plain(tally: Tally) -> dict[str, object]:
    return {name: getattr(tally, name) for name in Tally.__slots__}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Drawn receipts at every level of damage.")
    parser.add_argument("--images", type=int, default=1_000)
    parser.add_argument("--levels", type=int, default=LEVELS, choices=range(1, LEVELS + 1))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--several", type=int, default=0)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--verbose", action="store_true")
    sys.exit(main(parser.parse_args()))
