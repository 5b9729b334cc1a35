"""Imports as people make them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from portal.imports.models import Import
from portal.teams.models import Team
from tests import make

Send = Callable[..., Import]


@pytest.fixture
def adam(acme: Team, browser: Client) -> Client:
    """Adam's browser."""
    return make.sign_in(browser, "adam@acme.test")


@pytest.fixture
def send(acme: Team, adam: Client) -> Send:
    """Send a file of people as Adam, and return the import that came of it."""

    def sent(text: str | bytes, name: str = "people.csv") -> Import:
        answer = send_file(adam, acme, text, name)
        assert answer.status_code == 302, answer.content.decode()
        return Import.every_team.get(pk=answer["Location"].rstrip("/").rpartition("/")[2])

    return sent


def send_file(client: Client, team: Team, text: str | bytes, name: str = "people.csv") -> Any:
    """Send a file of people; returns the answer."""
    data = text.encode() if isinstance(text, str) else text
    return make.press(client, "/members/import/upload/", team, file=SimpleUploadedFile(name, data))


def crowd(number: int, first: int = 0) -> str:
    """A file of so many people whom nobody knows."""
    rows = (f"p{n}@acme.test,P{n},Person" for n in range(first, first + number))
    return "\n".join(["email,first name,last name", *rows])
