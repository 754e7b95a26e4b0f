"""How well receipts are read: per kind and field, against a truth file, with cost and honesty.

    python -m benchmarks.receipts --truth truth.jsonl --files FOLDER [--json out.json]
        [--engines auto,rapidocr,tesseract] [--only NAME] [--verbose]

``auto`` is the cascade, ``rapidocr`` the full models as their wheel ships them, ``tesseract`` the
plain engine; all three feed the same rules of each kind. ``tiny`` and ``small`` are the tiers of
the cascade on their own.

A truth file has one JSON object a line: ``file``, ``doc`` (the kind) and the fields as text
(amounts with two decimals, dates as ISO). Files without a line are not scored. Values are
compared after NFKC and without blanks. *Asked* counts doubtful and missing fields; *wrong* counts
values that differ from the truth while a person would not have been asked. Peak memory is that of
the engine's own process. The last line judges ``auto`` against the bars, and the exit code is 1
when one is missed.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from mobile_hrp.domain.receipts import grammar
from mobile_hrp.domain.receipts.reading import FieldState, Reading
from mobile_hrp.domain.refusal import Refusal

CORE = ("number", "code", "date", "total")
E_FILES = {".pdf", ".ofd", ".xml"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One field of one file."""

    file: str
    doc: str
    field: str
    truth: str
    value: str | None
    state: str
    efile: bool
    alternatives: tuple[str, ...] = ()
    proofs: tuple[str, ...] = ()
    confidence: float = 0.0

    @property
    def right(self) -> bool:
        return self.value is not None and same(self.value, self.truth)

    @property
    def asked(self) -> bool:
        return self.state in {FieldState.DOUBTFUL, FieldState.MISSING}


@dataclass(frozen=True, slots=True)
class Cost:
    file: str
    cpu_seconds: float
    wall_seconds: float
    peak_mib: float
    kind: str
    doc: str


def same(first: str, second: str) -> bool:
    return _plain(first) == _plain(second)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def shown(value: str | int | None) -> str | None:
    """A value as the truth file writes it."""
    if isinstance(value, int):
        return grammar.render_fen(value)
    return value


def read_all(
    engine: str, files: Path, truths: list[dict[str, str]]
) -> Iterator[tuple[list[Outcome], Cost]]:
    """Read every file with a truth, in a process of its own (so that memory is the engine's)."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        jobs = [(engine, str(files / truth["file"]), truth) for truth in truths]
        yield from pool.imap(_read_one, jobs)


def _read_one(job: tuple[str, str, dict[str, str]]) -> tuple[list[Outcome], Cost]:
    from mobile_hrp.ocr.pipeline import read_receipt  # noqa: PLC0415 - only the child needs models
    from mobile_hrp.ocr.request import Request  # noqa: PLC0415 - only the child needs models

    engine, path, truth = job
    data = Path(path).read_bytes()
    cpu, wall = _cpu(), time.perf_counter()
    try:
        reading: Reading | None = read_receipt(data, path, Request(engine=engine))
    except Refusal:
        reading = None
    cost = Cost(
        truth["file"],
        _cpu() - cpu,
        time.perf_counter() - wall,
        _peak_mib(),
        reading.kind.value if reading else "refused",
        truth["doc"],
    )
    efile = Path(path).suffix.lower() in E_FILES
    return [
        _outcome(truth, name, reading, efile=efile) for name in truth if name not in {"file", "doc"}
    ], cost


def _cpu() -> float:
    """Of this process and of the programs it ran (tesseract is one), in seconds."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _peak_mib() -> float:
    """Of this process alone (Linux): ``ru_maxrss`` would begin with what its parent held."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(s.split()[1]) for s in status.splitlines() if s.startswith("VmHWM")) / 1024


def _outcome(truth: dict[str, str], name: str, reading: Reading | None, *, efile: bool) -> Outcome:
    found = reading.fields.get(name) if reading else None
    return Outcome(
        file=truth["file"],
        doc=truth["doc"],
        field=name,
        truth=truth[name],
        value=shown(found.value) if found else None,
        state=found.state.value if found else FieldState.MISSING.value,
        efile=efile,
        alternatives=tuple(str(shown(v)) for v in found.alternatives) if found else (),
        proofs=tuple(f"{p.code}{'' if p.passed else '!'}" for p in found.proofs) if found else (),
        confidence=found.confidence if found else 0.0,
    )


def summary(outcomes: list[Outcome]) -> dict[str, Any]:
    total = len(outcomes)
    proven = [o for o in outcomes if o.state == FieldState.PROVEN]
    likely = [o for o in outcomes if o.state == FieldState.LIKELY]
    return {
        "fields": total,
        "right": sum(o.right for o in outcomes),
        "exact": _share(sum(o.right for o in outcomes), total),
        "core_fields": sum(o.field in CORE for o in outcomes),
        "core_exact": _share(
            sum(o.right for o in outcomes if o.field in CORE),
            sum(o.field in CORE for o in outcomes),
        ),
        "proven": _share(len(proven), total),
        "proven_wrong": sum(not o.right for o in proven),
        "likely": _share(len(likely), total),
        "likely_wrong": sum(not o.right for o in likely),
        "asked": _share(sum(o.asked for o in outcomes), total),
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def grouped(outcomes: Iterable[Outcome], key: str) -> dict[str, list[Outcome]]:
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[str(getattr(outcome, key))].append(outcome)
    return dict(sorted(groups.items()))


def table(title: str, rows: dict[str, list[Outcome]]) -> Table:
    result = Table(title=title)
    for heading in ("", "fields", "exact", "core", "proven", "wrong", "likely", "wrong", "asked"):
        result.add_column(heading, justify="left" if not heading else "right")
    for name, outcomes in rows.items():
        figures = summary(outcomes)
        result.add_row(
            name,
            str(figures["fields"]),
            f"{figures['exact']:.3f}",
            f"{figures['core_exact']:.3f}" if figures["core_fields"] else "-",
            f"{figures['proven']:.3f}",
            str(figures["proven_wrong"]),
            f"{figures['likely']:.3f}",
            str(figures["likely_wrong"]),
            f"{figures['asked']:.3f}",
        )
    return result


def cost_summary(costs: list[Cost]) -> dict[str, Any]:
    if not costs:
        return {}
    return {
        "files": len(costs),
        "cpu_mean": round(sum(c.cpu_seconds for c in costs) / len(costs), 3),
        "cpu_p50": round(_quantile([c.cpu_seconds for c in costs], 0.5), 3),
        "cpu_p95": round(_quantile([c.cpu_seconds for c in costs], 0.95), 3),
        "wall_p50": round(_quantile([c.wall_seconds for c in costs], 0.5), 3),
        "wall_p95": round(_quantile([c.wall_seconds for c in costs], 0.95), 3),
        "peak_mib": round(max(c.peak_mib for c in costs)),
        "kind_right": _share(sum(c.kind == c.doc for c in costs), len(costs)),
    }


def _quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def is_efile(cost: Cost) -> bool:
    return Path(cost.file).suffix.lower() in E_FILES


def report(
    console: Console, engine: str, outcomes: list[Outcome], costs: list[Cost]
) -> dict[str, Any]:
    """Print one engine's tables; the same figures for the JSON file."""
    groups = {
        "e-files": [o for o in outcomes if o.efile],
        "photos": [o for o in outcomes if not o.efile],
        "all": outcomes,
    }
    groups = {name: members for name, members in groups.items() if members}
    console.print(table(f"{engine}: by kind", grouped(outcomes, "doc")))
    console.print(table(f"{engine}: by field", grouped(outcomes, "field")))
    console.print(table(f"{engine}: overall", groups))
    cost = {
        "e-files": cost_summary([c for c in costs if is_efile(c)]),
        "photos": cost_summary([c for c in costs if not is_efile(c)]),
    }
    for name, figures in cost.items():
        if figures:
            console.print(f"{engine} {name}: {figures}")
    return {
        "overall": {name: summary(members) for name, members in groups.items()},
        "by_kind": {name: summary(m) for name, m in grouped(outcomes, "doc").items()},
        "by_field": {name: summary(m) for name, m in grouped(outcomes, "field").items()},
        "cost": cost,
        "files": [asdict(c) for c in costs],
        "outcomes": [asdict(o) | {"right": o.right} for o in outcomes],
    }


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure must reach; ``most`` bars are upper limits."""

    name: str
    figure: float
    limit: float
    most: bool = False

    @property
    def met(self) -> bool:
        return self.figure <= self.limit if self.most else self.figure >= self.limit

    def __str__(self) -> str:
        sign = "<=" if self.most else ">="
        return f"{self.name} {self.figure:g} ({sign} {self.limit:g}){'' if self.met else ' MISSED'}"


def bars(result: dict[str, Any]) -> list[Bar]:
    """The figures of ``auto`` that have a bar, as far as the files at hand show them."""
    auto = result.get("auto")
    if auto is None:
        return []
    overall, cost = auto["overall"], auto["cost"]
    everything = overall["all"]
    judged = [
        Bar("fields", everything["exact"], 0.985),
        Bar("proven", everything["proven"], 0.80),
        Bar("wrong while proven", everything["proven_wrong"], 0, most=True),
        Bar(
            "wrong while likely",
            round(everything["likely_wrong"] / everything["fields"], 4),
            0.005,
            most=True,
        ),
        Bar("asked", everything["asked"], 0.08, most=True),
        Bar("peak MiB", max(c["peak_mib"] for c in cost.values() if c), 1024, most=True),
    ]
    if "e-files" in overall:
        judged += [
            Bar("e-files' core", overall["e-files"]["core_exact"], 1),
            Bar("e-file CPU s", cost["e-files"]["cpu_p50"], 0.15, most=True),
        ]
    if "photos" in overall:
        judged += [
            Bar("photos' core", overall["photos"]["core_exact"], 0.97),
            Bar("photo CPU s p50", cost["photos"]["cpu_p50"], 1.5, most=True),
            Bar("photo CPU s p95", cost["photos"]["cpu_p95"], 5, most=True),
        ]
        if full := result.get("rapidocr", {}).get("cost", {}).get("photos"):
            share = round(cost["photos"]["cpu_mean"] / full["cpu_mean"], 3)
            exact = result["rapidocr"]["overall"]["photos"]["exact"]
            judged += [
                Bar("CPU of the full models", share, 0.5, most=True),
                Bar("photos at least as exact as they", overall["photos"]["exact"], exact),
            ]
    return judged


def explain(console: Console, outcomes: Iterable[Outcome]) -> None:
    """Each field that is wrong, and each right one that would be asked."""
    for o in outcomes:
        if not o.right or o.asked:
            mark = "WRONG" if not o.right and not o.asked else ("miss" if not o.right else "asked")
            console.print(
                f"{mark:6}{o.file:26}{o.field:11}truth={o.truth!r} value={o.value!r} {o.state}"
                f" {o.confidence:.3f} {','.join(o.proofs)} {list(o.alternatives)}",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--files", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--engines", default="auto,rapidocr,tesseract")
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    console = Console()
    lines = options.truth.read_text("utf-8").splitlines()
    truths = [json.loads(line) for line in lines if line.strip()]
    truths = [
        t for t in truths if options.only in t["file"] and (options.files / t["file"]).is_file()
    ]
    if not truths:
        parser.error("no file of the truth is in the folder")
    result: dict[str, Any] = {}
    for engine in options.engines.split(","):
        outcomes: list[Outcome] = []
        costs: list[Cost] = []
        readings = read_all(engine, options.files, truths)
        for some, cost in track(readings, f"{engine}", total=len(truths), console=console):
            outcomes += some
            costs.append(cost)
        result[engine] = report(console, engine, outcomes, costs)
        if options.verbose:
            explain(console, outcomes)
    if options.json:
        options.json.write_text(json.dumps(result, ensure_ascii=False, indent=1), "utf-8")
    judged = bars(result)
    print(f"{len(truths)} files: {'; '.join(map(str, judged)) or 'no engine with bars was run'}")
    return int(not all(bar.met for bar in judged))


if __name__ == "__main__":
    sys.exit(main())
