"""The frame of every page: where one is, which team, which theme; and the style page that shows every part."""

import pytest
from django.template.loader import render_to_string

from portal.demo.style import CURRENT
from tests.look.drawing import ROOT, frame, page
from tests.look.test_templates import COMPONENTS

pytestmark = pytest.mark.urls("tests.look.drawing")


def test_the_style_page_draws_every_component() -> None:
    drawn = (ROOT / "templates/demo/style.html").read_text() + (ROOT / "templates/frame.html").read_text()
    inner = {"copy", "field_notes", "menu"}

    assert {file.stem for file in (ROOT / "templates/cotton").glob("*.html")} - set(COMPONENTS.findall(drawn)) == inner
    assert "<c-" not in render_to_string("demo/style.html", frame())


def test_every_id_on_the_style_page_is_unique_and_every_reference_meets_one() -> None:
    drawn = page()
    ids = drawn.xpath("//@id")
    pointed = " ".join(drawn.xpath("//@for | //@aria-labelledby | //@aria-describedby")).split()

    assert len(ids) == len(set(ids))
    assert set(pointed) <= set(ids)


def test_signing_out_is_a_post() -> None:
    form = page().xpath("//form[@action='/sign_out/']")

    assert form[0].get("method") == "post"


def test_the_current_page_is_marked_in_the_rail() -> None:
    current = page().xpath("//aside//a[@aria-current='page']/span[@class='sg-nav-word']")

    assert [word.text for word in current] == [CURRENT]


@pytest.mark.parametrize(("kind", "links"), [("code", 1), ("sso", 0), ("break_glass", 0)])
def test_only_a_code_session_is_offered_another_team(kind: str, links: int) -> None:
    drawn = page(session_kind=kind)

    assert len(drawn.xpath("//a[@href='/choose_team/']")) == links
    assert ("This session is for Northwind only" in drawn.text_content()) is (links == 0)


def test_emergency_access_says_so_on_every_page() -> None:
    assert "Emergency access: 30 minutes, only Relax." in page(session_kind="break_glass").text_content()
    assert "Emergency access" not in page(session_kind="sso").text_content()


@pytest.mark.parametrize(
    ("theme", "media"), [("light", []), ("dark", [None]), ("auto", ["(prefers-color-scheme: dark)"])]
)
def test_the_server_decides_the_theme(theme: str, media: list[str | None]) -> None:
    drawn = page("404.html", theme=theme)

    assert drawn.get("data-bs-theme") == theme
    assert [link.get("media") for link in drawn.xpath("//link[contains(@href, 'dark')]")] == media
