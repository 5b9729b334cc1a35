"""E-mail domains (spec rule 18)."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.teams import domains, founding, proofs
from portal.teams.actor import Actor
from portal.teams.errors import Conflict, Forbidden, Invalid, Missing, NotAllowed, NotReady, OwnersOnly
from portal.teams.models import Domain, Team
from tests import make
from tests.teams import journal


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("mia@acme.test", "acme.test"),
        ("Mia@ACME.Test", "acme.test"),
        ("mia@acme.test.", "acme.test"),
        ('"a@b"@acme.test', "acme.test"),
        ("mia@bücher.test", "xn--bcher-kva.test"),
        ("mia@BÜCHER.test", "xn--bcher-kva.test"),
        ("mia@xn--bcher-kva.test", "xn--bcher-kva.test"),
        # IDNA 2008: what differs in its letters is another domain; case and width make no difference.
        ("mia@strasse.test", "strasse.test"),
        ("mia@straße.test", "xn--strae-oqa.test"),
        ("mia@STRAẞE.test", "xn--strae-oqa.test"),
        ("mia@xn--strae-oqa.test", "xn--strae-oqa.test"),
        ("mia@οδος.test", "xn--pxavbm.test"),
        ("mia@οδοσ.test", "xn--pxavbq.test"),
        ("mia@ΟΔΟΣ.test", "xn--pxavbq.test"),
        ("mia@ａｃｍｅ.test", "acme.test"),
        ("mia@bücher.test。", "xn--bcher-kva.test"),
        ("mia@a_b.test", "a_b.test"),
        ("mia@localhost", "localhost"),
        ("mia@☕.test", ""),
        ("mia@\ud800.test", ""),
        ("mia@ü..test", ""),
        ("mia@" + "ü" * 300 + ".test", ""),
        ("mia", ""),
        ("mia@", ""),
        ("mia@" + "a" * 64 + ".test", ""),
        ("mia@a..b", ""),
        ("", ""),
    ],
)
def test_the_domain_of_an_address_in_its_ascii_form(email: str, domain: str) -> None:
    assert domains.domain_of(email) == domain


def test_any_address_is_covered_until_a_domain_is_verified(acme: Team) -> None:
    assert domains.line(acme).covers("mia@elsewhere.test")

    domains.vouch(acme, make.BY_OPERATOR, "acme.test")

    assert domains.line(acme).covers("mia@ACME.test")
    assert not domains.line(acme).covers("mia@elsewhere.test")


@pytest.mark.parametrize("email", ["mia@sub.acme.test", "mia@acme.test.evil.test", "mia@evilacme.test", "mia", ""])
def test_what_only_looks_like_the_domain_is_not_covered(acme: Team, email: str) -> None:
    domains.vouch(acme, make.BY_OPERATOR, "acme.test")

    assert not domains.line(acme).covers(email)


def test_a_domain_has_one_team(acme: Team, globex: Team) -> None:
    domains.vouch(acme, make.BY_OPERATOR, "acme.test")

    with pytest.raises(Conflict, match="verified for another team"):
        domains.vouch(globex, make.BY_OPERATOR, "ACME.test")

    assert domains.owner_of("mia@acme.test") == acme


def test_the_database_gives_a_verified_domain_one_team(acme: Team, globex: Team) -> None:
    domains.vouch(acme, make.BY_OPERATOR, "acme.test")

    with pytest.raises(IntegrityError), transaction.atomic():
        Domain.every_team.create(team=globex, name="acme.test", verified_at=timezone.now())


def test_a_team_owns_the_letters_it_proved_and_no_others(acme: Team, globex: Team) -> None:
    domains.vouch(acme, make.BY_OPERATOR, "straße.test")
    domains.vouch(globex, make.BY_OPERATOR, "strasse.test")

    assert [domains.owner_of(f"mia@{name}.test") for name in ("straße", "strasse")] == [acme, globex]
    assert [domains.line(acme).covers(f"mia@{name}.test") for name in ("Straße", "strasse")] == [True, False]


def test_a_claim_alone_owns_nothing(acme: Team) -> None:
    Domain.every_team.create(team=acme, name="acme.test")

    assert domains.owner_of("mia@acme.test") is None
    assert domains.line(acme).covers("mia@elsewhere.test")


def test_a_closed_team_owns_no_domain(acme: Team) -> None:
    domains.vouch(acme, make.BY_OPERATOR, "acme.test")

    founding.close(acme, make.BY_OPERATOR)

    assert domains.owner_of("mia@acme.test") is None


def test_vouching_twice_is_one_event(acme: Team) -> None:
    domains.vouch(acme, make.BY_OPERATOR, "acme.test")
    domains.vouch(acme, make.BY_OPERATOR, "acme.test")

    assert journal.count(acme, domains.VERIFIED) == 1


@pytest.mark.parametrize("name", ["", "test", "a b.test", "@", "..", "x" * 64 + ".test", "acme.test/path", "*.test"])
def test_what_is_no_domain_is_refused(acme: Team, name: str) -> None:
    with pytest.raises(Invalid, match="is no domain"):
        domains.vouch(acme, make.BY_OPERATOR, name)

    assert not Domain.every_team.exists()


# ── Claimed and proved ───────────────────────────────────────────────────────────────────────────────────────────────
def proved(team: Team, name: str, by: Actor | None = None) -> Domain:
    """Claim a domain, see its record, verify it."""
    row = domains.claim(team, by or make.as_owner(team), name)
    proofs.note(row, True)
    return domains.verify(team, by or make.as_owner(team), row.pk)


def test_a_claimed_domain_is_verified_once_its_record_was_seen(acme: Team) -> None:
    row = domains.claim(acme, make.as_owner(acme), "Acme.TEST.")

    with pytest.raises(NotReady, match="Check now"):
        domains.verify(acme, make.as_owner(acme), row.pk)
    proofs.note(row, True)
    domains.verify(acme, make.as_owner(acme), row.pk)

    assert domains.owner_of("mia@acme.test") == acme
    assert journal.kinds(acme)[-2:] == ["domain.claimed", "domain.verified"]


def test_a_record_seen_long_ago_verifies_nothing(acme: Team) -> None:
    row = domains.claim(acme, make.as_owner(acme), "acme.test")
    proofs.note(row, True)

    with time_machine.travel(timezone.now() + timedelta(minutes=11)), pytest.raises(NotReady):
        domains.verify(acme, make.as_owner(acme), row.pk)


def test_each_claim_has_a_proof_of_its_own(acme: Team, globex: Team) -> None:
    ours, theirs = (domains.claim(team, make.as_owner(team), "acme.test") for team in (acme, globex))

    assert ours.record == "_seatgate-challenge.acme.test"
    assert ours.record_value.startswith("seatgate-verification=")
    assert len(ours.proof) >= 32 and ours.proof != theirs.proof


@pytest.mark.parametrize(("typed", "name"), [("BÜCHER.test", "xn--bcher-kva.test"), ("a.B.Test", "a.b.test")])
def test_a_claim_is_folded_to_its_ascii_form(acme: Team, typed: str, name: str) -> None:
    assert domains.claim(acme, make.as_owner(acme), typed).name == name


@pytest.mark.parametrize("name", ["gmail.com", "GMX.de", "outlook.com"])
def test_what_everybody_uses_is_no_team_s(acme: Team, name: str) -> None:
    with pytest.raises(Invalid, match="no team can own it"):
        domains.claim(acme, make.as_owner(acme), name)
    with pytest.raises(Invalid, match="no team can own it"):
        domains.vouch(acme, make.BY_OPERATOR, name)


def test_another_team_s_domain_is_refused_without_naming_it(acme: Team, globex: Team) -> None:
    early = domains.claim(globex, make.as_owner(globex), "acme.test")
    proofs.note(early, True)
    proved(acme, "acme.test")

    with pytest.raises(Conflict) as claimed:
        domains.claim(globex, make.as_owner(globex), "sub.acme.test".removeprefix("sub."))
    with pytest.raises(Conflict) as verified:
        domains.verify(globex, make.as_owner(globex), early.pk)

    assert "Acme" not in f"{claimed.value} {verified.value}"


def test_a_domain_of_another_team_is_missing(acme: Team, globex: Team) -> None:
    row = domains.claim(acme, make.as_owner(acme), "acme.test")

    for verb in (domains.verify, domains.remove):
        with pytest.raises(Missing):
            verb(globex, make.as_owner(globex), row.pk)


def test_members_and_auditors_claim_nothing(acme: Team) -> None:
    with pytest.raises(NotAllowed):
        domains.claim(acme, make.by(make.who(acme, "mia")), "acme.test")


# ── What would refuse somebody ───────────────────────────────────────────────────────────────────────────────────────
def adam(team: Team) -> Actor:
    """Act as the admin."""
    return make.by(make.who(team, "adam"))


def test_on_a_live_connection_the_first_domain_is_an_owner_s(acme: Team) -> None:
    make.sso_on(acme)
    row = domains.claim(acme, adam(acme), "acme.test")
    proofs.note(row, True)

    with pytest.raises(Forbidden, match="only an owner"):
        domains.verify(acme, adam(acme), row.pk)
    domains.verify(acme, make.as_owner(acme), row.pk)

    assert domains.line(acme).covers("mia@acme.test")


def test_before_it_is_live_an_admin_verifies(acme: Team) -> None:
    assert proved(acme, "acme.test", adam(acme)).verified_at


def test_a_change_that_refuses_somebody_names_them(acme: Team) -> None:
    make.member(acme, "lea@partner.test", given_name="Lea")
    make.sso_on(acme)
    row = domains.claim(acme, adam(acme), "acme.test")
    proofs.note(row, True)

    with pytest.raises(Forbidden, match=r"Lea \(lea@partner.test\)"):
        domains.verify(acme, adam(acme), row.pk)

    assert [member.label for member in domains.crowd(acme).by_verifying(row)] == ["Lea"]


def test_an_owner_may_refuse_others_and_not_themself(acme: Team) -> None:
    make.member(acme, "lea@partner.test")
    make.sso_on(acme)

    with pytest.raises(NotReady, match=r"You would be refused yourself: your address is olga@acme\.test"):
        proved(acme, "partner.test")
    assert proved(acme, "acme.test").verified_at

    assert not domains.line(acme).covers("lea@partner.test")


def test_removing_a_domain_that_people_have_is_an_owner_s(acme: Team) -> None:
    make.member(acme, "lea@partner.test")
    ours, partner = proved(acme, "acme.test"), proved(acme, "partner.test")
    make.sso_on(acme)

    with pytest.raises(Forbidden, match=r"lea@partner\.test"):
        domains.remove(acme, adam(acme), partner.pk)
    with pytest.raises(NotReady, match="You would be refused yourself"):
        domains.remove(acme, make.as_owner(acme), ours.pk)
    domains.remove(acme, make.as_owner(acme), partner.pk)

    assert not domains.line(acme).covers("lea@partner.test")


def test_outside_is_allowed_by_an_owner_alone(acme: Team) -> None:
    proved(acme, "acme.test")

    with pytest.raises(OwnersOnly):
        domains.allow_outside(acme, adam(acme))
    domains.allow_outside(acme, make.as_owner(acme))

    assert domains.line(acme).covers("mia@elsewhere.test")
    assert journal.kinds(acme)[-1] == "domain.outside_allowed"


def test_refusing_outside_again_never_refuses_the_owner_who_does_it(acme: Team) -> None:
    row = proved(acme, "acme.test")
    make.sso_on(acme)
    domains.allow_outside(acme, make.as_owner(acme))
    domains.remove(acme, make.as_owner(acme), row.pk)

    with pytest.raises(NotReady, match="You would be refused yourself"):
        domains.refuse_outside(acme, make.as_owner(acme))

    assert domains.line(acme).covers("mia@elsewhere.test")


def test_once_bound_the_last_removal_opens_nothing(acme: Team) -> None:
    row = proved(acme, "acme.test")

    domains.remove(acme, make.as_owner(acme), row.pk)

    assert not domains.line(acme).covers("mia@acme.test")
