"""GraphQL over HTTP: what goes in, what comes out. The graphql-http audit asks much of the same."""

import gzip
import json
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.graphql.door import GRAPHQL, JSON, METHODS, OPEN, Answered, Door

from mobile_hrp.graphql.asked import BODY_BYTES_MAX
from mobile_hrp.mobile_contract.clients import client_policy_from

TYPENAME = {"query": "{ __typename }"}
PARTIAL = '{ __typename receipt(id: "x") { id } }'
MINI = {"x-hrp-transport": "mini"}
NEEDS_VARIABLE = "query Q($id: ID!) { document(id: $id) { id } }"


def url(**parameters: Any) -> str:
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in parameters.items()}
    return urllib.parse.urlencode(texts)


@dataclass(frozen=True)
class Case:
    """A request, and the status, kind and codes of its answer."""

    name: str
    body: Any = None
    raw: bytes | None = None
    method: str = "POST"
    query: str = ""
    status: int = 200
    codes: tuple[str, ...] = ()
    kind: str = GRAPHQL
    headers: dict[str, str] = field(default_factory=dict)

    async def answered(self, door: Door) -> Answered:
        raw = self.raw if self.raw is not None else json.dumps(self.body).encode()
        base = {"content-type": JSON, "accept": GRAPHQL} if self.method == "POST" else {}
        headers = {**base, **self.headers}
        return await door.send(
            b"" if self.method != "POST" else raw,
            method=self.method,
            query=self.query,
            headers={name: value for name, value in headers.items() if value},
        )


def bad(name: str, body: Any, **more: Any) -> Case:
    return Case(name, body, status=400, codes=("BAD_REQUEST",), **more)


LEGACY = {"accept": JSON}
NOT_TEXTS: list[Any] = [5, [], {}, True]
NOT_MAPS: list[Any] = [5, "x", [], True]
NOT_QUERIES: list[Any] = [None, *NOT_TEXTS, "", "  "]
NOT_THE_VARIABLES: list[Any] = [{}, {"id": None}, {"id": {}}, {"id": [1]}, {"id": True}, {"x": "x"}]
KINDS_NOT_READ = [
    *("", "text/plain", "application/x-www-form-urlencoded", "application/graphql"),
    *("application/xml", f"{JSON}; charset=gbk", f"{JSON}; charset=utf-16", "nonsense"),
]
TYPE_BY_NAME = '{ ...F } fragment F on Query { __type(name: "A") { name } }'
NOT_VALID = [
    *("{", "{ nonsense }", "{ me }", "{ __typename { x } }", "query {", "type A { b: Int }"),
    *("{ ...F }", "{ ...F } fragment F on Query { ...F }", "{ me(a: 1) { id } }"),
    *("query ($a: Nope) { document(id: $a) { id } }", "{ __typename @nope }"),
    "fragment F on Query { __typename }",
]
CASES = [
    # the kind of the answer
    Case("the newer kind", TYPENAME),
    Case("plain JSON by name", TYPENAME, headers=LEGACY, kind=JSON),
    Case("anything", TYPENAME, headers={"accept": "*/*"}, kind=JSON),
    Case("nothing said", TYPENAME, headers={"accept": ""}, kind=JSON),
    Case("any application", TYPENAME, headers={"accept": "application/*"}, kind=JSON),
    Case("both as welcome", TYPENAME, headers={"accept": f"{JSON}, {GRAPHQL}"}),
    Case("plain JSON preferred", TYPENAME, kind=JSON,
         headers={"accept": f"{JSON}, {GRAPHQL};q=0.9"}),
    Case("a wish of zero", TYPENAME, headers={"accept": f"{GRAPHQL};q=0, {JSON}"}, kind=JSON),
    Case("charset wished", TYPENAME, headers={"accept": f"{GRAPHQL}; charset=utf-8"}),
    Case("Apollo", TYPENAME, headers={"accept": f"{GRAPHQL},{JSON};q=0.9"}),
    Case("urql lists a stream last", TYPENAME,
         headers={"accept": f"{GRAPHQL}, application/graphql+json, {JSON}, text/event-stream"}),
    Case("only what is not made", TYPENAME, status=406, codes=("NOT_ACCEPTABLE",),
         headers={"accept": "text/html, application/xml"}, kind=JSON),
    Case("plain JSON refused", TYPENAME, status=406, codes=("NOT_ACCEPTABLE",),
         headers={"accept": f"{JSON};q=0"}, kind=JSON),
    # the kind of the request
    Case("charset in capitals", TYPENAME,
         headers={"content-type": "Application/JSON; Charset=UTF-8"}),
    Case("charset quoted", TYPENAME, headers={"content-type": f'{JSON}; charset="utf-8"'}),
    *(Case(f"content-type {kind or 'missing'}", TYPENAME, status=415,
           codes=("MEDIA_TYPE_UNSUPPORTED",), headers={"content-type": kind})
      for kind in KINDS_NOT_READ),
    *(Case(f"content-encoding {coding}", raw=gzip.compress(json.dumps(TYPENAME).encode()),
           status=415, codes=("MEDIA_TYPE_UNSUPPORTED",), headers={"content-encoding": coding})
      for coding in ("gzip", "br", "deflate", "gzip, gzip")),
    Case("identity said", TYPENAME, headers={"content-encoding": "identity"}),
    # methods
    Case("GET of a query", method="GET", query=url(**TYPENAME), kind=JSON),
    Case("GET with variables", method="GET", kind=JSON, query=url(
        query="query Q($on: Boolean!) { __typename @include(if: $on) }", variables={"on": True})),
    Case("GET naming its operation", method="GET", kind=JSON, query=url(
        query="query A { __typename } query B { __typename }", operationName="B", extensions={})),
    Case("GET of a mutation", method="GET", query=url(query="mutation { logout { done } }"),
         status=405, codes=("METHOD_NOT_ALLOWED",), kind=JSON),
    Case("GET of nothing", method="GET", status=400, codes=("BAD_REQUEST",), kind=JSON),
    Case("GET with broken variables", method="GET", status=400, codes=("BAD_REQUEST",), kind=JSON,
         query=url(query="{ __typename }", variables="{")),
    *(Case(f"{method} is not served", method=method, query=url(**TYPENAME), status=405,
           codes=("METHOD_NOT_ALLOWED",), kind=JSON)
      for method in METHODS if method not in {"GET", "POST", "HEAD"}),
    # parameters
    *(bad(f"query {value!r}", {"query": value}) for value in NOT_QUERIES),
    *(bad(f"operationName {value!r}", {**TYPENAME, "operationName": value})
      for value in NOT_TEXTS),
    *(bad(f"variables {value!r}", {**TYPENAME, "variables": value}) for value in NOT_MAPS),
    *(bad(f"extensions {value!r}", {**TYPENAME, "extensions": value}) for value in NOT_MAPS),
    *(Case(f"{name} null", {**TYPENAME, name: None})
      for name in ("operationName", "variables", "extensions")),
    Case("empty maps", {**TYPENAME, "variables": {}, "extensions": {}}),
    Case("unknown parameters are left alone", {**TYPENAME, "other": 1, "id": "x"}),
    bad("a body that is text", "x"), bad("a number", 3), bad("null", None),
    bad("an operation that is not there", {**TYPENAME, "operationName": "Other"}),
    bad("two operations and no name", {"query": "query A { __typename } query B { __typename }"}),
    bad("batches", [TYPENAME, TYPENAME]), bad("an empty batch", []),
    bad("a typing error", {"qeury": "{ __typename }"}),
    *(bad(f"broken JSON {raw[:12]!r}", None, raw=raw)
      for raw in (b"", b"{", b"NONSENSE", b'{"query":', b"\xff\xfe", b"[" * 5000, b'{"a":NaN}',
                  b'{"query":"\\ud800"}', b'{"query":"{__typename}\\u0000"}')),
    # documents
    *(Case(f"document {text[:20]!r}", {"query": text}, status=400,
           codes=("GRAPHQL_VALIDATION_FAILED",))
      for text in NOT_VALID),
    *(Case(f"to older clients, document {text[:20]!r}", {"query": text}, headers=LEGACY, kind=JSON,
           codes=("GRAPHQL_VALIDATION_FAILED",))
      for text in ("{", "{ nonsense }")),
    *(Case(f"variables that do not fit: {value!r}", {"query": NEEDS_VARIABLE, "variables": value},
           status=400, codes=("GRAPHQL_VALIDATION_FAILED",))
      for value in NOT_THE_VARIABLES),
    Case("to older clients, variables that do not fit", {"query": NEEDS_VARIABLE}, headers=LEGACY,
         kind=JSON, codes=("GRAPHQL_VALIDATION_FAILED",)),
    Case("introspection", {"query": "{ __schema { types { name } } }"}, status=403,
         codes=("INTROSPECTION_OFF",)),
    Case("introspection in a fragment", {"query": TYPE_BY_NAME},
         status=403, codes=("INTROSPECTION_OFF",)),
    Case("a subscription without a stream", {"query": "subscription { todoChanged { total } }"},
         status=400, codes=("STREAM_REQUIRED",)),
    # what ran
    Case("nobody signed in", {"query": "{ me { id } }"}, status=401, codes=("UNAUTHENTICATED",)),
    Case("to older clients, nobody signed in", {"query": "{ me { id } }"}, headers=LEGACY,
         kind=JSON, status=401, codes=("UNAUTHENTICATED",)),
    Case("a part of it", {"query": PARTIAL}, status=294, codes=("UNAUTHENTICATED",)),
    Case("to older clients, a part of it", {"query": PARTIAL}, headers=LEGACY, kind=JSON,
         codes=("UNAUTHENTICATED",)),
    # mini-programs
    *(Case(f"mini: {name}", body, headers={**MINI, **headers}, kind=JSON, codes=codes)
      for name, body, headers, codes in (
          ("what ran", TYPENAME, {}, ()),
          ("what does not parse", {"query": "{"}, {}, ("GRAPHQL_VALIDATION_FAILED",)),
          ("nobody signed in", {"query": "{ me { id } }"}, {}, ("UNAUTHENTICATED",)),
          ("a form", TYPENAME, {"content-type": "text/plain"}, ("MEDIA_TYPE_UNSUPPORTED",)),
          ("nothing accepted", TYPENAME, {"accept": "text/html"}, ()),
          ("a part of it", {"query": PARTIAL}, {}, ("UNAUTHENTICATED",)),
      )),
    Case("mini: a mutation by GET", method="GET", query=url(query="mutation { logout { done } }"),
         headers=MINI, kind=JSON, codes=("METHOD_NOT_ALLOWED",)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_request_is_answered_as_the_specification_says(case: Case) -> None:
    answered = await case.answered(Door())
    assert (answered.status, tuple(answered.codes)) == (case.status, case.codes)
    assert answered.headers["content-type"] == f"{case.kind}; charset=utf-8"
    assert answered.headers["cache-control"] == "no-store"
    for error in answered.json.get("errors", []):
        assert error["message"]
        assert {"code", "retryable", "nextStep", "traceId"} <= error["extensions"].keys()
        assert "Did you mean" not in error["message"]
    executed = not answered.codes or answered.codes == ["UNAUTHENTICATED"]
    assert ("data" in answered.json) is executed
    if answered.status == 405:
        assert answered.headers["allow"] == "GET, POST"
    if answered.status == 401:
        assert answered.headers["www-authenticate"] == "Bearer"


async def test_head_has_no_answer_of_its_own() -> None:
    answered = await Door().send(method="HEAD", query=url(**TYPENAME))
    assert answered.status == 405


@pytest.mark.parametrize("declared", [None, "10", "99999999999999999999", "-1", "x"])
async def test_a_body_is_counted_as_it_comes_whatever_was_declared(declared: str | None) -> None:
    body = json.dumps({"query": "{ __typename }" + " " * BODY_BYTES_MAX}).encode()
    headers = {"content-type": JSON, "accept": GRAPHQL}
    if declared:
        headers["content-length"] = declared
    pieces = [body[start : start + 10_000] for start in range(0, len(body), 10_000)]
    answered = await Door().send(pieces, headers=headers)
    assert (answered.status, answered.codes) == (413, ["BODY_TOO_LARGE"])
    assert str(BODY_BYTES_MAX) in answered.json["errors"][0]["message"]
    whole = json.dumps({**TYPENAME, "x": "y" * (BODY_BYTES_MAX - 60)}).encode()
    assert len(whole) <= BODY_BYTES_MAX
    answered = await Door().send([whole[:9], whole[9:]], headers={"content-type": JSON})
    assert answered.json == {"data": {"__typename": "Query"}}


async def test_long_answers_are_compressed_for_who_takes_it() -> None:
    many = " ".join(f'a{n}: receipt(id: "x") {{ id }}' for n in range(20))
    body = {"query": f"{{ {many} }}"}
    plain = await Door().post(body)
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "accept, accept-encoding"
    for wish in ("gzip", "br, gzip;q=0.5", "*"):
        squeezed = await Door().post(body, accept_encoding=wish)
        assert squeezed.headers["content-encoding"] == "gzip"
        assert len(squeezed.raw) < len(plain.raw) / 4
        assert json.loads(gzip.decompress(squeezed.raw))["data"] == plain.json["data"]
    for wish in ("gzip;q=0", "br", "identity"):
        assert "content-encoding" not in (await Door().post(body, accept_encoding=wish)).headers
    short = await Door().post(TYPENAME, accept_encoding="gzip")
    assert "content-encoding" not in short.headers


async def test_errors_come_in_the_order_of_their_paths() -> None:
    query = '{ z: receipt(id: "x") { id } a: receipt(id: "x") { id } m: loan(id: "x") { id } }'
    for _ in range(3):
        answered = await Door().post({"query": query})
        assert [error["path"] for error in answered.json["errors"]] == [["a"], ["m"], ["z"]]


async def test_errors_speak_chinese_unless_english_is_asked_for() -> None:
    chinese = await Door().post({"query": "{"})
    assert chinese.json["errors"][0]["message"].startswith("请求内容与接口约定不符")
    english = await Door().post({"query": "{"}, accept_language="en-GB,en;q=0.9")
    assert english.json["errors"][0]["message"].startswith("The operation does not fit the schema")


async def test_an_old_app_is_told_to_upgrade_before_anything_is_read() -> None:
    apps = {"phone": {"minimum": "2.1.0", "upgrade_url": "https://example.invalid/up"}}
    support = {"release_days": 365, "deprecation_days": 180}
    door = Door(OPEN, clients=client_policy_from({"support": support, "apps": apps}))
    for old in ("phone/2.0.9", "phone/1.99.99", "PHONE/0.0.1 (WeChat 8)"):
        answered = await door.post({"query": "{"}, x_hrp_client=old)
        assert (answered.status, answered.codes) == (400, ["CLIENT_TOO_OLD"]), old
        error = answered.json["errors"][0]
        assert error["extensions"]["minimumVersion"] == "2.1.0"
        assert error["extensions"]["upgradeUrl"] == "https://example.invalid/up"
        assert "2.1.0" in error["extensions"]["nextStep"]
    for served in ("phone/2.1.0", "phone/10.0.0", "other/0.0.1", "nonsense", "phone/2.0"):
        answered = await door.post(TYPENAME, x_hrp_client=served)
        assert answered.status == 200, served


async def test_the_page_to_try_things_is_for_browsers_where_it_is_switched_on() -> None:
    html = {"accept": "text/html,application/xhtml+xml"}
    shown = await Door(ide="<html>try</html>").send(method="GET", headers=html)
    assert (shown.status, shown.raw) == (200, b"<html>try</html>")
    asked = await Door(ide="<html>").send(
        method="GET", query=url(**TYPENAME), headers={"accept": "text/html, */*"}
    )
    assert asked.json == {"data": {"__typename": "Query"}}
    without = await Door().send(method="GET", headers=html)
    assert without.status == 406
