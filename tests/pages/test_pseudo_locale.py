"""Every string goes through gettext: in a language that puts each text in brackets, no page says a word outside."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db.models import TextChoices
from django.test import Client
from django.utils import translation
from django.utils.functional import Promise
from lxml.html import HtmlElement, document_fromstring

from portal.outbound import mail
from portal.teams import seats
from portal.teams.actor import Role
from portal.teams.acts import KINDS
from portal.teams.models import Letter, Notice, Team
from portal.teams.registry import registry
from scim.panel import providers as scim_providers
from sso import providers as sso_providers
from tests import make
from tests.outbound.test_letters import WORDS
from tests.pages import reading
from tests.test_roles import READ, address

SPOKEN = ("aria-label", "title", "placeholder", "alt", "data-copied", "data-failed")
# Data, product names and what a machine reads.
KNOWN = re.compile(
    r"\S+@\S+|https?:\S+|\S*/\S+/\S*|\b\d[\w:.+-]*|\b(Seatgate|Acme|acme|Mia|Lund|Adam|Engineering|SCIM|SSO|JSONL|CSV|[Oo]perator|token|ML)\b"
)


# What is called how at the identity providers stays in the language of their own pages.
def quoted(said: object) -> Iterator[str]:
    """Yield each text of a provider's own."""
    if isinstance(said, str):
        yield from (piece.strip() for piece in re.split("[›;]", said))
    elif isinstance(said, tuple | list):
        for each in said:
            yield from quoted(each)


PROVIDERS = [*scim_providers.ALL, *sso_providers.PROVIDERS.values()]
QUOTED = {piece for each in PROVIDERS for said in vars(each).values() for piece in quoted(said) if piece}
THEIRS = re.compile("|".join(re.escape(piece) for piece in sorted(QUOTED, key=len, reverse=True)))


# States that no page shows by their own names.
UNSHOWN = {"portal.imports.models.State"}


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
    for dull in page.xpath("//script | //style | //code | //option | //textarea | /html/head/title"):
        dull.drop_tree()
    # A table of how each provider calls it.
    for dull in page.xpath("//table[contains(caption, 'What goes where')]//td"):
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
    yield from re.findall(r"[A-Za-z]{2,}[^\n]*", KNOWN.sub(" ", THEIRS.sub(" ", "".join(kept))))


@pytest.fixture
def olgas(acme: Team, browser: Client) -> Client:
    """Olga's browser, in a team in which something is going on."""
    make.suspend(acme, make.who(acme, "mia"))
    make.group(acme, "Engineering", make.who(acme, "adam"), gives=Role.ADMIN)
    return make.sign_in(browser, "olga@acme.test")


@pytest.mark.parametrize("name", sorted(READ))
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


@pytest.mark.parametrize("kind", sorted(WORDS))
def test_a_mail_says_nothing_past_gettext(pseudo: None, kind: str) -> None:
    # What its callers say went through gettext there.
    words = {name: bracketed(value) if isinstance(value, str) else value for name, value in WORDS[kind].items()}
    words |= {name: WORDS[kind][name] for name in ("url", "request") if name in words}

    sent = mail.compose(Letter(kind=kind, to="olga@acme.test", words=json.dumps(words)))
    drawn = document_fromstring(str(sent.alternatives[0][0]))

    assert [*outside(str(sent.subject)), *outside(str(sent.body)), *raw(drawn)] == []


NOTICE = {
    "all": 3, "waiting": 1, "who": "Mia Lund", "left": 2, "domain": "acme.test", "record": "_proof.acme.test",
    "until": "2026-12-02T23:30:00+00:00", "ends_at": "2026-12-02T23:30:00+00:00", "since": "2026-12-02T23:30:00+00:00",
    "fingerprint": "AB:CD", "hint": "sgs_1", "label": "⟦Our own certificate⟧", "why": "⟦No answer⟧", "name": "Acme",
    "names": ["Mia"], "granted": 2, "assigned": 3, "bought": 5, "words": "⟦Gladly⟧", "webhook": "Acme", "key": "Acme",
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(registry.notices))
def test_a_notice_says_nothing_past_gettext(acme: Team, pseudo: None, kind: str) -> None:
    said = registry.notices[kind].say(Notice(team=acme, kind=kind, data=NOTICE, step="1", reference="7K3M-9QXP"))

    assert [*outside(str(said.title)), *outside(str(said.words)), *outside(str(said.act))] == []


def scim_on(team: Team) -> None:
    """People are assigned by the directory alone."""
    make.scim_on(make.sso_on(team))


def full(team: Team) -> None:
    """No seat is free."""
    seats.resize(team, make.BY_OPERATOR, 3)


def plain(team: Team) -> None:
    """As it is."""


# Stage, path with the names of members in braces, fields, and the status that says no.
Asked = tuple[Callable[[Team], object], str, dict[str, Any], int]
REFUSED: list[Asked] = [
    (scim_on, "/members/assign/", {"email": "nia@acme.test"}, 409),
    (scim_on, "/members/{mia}/unassign/", {}, 409),
    (scim_on, "/members/add/read/", {"people": "nia@acme.test"}, 409),
    (full, "/members/assign/", {"email": "nia@acme.test"}, 409),
    (plain, "/members/assign/", {"email": "nobody"}, 400),
    (plain, "/members/assign/", {"email": ""}, 400),
    (plain, "/members/{olga}/unassign/", {}, 409),
    (plain, "/members/{olga}/role/", {"role": "member", "shown": "olga@acme.test"}, 403),
    (plain, "/members/{mia}/role/", {"role": "king"}, 400),
    (plain, "/members/{mia}/role/", {"role": "admin", "shown": "eve@evil.test"}, 409),
    (plain, "/members/assign/", {"team": "another"}, 409),
    (plain, "/members/import/upload/", {}, 400),
    (plain, "/members/add/read/", {"people": ""}, 400),
    (plain, "/settings/security/domains/claim/", {"name": "no domain"}, 400),
    (plain, "/settings/plan/request/ask/", {"more": "many"}, 400),
    (plain, "/settings/security/authentication/scim/on/", {}, 409),
    (plain, "/settings/developers/webhooks/add/", {"name": "Product", "url": "ftp://nowhere"}, 400),
    (plain, "/settings/developers/keys/make/", {"name": "", "scopes": "none"}, 400),
    (plain, "/settings/setup-links/make/", {"hours": "x"}, 400),
]  # fmt: skip


@pytest.mark.parametrize("asked", REFUSED, ids=lambda asked: f"{asked[0].__name__} {asked[1]} {asked[2]}")
def test_a_refusal_says_nothing_past_gettext(acme: Team, olgas: Client, pseudo: None, asked: Asked) -> None:
    stage, path, fields, status = asked
    stage(acme)
    who = {name: make.who(acme, name).pk for name in ("olga", "mia")}

    answer = olgas.post(path.format(**who), {"team": str(acme.pk), **fields})

    assert answer.status_code == status
    assert list(raw(reading.page(answer))) == []


def test_every_event_has_a_sentence_that_can_be_translated() -> None:
    # Other tests have kinds of their own.
    ours = {name: kind for name, kind in KINDS.items() if not name.startswith("test.")}

    assert [name for name, kind in ours.items() if not isinstance(kind.sentence, Promise)] == []


def test_every_choice_that_is_shown_can_be_translated() -> None:
    ours = [each for each in subclasses(TextChoices) if each.__module__.split(".")[0] in ("portal", "sso", "scim")]

    raw_ones = {
        f"{each.__module__}.{each.__name__}" for each in ours for word in each.labels if not isinstance(word, Promise)
    }

    assert raw_ones - UNSHOWN == set()


def subclasses(parent: type) -> Iterator[Any]:
    """Yield every class below one."""
    for child in parent.__subclasses__():
        yield child
        yield from subclasses(child)


def test_no_script_says_a_word_of_its_own() -> None:
    """What a script says stands in the page that it was written for, and went through gettext there."""
    for script in (settings.BASE_DIR / "portal/static/portal").glob("*.js"):
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", script.read_text(), flags=re.DOTALL)

        assert re.findall(r"""["'`]([A-Z][a-z]+[ .,!?][^"'`]*)["'`]""", code) == [], script.name
