"""Every absolute address is made of BASE_URL: a whole story told under other names of ours leaves no trace of them."""

import json
from typing import Any

import pytest
from django.core.cache import cache

from portal.teams.models import Team
from tests import make
from tests.security import story as stories
from tests.security.story import Story
from tests.security.test_secrets import dump, letters_of_the_story, pages
from tests.test_roles import OPERATOR, READ

OURS, OTHER, FORGED = "https://seats.example.com", "alias.example.net", "evil.example.org"


@pytest.fixture
def story(acme: Team, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Story:
    """The story, called by a second name that is allowed, while a proxy's headers are forged."""
    settings.BASE_URL, settings.ALLOWED_HOSTS = OURS, [OTHER, "testserver"]
    cache.clear()
    monkeypatch.setattr("portal.outbound.http.look_up", lambda host, port: ["93.184.215.14"])
    forged = {"X_Forwarded_Host": FORGED, "X_Forwarded_Server": FORGED, "Forwarded": f"host={FORGED}"}
    return stories.tell(acme, Host=OTHER, **forged)


def named(text: str) -> list[str]:
    """Name the wrong names that stand in a text."""
    return [name for name in (OTHER, FORGED) if name in text]


def test_no_answer_of_the_story_names_another_host(story: Story) -> None:
    wrong = [
        (answer.wsgi_request.path, found)
        for answer in story.answers
        if (found := named(json.dumps(dict(answer.headers)) + ("" if answer.streaming else answer.content.decode())))
    ]  # fmt: skip

    assert len(story.answers) > 40
    assert wrong == []


def test_no_mail_names_another_host(story: Story) -> None:
    sent = [words for _to, words in letters_of_the_story()]

    assert sum(OURS in words for words in sent) > 8
    assert [named(words) for words in sent if named(words)] == []


def test_nothing_is_kept_of_another_host(story: Story) -> None:
    assert {table: named(text) for table, text in dump().items() if named(text)} == {}


def test_no_page_names_another_host(story: Story) -> None:
    ids = {"member_id": make.who(story.team, "mia").pk, "group_id": make.group(story.team, "All").pk, "step": "copy"}

    opened = dict(pages(story.browsers["olga@acme.test"], READ, **ids))
    opened |= dict(pages(story.browsers["otto@vendor.test"], OPERATOR, slug="acme"))

    assert {name: named(text) for name, text in opened.items() if named(text)} == {}
    assert sum(OURS in text for text in opened.values()) > 3
