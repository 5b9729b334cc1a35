"""Our key pairs: made, published, rolled over without a gap, and never readable from the database."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import connection as database
from django.test import Client
from django.utils import timezone
from lxml import etree

from portal.demo.idp import DS, MD
from portal.teams.errors import Conflict, Missing, NotAllowed, NotReady, OwnersOnly
from portal.teams.models import Event, Team
from sso import connection, keys
from sso.models import IdpCertificate, KeyState, SignInAttempt, SpKey
from tests import make
from tests.sso.sign_ins import entered, results

NS = {"md": MD, "ds": DS}


def states(team: Team) -> list[str]:
    """The states of the team's keys, in the order of the page."""
    return [row.state for row in keys.every(connection.of(team))]


def published(team: Team, use: str) -> list[str]:
    """The certificates in the team's metadata for one use, as PEM bodies."""
    root = etree.fromstring(Client().get(f"/sso/{team.slug}/metadata").content)
    path = f"md:SPSSODescriptor/md:KeyDescriptor[@use='{use}']//ds:X509Certificate"
    return [str(each.text) for each in root.iterfind(path, NS)]


def body(row: SpKey) -> str:
    """A certificate as metadata holds it."""
    return "".join(row.certificate.splitlines()[1:-1])


def test_the_first_key_is_current_and_lasts_three_years(acme: Team) -> None:
    make.draft_idp(acme)

    row = keys.make(acme, make.as_owner(acme))

    certificate = x509.load_pem_x509_certificate(row.certificate.encode())
    public = certificate.public_key()
    assert isinstance(public, rsa.RSAPublicKey) and public.key_size >= 2048
    assert row.state == KeyState.CURRENT
    assert abs(row.not_after - timezone.now() - timedelta(days=3 * 365)) < timedelta(days=1)


def test_the_private_key_lies_sealed(acme: Team) -> None:
    make.draft_idp(acme)
    row = keys.make(acme, make.as_owner(acme))

    with database.cursor() as cursor:
        cursor.execute("SELECT private_key FROM sso_spkey")
        (stored,) = cursor.fetchone()

    assert "PRIVATE" not in stored and stored != row.private_key
    assert "BEGIN PRIVATE KEY" in SpKey.every_team.get(pk=row.pk).private_key


def test_a_roll_over_publishes_both_then_only_the_new_one(acme: Team) -> None:
    make.connect_idp(acme)
    by = make.as_owner(acme)
    old, new = keys.make(acme, by), keys.make(acme, by)

    during = [published(acme, use) for use in ("signing", "encryption")]
    keys.make_current(acme, by, new.pk)

    assert during == [[body(old), body(new)]] * 2
    assert published(acme, "signing") == published(acme, "encryption") == [body(new)]
    assert states(acme) == [KeyState.CURRENT, KeyState.RETIRED]


@pytest.mark.parametrize("used", ["current", "next", "retired"])
def test_every_key_that_is_not_removed_decrypts(acme: Team, browser: Client, used: str) -> None:
    idp, by = make.connect_idp(acme), make.as_owner(acme)
    first, second = keys.make(acme, by), keys.make(acme, by)
    certificates = {"current": first, "next": second, "retired": first}
    if used == "retired":
        keys.make_current(acme, by, second.pk)

    make.sso_sign_in(browser, acme, idp, "mia@acme.test", encrypt_for=certificates[used].certificate)

    assert entered() == [make.who(acme, "mia")]


def test_the_log_shows_whom_an_encrypted_assertion_names_and_whose_certificate_vouched(
    acme: Team, browser: Client
) -> None:
    idp, certificate = make.connect_idp(acme), keys.make(acme, make.as_owner(acme)).certificate

    make.sso_sign_in(
        browser,
        acme,
        idp,
        "mia@acme.test",
        encrypt_for=certificate,
        attributes={"email": "mia@acme.test", "city": "Ulm"},
    )

    said = SignInAttempt.every_team.get(team=acme).evidence
    trusted = IdpCertificate.every_team.get(connection__team=acme)
    assert (said["name_id"], said["name_id_format"]) == ("mia@acme.test", "emailAddress")
    assert said["attributes"]["city"] == ["Ulm"]
    assert (said["fingerprint"], said["certificate"][:4]) == (trusted.fingerprint, trusted.subject[:4])


def test_a_removed_key_decrypts_no_more(acme: Team, browser: Client) -> None:
    idp, by = make.connect_idp(acme), make.as_owner(acme)
    old, new = keys.make(acme, by), keys.make(acme, by)
    keys.make_current(acme, by, new.pk)
    keys.remove(acme, by, old.pk)

    shown = make.sso_sign_in(browser, acme, idp, "mia@acme.test", encrypt_for=old.certificate)

    assert (shown.status_code, results(acme)) == (403, ["decryption_failed"])


def test_one_team_s_key_opens_nothing_of_another(acme: Team, globex: Team, browser: Client) -> None:
    idp = make.connect_idp(acme)
    make.connect_idp(globex)
    keys.make(acme, make.as_owner(acme))
    stranger = keys.make(globex, make.as_owner(globex))

    make.sso_sign_in(browser, acme, idp, "mia@acme.test", encrypt_for=stranger.certificate)

    assert results(acme) == ["decryption_failed"]
    with pytest.raises(Missing):
        keys.make_current(acme, make.as_owner(acme), stranger.pk)


def test_the_current_key_stays_and_a_third_is_refused(acme: Team) -> None:
    make.connect_idp(acme)
    by = make.as_owner(acme)
    current, _following = keys.make(acme, by), keys.make(acme, by)

    with pytest.raises(NotReady):
        keys.remove(acme, by, current.pk)
    with pytest.raises(Conflict):
        keys.make_current(acme, by, current.pk)
    with pytest.raises(Conflict):
        keys.make(acme, by)


def test_the_keys_of_a_live_connection_are_an_owner_s(acme: Team) -> None:
    make.draft_idp(acme)
    keys.make(acme, make.by(make.who(acme, "adam")))
    connection.turn_on(acme, make.as_owner(acme))

    with pytest.raises(OwnersOnly):
        keys.make(acme, make.by(make.who(acme, "adam")))
    with pytest.raises(NotAllowed):
        keys.make(acme, make.by(make.who(acme, "mia")))


@pytest.mark.parametrize(
    "needing",
    [{"sign_requests": True}, {"require_encrypted": True}, {"idp_slo_url": "https://idp.test/slo"}],
)
def test_a_key_is_made_where_something_needs_one(acme: Team, needing: dict[str, Any]) -> None:
    make.draft_idp(acme)
    assert states(acme) == []

    connection.configure(acme, make.as_owner(acme), **needing)

    assert states(acme) == [KeyState.CURRENT]


def test_each_change_is_an_event_with_its_fingerprint(acme: Team) -> None:
    make.draft_idp(acme)
    by = make.as_owner(acme)
    first, second = keys.make(acme, by), keys.make(acme, by)
    keys.make_current(acme, by, second.pk)
    keys.remove(acme, by, first.pk)

    rows = Event.every_team.filter(kind__startswith="sso.key_").order_by("number")

    told = [(row.kind, row.data["fingerprint"]) for row in rows]
    assert told == [
        ("sso.key_made", first.fingerprint), ("sso.key_made", second.fingerprint),
        ("sso.key_current_set", second.fingerprint), ("sso.key_removed", first.fingerprint),
    ]  # fmt: skip
