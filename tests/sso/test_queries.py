"""How many statements a sign-in costs, and that none of them is spared by remembering what may have changed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.demo.idp import PracticeIdp
from portal.teams import access, domains
from portal.teams.models import Domain, Member, Session, Team
from sso import connection
from sso.models import SsoConnection
from tests import make
from tests.scim.test_queries import FRAME
from tests.sso.sign_ins import is_in, results


def cost(call: Callable[[], Any], status: int) -> int:
    """Count the statements of a call; those that begin and end a transaction apart."""
    with CaptureQueriesContext(database) as caught:
        answer = call()
    assert answer.status_code == status, answer
    statements = [query["sql"] for query in caught if not query["sql"].startswith(FRAME)]
    print(*statements, sep="\n")  # shown where the number is wrong
    return len(statements)


def test_a_sign_in_of_somebody_known_costs_so_many_statements(acme: Team, idp: PracticeIdp) -> None:
    """Away: connection, request, keys. Message: connection, request, keys, used up, seen, ticket. Back: connection,
    ticket, used up, domains, subject, last sign-in, subject again, session, entry, log."""
    make.sso_sign_in(Client(), acme, idp, "mia@acme.test")
    browser = Client()

    assert cost(lambda: browser.get("/sso/acme/login"), 302) == 3
    response = make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test")
    arrived: list[Any] = []
    assert cost(lambda: arrived.append(make.post_acs(acme, response)) or arrived[0], 303) == 6
    assert cost(lambda: browser.get(arrived[0]["Location"]), 302) == 10
    assert is_in(browser)


def test_it_costs_no_more_in_a_team_with_domains_and_several_certificates(acme: Team, idp: PracticeIdp) -> None:
    connection.configure(acme, make.as_owner(acme), pems=[make.idp_of("globex").certificate_pem, idp.certificate_pem])
    for name in ("acme.test", "acme.example"):
        domains.vouch(acme, make.as_owner(acme), name)
    make.sso_sign_in(Client(), acme, idp, "mia@acme.test")
    browser = Client()
    arrived = make.post_acs(acme, make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test"))

    assert cost(lambda: browser.get(arrived["Location"]), 302) == 10


def test_a_certificate_taken_away_vouches_for_nothing_that_comes_afterwards(acme: Team, idp: PracticeIdp) -> None:
    first, second = Client(), Client()
    asked = [make.ask_idp(browser, acme) for browser in (first, second)]
    make.post_acs(acme, make.answer(idp, asked[0], "mia@acme.test"))

    make.connect_idp_anew(acme)
    refused = make.post_acs(acme, make.answer(idp, asked[1], "mia@acme.test"))

    assert (refused.status_code, results(acme)) == (403, ["signature_invalid"])


@pytest.mark.parametrize("page", ["login", "acs"])
def test_single_sign_on_turned_off_is_off_for_the_next_call(acme: Team, idp: PracticeIdp, page: str) -> None:
    browser = Client()
    response = make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test")

    Team.every_team.filter(pk=acme.pk).update(sso_on=False)
    answer = browser.get("/sso/acme/login") if page == "login" else make.post_acs(acme, response)

    assert answer.status_code == {"login": 404, "acs": 403}[page]


def test_a_connection_without_a_name_of_its_own_is_known_by_its_metadata(acme: Team, idp: PracticeIdp) -> None:
    SsoConnection.every_team.filter(team=acme).update(sp_entity_id="")

    found = connection.of_slug("acme")

    assert found is not None
    assert found.sp_entity_id == connection.of(acme).sp_entity_id == connection.url(acme, "metadata")
    assert connection.trust(found) == connection.trust(connection.of(acme))


def test_a_line_of_domains_is_what_the_team_and_its_domains_say(acme: Team, globex: Team) -> None:
    for name, proved in (("a.test", timezone.now()), ("b.test", None), ("c.test", timezone.now())):
        Domain.every_team.create(team=acme, name=name, verified_at=proved)
    Team.every_team.filter(pk=acme.pk).update(domains_bound=True)

    assert domains.line(acme) == domains.Line(frozenset({"a.test", "c.test"}), bound=True, outside=False)
    assert domains.line(globex) == domains.Line(frozenset(), bound=False, outside=False)


def test_who_is_deleted_while_they_come_back_is_not_entered(
    acme: Team, idp: PracticeIdp, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.sso_sign_in(Client(), acme, idp, "mia@acme.test")
    browser = Client()
    arrived = make.post_acs(acme, make.answer(idp, make.ask_idp(browser, acme), "mia@acme.test"))
    hold = access.hold

    def late(member: Member) -> datetime:
        Member.every_team.filter(pk=member.pk).delete()
        return hold(member)

    monkeypatch.setattr(access, "hold", late)

    assert browser.get(arrived["Location"]).status_code == 403
    assert Session.objects.count() == 1
