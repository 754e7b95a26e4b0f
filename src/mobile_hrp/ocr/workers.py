"""Recognition in worker processes: bounded in CPU, memory and time, and without a network.

A file from a stranger meets native code (pdfium, image codecs, onnxruntime). Each worker is a
process of its own that is killed when it exceeds its limits and replaced after some documents; the
server only ever sees a reading or a typed refusal. Answers come back as JSON, never as pickles: a
worker that was taken over cannot reach into this process.
"""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any, Self

from mobile_hrp.domain.receipts.reading import Reading, from_json
from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.ocr.intake import FileFormat
from mobile_hrp.ocr.request import Request

_ANSWER_BYTES_MAX = 32 * 1024 * 1024
_HEADER_BYTES = 8
_BROKEN_BY_FILE = frozenset(
    {
        *(signal.SIGXCPU, signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL),
        *(signal.SIGTRAP, signal.SIGFPE),
    }
)
"""Out of CPU; out of memory in native code, which ends the process; a crash."""
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TESSDATA_PREFIX", "PYTHONPATH", "HOME")


@dataclass(frozen=True, slots=True)
class Limits:
    """Per worker. Address space is larger than memory: onnxruntime maps its models and arenas.

    A file that is no picture is opened and drawn once before it is accepted, within the narrower
    limits of inspection: no check of ours finds every way to keep pdfium busy.
    """

    wall_seconds: float = 60.0
    cpu_seconds_per_document: int = 45
    address_space_mib: int = 4096
    cpu_seconds_to_inspect: int = 2
    mebibytes_to_inspect: int = 400
    documents: int = 200


@dataclass(frozen=True, slots=True)
class Inspection:
    """What :func:`mobile_hrp.ocr.intake.inspect` found, and the copy for screens (may be empty)."""

    format: FileFormat
    content_type: str
    sha256: str
    size: int
    pages: int
    width: int
    height: int
    working_copy: bytes


class RecognitionPool:
    """``size`` workers, started on first use or by ``start``.

    An async context manager, or call ``close``.
    """

    def __init__(self, size: int, *, limits: Limits | None = None) -> None:
        self._workers = [_Worker(limits or Limits()) for _ in range(size)]
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        for worker in self._workers:
            self._idle.put_nowait(worker)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Start the processes now, so that the first file does not wait for them to load."""
        for worker in self._workers:
            await worker.start()

    async def inspect(self, data: bytes, name: str) -> Inspection:
        """Accept or refuse a file outside this process.

        Raises Refusal: the codes of intake, also ``RECEIPT_TOO_COMPLEX`` for a file that broke the
        worker or its limits.
        """
        answer, working_copy = await self._run({"action": "inspect", "name": name}, data)
        return Inspection(
            format=FileFormat(answer["format"]),
            content_type=answer["content_type"],
            sha256=answer["sha256"],
            size=answer["size"],
            pages=answer["pages"],
            width=answer["width"],
            height=answer["height"],
            working_copy=working_copy,
        )

    async def recognise(self, data: bytes, name: str, request: Request | None = None) -> Reading:
        """Read a receipt.

        Raises Refusal: the codes of intake, ``RECEIPT_READ_TIMEOUT`` when the limits were reached
        and ``RECEIPT_READ_CRASHED`` when the worker died.
        """
        asked = asdict(request or Request())
        asked["today"] = asked["today"].isoformat() if asked["today"] else None
        answer, _ = await self._run({"action": "read", "name": name, "request": asked}, data)
        return from_json(answer)

    def process_ids(self) -> list[int]:
        """The operating system's ids of the workers that are alive."""
        return [worker.process_id for worker in self._workers if worker.process_id is not None]

    async def close(self) -> None:
        for worker in self._workers:
            await worker.stop()

    async def _run(self, job: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        async with self._one() as worker:
            answer, attachment = await worker.run(job, data)
        if "refused" in answer:
            raise Refusal.of(tuple(RefusalDetail(**detail) for detail in answer["refused"]))
        return answer["answer"], attachment

    @asynccontextmanager
    async def _one(self) -> AsyncIterator["_Worker"]:
        worker = await self._idle.get()
        try:
            yield worker
        finally:
            self._idle.put_nowait(worker)


class _Worker:
    """One child process; replaced when it dies, times out or has read its share."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: Process | None = None
        self._documents = 0

    @property
    def process_id(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        await self._running()

    async def run(self, job: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        process = await self._running()
        try:
            async with asyncio.timeout(self._limits.wall_seconds):
                answer = await _exchange(process, job, data)
        except TimeoutError:
            await self.stop()
            return _refused("RECEIPT_READ_TIMEOUT"), b""
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            return _refused(_cause(job, await self.stop())), b""
        except asyncio.CancelledError:
            await self.stop()
            raise
        self._documents += 1
        if self._documents >= self._limits.documents:
            await self.stop()
        return answer

    async def _running(self) -> Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self.stop()
        self._documents = 0
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "mobile_hrp.ocr.child",
            json.dumps(asdict(self._limits)),
            stdin=PIPE,
            stdout=PIPE,
            env={key: os.environ[key] for key in _KEPT_ENVIRONMENT if key in os.environ}
            | {"OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        return self._process

    async def stop(self) -> int | None:
        """End the child; its exit code, negative for a signal."""
        process, self._process = self._process, None
        if process is None:
            return None
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(0.5):
                return await process.wait()
        except TimeoutError:
            process.kill()
            return await process.wait()


def _cause(job: Mapping[str, Any], exit_code: int | None) -> str:
    """Why there is no answer: the file's doing, or not."""
    if job["action"] == "inspect" and exit_code is not None and -exit_code in _BROKEN_BY_FILE:
        return "RECEIPT_TOO_COMPLEX"
    return "RECEIPT_READ_TIMEOUT" if exit_code == -signal.SIGXCPU else "RECEIPT_READ_CRASHED"


def _refused(code: str) -> dict[str, Any]:
    return {"refused": [asdict(RefusalDetail(code, "file"))]}


async def _exchange(
    process: Process, job: Mapping[str, Any], data: bytes
) -> tuple[dict[str, Any], bytes]:
    """One question, one answer; frames are a length of eight bytes and the bytes."""
    if process.stdin is None or process.stdout is None:
        raise ConnectionError("the worker has no pipes")
    for part in (json.dumps(job).encode(), data):
        process.stdin.write(len(part).to_bytes(_HEADER_BYTES) + part)
    await process.stdin.drain()
    answer = json.loads(await _frame(process.stdout))
    return answer, await _frame(process.stdout)


async def _frame(stream: asyncio.StreamReader) -> bytes:
    size = int.from_bytes(await stream.readexactly(_HEADER_BYTES))
    if size > _ANSWER_BYTES_MAX:
        raise ValueError("the worker answered too much")
    return await stream.readexactly(size)
