"""No secret lies where it was not given: after a whole story, database, logs, mails and pages are searched for each."""

import io
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client

from portal.logs import JsonLine, Line
from portal.outbound import work
from portal.teams import codes
from portal.teams.models import Team
from sso import login
from tests import make
from tests.security import story as stories
from tests.security.story import Story, spellings
from tests.test_roles import OPERATOR, READ, address


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged, in both forms, however little it matters."""
    written, root = io.StringIO(), logging.getLogger()
    handlers = [logging.StreamHandler(written) for _ in range(2)]
    for handler, form in zip(handlers, (Line(), JsonLine()), strict=True):
        handler.setFormatter(form)
        root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    # The practice identity provider's; it is no part of the portal.
    logging.getLogger("signxml").setLevel(logging.WARNING)
    yield written
    root.setLevel(level)
    for handler in handlers:
        root.removeHandler(handler)


@pytest.fixture
def story(acme: Team, settings: Any, monkeypatch: pytest.MonkeyPatch, lines: io.StringIO) -> Story:
    """The story, told once; names lead to an address of the internet that nobody calls."""
    settings.LOG_REQUESTS = True
    cache.clear()
    monkeypatch.setattr("portal.outbound.http.look_up", lambda host, port: ["93.184.215.14"])
    return stories.tell(acme)


def found_in(text: str, secrets: dict[str, str]) -> list[str]:
    """Name the secrets that stand in a text, in whatever spelling."""
    return [what for what, secret in secrets.items() if any(each in text for each in spellings(secret))]


def dump() -> dict[str, str]:
    """Return every table of the database as text, as whoever reads a backup finds it."""
    tables = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows = cursor.fetchall()
            tables[table] = "\n".join(
                bytes(cell).decode("latin-1") if isinstance(cell, bytes | memoryview) else str(cell)
                for row in rows for cell in row
            )  # fmt: skip
    return tables


def letters_of_the_story() -> list[tuple[str, str]]:
    """Send what waits; return each mail's recipient and all of its words."""
    work.run_due("mail")
    return [(sent.to[0], f"{sent.subject}\n{sent.body}\n{sent.alternatives}") for sent in mail.outbox]


def pages(client: Client, names: Any, **known: Any) -> Iterator[tuple[str, str]]:
    """Open every page of a list once more."""
    for name in names:
        answer = client.get(address(name, **known))
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        yield name, body.decode(errors="replace") + str(answer.headers)


def test_every_kind_of_secret_was_given_out(story: Story) -> None:
    assert len(story.secrets) > 60
    assert {"first SCIM token", "API key", "webhook secret", "setup link", "break_glass link", "ticket"} <= set(
        story.secrets
    )
    assert sum(what.startswith("cookie") for what in story.secrets) > 8


def test_a_backup_holds_none_of_them(story: Story) -> None:
    held = {table: found_in(text, story.secrets) for table, text in dump().items()}

    assert {table: found for table, found in held.items() if found} == {}


def test_no_log_line_holds_one(story: Story, lines: io.StringIO) -> None:
    written = lines.getvalue()

    assert "sso:acs" in written or "/acs" in written
    assert found_in(written, story.secrets) == []


def test_a_mail_holds_none_but_the_code_it_brings(story: Story) -> None:
    sent = letters_of_the_story()

    assert len(sent) > 10
    for to, words in sent:
        allowed = {what for what in story.secrets if what in (f"code of {to}", "second code of adam")}
        assert set(found_in(words, story.secrets)) <= allowed, (to, words)


def test_no_page_shows_one_a_second_time(story: Story) -> None:
    team, olga = story.team, story.browsers["olga@acme.test"]
    ids = {"member_id": make.who(team, "mia").pk, "group_id": make.group(team, "Engineering").pk, "step": "copy"}

    opened = dict(pages(olga, READ, **ids)) | dict(pages(story.browsers["otto@vendor.test"], OPERATOR, slug="acme"))

    assert {name: found for name, text in opened.items() if (found := found_in(text, story.secrets))} == {}


def test_a_fault_of_ours_shows_nothing_of_what_was_sent(
    acme: Team, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("on purpose")

    idp, client = make.connect_idp(acme), Client(raise_request_exception=False)
    monkeypatch.setattr(login, "receive", fail)
    monkeypatch.setattr(codes, "claim", fail)
    client.post("/sign-in/", {"who": "mia@acme.test", "by_code": "1"})
    response = make.answer(idp, make.ask_idp(client, acme), "mia@acme.test")
    secrets = {"code": make.code_for("mia@acme.test"), "response": response[200:400]}

    answers = [
        client.post("/sign-in/code/", {"code": secrets["code"]}),
        client.post("/sso/acme/acs", urlencode({"SAMLResponse": response}), "application/x-www-form-urlencoded"),
    ]

    assert [answer.status_code for answer in answers] == [500, 500]
    assert [found_in(answer.content.decode(), secrets) for answer in answers] == [[], []]
    assert "on purpose" in lines.getvalue() and found_in(lines.getvalue(), secrets) == []


@pytest.mark.parametrize("leak", ["sgs_ABC-DEF+ghi", "sgs_ABCDEF+ghi", "sgs_ABC-DEF%2Bghi"])
def test_a_secret_is_found_in_whatever_spelling(leak: str) -> None:
    assert found_in(f"the journal says {leak} here", {"token": "sgs_ABC-DEF+ghi"}) == ["token"]
