"""What the tests of the single sign-on panel share: who opens it, what is pressed, a test sign-in there and back."""

from typing import Any
from urllib.parse import urlsplit

from django.http import QueryDict
from django.test import Client, RequestFactory

from portal.demo.idp import read_request
from portal.teams import links
from portal.teams.models import Team
from sso import attempts, connection
from tests import make
from tests.pages import reading

PANEL, LOG = "/settings/security/authentication/sso/", "/log/sign-ins/"
KEY = "-----BEGIN PRIVATE KEY-----\nMIIsecretsecret\n-----END PRIVATE KEY-----"
NO_PLAN = "Single sign-on is not in your plan. Ask your account executive."
LIVE = "Only an owner changes a live connection."
NO_VALUES = "Give the identity provider's issuer, sign-on URL and certificate first."
ACTS = ("metadata", "connection", "idp-initiated", "jit", "test", "on", "off", "enforce", "relax")


def as_owner(browser: Client) -> Client:
    """Sign Olga in by code."""
    return make.sign_in(browser, "olga@acme.test")


def send(browser: Client, team: Team, verb: str, **fields: Any) -> Any:
    """Press a button of the panel."""
    return make.press(browser, f"{PANEL}{verb}/", team, back=PANEL, **fields)


def values(idp: Any, **changes: str) -> dict[str, str]:
    """The manual form, filled in well but for the changes."""
    good = {
        "sp_entity_id": "https://seatgate.test/acme", "idp_sso_url": idp.sso_url, "idp_entity_id": idp.entity_id,
        "certificates": idp.certificate_pem, "signature_expected": "assertion",
    }  # fmt: skip
    return good | changes


def onward(answer: Any) -> str:
    """Where a page that leads on leads to, by itself and by its button."""
    drawn = reading.page(answer)
    url = str(drawn.xpath("//main//a/@href")[0])
    assert drawn.xpath("//meta[@http-equiv='refresh']/@content") == [f"0;url={url}"]
    return url


def passed_test(browser: Client, team: Team, idp: Any, email: str = "olga@acme.test") -> Any:
    """Press Test and come back from the identity provider as this person."""
    request = read_request(QueryDict(urlsplit(onward(send(browser, team, "test"))).query).dict())
    return make.follow(browser, make.post_acs(team, make.answer(idp, request, email)))


def attempt(team: Team, result: str, detail: str = "", **more: Any) -> str:
    """Write a line of the sign-in log; returns its reference."""
    return attempts.record(connection.of(team), RequestFactory().get("/"), result, detail, **more)


def break_glass(browser: Client, team: Team) -> Client:
    """Enter by the operator's emergency link."""
    token, _row = links.make_break_glass(team, make.BY_OPERATOR, "olga@acme.test", "locked out")
    browser.post(f"/sign-in/link/{token}/")
    return browser
