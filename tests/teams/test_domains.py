"""E-mail domains (spec rule 18)."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.teams import domains, founding
from portal.teams.errors import Conflict, Invalid
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
    assert domains.covers(acme, "mia@elsewhere.test")

    domains.vouch(acme, make.BY_OPERATOR, "acme.test")

    assert domains.covers(acme, "mia@ACME.test")
    assert not domains.covers(acme, "mia@elsewhere.test")


@pytest.mark.parametrize("email", ["mia@sub.acme.test", "mia@acme.test.evil.test", "mia@evilacme.test", "mia", ""])
def test_what_only_looks_like_the_domain_is_not_covered(acme: Team, email: str) -> None:
    domains.vouch(acme, make.BY_OPERATOR, "acme.test")

    assert not domains.covers(acme, email)


def test_a_domain_has_one_team(acme: Team, globex: Team) -> None:
    domains.vouch(acme, make.BY_OPERATOR, "acme.test")

    with pytest.raises(Conflict, match="verified for another team"):
        domains.vouch(globex, make.BY_OPERATOR, "ACME.test")

    assert domains.owner_of("mia@acme.test") == acme


def test_the_database_gives_a_verified_domain_one_team(acme: Team, globex: Team) -> None:
    domains.vouch(acme, make.BY_OPERATOR, "acme.test")

    with pytest.raises(IntegrityError), transaction.atomic():
        Domain.every_team.create(team=globex, name="acme.test", verified_at=timezone.now())


def test_a_claim_alone_owns_nothing(acme: Team) -> None:
    Domain.every_team.create(team=acme, name="acme.test")

    assert domains.owner_of("mia@acme.test") is None
    assert domains.covers(acme, "mia@elsewhere.test")


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
