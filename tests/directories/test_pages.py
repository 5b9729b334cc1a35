"""The pages of a directory import: the wizard, the dry run, the runs, and what each role may do there."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.directories.models import DirectoryImport, State
from portal.outbound import turn
from portal.teams import policy, seats
from portal.teams.actor import Role
from portal.teams.models import Team
from tests import make
from tests.directories.conftest import Import, draft, run, trial
from tests.directories.stand_in import KEY, JumpCloud
from tests.pages import reading
from tests.pages.test_every_page import check

LIST = "/settings/security/directory-import/"


@pytest.fixture
def adam(acme: Team, browser: Client) -> Client:
    """Adam's browser; he is an admin."""
    return make.sign_in(browser, "adam@acme.test")


def words(client: Client, path: str) -> str:
    """Read a page, held to the house's rules."""
    answer = client.get(path)
    check(answer)
    return reading.words(answer)


def own(source: DirectoryImport, rest: str = "") -> str:
    """The path of an import's page."""
    return f"{LIST}{source.pk}/{rest}"


def test_the_wizard_leads_from_the_key_to_people_with_seats(acme: Team, jumpcloud: JumpCloud, adam: Client) -> None:
    jumpcloud.join("Staff", "nia", "ola", "mia")
    jumpcloud.join("Guests", "pat")
    assert "No import yet" in words(adam, LIST) and "API key" in words(adam, f"{LIST}add/")

    answer = make.press(adam, f"{LIST}add/check/", acme, name="HQ", region="practice", key=KEY)
    source = DirectoryImport.every_team.get()
    assert answer["Location"] == own(source, "rules/")
    assert "Staff" in words(adam, own(source, "rules/")) and KEY not in adam.get(own(source, "rules/")).content.decode()

    chosen = [each.id for each in jumpcloud.groups if each.name == "Staff"]
    rules = {"name": "HQ", "groups": chosen, "target": "new", "target_name": "From JumpCloud", "every": "day"}
    answer = make.press(adam, own(source, "rules/set/"), acme, unassigns="on", **rules)
    assert answer["Location"] == own(source)
    assert "Look what would happen" in words(adam, own(source))

    make.press(adam, own(source, "try/"), acme)
    assert "Reading the directory" in words(adam, own(source))
    assert "HX-Refresh" not in adam.get(own(source, "progress/")).headers
    run(source)
    assert adam.get(own(source, "progress/"))["HX-Refresh"] == "true"
    told = words(adam, own(source))
    assert "New 2 A seat each." in told and "Here already 1" in told and "7 seats are free, 2 are needed." in told

    make.press(adam, own(source, "enable/"), acme)
    run(source)
    told = words(adam, own(source))
    assert "2 people have a seat by this import." in told and "2 added" in told
    assert acme.groups.get(display_name="From JumpCloud").memberships.count() == 3
    assert "HQ" in words(adam, LIST)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"key": "wrong"}, "Key refused by JumpCloud (401)."),
        ({"key": ""}, "This field is required."),
        ({"key": "with space"}, "A key has neither spaces nor accents."),
        ({"region": "mars"}, "Select a valid choice."),
        ({"name": ""}, "This field is required."),
    ],
)
def test_a_key_that_opens_nothing_is_told_at_once_and_not_kept(
    acme: Team, jumpcloud: JumpCloud, adam: Client, given: dict[str, str], said: str
) -> None:
    answer = make.press(adam, f"{LIST}add/check/", acme, **{"name": "HQ", "region": "practice", "key": KEY, **given})

    check(answer)
    assert answer.status_code == 400 and said in reading.words(answer)
    assert not DirectoryImport.every_team.exists()
    assert given.get("key", KEY) == "" or given.get("key", KEY) not in answer.content.decode()


def test_a_busy_or_silent_directory_is_told_in_words(acme: Team, jumpcloud: JumpCloud, adam: Client) -> None:
    sent = {"name": "HQ", "region": "practice", "key": KEY}
    jumpcloud.busy, jumpcloud.retry_after = 1, "9"
    assert "Try again in 9 seconds." in reading.words(make.press(adam, f"{LIST}add/check/", acme, **sent))

    with turn.taken():
        busy = reading.words(make.press(adam, f"{LIST}add/check/", acme, **sent))

    assert "being read just now" in busy and not DirectoryImport.every_team.exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"groups": []}, "Choose at least one group."),
        ({"groups": ["unknown"]}, "Select a valid choice."),
        ({"target": "new"}, "Name the new group."),
        ({"target": "new", "target_name": "Taken"}, "A group called Taken is in the team already."),
        ({"every": "second"}, "Select a valid choice."),
    ],
)
def test_rules_that_cannot_be_are_asked_for_again(
    acme: Team, jumpcloud: JumpCloud, adam: Client, given: dict[str, Any], said: str
) -> None:
    make.group(acme, "Taken")
    jumpcloud.join("Staff", "nia")
    source = draft(acme, jumpcloud)
    good = {"name": "HQ", "groups": [each[0] for each in source.groups], "target": "", "every": "hour"}

    answer = make.press(adam, own(source, "rules/set/"), acme, **{**good, **given})

    check(answer)
    assert answer.status_code == 400 and said in reading.words(answer)


def test_a_dry_run_says_who_would_find_no_seat(acme: Team, jumpcloud: JumpCloud, adam: Client) -> None:
    seats.resize(acme, make.BY_OPERATOR, 4)
    jumpcloud.join("Staff", "nia", "ola", "olga")
    source = draft(acme, jumpcloud)
    told = trial(acme, source)

    page = words(adam, own(source))
    assert "1 person would find no seat." in page and "1 seat is free, 2 are needed." in page
    assert "Owners 1 Never touched by an import." in page
    listed = words(adam, own(source, f"runs/{told.pk}/"))
    assert "nia@acme.test" in listed and "No unassigned seats left in team Acme" in listed
    assert "nia@acme.test" not in words(adam, own(source, f"runs/{told.pk}/?kind=over"))


def test_a_landslide_is_shown_with_its_people_and_goes_on_by_a_button(
    acme: Team, jumpcloud: JumpCloud, adam: Client, imported: Import
) -> None:
    jumpcloud.join("Staff", "nia", "ola")
    source = imported(unassigns=True)
    run(source)
    jumpcloud.groups[0].users = []
    held = run(source)
    page = words(adam, own(source))
    assert "2 people left the chosen groups at once: more than half of them all." in page
    assert "Loses the seat" in words(adam, own(source, f"runs/{held.pk}/"))
    assert "Waits for you" in words(adam, LIST) and "waits for you" in words(adam, "/notices/")

    make.press(adam, own(source, f"runs/{held.pk}/confirm/"), acme)
    run(source)

    assert seats.tally(acme).assigned == 3 and "2 left" in words(adam, own(source))
    assert "Seat freed" in words(adam, own(source, f"runs/{held.pk}/"))
    assert make.press(adam, own(source, f"runs/{held.pk}/confirm/"), acme).status_code == 409


def test_a_refused_key_leads_to_the_page_that_replaces_it(
    acme: Team, jumpcloud: JumpCloud, adam: Client, imported: Import
) -> None:
    jumpcloud.join("Staff", "nia")
    source = imported()
    run(source)
    jumpcloud.key = "another"
    run(source)
    assert "Key refused by JumpCloud (401)." in words(adam, own(source)) and "Key refused" in words(adam, LIST)

    sent = {"region": "practice", "key": KEY}
    assert make.press(adam, own(source, "key/replace/"), acme, **sent).status_code == 400
    make.press(adam, own(source, "key/replace/"), acme, **{**sent, "key": "another"})
    assert run(source).state == State.DONE
    assert "On" in words(adam, own(source))


def test_a_group_that_is_gone_is_marked_where_groups_are_chosen(
    acme: Team, jumpcloud: JumpCloud, adam: Client, imported: Import
) -> None:
    jumpcloud.join("Staff", "nia")
    jumpcloud.join("Guests", "pat")
    source = imported()
    jumpcloud.groups.pop(0)
    assert "The group Staff is no longer in the directory." in run(source).reason

    page = words(adam, own(source, "rules/"))
    assert "Staff (no longer in JumpCloud)" in page and "Guests (no longer" not in page
    make.press(adam, own(source, "groups/read/"), acme)

    assert "Staff (no longer in JumpCloud)" in words(adam, own(source, "rules/"))


def test_pause_resume_run_and_remove_are_buttons(
    acme: Team, jumpcloud: JumpCloud, adam: Client, imported: Import
) -> None:
    jumpcloud.join("Staff", "nia")
    source = imported()
    run(source)

    make.press(adam, own(source, "pause/"), acme)
    assert "Paused" in words(adam, own(source))
    assert make.press(adam, own(source, "run/"), acme).status_code == 409
    make.press(adam, own(source, "resume/"), acme)
    run(source)
    make.press(adam, own(source, "run/"), acme)
    assert "Running" in words(adam, own(source))
    assert make.press(adam, own(source, "run/"), acme).status_code == 409
    make.press(adam, own(source, f"runs/{source.runs.latest('pk').pk}/cancel/"), acme)
    assert "1 person who came by it keeps seat and group" in words(adam, own(source))
    make.press(adam, own(source, "remove/"), acme)

    assert "Nobody lost their seat." in words(adam, LIST) and adam.get(own(source)).status_code == 404


def test_an_auditor_sees_everything_and_no_button(
    acme: Team, jumpcloud: JumpCloud, browser: Client, imported: Import
) -> None:
    make.member(acme, "aud@acme.test", role=Role.AUDITOR)
    jumpcloud.join("Staff", "nia")
    source, dry = imported(), draft(acme, jumpcloud, "Draft")
    ended = run(source)
    make.sign_in(browser, "aud@acme.test")

    for path in (LIST, own(source), own(dry), own(source, f"runs/{ended.pk}/")):
        drawn = reading.page(browser.get(path))
        assert drawn.xpath("//main//form[@method='post']") == [] and "Staff" in words(browser, LIST)
    assert browser.get(own(source, "rules/")).status_code == 403


def test_a_stranger_finds_nothing(
    acme: Team, globex: Team, jumpcloud: JumpCloud, browser: Client, imported: Import
) -> None:
    jumpcloud.join("Staff", "nia")
    source = imported()
    ended = run(source)
    make.sign_in(browser, "greg@globex.test")

    for rest in ("", "progress/", "rules/", "key/", f"runs/{ended.pk}/"):
        assert browser.get(own(source, rest)).status_code == 404
    for rest in ("pause/", "remove/", "run/", f"runs/{ended.pk}/cancel/", "rules/set/"):
        assert make.press(browser, own(source, rest), globex).status_code in (400, 404)
    assert DirectoryImport.every_team.get().paused_at is None


def test_a_run_of_another_import_is_not_found(acme: Team, jumpcloud: JumpCloud, adam: Client, imported: Import) -> None:
    jumpcloud.join("Staff", "nia")
    first, second = imported(), imported("Second")
    ended = run(first)

    assert adam.get(own(second, f"runs/{ended.pk}/")).status_code == 404


def test_groups_turned_off_are_said_and_no_target_is_offered(acme: Team, jumpcloud: JumpCloud, adam: Client) -> None:
    jumpcloud.join("Staff", "nia")
    source = draft(acme, jumpcloud)
    policy.serve_groups(acme, make.as_owner(acme), False)

    page = words(adam, own(source, "rules/"))

    assert "Groups are turned off for this team" in page and "A new group" not in page


def test_a_run_of_many_is_shown_in_pages_with_as_many_queries(acme: Team, jumpcloud: JumpCloud, adam: Client) -> None:
    counts = []
    for number in (3, 300):
        jumpcloud.join(f"Group {number}", *(f"p{number}-{n}" for n in range(number)))
        told = trial(acme, source := draft(acme, jumpcloud, f"HQ {number}", (f"Group {number}",)))
        with CaptureQueriesContext(connection) as seen:
            adam.get(own(source, f"runs/{told.pk}/"))
        counts.append(len(seen))

    assert counts[0] == counts[1]
    assert "Page 2 of 6" in words(adam, own(source, f"runs/{told.pk}/?page=2"))


def test_a_persons_page_names_the_import_that_seated_them(
    acme: Team, jumpcloud: JumpCloud, adam: Client, imported: Import
) -> None:
    jumpcloud.join("Staff", "nia", "mia")
    run(imported())

    assert "HQ: seated by it" in words(adam, f"/members/{make.who(acme, 'nia').pk}/")
    assert "HQ: seated by it" not in words(adam, f"/members/{make.who(acme, 'mia').pk}/")


def test_the_rail_and_the_search_lead_there(adam: Client) -> None:
    assert LIST in adam.get("/").content.decode()
    assert "Directory import" in words(adam, "/search/?q=directory")
