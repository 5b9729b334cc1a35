"""The guides are true in detail: commands take those options, addresses are served, fields are the wizards'."""

import re
import shlex

import pytest
from django.core.management import get_commands, load_command_class
from django.urls import Resolver404, resolve

from scim.panel import providers as scim_providers
from sso.providers import PROVIDERS
from tests.servers import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SOME_ID = "019f0000-0000-7000-8000-000000000000"
GUIDES = ("jumpcloud", "okta", "entra")


def named(pattern: str) -> list[tuple[str, str]]:
    """List what a pattern finds in each page, with the page's name."""
    return [(page.name, found) for page in PAGES for found in re.findall(pattern, page.read_text())]


def plain(text: str) -> str:
    """A text with single spaces, as lines of a page may break anywhere."""
    return " ".join(text.split())


@pytest.mark.parametrize(("page", "line"), named(r"(?m)^\./dev manage (.+)$"))
def test_a_command_is_one_with_those_options(page: str, line: str) -> None:
    name, *options = shlex.split(line)
    if name == "help":
        return

    command = load_command_class(get_commands()[name], name)
    command.create_parser("manage.py", name).parse_args(
        [SOME_ID if each == "ID" else each.strip("[]") for each in options]
    )


@pytest.mark.parametrize(
    ("page", "path"), [each for each in named(r"`(/(?!opt/|etc/)[a-z][a-z0-9/.-]*)`") if each[0] != "saml.md"]
)
def test_an_address_of_the_portal_is_served(page: str, path: str) -> None:
    assert any(is_served(tried) for tried in (path, f"/scim/v2{path}", f"/api/v1{path}"))


def is_served(path: str) -> bool:
    """Say whether something answers there but the word that nothing does."""
    try:
        view = resolve(path).func
    except Resolver404:
        return False
    return getattr(view, "view_class", view).__name__ != "NotThere"


def test_an_address_that_is_not_served_is_seen() -> None:
    assert not any(map(is_served, ("/api/v1/nowhere", "/scim/v2/nowhere/x", "/nowhere/")))


@pytest.mark.parametrize("slug", GUIDES)
def test_a_guide_names_every_field_as_the_wizards_do(slug: str) -> None:
    page = plain((ROOT / "docs" / f"{slug}.md").read_text())
    sso, scim = PROVIDERS[slug], scim_providers.BY_SLUG[slug]
    told = [sso.new_app, sso.acs, sso.entity_id, sso.name_id, sso.signing, sso.sp_certificate, sso.metadata, sso.assign]
    told += [*sso.leave_empty, sso.idp_entity_id, *map(str, sso.remove)]
    told += [scim.begin, scim.endpoint, scim.token, scim.unique, scim.tick, scim.test, str(scim.test_note)]
    told += [scim.assign, scim.finish, str(scim.finish_note), *(name for pair in sso.attributes for name in pair)]

    assert [words for words in told if words and plain(words) not in page] == []
