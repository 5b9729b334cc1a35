"""No address of ours leads to another site, whatever a link or a form says of where to go on."""

from typing import Any
from urllib.parse import unquote

import pytest
from django.core.cache import cache
from django.test import Client

from portal.door import safe_path
from portal.teams.models import Team
from tests import make
from tests.test_roles import API, PUBLIC, READ, URLS, WRITE, address

EVIL = [
    "https://evil.test/", "//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test", "http:evil.test",
    "https:/evil.test",
    "javascript:alert(1)", "data:text/html,x", "/\t/evil.test", "/\n/evil.test", " //evil.test", "/%5cevil.test\\",
    "//evil.test\\@us.test", "https://us.test@evil.test", "evil.test", "/\x00/evil.test", "\u2028//evil.test",
]  # fmt: skip
SAID = ("next", "back", "RelayState", "url", "return", "redirect")


@pytest.mark.parametrize("wanted", EVIL)
def test_what_is_no_path_of_this_site_leads_to_the_start(wanted: str) -> None:
    assert safe_path(wanted) == "/"


@pytest.mark.parametrize("wanted", ["/members/", "/members/?q=https://x.test", "/a//b", "/sso/x/login?next=/"])
def test_a_path_of_this_site_is_kept(wanted: str) -> None:
    assert safe_path(wanted) == wanted


def leads_away(answer: Any) -> list[str]:
    """Name where an answer leads, and what its page links to or sends to, outside this site."""
    led = [answer["Location"]] if "Location" in answer.headers else []
    led += [answer["HX-Redirect"]] if "HX-Redirect" in answer.headers else []
    text = unquote("" if answer.streaming else answer.content.decode(errors="replace"))
    wheres = [f'{name}="{evil}' for name in ("href", "action", "src", "content") for evil in EVIL[:2]]
    drawn = [where for where in wheres if where in text]
    return [to for to in led if not to.startswith("/") or to.startswith(("//", "/\\"))] + drawn


def test_no_address_leads_to_another_site(acme: Team) -> None:
    make.second_owner(acme)
    olga = make.sign_in(Client(raise_request_exception=False), "olga@acme.test")
    nobody = Client(raise_request_exception=False)
    cache.clear()
    found = {}

    for number, name in enumerate(sorted(set(URLS) - set(API) - {"sign_out"})):
        said = dict.fromkeys(SAID, EVIL[number % 4]) | {"team": str(acme.pk)}
        for who in (olga, nobody) if name in PUBLIC or name in READ else (olga,):
            for ask in (who.get, who.post) if name in PUBLIC or name in WRITE else (who.get,):
                with make.undone():
                    away = leads_away(ask(address(name, slug="acme", step="copy"), said))
                if away:
                    found[name] = away

    assert found == {}


def test_signing_in_leads_nowhere_else(acme: Team) -> None:
    for evil in EVIL:
        cache.clear()
        browser = Client()
        browser.post("/sign-in/", {"who": "mia@acme.test", "by_code": "1", "next": evil})
        browser.post("/sign-in/code/", {"code": make.code_for("mia@acme.test")})

        assert browser.get("/teams/")["Location"] == "/"
