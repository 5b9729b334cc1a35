"""What the practice IdP remembers: one file, several at once, an older version's file, and no file."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.demo import state
from portal.demo.state import opened, read


@pytest.fixture(autouse=True)
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file of one's own."""
    monkeypatch.setattr(state, "FILE", tmp_path / "practice.json")
    return tmp_path / "practice.json"


def test_what_one_request_writes_the_next_one_reads() -> None:
    with opened() as first:
        first.people[3].scim_id, first.dialect, first.groups[1].members = "u3", "okta", []

    second = read()

    assert (second.people[3].scim_id, second.dialect, second.groups[1].members) == ("u3", "okta", [])


def test_several_at_once_lose_nothing() -> None:
    def push(number: int) -> None:
        with opened() as mine:
            mine.people[number].scim_id = f"u{number}"

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(push, range(15)))

    assert [person.scim_id for person in read().people] == [f"u{number}" for number in range(15)]


def test_reading_waits_for_nobody() -> None:
    with opened() as writing:
        writing.dialect = "entra"

        assert read().dialect == "jumpcloud"


def test_nothing_is_kept_of_an_act_that_broke_off() -> None:
    with pytest.raises(RuntimeError), opened() as broken:
        broken.dialect = "okta"
        raise RuntimeError

    assert read().dialect == "jumpcloud"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"people": 7}', '{"people": [{"name": "x"}]}', '{"people": []}'])
def test_a_file_nobody_can_read_is_a_fresh_directory(file: Path, text: str) -> None:
    file.write_text(text)

    assert len(read().people) == 15


def test_a_file_of_an_older_version_keeps_its_key_and_its_people(file: Path) -> None:
    person = {"user_name": "a@b.test", "email": "a@b.test", "given_name": "A", "family_name": "B", "scim_id": "u1"}
    file.write_text(json.dumps({"key_pem": "k", "people": [person], "last": [{"sent": "GET /Users"}]}))

    old = read()

    assert (old.key_pem, old.people[0].scim_id, old.log) == ("k", "u1", [])


def test_only_its_owner_reads_the_file_with_the_key(file: Path) -> None:
    with opened() as mine:
        mine.idp()

    assert file.stat().st_mode & 0o077 == 0
