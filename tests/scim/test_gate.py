"""The input gate (requirement 27): hostile bodies end in words, fast."""

import pytest

from portal.gate import MAX_DEPTH, Unreadable, loads


def test_an_object_passes_as_it_is() -> None:
    assert loads('{"a": ["ä", "🦊", 1, true, null]}'.encode()) == {"a": ["ä", "🦊", 1, True, None]}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        rb'{"a": "\ud800"}',
        rb'{"a": "x\u0000y"}',
        rb'{"a": "x\\\u0000y"}',
        b'{"a": "x\x00y"}',
        b"[" * 50_000,
        b'{"a":' * 50_000,
        b'{"a": ' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}",
        b'{"a": "unclosed \\',
    ],
)
def test_what_is_no_clean_object_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        loads(raw)


def test_brackets_in_a_string_do_not_nest() -> None:
    text = '[{"' * 60

    assert loads(b'{"a": "' + text.replace('"', '\\"').encode() + b'"}') == {"a": text}


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    assert loads(rb'{"a": "\\u0000"}') == {"a": r"\u0000"}


def test_many_siblings_do_not_nest() -> None:
    raw = b'{"members": [' + b",".join([b'{"value": "x"}'] * 5000) + b"]}"

    assert len(loads(raw)["members"]) == 5000
