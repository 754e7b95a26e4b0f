"""Each promise of the SDK is seen to be held by its scenario: a planted fault breaks it."""

from pathlib import Path
from typing import NamedTuple

from tests.web.conftest import Web
from tests.web.sdk.driving import driver

from mobile_hrp.runtime.database import Database


class Planted(NamedTuple):
    host: str
    scenario: str
    file: str
    text: str
    instead: str


_NEW_KEY = r"""data: data && data.replace(/"idempotencyKey":"[^"]*/,
  () => `"idempotencyKey":"${newUuid()}`)"""
_AS_FORM = "headers: { ...header, 'Content-Type': 'application/x-www-form-urlencoded' }"
FAULTS = [
    Planted("wx", "a query", "core", "'x-hrp-transport': 'mini',", ""),
    Planted("wx", "an error of the server", "core", "new HrpError(message, extensions)", "Error()"),
    Planted("wx", "a mutation whose answer is lost", "core", "header, data, timeout })",
            f"header, {_NEW_KEY}, timeout }})"),
    Planted("wx", "a mutation whose answer is lost", "core", "done >= tries", "done >= 1"),
    Planted("wx", "a mutation without a key is not repeated", "core",
            "document.keyed || document.kind === 'query' ? retries : 0,", "retries,"),
    Planted("wx", "twenty-five at once", "wx", "limit: 10", "limit: 11"),
    Planted("wx", "twenty-five at once", "wx", "limit: 10", "limit: 9"),
    Planted("wx", "an upload with the file last, then first", "core", "name: '0'", "name: 'file'"),
    Planted("wx", "a file that is not there", "wx", "/exist|no such file|not found/", "/absent/"),
    Planted("wx", "an app that is too old", "core", "if (tooOld) throw tooOld;", ""),
    Planted("wx", "a domain that is not registered", "wx", "errno === 600002 ||", "errno === 1 &&"),
    Planted("wx", "a token that has expired", "core", "renewing = renewing ||", "renewing ="),
    Planted("wx", "what was done offline is sent in its order, with its keys", "core",
            "host.save(place(), text);", ""),
    Planted("wx", "what was done offline is sent in its order, with its keys", "core",
            "list.shift();", "list.pop();"),
    Planted("wx", "what was done offline is sent in its order, with its keys", "core",
            "if (refused) onRefused(first, refused);", "if (0) 0;"),
    Planted("wx", "what somebody else queued is not sent in my name", "core",
            "`hrp.queue.${account}`", "'hrp.queue'"),
    Planted("wx", "a queue that is full, and a phone that is", "core",
            "queue.length > QUEUE_MAX", "queue.length > 1000"),
    Planted("wx", "a queue that is full, and a phone that is", "core", "list.pop();", ""),
    Planted("wx", "a page of a proxy in the way loses nothing", "core", "|BAD_A)", ")"),
    Planted("wx", "a subscription, and again after the connection broke", "core",
            "wait(drops++, open)", "drops++"),
    Planted("wx", "a subscription, and again after the connection broke", "core",
            "if (!listeners.size && socket) socket.close();", ""),
    Planted("wx", "a subscription with a token that has expired", "core",
            "if (code !== 4403)", "if (code)"),
    Planted("wx", "live updates take the socket", "core", "host.socket ?", "!host.socket ?"),
    Planted("wx", "a file in chunks, broken off and resumed", "chunks",
            "hash.add(new Uint8Array(bytes));", ""),
    Planted("wx", "hashes of files of any length", "chunks", "padding[0] = 128;", ""),
    Planted("dd", "a query", "dd", "headers: header", _AS_FORM),
    Planted("dd", "twenty-five at once", "dd", "limit: 10", "limit: 11"),
    Planted("dd", "an upload with the file last, then first", "dd", "fileName: name",
            "fileName: 'image.jpg'"),
    Planted("dd", "a file that is not there", "dd", "11: 'FILE_UNREADABLE', ", ""),
    Planted("dd", "a domain that is not registered", "dd", "11: 'ILLEGAL_DOMAIN', ", ""),
    Planted("dd", "polling", "core", "&& text !== last", ""),
    Planted("dd", "polling", "core", "if (!stopped) call = host.after(every, ask);",
            "call = host.after(every, ask);"),
]  # fmt: skip


SECONDS = 3  # a fault may well be that something never comes


async def test_a_planted_fault_breaks_its_scenario(
    web: Web, owner_database: Database, tmp_path: Path
) -> None:
    ready = await driver(web, owner_database, tmp_path)
    # The sources run as they are: what breaks below is broken by its fault.
    sound = [{"host": host, "only": ["a query"], "faults": []} for host in ("wx", "dd")]
    assert [one.problem for one in await ready.run(sound, seconds=100)] == [None, None]
    runs = [
        {"host": one.host, "only": [one.scenario], "faults": [[one.file, one.text, one.instead]]}
        for one in FAULTS
    ]
    found = await ready.run(runs, seconds=SECONDS)
    assert [(one.host, one.scenario) for one in found] == [
        (one.host, one.scenario) for one in FAULTS
    ]
    misfits = [one for one in found if "the fault does not fit" in (one.problem or "")]
    assert misfits == []
    planted = zip(FAULTS, found, strict=True)
    assert [fault for fault, outcome in planted if outcome.problem is None] == []
