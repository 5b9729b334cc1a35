"""What strangers write is only text: a team full of markup, and every page that shows it."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from portal.outbound import mail
from portal.teams.models import Letter, Team
from tests import make
from tests.pages import reading
from tests.security import hostile
from tests.security.hostile import LEADS, PROBE

MADE = f"//xss-probe | //@onprobe | //@onerror | //img[@src='x'] | //@*[starts-with(normalize-space(), '{LEADS[:11]}')]"


@pytest.fixture
def infested(acme: Team, monkeypatch: pytest.MonkeyPatch) -> Team:
    """Acme, in which whoever may write something wrote markup."""
    monkeypatch.setattr("portal.outbound.http.look_up", lambda host, port: ["93.184.215.14"])
    cache.clear()
    hostile.infest(acme)
    return acme


def drawn(answer: Any) -> Any:
    """A page as a browser reads it; None for what is no page."""
    is_page = answer.get("Content-Type", "").startswith("text/html") and not answer.streaming and answer.content.strip()
    return reading.page(answer) if is_page else None


def walked(client: Client, paths: list[str]) -> tuple[dict[str, list[Any]], int]:
    """What the markup made on each page, and on how many pages it stands as text."""
    made, shown = {}, 0
    for path in paths:
        answer = client.get(path)
        page = drawn(answer)
        if page is None:
            continue
        shown += PROBE in page.text_content() or PROBE in " ".join(map(str, page.xpath("//@value | //@title")))
        found = [str(each) for each in page.xpath(MADE)]
        if found:
            made[path] = found
    return made, shown


def test_on_no_page_of_the_team_markup_becomes_an_element(infested: Team) -> None:
    olga = make.sign_in(Client(), "olga@acme.test")
    people = [f"/members/{member.pk}/" for member in infested.members.all()]

    made, shown = walked(olga, hostile.paths(infested) + people)

    assert made == {}
    assert shown > 25, "the markup stands on so few pages that nothing is proved"


def test_on_no_page_of_the_operators_markup_becomes_an_element(infested: Team) -> None:
    otto = make.at_operator_pages(Client())

    made, shown = walked(otto, list(hostile.OPERATOR_PAGES))

    assert made == {}
    assert shown > 5


def test_in_no_mail_markup_becomes_an_element(infested: Team) -> None:
    letters = [mail.compose(letter) for letter in Letter.objects.exclude(words="")]
    htmls = [str(body) for letter in letters for body, _kind in letter.alternatives]

    assert sum("xss-probe" in text for text in htmls) >= 2
    for text in htmls:
        assert reading.html.document_fromstring(text).xpath(MADE) == []


def test_markup_that_became_an_element_would_be_seen() -> None:
    page = reading.html.document_fromstring(f'<p title="{PROBE}"><a href="{LEADS}">')

    assert len(page.xpath(MADE)) >= 4
