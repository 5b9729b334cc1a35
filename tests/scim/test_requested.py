"""A SCIM token asked for by a setup link: an admin confirms, the link's browser sees it once, and nobody else ever."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.teams import bearer, setup
from portal.teams.errors import NotReady, Refusal
from portal.teams.models import Draft, Event, SetupLink, Team
from scim import requested, switch, tokens
from tests import make
from tests.pages import reading
from tests.sso.test_replay import at_once

TOKEN = re.compile(r"sgs_\w{38}")


@pytest.fixture
def holder(acme: Team) -> Client:
    """The browser that holds a setup link of Acme, whose single sign-on is on."""
    make.sso_on(acme)
    token, _link = setup.make(acme, make.by(make.who(acme, "adam")), ["scim"], 24, "Ben")
    client = Client()
    client.post(f"/setup/open/{token}/")
    return client


def page() -> str:
    """The newest link's page."""
    return reverse("scim:setup", args=[SetupLink.every_team.order_by("-made_at")[0].pk])


def press(client: Client, team: Team, verb: str) -> Any:
    """Press a button of the page."""
    return make.press(client, f"{page()}{verb}/", team)


def confirmed(holder: Client, team: Team) -> Draft:
    """Ask, and have Adam confirm."""
    press(holder, team, "ask")
    draft = Draft.every_team.order_by("-made_at")[0]
    return setup.confirm(team, make.by(make.who(team, "adam")), draft.pk)


def test_asking_turns_nothing_on(acme: Team, holder: Client) -> None:
    press(holder, acme, "ask")

    assert not make.fresh(acme).scim_on
    assert "Waiting for an admin" in reading.words(holder.get(page()))
    assert press(holder, acme, "collect").status_code == 409


def test_asking_before_single_sign_on_is_refused(acme: Team) -> None:
    token, link = setup.make(acme, make.as_owner(acme), ["scim"], 24)
    client = Client()
    client.post(f"/setup/open/{token}/")

    answer = press(client, acme, "ask")

    assert (answer.status_code, link.drafts.count()) == (409, 0)
    assert "Connect single sign-on first" in reading.words(answer)


def test_an_admin_confirms_and_the_links_browser_sees_the_token_once(acme: Team, holder: Client) -> None:
    confirmed(holder, acme)
    assert tokens.live(acme) == []

    shown = press(holder, acme, "collect")
    text = TOKEN.findall(shown.content.decode())[0]

    assert "no-store" in shown["Cache-Control"]
    found = tokens.known(text)
    assert found is not None and (found.team, tokens.is_live(found)) == (acme, True)
    assert not TOKEN.search(holder.get(page()).content.decode())
    assert press(holder, acme, "collect").status_code == 409


def test_the_confirming_admin_never_sees_it(acme: Team, holder: Client) -> None:
    press(holder, acme, "ask")
    adam, draft = make.sign_in(Client(), "adam@acme.test"), Draft.every_team.get()
    seen = [
        make.press(adam, f"/settings/setup-links/drafts/{draft.pk}/confirm/", acme),
        adam.get("/settings/setup-links/"),
        press(adam, acme, "collect"),
    ]

    press(holder, acme, "collect")

    seen += [adam.get("/settings/setup-links/"), adam.get("/settings/security/authentication/scim/")]
    assert [answer.status_code for answer in seen[2:3]] == [404]
    assert not any(TOKEN.search(answer.content.decode()) for answer in seen)


def test_the_token_lies_nowhere_in_the_database(acme: Team, holder: Client) -> None:
    confirmed(holder, acme)

    text = TOKEN.findall(press(holder, acme, "collect").content.decode())[0]

    rows = [*Draft.every_team.values(), *Event.every_team.values(), *SetupLink.every_team.values()]
    assert text not in str(rows)
    assert text not in str(list(tokens.ScimToken.every_team.values()))


def test_while_scim_is_on_the_present_token_works_on_for_a_day(acme: Team, holder: Client) -> None:
    former = switch.turn_on(make.fresh(acme), make.as_owner(acme))
    confirmed(holder, acme)
    assert len(tokens.live(acme)) == 1

    press(holder, acme, "collect")

    kept = tokens.known(former)
    assert kept is not None and kept.expires_at is not None and tokens.is_live(kept)
    assert len(tokens.live(acme)) == 2


def test_a_revoked_link_collects_nothing(acme: Team, holder: Client) -> None:
    confirmed(holder, acme)
    setup.revoke(acme, make.as_owner(acme), SetupLink.every_team.get().pk)

    assert press(holder, acme, "collect").status_code == 410
    assert tokens.live(acme) == []


def test_nothing_is_collected_once_scim_was_turned_off(acme: Team, holder: Client) -> None:
    confirmed(holder, acme)
    switch.turn_off(make.fresh(acme), make.as_owner(acme))

    answer = press(holder, acme, "collect")

    assert (answer.status_code, tokens.live(acme)) == (409, [])
    assert Draft.every_team.get().used_at is None
    assert "SCIM was turned off before the token was shown." in reading.words(holder.get(page()))


def test_a_confirmation_ends_with_scim_and_is_not_revived_by_the_next_switch(acme: Team, holder: Client) -> None:
    confirmed(holder, acme)
    switch.turn_off(make.fresh(acme), make.as_owner(acme))
    by_hand = switch.turn_on(make.fresh(acme), make.as_owner(acme))

    answer = press(holder, acme, "collect")

    assert (answer.status_code, TOKEN.findall(answer.content.decode())) == (409, [])
    assert [token.digest for token in tokens.live(acme)] == [bearer.digest(by_hand)]


def test_who_confirms_is_warned_of_a_single_owner(acme: Team, holder: Client) -> None:
    press(holder, acme, "ask")
    draft = Draft.every_team.select_related("team").get()
    alone = requested.warnings(draft)
    make.second_owner(acme)

    assert "only one owner" in alone[-1]
    assert "only one owner" not in " ".join(requested.warnings(draft))


def test_a_link_for_single_sign_on_alone_has_no_such_page(acme: Team) -> None:
    token, _link = setup.make(acme, make.as_owner(acme), ["sso"], 24)
    client = Client()
    client.post(f"/setup/open/{token}/")

    assert [client.get(page()).status_code, press(client, acme, "ask").status_code] == [404, 404]


def test_the_journal_says_whose_link_and_whose_word_it_was(acme: Team, holder: Client) -> None:
    confirmed(holder, acme)
    press(holder, acme, "collect")

    event = Event.every_team.get(kind=tokens.ISSUED.name)
    assert (event.door, event.actor) == ("setup_link", "Ben (setup link), confirmed by Adam")


def test_the_holder_reads_the_log(acme: Team, holder: Client) -> None:
    assert "No request yet" in reading.words(holder.get(f"/setup/{SetupLink.every_team.get().pk}/log/provisioning/"))


@pytest.mark.django_db(transaction=True)
def test_collected_eight_times_at_once_there_is_one_token(acme: Team, holder: Client) -> None:
    draft = confirmed(holder, acme)
    link = SetupLink.every_team.select_related("team").get()

    def collect() -> bool:
        try:
            return bool(requested.collect(link, draft.pk))
        except NotReady as refusal:
            assert isinstance(refusal, Refusal)
            return False

    assert sorted(at_once(collect)) == [False] * 7 + [True]
    assert len(tokens.live(acme)) == 1


@pytest.mark.parametrize(
    ("provider", "fields"),
    [("jumpcloud", ["Base URL", "Enable management of User Groups and Group Membership"]),
     ("okta", ["SCIM connector base URL", "Unique identifier field for users", "Test Connector Configuration"]),
     ("entra", ["Tenant URL", "Provision on demand"])],
)  # fmt: skip
def test_the_page_speaks_in_the_words_of_the_provider(holder: Client, provider: str, fields: list[str]) -> None:
    words = reading.words(holder.get(f"{page()}?with={provider}"))

    assert [field for field in fields if field not in words] == []
