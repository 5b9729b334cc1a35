"""Templates obey the strict CSP, compile, and name only components and icons that exist."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template, render_to_string

from portal.templatetags import look
from tests.look.drawing import ROOT, STATIC

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# A mail is no page of ours: its colours stand in a style block, for mail programs fetch no file.
PAGES = [file for file in TEMPLATES if file.parent.name != "mail"]
ICON_NAMES = re.compile(r"""(?:<c-icon name=|\bicon=|["']icon["']: )["']([a-z0-9-]+)["']""")
COMPONENTS = re.compile(r"<c-([a-z0-9.-]+)")
# A tag's own attributes, with the template's braces taken out first.
OFFENCES = re.compile(r"<[^>]*\s(?:style|on[a-z]+)\s*=|<style\b|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_template_compiles_and_obeys_the_strict_csp(file: Path) -> None:
    bare = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", file.read_text())

    get_template(str(file.relative_to(ROOT / "templates")))

    assert not OFFENCES.search(bare)


@pytest.mark.parametrize(
    "markup", ['<p style="x">', "<a\n onclick='x'>", "<script>x</script>", '<a href="javascript:x">']
)
def test_the_csp_check_sees_what_the_browser_would_refuse(markup: str) -> None:
    assert OFFENCES.search(markup)


def test_every_component_used_exists_and_says_its_props_first() -> None:
    used = {name for file in TEMPLATES for name in COMPONENTS.findall(file.read_text())} - {"vars", "slot"}
    files = {name: ROOT / "templates/cotton" / f"{name.replace('-', '_').replace('.', '/')}.html" for name in used}

    assert [name for name, file in files.items() if not file.exists()] == []
    assert [name for name, file in files.items() if not file.read_text().startswith(f"{{# {name}: ")] == []


def test_no_component_prints_all_its_attributes() -> None:
    # Cotton writes {{ attrs }} without escaping, so a person's name could become an attribute.
    assert [file.name for file in TEMPLATES if re.search(r"{{\s*attrs", file.read_text())] == []


def test_every_icon_used_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="i-([a-z0-9-]+)"', (STATIC / "icons.svg").read_text()))
    sources = [*TEMPLATES, *(file for app in ("portal", "sso", "scim") for file in (ROOT / app).rglob("*.py"))]
    used = {name for file in sources for name in ICON_NAMES.findall(file.read_text())} | set(look.STATE_ICONS.values())

    assert len(used) > 20
    assert used - sprite == set()


@pytest.mark.parametrize("name", ["400", "403", "404", "500", "errors/csrf", "errors/refused", "errors/other_team"])
def test_an_error_page_needs_no_context_and_shows_the_reference_if_there_is_one(name: str) -> None:
    without = render_to_string(f"{name}.html")
    with_one = render_to_string(f"{name}.html", {"reference": "7F3K-22QX"})

    assert "Reference number" not in without
    assert "7F3K-22QX" in with_one
