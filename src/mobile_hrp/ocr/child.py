"""The worker process: confine itself, then answer jobs from stdin until it closes."""

import json
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from mobile_hrp.domain.receipts.reading import to_json
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.ocr import intake, pipeline
from mobile_hrp.ocr.request import Request

_MEBIBYTE = 1024 * 1024
_HEADER_BYTES = 8
_STATM = Path("/proc/self/statm")
_LOW_PRIORITY = 5


def main() -> None:
    limits = json.loads(sys.argv[1])
    questions, answers = sys.stdin.buffer, _own_stdout()
    os.nice(_LOW_PRIORITY)  # the API goes first
    confine(limits["address_space_mib"])
    while (job := _frame(questions)) is not None:
        data = _frame(questions) or b""
        question = json.loads(job)
        if question["action"] == "inspect" and intake.sniff(data) not in intake.IMAGE_FORMATS:
            grant_cpu(limits["cpu_seconds_to_inspect"])
            grant_memory(limits["mebibytes_to_inspect"])
        else:
            grant_cpu(limits["cpu_seconds_per_document"])
            grant_memory(limits["address_space_mib"])
        answer, attachment = _answer(question, data)
        for part in (json.dumps(answer).encode(), attachment):
            answers.write(len(part).to_bytes(_HEADER_BYTES) + part)
        answers.flush()


def confine(address_space_mib: int) -> None:
    """Limits for good: memory, no core dump, no network."""
    space = address_space_mib * _MEBIBYTE
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse_network)


def _refuse_network(event: str, _: tuple[object, ...]) -> None:
    """An audit hook cannot be removed: this process talks to nobody but its parent."""
    if event in {"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"}:
        raise PermissionError("recognition has no network")


def grant_cpu(seconds: int) -> None:
    """A fresh allowance for the next document, counted from what was used so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def grant_memory(mebibytes: int) -> None:
    """So much more than is mapped now, and never more than the process may have for good.

    Where the kernel does not tell what is mapped (only Linux does), the lasting limit alone holds.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    mapped = hard
    if _STATM.is_file():
        mapped = int(_STATM.read_text("ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (min(hard, mapped + mebibytes * _MEBIBYTE), hard))


def _own_stdout() -> BinaryIO:
    """Keep the answer pipe to ourselves: what libraries print goes to stderr."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _frame(stream: BinaryIO) -> bytes | None:
    header = stream.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES:
        return None
    return stream.read(int.from_bytes(header))


def _answer(job: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        if job["action"] == "inspect":
            accepted = intake.inspect(data, job["name"])
            facts = asdict(accepted)
            del facts["content"]
            return {"answer": facts | {"content_type": accepted.content_type}}, intake.working_copy(
                accepted
            )
        reading = pipeline.read_receipt(data, job["name"], Request.from_json(job["request"]))
        return {"answer": to_json(reading)}, b""
    except Refusal as refusal:
        return {"refused": [asdict(detail) for detail in refusal.details]}, b""
    except MemoryError:
        return {"refused": [{"code": "RECEIPT_BOMB", "path": "file", "params": {}}]}, b""


if __name__ == "__main__":
    main()
