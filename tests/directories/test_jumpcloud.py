"""JumpCloud's API as its documents tell it: paging, join, keys, patience, and nothing that is not asked for."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from portal.demo.directory_api import Reply, User, made_id
from portal.outbound import http
from portal.outbound import jumpcloud as api
from portal.outbound.directory import Access, GroupGone, KeyRefused, Unavailable
from portal.outbound.jumpcloud import JumpCloud as Client
from tests.directories.stand_in import KEY, JumpCloud

Open = Callable[..., Client]


@pytest.fixture
def waited() -> list[int]:
    """How long the client was asked to wait, in seconds, in turn."""
    return []


@pytest.fixture
def client(waited: list[int]) -> Open:
    """Open the stand-in with a key."""

    def opened(key: str = KEY, organisation: str = "", region: str = "practice") -> Client:
        return Client(Access(region, key, organisation), lambda seconds: waited.append(seconds) if seconds else None)

    return opened


def crowd(directory: JumpCloud, number: int, group: str = "Staff") -> list[str]:
    """Put so many people in a group; returns their ids."""
    directory.join(group, *(f"p{n}" for n in range(number)))
    return [made_id(f"p{n}") for n in range(number)]


def group_id(directory: JumpCloud, name: str = "Staff") -> str:
    """A group's id."""
    return next(each.id for each in directory.groups if each.name == name)


@pytest.mark.parametrize("number", [0, 1, 99, 100, 101, 250])
def test_every_member_comes_whatever_the_number_of_pages(jumpcloud: JumpCloud, client: Open, number: int) -> None:
    jumpcloud.join("Staff")
    ids = crowd(jumpcloud, number)
    crowd_outside = {made_id(f"q{n}"): User(f"q{n}", f"q{n}@acme.test") for n in range(40)}
    jumpcloud.users |= crowd_outside

    listing = client().people([group_id(jumpcloud)], ())

    assert sorted(person.id for person in listing.people) == sorted(ids)
    assert jumpcloud.most_at_once <= 1


def test_groups_come_page_by_page_in_order(jumpcloud: JumpCloud, client: Open) -> None:
    for number in range(205):
        jumpcloud.join(f"Group {number:03}")

    found = client().groups()

    assert [group.name for group in found] == [f"Group {number:03}" for number in range(205)]
    skips = [dict(parse_qsl(urlsplit(each).query))["skip"] for each in jumpcloud.asked]
    assert skips == ["0", "100", "200"]


def test_nothing_is_read_of_a_user_but_what_is_needed(jumpcloud: JumpCloud, client: Open) -> None:
    jumpcloud.join("Staff", "nia")

    client().people([group_id(jumpcloud)], ())

    fields = dict(parse_qsl(urlsplit(jumpcloud.asked[-1]).query))["fields"]
    assert fields == "_id username email firstname lastname displayname activated suspended state"


def test_effective_membership_counts_not_direct_edges(jumpcloud: JumpCloud, client: Open) -> None:
    jumpcloud.join("Staff", "nia")
    jumpcloud.join("Inner", "ola")
    jumpcloud.groups[0].inside = ["Inner"]

    listing = client().people([group_id(jumpcloud)], ())

    assert {person.email for person in listing.people} == {"nia@acme.test", "ola@acme.test"}
    assert not any(urlsplit(each).path.endswith("/members") for each in jumpcloud.asked)


def test_somebody_in_two_groups_comes_once(jumpcloud: JumpCloud, client: Open) -> None:
    jumpcloud.join("Staff", "nia", "ola")
    jumpcloud.join("Guests", "nia")

    listing = client().people([group_id(jumpcloud), group_id(jumpcloud, "Guests")], ())

    assert len(listing.people) == 2


def test_somebody_whom_the_pages_leave_out_is_asked_for_by_id(jumpcloud: JumpCloud, client: Open) -> None:
    ids = crowd(jumpcloud, 120)
    missed = sorted(ids)[100]

    def lose(path: str) -> Reply | None:
        # Somebody before them was deleted between two pages: everybody moved up by one.
        if path != "/api/systemusers" or "skip=100" not in jumpcloud.asked[-1]:
            return None
        rows = [jumpcloud.users[each].document("") for each in sorted(ids)[101:]]
        return Reply(200, {"totalCount": 119, "results": rows})

    jumpcloud.instead = lose
    listing = client().people([group_id(jumpcloud)], ())

    assert missed in {person.id for person in listing.people} and len(listing.people) == 120


def test_who_seems_to_be_gone_is_looked_for_once_more(jumpcloud: JumpCloud, client: Open) -> None:
    ids = crowd(jumpcloud, 3)
    first: list[str] = []

    def slip(path: str) -> Reply | None:
        if not path.endswith("/membership") or first:
            return None
        first.append(path)
        return Reply(200, [{"id": each, "type": "user"} for each in ids[:2]])

    jumpcloud.instead = slip
    listing = client().people([group_id(jumpcloud)], ids)

    assert len(listing.people) == 3


@pytest.mark.parametrize("key", ["", "wrong"])
def test_a_wrong_key_is_refused_in_words(jumpcloud: JumpCloud, client: Open, key: str) -> None:
    with pytest.raises(KeyRefused, match=r"Key refused by JumpCloud \(401\)\."):
        client(key).groups()


def test_an_organisation_is_named_where_there_are_several(jumpcloud: JumpCloud, client: Open) -> None:
    jumpcloud.organisation = "5f0c1e"
    jumpcloud.join("Staff", "nia")

    assert len(client(organisation="5f0c1e").groups()) == 1
    with pytest.raises(KeyRefused, match="Check the organisation id"):
        client().groups()


def test_a_busy_jumpcloud_is_waited_for_as_long_as_it_says(
    jumpcloud: JumpCloud, client: Open, waited: list[int]
) -> None:
    jumpcloud.join("Staff", "nia")
    jumpcloud.busy, jumpcloud.retry_after = 2, "7"

    assert len(client().groups()) == 1
    assert waited == [7, 7]


@pytest.mark.parametrize(("said", "seconds"), [("3600", 3600), ("Wed, 21 Oct 2026 07:28:00 GMT", 60), ("", 60)])
def test_a_jumpcloud_that_stays_busy_is_left_alone(jumpcloud: JumpCloud, client: Open, said: str, seconds: int) -> None:
    jumpcloud.busy, jumpcloud.retry_after = 50, said

    with pytest.raises(Unavailable) as told:
        client().groups()

    assert told.value.seconds == seconds and len(jumpcloud.asked) <= 5


def test_a_group_that_is_gone_is_named(jumpcloud: JumpCloud, client: Open) -> None:
    jumpcloud.join("Staff", "nia")

    with pytest.raises(GroupGone) as told:
        client().people([group_id(jumpcloud), "5f0c1e"], ())

    assert told.value.group_id == "5f0c1e"


NESTED = b"[" * 60_000
BAD: list[tuple[Any, int]] = [
    (b"<html>", 200), ({"message": "x"}, 200), ([1, 2], 200), ({"results": "x"}, 200), (b"\xff\xfe", 200),
    (NESTED, 200), ([], 500), ([], 503), (b"", 302), (b" " * (http.LARGEST + 1), 200),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status"), BAD)
def test_what_nobody_can_read_is_no_answer(jumpcloud: JumpCloud, client: Open, body: Any, status: int) -> None:
    jumpcloud.instead = lambda _path: Reply(status, body, {"Location": "http://169.254.169.254/"})

    with pytest.raises(Unavailable):
        client().groups()


ODD: list[Any] = [
    {"message": "Internal error"}, [], "x", {"_id": "5f0c1e", "activated": True},
    {"_id": made_id("nia"), "email": "nia@acme.test"}, {"_id": made_id("nia"), "activated": "yes"},
]  # fmt: skip


@pytest.mark.parametrize("said", ODD)
def test_a_user_told_of_in_an_odd_way_is_no_leaver(jumpcloud: JumpCloud, client: Open, said: Any) -> None:
    jumpcloud.join("Staff", "nia")
    jumpcloud.instead = lambda path: Reply(200, said) if path.startswith("/api/systemusers/") else None

    with pytest.raises(Unavailable):
        client().people([group_id(jumpcloud)], ())


def test_a_page_that_is_cut_short_is_not_the_last_one(jumpcloud: JumpCloud, client: Open) -> None:
    ids = crowd(jumpcloud, 120)
    rows = [{"id": each, "type": "user"} for each in ids[:40]]
    jumpcloud.instead = lambda path: (
        Reply(200, rows, {"X-Total-Count": "120"}) if path.endswith("/membership") else None
    )
    with pytest.raises(Unavailable):
        client().people([group_id(jumpcloud)], ())

    short = {"totalCount": 120, "results": [jumpcloud.users[each].document("") for each in ids[:40]]}
    jumpcloud.instead = lambda path: Reply(200, short) if path == "/api/systemusers" else None
    with pytest.raises(Unavailable):
        client().people([group_id(jumpcloud)], ())


def test_an_id_that_is_a_path_leads_nowhere(jumpcloud: JumpCloud, client: Open) -> None:
    jumpcloud.join("Staff")
    jumpcloud.groups[0].users = ["../../v2/usergroups"]

    with pytest.raises(Unavailable):
        client().people([group_id(jumpcloud)], ())


def test_pages_without_end_come_to_one(jumpcloud: JumpCloud, client: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.outbound.jumpcloud.MOST_GROUPS", 300)
    page = [{"id": "a", "name": "Again", "type": "user_group"}] * 100
    jumpcloud.instead = lambda _path: Reply(200, page)

    with pytest.raises(Unavailable, match="lists more than 300"):
        client().groups()

    assert len(jumpcloud.asked) == 3


def test_odd_values_are_taken_as_a_line_of_text(jumpcloud: JumpCloud, client: Open) -> None:
    jumpcloud.join("Staff", "nia")
    jumpcloud.user("nia").firstname, jumpcloud.user("nia").lastname = "Ni\x00a\ud800\n B.", "x" * 5000
    jumpcloud.user("nia").displayname = json.loads("12")

    person = client().people([group_id(jumpcloud)], ()).people[0]

    assert (person.given_name, len(person.family_name), person.display_name) == ("Nia B.", 255, "")


def test_this_machine_is_gone_to_only_in_a_demo(jumpcloud: JumpCloud, client: Open, settings: Any) -> None:
    settings.DEMO = False

    with pytest.raises(KeyRefused, match="no JumpCloud called practice"):
        client()
    assert set(api.regions()) == {"us", "eu"} and jumpcloud.asked == []


def test_the_two_hosts_are_jumpclouds_and_spoken_to_by_https() -> None:
    assert api.HOSTS == {
        "us": "https://console.jumpcloud.com", "eu": "https://console.eu.jumpcloud.com",
    }  # fmt: skip
