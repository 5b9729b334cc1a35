"""The last owner and what an IdP may do to owners (requirement 9, spec rules 7 and 9)."""

import pytest
from django.test import Client

from portal.teams.models import Letter, Team
from scim.models import Exchange
from tests import make
from tests.scim.idp import Answer, Idp, at, person, to
from tests.teams import journal


def end(idp: Idp, path: str, how: str) -> Answer:
    """Try to end somebody."""
    if how == "DELETE":
        return idp.delete(path)
    if how == "PUT":
        return idp.put(path, person("olga@acme.test", active=False, emails=[{"value": "olga@acme.test"}]))
    if how == "POST":
        return idp.post(person("olga", active=False))
    return idp.active(path, False)


@pytest.mark.parametrize("how", ["PATCH", "PUT", "DELETE", "POST"])
def test_the_last_owner_is_not_ended(idp: Idp, acme: Team, how: str) -> None:
    """Requirement 9; POST would adopt her inactive."""
    olga = make.who(acme, "olga")

    answer = end(idp, to(olga), how)

    assert answer.status == 403
    assert answer.detail == "olga@acme.test is the last owner of team Acme. Make somebody else an owner first."
    assert (at(to(olga)).active, at(to(olga)).role) == (True, "owner")


@pytest.mark.parametrize("how", ["PATCH", "DELETE"])
def test_the_last_owner_is_held_and_their_sessions_end_before_the_answer(idp: Idp, acme: Team, how: str) -> None:
    """Requirement 9."""
    browser = make.enter_by_sso(Client(), make.who(acme, "olga"))
    assert browser.get("/members/").status_code == 200

    end(idp, to(make.who(acme, "olga")), how)

    assert browser.get("/members/").status_code == 302
    assert make.who(acme, "olga").held_at is not None
    assert "olga@acme.test" in journal.mailed("owner_held")


def test_a_refused_put_of_the_last_owner_changes_nothing_else(idp: Idp, acme: Team) -> None:
    """Requirement 9."""
    olga = make.who(acme, "olga")

    idp.put(to(olga), person("renamed", active=False, title="Fired"))

    assert (at(to(olga)).user_name, at(to(olga)).attributes) == ("olga@acme.test", {})


@pytest.mark.parametrize("how", ["PATCH", "pathless", "PUT", "POST"])
def test_an_active_true_lifts_the_hold(idp: Idp, acme: Team, how: str) -> None:
    """Requirement 9."""
    path = to(make.who(acme, "olga"))
    idp.active(path, False)
    her = person("olga@acme.test", emails=[{"value": "olga@acme.test"}])

    said = {
        "PATCH": lambda: idp.active(path, "True"),
        "pathless": lambda: idp.patch(path, {"op": "replace", "value": {"active": True}}),
        "PUT": lambda: idp.put(path, her),
        "POST": lambda: idp.post(her),
    }[how]()

    assert said.status in (200, 201)
    assert at(path).held_at is None


@pytest.mark.parametrize("change", [{"path": "title", "value": "x"}, {"path": "userName", "value": "o"}])
def test_another_change_lifts_no_hold(idp: Idp, acme: Team, change: dict[str, str]) -> None:
    path = to(make.who(acme, "olga"))
    idp.active(path, False)

    assert idp.patch(path, {"op": "replace", **change}).status == 200
    assert at(path).held_at is not None


def test_a_retried_ending_holds_and_mails_once(idp: Idp, acme: Team) -> None:
    path = to(make.who(acme, "olga"))

    for _ in range(3):
        assert idp.active(path, False).status == 403

    assert journal.kinds(acme).count("member.held") == 1
    assert Letter.objects.filter(kind="owner_held", to="olga@acme.test").count() == 1


def test_the_log_says_why_the_last_owner_stays(idp: Idp, acme: Team) -> None:
    answer = idp.active(to(make.who(acme, "olga")), False)

    assert Exchange.every_team.get(team=acme).words == answer.detail
    assert journal.last(acme).data["reason"] == answer.detail


def test_one_of_two_owners_can_be_ended(idp: Idp, acme: Team) -> None:
    make.second_owner(acme)

    assert idp.active(to(make.who(acme, "adam")), False).status == 200


def test_an_owners_address_rewritten_by_scim_opens_no_session(idp: Idp, acme: Team) -> None:
    """Spec rule 7."""
    olga = make.who(acme, "olga")

    idp.patch(to(olga), {"op": "replace", "path": "emails", "value": [{"value": "evil@evil.test"}]})
    browser = make.sign_in(Client(), "evil@evil.test")

    assert make.code_for("evil@evil.test") == ""
    assert browser.get("/members/").status_code == 302
    assert at(to(olga)).sign_in_email == "olga@acme.test"


def test_the_old_address_of_an_owner_whom_scim_rewrote_still_signs_in(idp: Idp, acme: Team) -> None:
    """Spec rule 7."""
    idp.patch(
        to(make.who(acme, "olga")), {"op": "replace", "path": "emails", "value": [{"value": "evil@evil.test"}]}
    )  # fmt: skip

    assert make.sign_in(Client(), "olga@acme.test").get("/members/").status_code == 200


def test_scim_makes_nobody_an_owner(idp: Idp) -> None:
    """Spec rule 7."""
    path = idp.make("nina", roles=[{"value": "owner", "primary": True}], userType="owner")

    assert at(path).role == "member"
