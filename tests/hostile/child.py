"""Run the corpus in a confined process; print what happened, one JSON object a line."""

import json
import resource
import sys
import time
from pathlib import Path

from tests.hostile.bombs import gibibyte_ofd
from tests.hostile.confinement import refuse_writes
from tests.hostile.corpus import HostileFile, corpus

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.ocr import intake, pipeline
from mobile_hrp.ocr.child import confine


def outcome(hostile: HostileFile) -> str:
    """The refusal's code, or ``read``.

    Pictures are decoded but not searched for text: no parser of ours meets hostile pixels there.
    """
    try:
        accepted = intake.inspect(hostile.data, hostile.name)
        intake.working_copy(accepted)
        if accepted.format not in intake.IMAGE_FORMATS and _has_text(accepted):
            pipeline.read_receipt(hostile.data, hostile.name)
    except Refusal as refusal:
        return refusal.code
    return "read"


def _has_text(accepted: intake.Intake) -> bool:
    """A page without a text layer would go to the optical readers, whose cost is their own."""
    if accepted.format is not intake.FileFormat.PDF:
        return True
    return any(
        pipeline.text_layer_is_usable(sheet) for sheet in pipeline.pdf_sheets(accepted.content)
    )


def _peak_mib() -> float:
    """Of this program alone: ``ru_maxrss`` would begin with what the starting process held."""
    status = Path("/proc/self/status").read_text("ascii")
    return (
        int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
        / 1024
    )


def main() -> None:
    confine(address_space_mib=4096)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # native code writes no file either
    attempts = refuse_writes()
    for hostile in (*corpus(), HostileFile("ofd_of_a_gibibyte", gibibyte_ofd(), must_refuse=True)):
        started = time.process_time()
        line = {
            "name": hostile.name,
            "outcome": outcome(hostile),
            "size": len(hostile.data),
            "attempts": attempts(),
            "must_refuse": hostile.must_refuse,
            "cpu_seconds": time.process_time() - started,
            "peak_mib": _peak_mib(),
        }
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
