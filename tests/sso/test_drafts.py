"""Drafts of a setup link: their trust judges their own tests and nothing else; an owner's word makes them live."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.demo.idp import AuthnRequestInfo, PracticeIdp
from portal.teams import policy, roster, setup
from portal.teams.models import Draft, Entry, Member, SetupLink, Team
from sso import attempts, drafts, memory
from sso import connection as connections
from sso.models import AuthnRequest, LoginTicket, SignInAttempt
from tests import make
from tests.pages import reading
from tests.sso import panels
from tests.sso.sign_ins import is_in, results
from tests.sso.test_replay import at_once

# An identity provider that only a draft knows.
OTHER = "drafted"


@pytest.fixture
def holder(acme: Team) -> Client:
    """The browser that holds a setup link of Acme."""
    token, _link = setup.make(acme, make.by(make.who(acme, "adam")), ["sso"], 24, "Ben")
    client = Client()
    client.post(f"/setup/open/{token}/")
    return client


def link() -> SetupLink:
    """The newest link."""
    return SetupLink.every_team.select_related("team").order_by("-made_at")[0]


def send(holder: Client, verb: str, **fields: Any) -> Any:
    """Press a button of the link's page."""
    return make.press(holder, f"/setup/{link().pk}/sso/{verb}/", link().team, **fields)


def drafted(holder: Client) -> PracticeIdp:
    """Give another identity provider's metadata by the link."""
    idp = make.idp_of(OTHER)
    assert send(holder, "metadata", text=idp.metadata().decode()).status_code == 302
    return idp


def begun(holder: Client) -> AuthnRequestInfo:
    """Press "Test the draft"; returns what the draft's identity provider is asked."""
    return make.asked({"Location": panels.onward(send(holder, "test"))})


def try_out(holder: Client, team: Team, idp: PracticeIdp, email: str = "ben@acme.test", **said: Any) -> str:
    """Test the draft there and back; returns the result in the log."""
    arrived = make.post_acs(team, make.answer(idp, begun(holder), email, **said))
    assert (arrived.status_code, arrived["Location"]) == (303, reverse("sso:setup", args=[link().pk]))
    return results(team)[-1]


def newest() -> Draft:
    """The newest draft."""
    return Draft.every_team.order_by("-made_at").select_related("team", "link__team")[0]


def nothing_came_of_it(team: Team) -> bool:
    """No session, no ticket, nobody added."""
    return not Entry.every_team.exists() and not LoginTicket.objects.exists() and team.members.count() == 3


# ── Saving ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_is_given_is_a_draft_and_not_the_connection(acme: Team, holder: Client) -> None:
    idp = drafted(holder)

    assert newest().data["values"]["idp_entity_id"] == idp.entity_id
    assert not connections.is_complete(connections.of(acme))
    assert not make.fresh(acme).sso_on


def test_a_live_connection_is_not_touched_by_a_draft(acme: Team, holder: Client) -> None:
    idp = make.connect_idp(acme)
    before = connections.trust(connections.of(acme))

    drafted(holder)
    send(holder, "propose")

    assert connections.trust(connections.of(acme)) == before
    make.sso_sign_in(Client(), acme, idp, "mia@acme.test")
    assert results(acme) == ["ok"]


def test_the_manual_form_makes_a_draft_too(acme: Team, holder: Client) -> None:
    answer = send(holder, "connection", **panels.values(make.idp_of(OTHER), name_id_format="", require_encrypted=""))

    assert answer.status_code == 302
    assert newest().data["values"]["idp_sso_url"] == make.idp_of(OTHER).sso_url


@pytest.mark.parametrize(
    ("provider", "fields"),
    [("jumpcloud", ["ACS URL", "SP Entity ID", "IdP Entity ID", "SSO › Export Metadata"]),
     ("okta", ["Single sign-on URL", "Audience URI (SP Entity ID)", "Default RelayState"]),
     ("entra", ["Reply URL (Assertion Consumer Service URL)", "Identifier (Entity ID)"])],
)  # fmt: skip
def test_the_page_speaks_in_the_words_of_the_provider_and_goes_on_so(
    holder: Client, provider: str, fields: list[str]
) -> None:
    page = reverse("sso:setup", args=[link().pk])

    words = reading.words(holder.get(f"{page}?with={provider}"))
    metadata = make.idp_of(OTHER).metadata().decode()
    saved = make.press(holder, f"{page}metadata/?with={provider}", link().team, text=metadata)

    assert [field for field in fields if field not in words] == []
    assert saved.url == f"{page}?with={provider}"


@pytest.mark.parametrize("text", ["", "<html></html>", panels.KEY])
def test_wrong_metadata_is_refused_in_words_and_makes_no_draft(holder: Client, text: str) -> None:
    answer = send(holder, "metadata", text=text)

    assert (answer.status_code, Draft.every_team.count()) == (400, 0)
    assert "MIIsecret" not in answer.content.decode()


def test_without_the_plan_nothing_is_taken(acme: Team, holder: Client) -> None:
    policy.entitle(acme, make.BY_OPERATOR, sso=False, scim=False)

    answer = send(holder, "metadata", text=make.idp_of(OTHER).metadata().decode())

    assert (answer.status_code, Draft.every_team.count()) == (403, 0)
    assert "Ask your account executive" in reading.words(holder.get(reverse("sso:setup", args=[link().pk])))


# ── Testing ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("live", [False, True], ids=["before any connection", "beside a live one"])
def test_a_test_of_a_draft_is_listed_and_opens_nothing(acme: Team, holder: Client, live: bool) -> None:
    if live:
        make.connect_idp(acme)
    idp = drafted(holder)

    result = try_out(holder, acme, idp, "mia@acme.test")

    assert (result, nothing_came_of_it(acme), is_in(holder)) == ("ok", True, False)
    assert "passed by mia@acme.test" in reading.words(holder.get(reverse("sso:setup", args=[link().pk])))
    assert drafts.tested(newest()) is not None


def test_it_adds_nobody_and_counts_as_no_owners_test(acme: Team, holder: Client) -> None:
    idp = drafted(holder)
    try_out(holder, acme, idp, "olga@acme.test")
    try_out(holder, acme, idp, "new@acme.test")

    assert not Member.every_team.filter(email="new@acme.test").exists()
    assert not attempts.tested(connections.of(acme), make.who(acme, "olga"))


@pytest.mark.parametrize(
    ("said", "result"),
    [
        ({"sign": "none"}, "signature_missing"),
        ({"audience": "https://other.test"}, "wrong_audience"),
        ({"name_id": "x", "attributes": {}}, "email_missing"),
    ],
)
def test_a_test_that_fails_is_listed_with_its_reason(acme: Team, holder: Client, said: Any, result: str) -> None:
    idp = drafted(holder)

    assert try_out(holder, acme, idp, **said) == result
    words = reading.words(holder.get(reverse("sso:setup", args=[link().pk])))
    assert SignInAttempt.every_team.get().detail in words
    assert drafts.tested(newest()) is None


def test_a_test_by_somebody_who_would_not_get_in_does_not_pass(acme: Team, holder: Client) -> None:
    roster.unassign(acme, make.as_owner(acme), make.who(acme, "mia").pk)
    idp = drafted(holder)

    assert try_out(holder, acme, idp, email="mia@acme.test") != "ok"
    assert drafts.tested(newest()) is None


def test_the_live_identity_provider_does_not_answer_a_drafts_test(acme: Team, holder: Client) -> None:
    live = make.connect_idp(acme)
    drafted(holder)

    assert try_out(holder, acme, live, "olga@acme.test") in ("signature_invalid", "wrong_issuer")
    assert nothing_came_of_it(acme)


def test_a_drafts_trust_opens_no_live_sign_in(acme: Team, holder: Client, browser: Client) -> None:
    make.connect_idp(acme)
    idp = drafted(holder)
    asked = make.ask_idp(browser, acme)

    arrived = make.post_acs(acme, make.answer(idp, asked, "olga@acme.test"))

    assert (arrived.status_code, results(acme)) == (403, ["signature_invalid"])
    assert nothing_came_of_it(acme)


@pytest.mark.parametrize("answer", ["converted", "accepted"])
def test_a_drafts_trust_opens_no_unsolicited_message(acme: Team, holder: Client, answer: str) -> None:
    make.connect_idp(acme, answer)
    idp = drafted(holder)
    begun(holder)

    arrived = make.post_acs(acme, make.answer(idp, make.unasked(acme), "olga@acme.test"))

    assert (arrived.status_code, nothing_came_of_it(acme)) == (403, True)


def test_naming_the_test_beside_a_live_request_opens_nothing(acme: Team, holder: Client, browser: Client) -> None:
    make.connect_idp(acme)
    idp = drafted(holder)
    test, asked = begun(holder), make.ask_idp(browser, acme)
    both = {"email": "olga@acme.test", "note": f'InResponseTo="{test.id}"'}

    make.follow(browser, make.post_acs(acme, make.answer(idp, asked, "olga@acme.test", attributes=both)))

    assert "ok" not in results(acme)
    assert nothing_came_of_it(acme) and not is_in(browser)


def test_an_unasked_message_that_names_a_test_is_no_answer_to_it(acme: Team, holder: Client) -> None:
    idp = drafted(holder)
    named = {"email": "olga@acme.test", "note": f'InResponseTo="{begun(holder).id}"'}

    make.post_acs(acme, make.answer(idp, make.unasked(acme), "olga@acme.test", attributes=named))

    assert results(acme) == ["in_response_to_mismatch"]
    assert nothing_came_of_it(acme)


def test_what_the_live_trust_proved_uses_up_no_drafts_test(acme: Team, holder: Client, monkeypatch: Any) -> None:
    live = make.connect_idp(acme)
    drafted(holder)
    test = begun(holder)
    # As if the look for the test had missed it.
    monkeypatch.setattr(drafts, "asked", lambda connection, response: [])

    arrived = make.post_acs(acme, make.answer(live, test, "olga@acme.test"))

    assert (arrived.status_code, results(acme)) == (403, ["request_unknown"])
    assert AuthnRequest.objects.get(pk=test.id).used_at is None


def test_another_teams_test_is_not_answered_here(acme: Team, globex: Team, holder: Client) -> None:
    make.connect_idp(globex)
    idp = drafted(holder)
    test = begun(holder)

    arrived = make.post_acs(globex, make.answer(idp, test, "greg@globex.test"))

    assert (arrived.status_code, results(globex)) == (403, ["signature_invalid"])


def test_a_test_is_answered_once(acme: Team, holder: Client) -> None:
    idp = drafted(holder)
    response = make.answer(idp, begun(holder), "mia@acme.test")

    for _ in range(2):
        make.post_acs(acme, response)

    assert results(acme) == ["ok", "request_used"]


@pytest.mark.django_db(transaction=True)
def test_an_answer_posted_eight_times_at_once_passes_once(acme: Team, holder: Client) -> None:
    idp = drafted(holder)
    response = make.answer(idp, begun(holder), "mia@acme.test")

    at_once(lambda: make.post_acs(acme, response))

    assert sorted(results(acme)) == ["ok", *["request_used"] * 7]


@pytest.mark.parametrize("end", ["revoke", "replace"])
def test_a_draft_that_ended_meanwhile_is_not_tested(acme: Team, holder: Client, end: str) -> None:
    make.connect_idp(acme)
    idp = drafted(holder)
    test = begun(holder)
    if end == "revoke":
        setup.revoke(acme, make.as_owner(acme), link().pk)
    else:
        send(holder, "metadata", text=make.idp_of("third").metadata().decode())

    make.post_acs(acme, make.answer(idp, test, "olga@acme.test"))

    assert results(acme) == ["request_unknown"]
    assert AuthnRequest.objects.get(pk=test.id).used_at is None


def test_a_message_that_names_no_test_costs_the_live_path_nothing_but_a_look(acme: Team) -> None:
    connection = connections.of(acme)

    assert drafts.asked(connection, "!") == []
    assert drafts.asked(connection, "AAAA") == []


# ── Confirming ───────────────────────────────────────────────────────────────────────────────────────────────────────
def decide(client: Client, team: Team, verb: str) -> Any:
    """Press Confirm or Decline for the newest draft."""
    return make.press(client, f"/settings/setup-links/drafts/{newest().pk}/{verb}/", team)


def test_an_owner_sees_old_and_new_and_turns_it_on(acme: Team, holder: Client, browser: Client) -> None:
    idp = drafted(holder)
    try_out(holder, acme, idp)
    send(holder, "propose")
    make.sign_in(browser, "olga@acme.test")

    words = reading.words(browser.get("/settings/setup-links/"))
    decide(browser, acme, "confirm")

    assert "Connect and turn single sign-on on" in words and idp.entity_id in words
    assert make.fresh(acme).sso_on
    make.sso_sign_in(Client(), acme, idp, "mia@acme.test")
    assert results(acme)[-1] == "ok"


def test_a_confirmed_draft_takes_the_place_of_the_live_trust(acme: Team, holder: Client, browser: Client) -> None:
    former = make.connect_idp(acme)
    idp = drafted(holder)
    send(holder, "propose")
    make.sign_in(browser, "olga@acme.test")

    words = reading.words(browser.get("/settings/setup-links/"))
    decide(browser, acme, "confirm")

    assert former.entity_id in words and idp.entity_id in words and "Nobody has tested these values" in words
    assert connections.of(acme).idp_entity_id == idp.entity_id


def test_an_admin_sees_it_and_is_refused(acme: Team, holder: Client, browser: Client) -> None:
    drafted(holder)
    send(holder, "propose")
    make.sign_in(browser, "adam@acme.test")

    page = browser.get("/settings/setup-links/")
    answer = decide(browser, acme, "confirm")

    assert "Only an owner confirms this." in reading.words(page)
    assert (answer.status_code, make.fresh(acme).sso_on) == (403, False)


def test_a_declined_draft_changes_nothing_and_the_holder_is_told(acme: Team, holder: Client, browser: Client) -> None:
    drafted(holder)
    send(holder, "propose")

    decide(make.sign_in(browser, "olga@acme.test"), acme, "decline")

    assert not connections.is_complete(connections.of(acme))
    assert "declined it" in reading.words(holder.get(reverse("sso:setup", args=[link().pk])))


def test_while_single_sign_on_is_enforced_a_draft_must_have_passed(acme: Team, holder: Client, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")
    make.connect_idp(acme)
    idp = drafted(holder)
    send(holder, "propose")
    connections.enforce(acme, make.as_owner(acme), without_test=True)

    with pytest.raises(Exception, match="must have passed its test"):
        setup.confirm(acme, make.as_owner(acme), newest().pk)
    try_out(holder, acme, idp)
    setup.confirm(acme, make.as_owner(acme), newest().pk)

    assert connections.of(acme).idp_entity_id == idp.entity_id


def test_old_tests_are_forgotten(acme: Team, holder: Client) -> None:
    drafted(holder)
    begun(holder)

    memory.forget_old()

    assert AuthnRequest.objects.count() == 1


def test_the_holder_reads_the_log(acme: Team, holder: Client) -> None:
    idp = make.connect_idp(acme)
    make.sso_sign_in(Client(), acme, idp, "mia@acme.test")

    assert "mia@acme.test" in reading.words(holder.get(f"/setup/{link().pk}/log/sign-ins/"))
