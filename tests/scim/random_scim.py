"""People and filters by chance, for hypothesis: each hostile to one of the places where filtering goes wrong."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from portal.teams.folding import fold
from scim.mapping import ENTERPRISE_URN, USER

# Few characters, so that one text is often a part of another: LIKE's wildcards, quotes, escapes, letters that fold to
# two, fold alone, compose, or lie above the 16-bit plane (UTF-16 and UTF-8 order those differently).
CHARACTERS = "aAbB%_\\\"'/ .@0\n\u00e9\u00c9e\u0301\u00dfS\u0130\u0131\u03c3\u03c2\u212a\ufb03\uffe6\U0001f98a\u202e"
WORDS = ("mia", "MIA", "Mia Lund", "work", "Home", "mia@acme.test", "100%", "a_b", "true", "null", "0", "-", "urn:x:y")
MOMENTS = tuple(
    datetime(2026, 3, 1, 9, 30, tzinfo=UTC) + timedelta(microseconds=micros)
    for micros in (0, 122_999, 123_000, 123_456, 123_999, 124_000, 3_600_000_000)
)
ORDER, PARTS = ("gt", "ge", "lt", "le"), ("co", "sw", "ew")

texts = st.sampled_from(WORDS) | st.text(CHARACTERS, min_size=1, max_size=3)
types = st.sampled_from(("work", "Work", "home", "other", "x%"))
truths = st.booleans()


# ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _elements(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(st.fixed_dictionaries({}, optional=members), max_size=3)


_entry = {"value": texts, "display": texts, "type": types, "primary": truths}
# What the portal keeps in the column alone, and reads through a stand-in.
_sole = texts.map(lambda text: [{"value": text, "type": "work", "primary": True}])
_manager = st.fixed_dictionaries({"value": texts}, optional={"$ref": st.sampled_from(("../Users/a", "../Users/A"))})
_enterprise = st.fixed_dictionaries({}, optional={"department": texts, "costCenter": texts, "manager": _manager})
_names = st.fixed_dictionaries(
    {}, optional={"familyName": texts, "givenName": texts, "middleName": texts, "formatted": texts}
)
documents = st.fixed_dictionaries(
    {"userName": texts.filter(str.strip), "active": truths},
    optional={
        "externalId": texts,
        "name": _names,
        "displayName": texts,
        "nickName": texts,
        "title": texts,
        "emails": _sole | _elements(**_entry),
        "phoneNumbers": _elements(**_entry),
        "roles": _elements(**_entry),
        "addresses": _elements(locality=texts, country=texts, type=types, primary=truths),
        ENTERPRISE_URN: _enterprise,
    },
)
people = st.lists(
    st.tuples(documents, st.sampled_from(MOMENTS), st.sampled_from(MOMENTS)),
    min_size=12,
    max_size=12,
    unique_by=(lambda drawn: fold(drawn[0]["userName"]), lambda drawn: drawn[0].get("externalId", object())),
)


# ── Filters ──────────────────────────────────────────────────────────────────────────────────────────────────────────
SINGLE = (
    *("userName", "externalId", "displayName", "nickName", "title", "userType", "meta.resourceType"),
    *("name.familyName", "name.givenName", "name.middleName", "name.formatted"),
    *(f"{ENTERPRISE_URN}:{name}" for name in ("department", "costCenter", "manager.value", "manager.$ref")),
)
LISTS = {
    **dict.fromkeys(("emails", "phoneNumbers", "roles"), ("value", "display", "type")),
    "addresses": ("locality", "country", "type"),
}
LISTED = ("emails", "phoneNumbers", "roles", *(f"{name}.{sub}" for name, subs in LISTS.items() for sub in subs))
BOOLEANS = ("active", *(f"{name}.primary" for name in LISTS))
DATES = ("meta.created", "meta.lastModified")
PRESENT = (*SINGLE, *LISTED, *BOOLEANS, *DATES, "name", "addresses", "id", f"{ENTERPRISE_URN}:manager")
any_case = st.sampled_from((str, str, str.lower, str.upper, str.swapcase))


@st.composite
def _spelled(draw: st.DrawFn, names: tuple[str, ...]) -> str:
    """A name in any case."""
    return draw(any_case)(draw(st.sampled_from(names)))


def _qualified(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names with and without the URN of their schema."""
    return (*names, *(f"{USER.urn}:{name}" for name in names if ":" not in name))


@st.composite
def _literals(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    """A JSON string, plainly or with every escape JSON has."""
    value = draw(values)
    written = json.dumps(value, ensure_ascii=draw(truths))
    return written.replace("/", "\\/") if draw(truths) else written


@st.composite
def _moments(draw: st.DrawFn) -> str:
    """A moment of documents, which have milliseconds, at any offset."""
    at = draw(st.sampled_from(MOMENTS)).astimezone(timezone(timedelta(minutes=draw(st.sampled_from((0, 90, -720))))))
    text = at.isoformat(timespec="milliseconds")
    return f'"{text.replace("+00:00", draw(st.sampled_from(("Z", "+00:00"))))}"'


def _comparisons(
    names: tuple[str, ...], operators: tuple[str, ...], operands: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    spelled = st.tuples(st.sampled_from(operators), any_case).map(lambda drawn: drawn[1](drawn[0]))
    return st.tuples(_spelled(names), spelled, operands).map(" ".join)


def _terms(
    text: tuple[str, ...], truth: tuple[str, ...], nullable: tuple[str, ...], present: tuple[str, ...]
) -> st.SearchStrategy[str]:
    terms = (
        _comparisons(text, ("eq", "ne", *PARTS, *ORDER), _literals(texts | types | st.just(""))),
        _comparisons(truth, ("eq", "ne"), st.sampled_from(("true", "false", '"True"'))),
        _comparisons(nullable, ("eq", "ne"), st.just("null")),
        _comparisons(present, ("pr",), st.just("")),
    )
    # Most of what there is to compare is text.
    return st.sampled_from((0, 0, 0, 1, 2, 3)).flatmap(lambda which: terms[which])


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Terms negated, grouped and joined; joined without parentheses, `and` binds closer."""
    joints = st.tuples(any_case, st.sampled_from(("and", "or"))).map(lambda drawn: drawn[0](drawn[1]))
    return (
        inner.map(lambda text: f"not ({text})")
        | inner.map(lambda text: f"NOT({text})")
        | inner.map(lambda text: f"({text})")
        | st.tuples(inner, joints, inner).map(" ".join)
        | st.tuples(inner, joints, inner, joints, inner).map(" ".join)
    )


@st.composite
def _value_paths(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(tuple(LISTS)))
    subs = LISTS[name]
    inner = _terms(subs, ("primary",), (*subs, "primary"), (*subs, "primary"))
    where = draw(st.recursive(inner, _joined, max_leaves=3))
    path = f"{draw(any_case)(name)}[{where}]"
    # Entra's form: one comparison after the bracket, of the same element.
    return f"{path}.{draw(inner)}" if draw(st.integers(0, 3)) == 0 else path


filters = st.recursive(
    _terms(_qualified((*SINGLE, *LISTED)), BOOLEANS, SINGLE, _qualified(PRESENT))
    | _value_paths()
    | _comparisons(_qualified(DATES), ("eq", "ne", *ORDER), _moments()),
    _joined,
    max_leaves=5,
)


# ── Filters about these people ───────────────────────────────────────────────────────────────────────────────────────
def _said(body: dict[str, Any]) -> list[tuple[str, str]]:
    """Every text of a person that SINGLE and LISTED name, with its path."""
    found = []
    for path in (*SINGLE, *LISTED):
        urn, _, name = path.rpartition(":")
        values = [body.get(urn, {}) if urn else body]
        for part in name.split("."):
            values = [each[part] for each in values if isinstance(each, dict) and part in each]
            values = [one for each in values for one in (each if isinstance(each, list) else [each])]
        found += [(path, text) for text in values if isinstance(text, str) and text]
    return found


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Any], list[str]]:
    """People, filters about anybody, and filters with a piece of what one of these people has."""
    drawn = draw(people)
    said = [each for body, _, _ in drawn for each in _said(body)]

    def about(which: tuple[str, str]) -> st.SearchStrategy[str]:
        path, text = which
        cuts = st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text)))
        pieces = cuts.map(lambda cut: text[cut[0] : cut[0] + cut[1]])
        return _comparisons((path,), (*PARTS, *PARTS, "eq", "ne", *ORDER), _literals(pieces))

    theirs = st.lists(st.sampled_from(said).flatmap(about), min_size=10, max_size=14)
    return drawn, draw(st.lists(filters, min_size=10, max_size=14)) + draw(theirs)
