"""What one team's identity provider says opens nothing of another team, whatever the two share (spec rule 16)."""

from django.test import Client

from portal.demo.idp import PracticeIdp
from portal.teams.models import Entry, Team
from sso import connection
from tests import make
from tests.sso import attacks
from tests.sso.sign_ins import results


def share_an_idp(acme: Team, globex: Team) -> PracticeIdp:
    """Connect both teams to one identity provider, and give both one SP entity id (spec rule 16 lets them)."""
    make.connect_idp(acme)
    idp = make.idp_of("acme")
    connection.configure_from_metadata(globex, make.as_owner(globex), idp.metadata())
    connection.turn_on(globex, make.as_owner(globex))
    for team in (acme, globex):
        connection.configure(make.fresh(team), make.as_owner(team), sp_entity_id="https://sp.test/shared")
    return idp


def test_an_identity_provider_opens_no_other_team(acme: Team, globex: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    make.connect_idp(globex)

    shown = make.sso_sign_in(browser, globex, idp, "greg@globex.test")

    assert (shown.status_code, results(globex)) == (403, ["signature_invalid"])


def test_an_identity_provider_that_calls_itself_the_same_opens_no_other_team(
    acme: Team, globex: Team, browser: Client
) -> None:  # fmt: skip
    make.connect_idp(acme)
    theirs = make.connect_idp(globex)
    twin = PracticeIdp(theirs.entity_id, theirs.sso_url, make.idp_of("acme").key, make.idp_of("acme").certificate)

    shown = make.sso_sign_in(browser, globex, twin, "greg@globex.test")

    assert (shown.status_code, results(globex)) == (403, ["signature_invalid"])


def test_a_response_for_one_team_is_refused_at_the_acs_of_another_with_the_same_identity_provider(
    acme: Team, globex: Team, browser: Client
) -> None:  # fmt: skip
    idp = share_an_idp(acme, globex)
    response = make.answer(idp, make.ask_idp(browser, acme), "greg@globex.test")

    shown = make.post_acs(globex, response)

    assert (shown.status_code, results(globex)) == (403, ["wrong_destination"])


def test_a_request_of_one_team_is_not_answered_at_another_with_the_same_identity_provider(
    acme: Team, globex: Team, browser: Client
) -> None:  # fmt: skip
    idp = share_an_idp(acme, globex)
    asked = make.ask_idp(browser, acme)

    shown = make.post_acs(globex, make.answer(idp, asked, "greg@globex.test", acs_url=make.unasked(globex).acs_url))

    assert (shown.status_code, results(globex)) == (403, ["request_unknown"])


def test_teams_with_the_same_entity_ids_keep_their_people_apart(acme: Team, globex: Team) -> None:
    idp, here, there = share_an_idp(acme, globex), Client(), Client()

    make.sso_sign_in(here, acme, idp, "mia@acme.test")
    make.sso_sign_in(there, globex, idp, "mia@acme.test")

    owners = Entry.every_team.order_by("made_at").values_list("team__slug", "member__team__slug", "member__origin")
    assert list(owners) == [("acme", "acme", "dashboard"), ("globex", "globex", "sso")]


def test_an_assertion_id_seen_by_one_team_is_not_used_up_for_another(acme: Team, globex: Team) -> None:
    idp = share_an_idp(acme, globex)
    same = attacks.sets("saml:Assertion", ID="id-same")

    answers = [make.sso_sign_in(Client(), team, idp, "x@any.test", mutate=same) for team in (acme, globex)]

    assert [each.status_code for each in answers] == [302, 302]
