"""Bad input by the thousand, the same for the same seed: calls that are nearly right, and calls that are nothing."""

import json
import random
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.scim.idp import BASE, CONTENT_TYPE, ENTERPRISE, PATCH_OP, USER

METHODS = (
    ["GET"] * 6 + ["POST"] * 6 + ["PUT"] * 3 + ["PATCH"] * 6 + ["DELETE", "HEAD", "OPTIONS", "TRACE", "FOO", "get"]
)
KINDS = [CONTENT_TYPE] * 12 + [
    "application/json", f"{CONTENT_TYPE}; charset=utf-8", "", "text/html", "text/plain", "application/xml",
    "multipart/form-data; boundary=x", "multipart/form-data", "application/x-www-form-urlencoded", "\x7f", "a/b/c;;=",
]  # fmt: skip
TEXTS = [
    "", " ", "x", "nina", "NINA", "\x00", "\ud800", "\udfff", "ä", "\u202e", "İ", "ﬀ", "\U0001f98a", "a" * 300,
    "a" * 5_100,
    "'", '"', "\\", "%", "_", "%%s", "{0}", "{}", "{name}", "${x}", "1 OR 1=1", "'; DROP TABLE teams_member; --",
    "null",
    "true", "False", "NaN", "[", "(", "\r\n", "\x1b", "55555555555", "..", "/", "?", "#", "bulkId:x",
    "2026-01-01T00:00:00Z",
    "9999-99-99T99:99:99Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "019f0000-0000-7000-8000-000000000000",
]  # fmt: skip
ODD = [None, True, False, 0, -1, 1.5, 10**30, -(10**30), 1e308, [], {}, [[]], [None], {"": ""}, {"a": {"b": [{}]}}]
RAW = [
    b"", b"{", b"}", b"[]", b"null", b"5", b'"x"', b"{} {}", b"\xff\xfe", b"\x00", b"\xef\xbb\xbf{}",
    b'{"userName": NaN}',
    b'{"userName": Infinity}', b'{"userName": -Infinity}', b'{"userName": "\\ud800"}', b'{"userName": "\\u0000"}',
    b'{"a": 1e999}', b"[" * 50_000, b'{"a":' * 50_000, b"{" * 50_000, b'{"a": "' + b"x" * 200_000 + b'"}',
    b'{"userName": "a", "userName": "b"}', b'{"a":' + b"9" * 5_000 + b"}", b"<html></html>", b"a=b&c=d", b"\xc3\x28",
    '{"userName": "nina"}'.encode("utf-16"), b"//x\n{}", b"{'userName': 'x'}", b'{"userName": "x",}', b"\x1f\x8b\x08",
]  # fmt: skip
NAMES = [
    "userName", "USERNAME", "name", "name.givenName", "displayName", "emails", "emails.value", "emails.type",
    "active", "id",
    "externalId", "schemas", "meta", "meta.created", "meta.version", "meta.location", "groups", "groups.value", "roles",
    "addresses", "addresses.country", "photos", "x509Certificates.value", "password", "members", "members.value",
    "members.$ref",
    "title", "nothing", "", ".", "..", ":", "a.b.c", ENTERPRISE, f"{ENTERPRISE}:manager", f"{ENTERPRISE}:manager.value",
    f"{USER}:userName", "urn:x:y", "urn:", "email", "$ref", "name.nothing", "userName.x", "ims[type", "emails[",
]  # fmt: skip
OPERATORS = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr", "EQ", "xx", "", "not", "and"]
OPS = ["add", "replace", "remove", "Add", "REPLACE", "move", "", None, 5, [], {"a": 1}]
IDS = ["x", "0", "-1", "%00", "%ff", "%2F", "..", "%2e%2e", "a" * 3_000, "019f0000-0000-7000-8000-000000000000",
    "{}", "%0d%0a",
       "%F0%9F%A6%8A", "'", "%22", ";", "*", "null", ".search", "Users"]  # fmt: skip
PLACES = ["", "/", "/Users", "/Users/", "/Groups", "/Bulk", "/.search", "/Users/.search", "/Groups/.search", "/Schemas",
          "/ResourceTypes", "/ServiceProviderConfig", "/Me", "/Nowhere", "/users", "//Users", "/Users//", "/Schemas/x",
          f"/Schemas/{USER}", "/ResourceTypes/User", "/019f0000-0000-7000-8000-000000000000/Users", "/x/Users",
          "/Bulk/1"]  # fmt: skip
PARAMETERS = [
    "filter",
    "sortBy",
    "sortOrder",
    "startIndex",
    "count",
    "cursor",
    "attributes",
    "excludedAttributes",
    "format",
    "x",
]
NUMBERS = [
    "0",
    "-1",
    "1",
    "99999999999999999999",
    "-99999999999999999999",
    "1.5",
    "1e9",
    "x",
    "",
    "٣",
    "0x10",
    " 2 ",
    "+3",
]
HEADERS = [("If-Match", 'W/"1"'), ("If-Match", "*"), ("If-None-Match", "x"), ("Accept", "text/html"), ("Accept", "x"),
           ("Content-Encoding", "gzip"), ("X-HTTP-Method-Override", "DELETE"), ("Accept-Language", "\x7f"),
           ("Range", "bytes=0-1"), ("If-Match", "9" * 400), ("Prefer", "return=minimal")]  # fmt: skip


@dataclass
class Call:
    """One call."""

    method: str
    path: str
    body: bytes
    kind: str = CONTENT_TYPE
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Everything that was sent, as a text."""
        return f"{self.path} {self.body!r} {self.headers}"


def call(chance: random.Random, people: list[str], group: str) -> Call:
    """Return the next call: half of them nearly right."""
    method = chance.choice(METHODS)
    place = chance.choice(
        [*people, group, *PLACES, *PLACES, f"/Users/{chance.choice(IDS)}", f"/Groups/{chance.choice(IDS)}"]
    )
    if method == "DELETE" and place in [*people, group]:
        place += "x"
    query = "" if chance.random() < 0.5 else "?" + "&".join(_parameter(chance) for _ in range(chance.randint(1, 3)))
    headers = dict(chance.choice(HEADERS) for _ in range(chance.choice([0, 0, 0, 1, 2])))
    return Call(method, BASE + place + query, _body(chance, method, place), chance.choice(KINDS), headers)


def _body(chance: random.Random, method: str, place: str) -> bytes:
    if method in ("GET", "HEAD", "DELETE") and chance.random() < 0.8:
        return b""
    if chance.random() < 0.25:
        return chance.choice(RAW)
    if "Bulk" in place:
        return dumped(_bulk(chance))
    if ".search" in place:
        return dumped(
            {name: chance.choice([_filter(chance), _value(chance, 1)]) for name in chance.sample(PARAMETERS, 3)}
        )
    if method == "PATCH":
        return dumped(_patch(chance))
    return dumped(_document(chance))


def dumped(value: Any) -> bytes:
    """Write JSON as no careful client would: what can't be UTF-8 is escaped."""
    return json.dumps(value).encode()


def _document(chance: random.Random) -> Any:
    names = chance.sample(NAMES, chance.randint(0, 6))
    document = {name: _value(chance, 3) for name in names}
    if chance.random() < 0.6:
        document |= {"userName": f"fuzz{chance.randint(0, 50)}", "active": False, "displayName": "fuzz"}
    return document if chance.random() < 0.95 else [document]


def _patch(chance: random.Random) -> Any:
    operations: Any = [_operation(chance) for _ in range(chance.choice([0, 1, 1, 2, 5]))]
    if chance.random() < 0.1:
        operations = chance.choice(ODD)
    return {"schemas": [PATCH_OP], chance.choice(["Operations", "operations", "ops"]): operations}


def _operation(chance: random.Random) -> Any:
    if chance.random() < 0.08:
        return chance.choice(ODD)
    operation: dict[str, Any] = {"op": chance.choice(OPS), "value": _value(chance, 2)}
    if chance.random() < 0.75:
        path: Any = chance.choice(NAMES)
        if chance.random() < 0.5:
            path += f"[{_filter(chance)}]" + chance.choice(["", ".value", ".x", "[", "]"])
        operation["path"] = path if chance.random() < 0.95 else chance.choice(ODD)
    return operation


def _bulk(chance: random.Random) -> Any:
    operations = [
        {
            "method": chance.choice([*METHODS, None, 5]),
            "path": chance.choice([*PLACES, f"/Users/{chance.choice(IDS)}", "/Users/bulkId:a", 5, None]),
            "bulkId": chance.choice(["a", "b", "", None, 5, "a" * 500]),
            "version": chance.choice(["", 'W/"1"', 5, None]),
            "data": chance.choice([_document(chance), _patch(chance), _value(chance, 2)]),
        }
        for _ in range(chance.randint(0, 4))
    ]
    return {"Operations": operations, "failOnErrors": chance.choice([None, None, 1, 0, -1, "x", 10**30])}


def _value(chance: random.Random, depth: int) -> Any:
    kind = chance.random()
    if kind < 0.45 or depth == 0:
        return chance.choice(TEXTS)
    if kind < 0.65:
        return chance.choice(ODD)
    if kind < 0.8:
        return [_value(chance, depth - 1) for _ in range(chance.choice([0, 1, 2, 3, 250]))]
    keys = ["value", "type", "primary", "display", "$ref", "givenName", "x", "", *NAMES[:6]]
    return {key: _value(chance, depth - 1) for key in chance.sample(keys, 3)}


def _filter(chance: random.Random) -> str:
    if chance.random() < 0.2:
        return chance.choice(
            [*TEXTS, "(" * 600, "not (" * 50, 'userName eq "x" or ' * 120, 'emails[type eq "work"', "pr pr pr"]
        )
    terms = []
    for _ in range(chance.choice([1, 1, 2, 3])):
        value = chance.choice(
            [json.dumps(chance.choice(TEXTS)), chance.choice(TEXTS), "true", "null", "5", "1e999", "-0"]
        )
        terms.append(f"{chance.choice(NAMES)} {chance.choice(OPERATORS)} {value}")
    text = chance.choice([" and ", " or ", " "]).join(terms)
    return chance.choice([text, f"not ({text})", f"({text}", f"emails[{text}]"])


def _parameter(chance: random.Random) -> str:
    name = chance.choice(PARAMETERS)
    if name in ("startIndex", "count"):
        value = chance.choice(NUMBERS)
    elif name == "filter":
        value = _filter(chance)
    else:
        value = chance.choice([*NAMES, *TEXTS])
    return (
        f"{name}={quote(value.encode(errors='surrogatepass'))}"
        if chance.random() < 0.9
        else f"{name}=%{quote(value[:1].encode(errors='surrogatepass'))}"
    )
