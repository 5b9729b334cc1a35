"""Sessions ended one by one or all, by their person or an admin, and how long one by single sign-on lasts (R29)."""

from datetime import timedelta

import pytest
from django.test import Client

from portal.teams import policy
from portal.teams.errors import Invalid, NotAllowed
from portal.teams.models import Entry, Team
from tests import make
from tests.pages import reading
from tests.sso.sign_ins import is_in
from tests.teams import journal

DURATION = "/settings/security/sessions/"


def page(team: Team, name: str) -> str:
    """Where a member's sessions are listed."""
    return f"/members/{make.who(team, name).pk}/sessions/"


@pytest.fixture
def adam(acme: Team) -> Client:
    """Adam's browser, an admin's."""
    return make.sign_in(Client(), "adam@acme.test")


# ── A member's, by an admin ──────────────────────────────────────────────────────────────────────────────────────────
def test_an_admin_sees_each_session_by_device_and_door(acme: Team, adam: Client) -> None:
    make.sign_in(Client(HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux) Firefox/128.0"), "mia@acme.test")
    make.enter_by_sso(Client(), make.who(make.sso_on(acme), "mia"))

    words = reading.words(adam.get(page(acme, "mia")))

    assert "Firefox on Linux" in words and "Unknown browser" in words
    assert "E-mail code" in words and "Single sign-on" in words


def test_one_session_is_ended_and_the_other_stays(acme: Team, adam: Client) -> None:
    first, second = (make.sign_in(Client(), "mia@acme.test") for _ in range(2))
    entry = Entry.every_team.filter(member=make.who(acme, "mia")).order_by("made_at")[0]

    make.press(adam, f"{page(acme, 'mia')}{entry.pk}/end/", acme)

    assert (is_in(first), is_in(second)) == (False, True)
    assert journal.kinds(acme)[-1] == "session.ended"


def test_all_sessions_are_ended(acme: Team, adam: Client) -> None:
    browsers = [make.sign_in(Client(), "mia@acme.test") for _ in range(2)]

    make.press(adam, f"{page(acme, 'mia')}end/", acme)

    assert [is_in(browser) for browser in browsers] == [False, False]
    assert "Signed in nowhere" in reading.words(adam.get(page(acme, "mia")))


def test_an_owner_s_sessions_are_an_owner_s_to_end(acme: Team, adam: Client) -> None:
    olga = make.sign_in(Client(), "olga@acme.test")
    entry = Entry.every_team.get(member=make.who(acme, "olga"))

    shown = adam.get(page(acme, "olga"))
    answers = [make.press(adam, f"{page(acme, 'olga')}{verb}", acme) for verb in (f"{entry.pk}/end/", "end/")]

    assert "only an owner signs them out" in reading.words(shown)
    assert reading.actions(shown) == []
    assert ([answer.status_code for answer in answers], is_in(olga)) == ([403, 403], True)


def test_a_team_s_admin_sees_and_ends_that_team_s_sessions_alone(acme: Team, globex: Team, adam: Client) -> None:
    make.member(globex, "mia@acme.test")
    mia = make.sign_in(Client(), "mia@acme.test", team="globex")
    theirs = Entry.every_team.get(member__team=globex)

    shown = reading.words(adam.get(page(acme, "mia")))
    ended = make.press(adam, f"{page(acme, 'mia')}{theirs.pk}/end/", acme)
    make.press(adam, f"{page(acme, 'mia')}end/", acme)

    assert "Signed in nowhere" in shown
    assert (ended.status_code, is_in(mia)) == (404, True)


def test_a_stranger_s_member_is_a_404(acme: Team, globex: Team) -> None:
    greg = make.sign_in(Client(), "greg@globex.test")

    assert greg.get(page(acme, "mia")).status_code == 404


# ── One's own ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_person_ends_all_their_other_sessions(acme: Team) -> None:
    here, there = (make.sign_in(Client(), "mia@acme.test") for _ in range(2))
    adam = make.sign_in(Client(), "adam@acme.test")

    make.press(here, "/settings/profile/sign-ins/end-others/", acme)

    assert (is_in(here), is_in(there), is_in(adam)) == (True, False, True)


# ── How long ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_admin_sets_the_duration_and_running_sessions_follow(acme: Team, adam: Client) -> None:
    make.enter_by_sso(Client(), make.who(make.sso_on(acme), "mia"))
    gone = Client()
    make.enter_by_sso(gone, make.who(acme, "adam"))
    gone.post("/sign-out/")

    make.press(adam, f"{DURATION}set/", acme, hours="4")

    entry = Entry.every_team.get(door="sso", ended_at=None)
    assert entry.expires_at - entry.proved_at == timedelta(hours=4)
    assert make.fresh(acme).session_hours == 4
    assert journal.last(acme).data == {"before": 12, "after": 4, "shortened": 1}


def test_a_longer_duration_makes_no_running_session_longer(acme: Team) -> None:
    policy.set_session_hours(acme, make.as_owner(acme), 2)
    make.enter_by_sso(Client(), make.who(make.sso_on(acme), "mia"))

    policy.set_session_hours(acme, make.as_owner(acme), 12)

    entry = Entry.every_team.get(door="sso")
    assert entry.expires_at - entry.proved_at <= timedelta(hours=2, seconds=1)


def test_it_touches_neither_code_sessions_nor_other_teams(acme: Team, globex: Team) -> None:
    make.sign_in(Client(), "mia@acme.test")
    make.enter_by_sso(Client(), make.who(make.sso_on(globex), "greg"))
    before = list(Entry.every_team.order_by("pk").values_list("expires_at", flat=True))

    policy.set_session_hours(acme, make.as_owner(acme), 1)

    assert list(Entry.every_team.order_by("pk").values_list("expires_at", flat=True)) == before


@pytest.mark.parametrize("hours", [0, 13])
def test_it_is_one_to_twelve_hours(acme: Team, hours: int) -> None:
    with pytest.raises(Invalid):
        policy.set_session_hours(acme, make.as_owner(acme), hours)


@pytest.mark.parametrize("hours", ["", "-1", "1.5", "²", "99999999999", "x"])
def test_odd_hours_are_a_polite_no(acme: Team, adam: Client, hours: str) -> None:
    assert make.press(adam, f"{DURATION}set/", acme, hours=hours).status_code == 400


def test_a_member_sets_nothing(acme: Team) -> None:
    with pytest.raises(NotAllowed):
        policy.set_session_hours(acme, make.by(make.who(acme, "mia")), 4)
