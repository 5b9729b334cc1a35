"""People who were here before SCIM: seen, adopted and linked (requirement 7, spec rule 8)."""

import pytest

from portal.teams import roster, seats
from portal.teams.models import Member, Team
from scim.models import Exchange
from tests import make
from tests.scim.idp import Idp, at, person, to
from tests.scim.test_order import fill
from tests.teams import journal


@pytest.mark.parametrize(
    "filter_text",
    ['userName eq "MIA@acme.test"', 'emails.value eq "mia@acme.test"', 'emails eq "Mia@Acme.Test"',
     'email eq "mia@acme.test"', 'emails[type eq "work"].value eq "mia@acme.test"'],
)  # fmt: skip
def test_a_member_added_by_hand_is_found(idp: Idp, acme: Team, filter_text: str) -> None:
    """Requirements 7 and 31."""
    assert [found["id"] for found in idp.find(filter_text)] == [str(make.who(acme, "mia").pk)]


def test_a_create_with_their_email_adopts_a_member_under_their_id(idp: Idp, acme: Team) -> None:
    """Requirement 7."""
    mia, taken = make.who(acme, "mia"), seats.tally(acme).assigned

    answer = idp.post(person("mia", userName="mlund", externalId="jc-7"))

    assert (answer.status, answer.body["id"]) == (201, str(mia.pk))
    assert (answer.body["userName"], answer.body["externalId"]) == ("mlund", "jc-7")
    assert seats.tally(acme).assigned == taken


def test_adoption_meets_the_email_in_any_case(idp: Idp, acme: Team) -> None:
    answer = idp.post(person("mlund", emails=[{"value": "MIA@ACME.TEST"}]))

    assert answer.body["id"] == str(make.who(acme, "MIA").pk)


def test_adoption_goes_before_uniqueness_where_the_names_holder_is_meant(idp: Idp, acme: Team) -> None:
    """Requirement 7: hand-added people have their e-mail for a userName."""
    answer = idp.post(person("mia@acme.test", emails=[{"value": "mia@acme.test"}]))

    assert (answer.status, answer.body["id"]) == (201, str(make.who(acme, "mia").pk))


def test_adoption_never_takes_the_user_name_of_somebody_else(idp: Idp, acme: Team) -> None:
    answer = idp.post(person("adam@acme.test", emails=[{"value": "mia@acme.test"}]))

    assert (answer.status, answer.body["scimType"]) == (409, "uniqueness")
    assert not make.who(acme, "mia").scim_written


def test_a_second_create_of_an_adopted_member_is_a_conflict(idp: Idp) -> None:
    idp.post(person("mia", userName="mlund"))

    assert idp.post(person("mia", userName="mlund")).status == 409


def test_somebody_whom_scim_wrote_is_not_adopted(idp: Idp) -> None:
    idp.make("nina")

    answer = idp.post(person("nina", userName="nina2"))

    assert answer.status == 201
    assert len(idp.find('emails.value eq "nina@acme.test"')) == 2


def test_two_candidates_are_a_conflict_explained_in_the_log(idp: Idp, acme: Team) -> None:
    """Requirement 7."""
    roster.add(acme, make.sso(acme), {"user_name": "x", "email": "x@acme.test"}, unlocked=True)
    roster.add(acme, make.sso(acme), {"user_name": "y", "email": "X@acme.test"}, unlocked=True)

    answer = idp.post(person("xenia", emails=[{"value": "x@acme.test"}]))

    assert (answer.status, answer.body["scimType"]) == (409, "uniqueness")
    assert "Two members of the team have the e-mail" in Exchange.every_team.get(team=acme).words
    assert idp.find('userName eq "xenia"') == []


def test_an_inactive_member_is_adopted_only_onto_a_free_seat(idp: Idp, acme: Team) -> None:
    mia = make.who(acme, "mia")
    roster.update(acme, make.scim(acme), mia.pk, {"active": False})
    Member.every_team.filter(pk=mia.pk).update(scim_written=False)
    fill(acme)

    assert idp.post(person("mia", userName="mlund")).status == 403
    assert at(to(mia)).user_name == "mia@acme.test"


def test_adoption_is_one_event(idp: Idp, acme: Team) -> None:
    idp.post(person("mia", userName="mlund"))

    assert journal.last(acme).kind == "member.adopted"
    assert Exchange.every_team.get(team=acme).words == "Linked to somebody who was here already"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_writing_to_a_found_member_links_them(idp: Idp, acme: Team, method: str) -> None:
    """Requirement 7."""
    mia = make.who(acme, "mia")

    if method == "PUT":
        idp.put(to(mia), person("mia@acme.test", emails=[{"value": "mia@acme.test"}], externalId="jc-7"))
    else:
        idp.active(to(mia), True)

    assert at(to(mia)).scim_written


def test_a_role_is_never_changed_by_adoption(idp: Idp, acme: Team) -> None:
    idp.post(person("adam", userName="adams", roles=[{"value": "owner"}]))

    assert make.who(acme, "adam").role == "admin"


def test_an_adopted_admins_sign_in_address_stays(idp: Idp, acme: Team) -> None:
    """Spec rule 7."""
    adam = make.who(acme, "adam")

    idp.patch(to(adam), {"op": "replace", "path": 'emails[type eq "work"].value', "value": "evil@evil.test"})

    assert (at(to(adam)).email, at(to(adam)).sign_in_email) == ("evil@evil.test", "adam@acme.test")
