"""Whose an address is: what reads alike and is another mailbox opens nothing (decision 0022)."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core import mail as outgoing
from django.db import connection as database
from django.test import Client

from portal.outbound import mail
from portal.teams import codes, links, roster
from portal.teams.folding import fold, fold_address
from portal.teams.models import Letter, Member, Team, User
from tests import make
from tests.pages import reading
from tests.teams import journal

HERS, THEIRS = "lena@straße.test", "lena@strasse.test"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mia@ACME.test", "mia@acme.test"),
        ("mia@STRAßE.test", "mia@straße.test"),
        ("mia@xn--strae-oqa.test", "mia@straße.test"),
        ("ÄLICE@acme.test", "älice@acme.test"),
        ("a\u0308lice@acme.test", "ÄLICE@acme.test"),
    ],
)
def test_the_spellings_of_one_mailbox_have_one_key(one: str, other: str) -> None:
    assert fold_address(one) == fold_address(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (HERS, THEIRS),
        ("lena@πας.test", "lena@πασ.test"),
        # Django's validator lets both through: its pattern ignores case, and ſ is a small s to it.
        ("\u017fam@acme.test", "sam@acme.test"),
        ("weiß@acme.test", "weiss@acme.test"),
    ],
)
def test_two_mailboxes_that_read_alike_have_two_keys(one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert fold_address(one) != fold_address(other)


# ── By e-mail code ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_no_code_goes_to_an_address_that_only_reads_alike(acme: Team, browser: Client) -> None:
    make.member(acme, HERS)

    browser.post("/sign-in/", {"who": THEIRS, "by_code": "1"})

    assert not Letter.objects.filter(kind="code").exists()


def test_a_code_goes_to_the_address_as_we_have_it(acme: Team, browser: Client) -> None:
    browser.post("/sign-in/", {"who": "MIA@Acme.test", "by_code": "1"})

    assert journal.mailed("code") == ["mia@acme.test"]
    assert "MIA@Acme.test" in reading.words(browser.get("/sign-in/code/"))


def test_the_spelling_that_was_proved_first_stays(acme: Team, globex: Team, browser: Client) -> None:
    make.sign_in(browser, "mia@acme.test")
    make.member(globex, "MIA@acme.test")

    Client().post("/sign-in/", {"who": "MIA@acme.test", "by_code": "1"})

    assert set(journal.mailed("code")) == {"mia@acme.test"}
    assert User.objects.get().email == "mia@acme.test"


def test_each_of_two_that_read_alike_signs_in_as_themself(acme: Team, globex: Team) -> None:
    make.member(acme, HERS)
    make.member(globex, THEIRS)

    seen = [reading.words(make.sign_in(Client(), who).get("/")) for who in (HERS, THEIRS)]

    assert ["team Acme" in words for words in seen] == [True, False]
    assert ["team Globex" in words for words in seen] == [False, True]


def test_a_link_of_one_opens_nothing_of_the_other(acme: Team, globex: Team, browser: Client) -> None:
    make.member(acme, HERS)
    make.member(globex, THEIRS)
    token, _row = links.make(make.BY_OPERATOR, "LENA@straße.test", "lost mail")

    browser.post(f"/sign-in/link/{token}/", follow=True)

    assert "team Acme" in reading.words(browser.get("/"))
    assert journal.mailed("sign_in_link") == [HERS]
    assert "sign_in_link.made" not in journal.kinds(globex)


def test_mail_is_sent_by_idna_2008(db: None) -> None:
    letter = Letter(kind="code", to=HERS, words='{"code": "ABCD-1234", "minutes": 10, "enforced": []}')

    mail.compose(letter).send()

    assert outgoing.outbox[0].message()["To"] == "lena@xn--strae-oqa.test"


# ── In one team ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_directory_adopts_nobody_who_only_reads_alike(acme: Team) -> None:
    hers = make.member(acme, HERS)
    make.scim_on(acme)

    theirs, adopted = roster.provision(acme, make.scim(acme), {"user_name": "lena.b", "email": THEIRS})

    assert not adopted
    assert theirs.pk != hers.pk


def test_single_sign_on_enters_nobody_who_only_reads_alike(acme: Team, browser: Client) -> None:
    hers = make.member(acme, HERS, user_name="lena.a")
    idp = make.connect_idp(acme)

    make.sso_sign_in(browser, acme, idp, THEIRS, name_id="4711")

    hers.refresh_from_db()
    assert hers.last_sign_in is None


def test_the_migration_tells_apart_who_was_one(acme: Team) -> None:
    hers, user = make.member(acme, HERS), codes.user_of(HERS)
    Member.every_team.filter(pk=hers.pk).update(sign_in_email_key=fold(HERS))
    User.objects.filter(pk=user.pk).update(email_key=fold(HERS))

    import_module("portal.teams.migrations.0019_address_keys").tell_apart(apps, SimpleNamespace(connection=database))

    hers.refresh_from_db()
    user.refresh_from_db()
    assert (hers.sign_in_email_key, user.email_key) == (fold_address(HERS), fold_address(HERS))
