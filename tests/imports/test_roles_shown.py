"""A list gives a role only where the preview showed it: what was refused or changed nothing then, gives none later."""

import pytest
from django.test import Client

from portal.imports import looking, run
from portal.imports.models import Import, ImportRow
from portal.teams import batches, owners
from portal.teams.actor import Role
from portal.teams.models import Team
from tests import make
from tests.imports.conftest import Send


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge and admit each row in a piece of its own, as in a long list."""
    monkeypatch.setattr(batches, "MOST", 1)


def begin(adam: Client, upload: Import) -> None:
    """Begin an import as it was shown, and let the worker do it."""
    make.press(adam, f"/members/import/{upload.pk}/begin/", upload.team, fit="some", mail="")
    upload.refresh_from_db()
    while run.run(upload) is not None:
        pass
    assert upload.state == "done"


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


def test_an_admin_made_a_member_meanwhile_is_not_raised_again(acme: Team, adam: Client, send: Send) -> None:
    make.member(acme, "ann@acme.test", role=Role.ADMIN)
    upload = send("email,role,given name\nann@acme.test,admin,\nnia@acme.test,,Nia\n")
    owners.set_role(acme, make.as_owner(acme), make.who(acme, "ann").pk, Role.MEMBER)
    type(upload).every_team.filter(pk=upload.pk).update(standing=_standing(acme))

    begin(adam, upload)

    assert make.who(acme, "ann").role == Role.MEMBER


def _standing(team: Team) -> str:
    """How the team stands now, as if it had changed just after the last look."""
    return looking.standing(make.fresh(team))
