"""Every string goes through gettext: in a language that puts each text in brackets, no page says a word outside."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import translation
from lxml.html import HtmlElement

from portal.teams.actor import Role
from portal.teams.models import Team
from tests import make
from tests.pages import reading
from tests.test_roles import READ, address

SPOKEN = ("aria-label", "title", "placeholder", "alt", "data-copied", "data-failed")
# Data, product names and what a machine reads.
KNOWN = re.compile(
    r"\S+@\S+|https?:\S+|\S*/\S+/\S*|\b\d[\w:.+-]*|\b(Seatgate|Acme|acme|Mia|Lund|Adam|Engineering|SCIM|SSO|JSONL|CSV|[Oo]perator|token|ML)\b"
)


# Pages that quote what is called how at the identity providers, in their own words.
QUOTING = {"scim:connect", "scim:heard", "scim:panel", "sso:panel", "sso:wizard"}


def bracketed(text: str) -> str:
    """Translate into the language of the test."""
    return f"⟦{text}⟧" if text else text


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the running language the one of the test."""
    monkeypatch.setattr(translation._trans, "gettext", bracketed, raising=False)
    monkeypatch.setattr(translation._trans, "pgettext", lambda _context, text: bracketed(text), raising=False)
    monkeypatch.setattr(
        translation._trans, "ngettext", lambda one, many, n: bracketed(one if n == 1 else many), raising=False
    )


def raw(page: HtmlElement) -> Iterator[str]:
    """Yield what a page says outside the brackets."""
    for dull in page.xpath("//script | //style | //code | //svg | //option | //textarea | //title"):
        dull.drop_tree()
    yield from outside("\n".join(page.xpath("//body")[0].itertext()))
    for name in SPOKEN:
        for value in page.xpath(f"//@{name}"):
            yield from outside(str(value))


def outside(text: str) -> Iterator[str]:
    """Yield the words of a text that stand in no bracket."""
    depth, kept = 0, []
    for char in text:
        depth += {"⟦": 1, "⟧": -1}.get(char, 0)
        kept.append(" " if char in "⟦⟧" else char if depth == 0 else "")
    yield from re.findall(r"[A-Za-z]{2,}[^\n]*", KNOWN.sub(" ", "".join(kept)))


@pytest.fixture
def olgas(acme: Team, browser: Client) -> Client:
    """Olga's browser, in a team in which something is going on."""
    make.suspend(acme, make.who(acme, "mia"))
    make.group(acme, "Engineering", make.who(acme, "adam"), gives=Role.ADMIN)
    return make.sign_in(browser, "olga@acme.test")


@pytest.mark.parametrize("name", sorted(set(READ) - QUOTING))
def test_a_page_says_nothing_past_gettext(acme: Team, olgas: Client, pseudo: None, name: str) -> None:
    ids = {"group_id": acme.groups.get().pk, "member_id": make.who(acme, "mia").pk, "step": "copy"}

    answer = olgas.get(address(name, **ids))

    if answer.get("Content-Type", "").startswith("text/html") and answer.content.strip():
        assert list(raw(reading.page(answer))) == []


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-in/trouble/", "/no-such-page/", "/teams/", "/again/"])
def test_a_page_outside_a_team_says_nothing_past_gettext(olgas: Client, pseudo: None, path: str) -> None:
    assert list(raw(reading.page((Client() if "sign-in" in path else olgas).get(path)))) == []


def test_raw_words_are_found() -> None:
    assert list(outside("⟦a ⟦b⟧ c⟧ Raw words ⟦d⟧")) == ["Raw words   "]
