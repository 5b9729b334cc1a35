"""A list gives a role only as the preview showed it: to who was shown, by the address and beside the role shown."""

from collections.abc import Callable

import pytest
from django.test import Client

from portal.imports import looking, run
from portal.imports.models import Import, ImportRow, State
from portal.teams import batches, owners
from portal.teams.actor import Role
from portal.teams.errors import Conflict
from portal.teams.models import Event, Member, Team
from tests import make
from tests.imports.conftest import Send
from tests.pages import reading
from tests.teams import journal


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge and admit each row in a piece of its own, as in a long list."""
    monkeypatch.setattr(batches, "MOST", 1)


def begin(adam: Client, upload: Import) -> None:
    """Begin an import as it was shown, and let the worker do it."""
    how = {"fit": "some", "mail": "", "sure": "on", "seal": looking.seal(upload)}
    make.press(adam, f"/members/import/{upload.pk}/begin/", upload.team, **how)
    upload.refresh_from_db()
    while run.run(upload) is not None:
        pass
    assert upload.state == "done"


@pytest.mark.usefixtures("one_at_a_time")
def test_a_row_refused_in_the_preview_gives_no_role_when_its_name_has_become_free(
    acme: Team, adam: Client, send: Send
) -> None:
    make.member(acme, "bob@acme.test", user_name="bob")
    upload = send("email,user name,role\nbob@acme.test,bob2,\neve@evil.test,bob,admin\n")
    kinds = list(ImportRow.every_team.filter(upload=upload).order_by("number").values_list("kind", flat=True))

    begin(adam, upload)

    assert (kinds, upload.gives_roles) == (["changed", "bad"], False)
    eve = acme.members.filter(email="eve@evil.test").first()
    assert eve is None or eve.role == Role.MEMBER


@pytest.mark.usefixtures("one_at_a_time")
def test_an_admin_made_a_member_meanwhile_is_not_raised_again(acme: Team, adam: Client, send: Send) -> None:
    make.member(acme, "ann@acme.test", role=Role.ADMIN)
    upload = send("email,role,given name\nann@acme.test,admin,\nnia@acme.test,,Nia\n")
    owners.set_role(acme, make.as_owner(acme), make.who(acme, "ann").pk, Role.MEMBER)
    type(upload).every_team.filter(pk=upload.pk).update(standing=_standing(acme))

    begin(adam, upload)

    assert make.who(acme, "ann").role == Role.MEMBER


LIST = "email,role\ntess@acme.test,auditor\nzoe@acme.test,admin\n"
Change = Callable[[Team, Member], object]
CHANGES: dict[str, Change] = {
    "their address": lambda team, tess: owners.set_sign_in_email(team, make.as_owner(team), tess.pk, "eve@evil.test"),
    # They would be made less than they are by now, which the preview did not say.
    "their role": lambda team, tess: owners.set_role(team, make.as_owner(team), tess.pk, Role.ADMIN),
    # Somebody whom a directory would let in by another address.
    "who they are": lambda team, _tess: owners.set_sign_in_email(
        team, make.as_owner(team), make.member(team, "zoe@acme.test").pk, "eve@evil.test"
    ),
}


@pytest.fixture
def tess(acme: Team) -> Member:
    """A plain member whom the list makes an auditor."""
    return make.member(acme, "tess@acme.test")


def roles(team: Team) -> dict[str, str]:
    """Who has which role, by e-mail."""
    return dict(team.members.values_list("email", "role"))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changed_between_the_preview_and_the_button_is_shown_before_anything_is_written(
    acme: Team, adam: Client, send: Send, tess: Member, change: Change
) -> None:
    upload = send(LIST)
    shown = reading.field(adam.get(f"/members/import/{upload.pk}/"), "seal")
    change(acme, tess)
    before = (roles(acme), journal.numbers(acme))

    answer = make.press(adam, f"/members/import/{upload.pk}/begin/", acme, fit="some", sure="on", seal=shown)

    upload.refresh_from_db()
    assert "The team has changed since you looked." in reading.words(adam.get(answer["Location"]))
    assert (roles(acme), journal.numbers(acme), upload.state) == (*before, State.READY)


def test_a_preview_that_another_tab_drew_anew_is_not_confirmed_by_the_old_one(
    acme: Team, adam: Client, send: Send, tess: Member
) -> None:
    upload = send(LIST)
    old = reading.field(adam.get(f"/members/import/{upload.pk}/"), "seal")
    CHANGES["their address"](acme, tess)
    looking.look_again(upload, in_hand=False)

    answer = make.press(adam, f"/members/import/{upload.pk}/begin/", acme, fit="some", sure="on", seal=old)

    words = reading.words(adam.get(answer["Location"]))
    assert "The team has changed since you looked." in words and "tess@acme.test (Auditor): eve@evil.test" in words
    assert roles(acme)["tess@acme.test"] == Role.MEMBER


def test_a_seal_that_stands_for_another_preview_begins_nothing(acme: Team, send: Send) -> None:
    upload = send(LIST)

    with pytest.raises(Conflict, match="not what you were shown"):
        run.confirm(acme, make.as_owner(acme), upload.pk, seal="", all_or_none=False, mail=False)

    upload.refresh_from_db()
    assert upload.state == State.READY


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changed_between_the_button_and_the_worker_is_refused_row_by_row(
    acme: Team, send: Send, tess: Member, change: Change
) -> None:
    upload = send(LIST)
    how = {"seal": looking.seal(upload), "all_or_none": False, "mail": False}
    run.confirm(acme, make.as_owner(acme), upload.pk, **how)
    change(acme, tess)
    before = roles(acme)

    upload.refresh_from_db()
    while run.run(upload) is not None:
        pass

    refused = upload.rows.get(kind="bad")
    assert "is not the one that was shown. Nothing was changed" in refused.reason
    assert roles(acme).get(refused.email) == before[refused.email]
    assert Event.every_team.filter(team=acme, kind="import.finished").exists()


def test_a_row_that_showed_no_role_takes_none_away(acme: Team, adam: Client, send: Send, tess: Member) -> None:
    upload = send("email,role,given name\ntess@acme.test,member,Tessa\n")
    owners.set_role(acme, make.as_owner(acme), tess.pk, Role.ADMIN)
    type(upload).every_team.filter(pk=upload.pk).update(standing=_standing(acme))

    begin(adam, upload)

    tess.refresh_from_db()
    assert (tess.given_name, tess.role) == ("Tessa", Role.ADMIN)


def _standing(team: Team) -> str:
    """How the team stands now, as if it had changed just after the last look."""
    return looking.standing(make.fresh(team))
