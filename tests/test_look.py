"""The look holds together: templates obey the strict CSP, name only what exists, and colours can be read."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django import forms
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.loader import get_template, render_to_string
from django.urls import path
from django.utils.timezone import override
from django_cotton.compiler_regex import CottonCompiler
from lxml import html

from portal.templatetags import look

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = ROOT / "portal" / "static" / "portal"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CSS = {name: (STATIC / name).read_text() for name in ("seatgate.css", "components.css", "dark.css")}

ICON_NAMES = re.compile(r"""(?:<c-icon name=|\bicon=|["']icon["']: )["']([a-z0-9-]+)["']""")
COMPONENTS = re.compile(r"<c-([a-z0-9.-]+)")
# A tag's own attributes, with the template's braces taken out first.
OFFENCES = re.compile(r"<[^>]*\s(?:style|on[a-z]+)\s*=|<style\b|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)


class EveryField(forms.Form):
    """One field of each way to be drawn."""

    email = forms.EmailField(label="Work e-mail", help_text="We send a code to it.")
    role = forms.ChoiceField(choices=[("member", "Member"), ("admin", "Admin")])
    grace = forms.ChoiceField(choices=[("24", "24 hours"), ("0", "None")], widget=forms.RadioSelect)
    jit = forms.BooleanField(required=False, help_text="On a free seat only.")


def nowhere(_request: HttpRequest) -> HttpResponse:
    """Stand for any page the frame links to."""
    return HttpResponse()


urlpatterns = [path(f"{n}/", nowhere, name=n) for n in ("home", "choose_team", "profile", "theme", "sign_out")]
pytestmark = pytest.mark.urls(__name__)


def frame(**changes: object) -> dict[str, object]:
    """Give what the frame needs of its context, with changes."""
    items = [{"label": "Members", "url": "/members/", "icon": "people", "current": True, "count": 7}]
    context = {
        "team": {"pk": "team-1", "name": "Acme", "slug": "acme", "plan": "enterprise"},
        "member": {"label": "Olga Owner", "role": "owner"},
        "nav": [{"label": "Team", "items": items}],
        "teams_reachable": 2,
        "session_kind": "code",
        "theme": "auto",
        "form": EveryField({"email": "x"}),
        "moment": NOON,
    }
    return context | changes


def page(template: str = "demo/style.html", **changes: object) -> html.HtmlElement:
    """Draw a template inside the frame's context and read it."""
    return html.document_fromstring(render_to_string(template, frame(**changes)))


def part(markup: str, **context: object) -> html.HtmlElement:
    """Draw one piece of markup that uses components, and read it."""
    template = engines["django"].from_string(CottonCompiler().process(markup))
    return html.fragment_fromstring(template.render(context), create_parent="div")


def colours(theme: str) -> dict[str, str]:
    """Read the colour tokens of a theme; the dark one changes some of the light ones."""
    found = dict(re.findall(r"--sg-([a-z-]+): (#[0-9a-f]{6});", CSS["seatgate.css"]))
    return found | dict(re.findall(r"--sg-([a-z-]+): (#[0-9a-f]{6});", CSS["dark.css"])) if theme == "dark" else found


def contrast(one: str, other: str) -> float:
    """Compute the contrast ratio of WCAG 2.2 between two colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


# ── Templates ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
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


# ── The frame ────────────────────────────────────────────────────────────────────────────────────────────────────────


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
    current = page().xpath("//aside//a[@aria-current='page']")

    assert [link.get("href") for link in current] == ["/members/"]


@pytest.mark.parametrize(("kind", "links"), [("code", 1), ("sso", 0), ("break_glass", 0)])
def test_only_a_code_session_is_offered_another_team(kind: str, links: int) -> None:
    drawn = page(session_kind=kind)

    assert len(drawn.xpath("//a[@href='/choose_team/']")) == links
    assert ("This session is for Acme only" in drawn.text_content()) is (links == 0)


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


@pytest.mark.parametrize("name", ["400", "403", "404", "500", "errors/csrf", "errors/refused", "errors/other_team"])
def test_an_error_page_needs_no_context_and_shows_the_reference_if_there_is_one(name: str) -> None:
    without = render_to_string(f"{name}.html")
    with_one = render_to_string(f"{name}.html", {"reference": "7F3K-22QX"})

    assert "Reference number" not in without
    assert "7F3K-22QX" in with_one


# ── Components ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_field_is_tied_to_its_help_and_errors() -> None:
    drawn = part('<c-field :field="field" />', field=EveryField({"email": "x"})["email"])
    control = drawn.xpath("//input")[0]

    assert control.get("aria-invalid") == "true"
    assert control.get("aria-describedby").split() == ["id_email_helptext", "id_email_error"]
    assert set(control.get("aria-describedby").split()) <= set(drawn.xpath("//@id"))


@pytest.mark.parametrize(("name", "tag"), [("email", "form-control"), ("role", "form-select")])
def test_a_control_gets_the_class_of_its_kind(name: str, tag: str) -> None:
    assert f'class="{tag}"' in look.control(EveryField()[name])


def test_a_set_of_dots_has_a_legend() -> None:
    drawn = part('<c-field :field="field" />', field=EveryField()["grace"])

    assert [legend.text for legend in drawn.xpath("//fieldset/legend")] == ["Grace"]
    assert len(drawn.xpath("//input[@type='radio']")) == 2


def test_a_closed_button_says_why() -> None:
    drawn = part('<c-button disabled="yes" reason="The last owner stays.">Remove</c-button>')
    button = drawn.xpath("//button[@disabled]")[0]

    assert drawn.xpath(f"//*[@id='{button.get('aria-describedby')}']")[0].text == "The last owner stays."


def test_a_link_that_is_closed_leads_nowhere() -> None:
    drawn = part('<c-button href="/members/add/" disabled="yes">Add</c-button>')

    assert drawn.xpath("//a") == []
    assert len(drawn.xpath("//button[@disabled]")) == 1


def test_a_name_from_the_idp_is_only_text() -> None:
    drawn = part('<c-person :name="name" :email="name" :href="name" />', name='"><script>x</script>')

    assert drawn.xpath("//script") == []


def test_a_form_carries_the_team_it_was_drawn_for() -> None:
    drawn = part('<c-form action="/x/">y</c-form>', team={"pk": "team-1"})

    assert drawn.xpath("//input[@name='team']/@value") == ["team-1"]


@pytest.mark.parametrize(("used", "width", "full"), [(0, "0", False), (125, "500", False), (250, "1000", True)])
def test_a_gauge_is_as_long_as_its_share(used: int, width: str, full: bool) -> None:
    bar = part('<c-gauge :used="used" :total="250" label="x" />', used=used).xpath("//rect")[-1]

    assert bar.get("width") == width
    assert (bar.get("class") == "sg-gauge-full") is full


def test_a_dialog_opens_by_its_address_and_asks_for_the_name() -> None:
    drawn = part(
        '<c-button dialog="d">Go</c-button><c-dialog id="d" action="/x/" confirm="Go" confirm_text="Acme">y</c-dialog>'
    )

    assert drawn.xpath("//a[@data-dialog]/@href") == ["#d"]
    assert drawn.xpath("//dialog[@id='d']//input[@required]/@data-confirm-text") == ["Acme"]


def test_a_component_does_not_borrow_from_the_page_around_it() -> None:
    drawn = part('<c-card title="t">x</c-card><c-alert>x</c-alert>', title="The page's title", actions="buttons")

    assert "The page's title" not in drawn.text_content()
    assert "buttons" not in drawn.text_content()


# ── Words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Ada Okafor", "AO"), ("ada", "A"), ("mia.lund@northwind.test", "ML"), ("Ana María de la Cruz", "AC"), ("", "?")],
)
def test_initials_stand_for_a_person(name: str, letters: str) -> None:
    assert look.initials(name) == letters


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(seconds=40), "just now"),
        (timedelta(minutes=2), "2 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=30), "30 days ago"),
        (timedelta(days=31), "24 Oct 2026"),
        (-timedelta(days=12), "in 12 days"),
    ],
)
def test_a_moment_is_said_relative_to_now(distance: timedelta, words: str) -> None:
    assert look.ago(NOON - distance, NOON) == words


def test_a_moment_shows_its_iso_form_in_the_teams_time_zone() -> None:
    with override("Europe/Berlin"):
        drawn = part('<c-when :at="at" />', at=NOON)

    assert drawn.xpath("//time/@title") == ["2026-11-24T13:00:00+01:00"]


def test_a_moment_that_never_was_has_a_word() -> None:
    assert part('<c-when :at="at" />', at=None).text_content().strip() == "Never"


def test_several_counts_numbers_and_lists() -> None:
    assert [look.several(n) for n in (None, 0, 1, 2, ["a"], ["a", "b"])] == [False, False, False, True, False, True]


def test_messages_become_alerts_of_their_kind() -> None:
    assert [look.message_kind(level) for level in ("success", "warning", "error")] == ["ok", "warn", "bad"]


# ── Colours ──────────────────────────────────────────────────────────────────────────────────────────────────────────

READ_ON = {
    "ink": ("page", "surface", "accent-soft"),
    "muted": ("page", "surface", "line", "accent-soft"),
    "accent": ("page", "surface", "accent-soft"),
    "accent-strong": ("page", "surface"),
    "ok": ("ok-soft", "surface", "page"),
    "warn": ("warn-soft", "surface", "page"),
    "bad": ("bad-soft", "surface", "page"),
    "on-fill": ("fill", "fill-strong", "danger", "danger-strong"),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"), [(text, ground) for text, grounds in READ_ON.items() for ground in grounds]
)
def test_text_can_be_read_on_its_ground(theme: str, text: str, ground: str) -> None:
    tokens = colours(theme)

    assert contrast(tokens[text], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["page", "surface"])
def test_the_edge_of_a_control_and_the_focus_ring_can_be_seen(theme: str, ground: str) -> None:
    tokens = colours(theme)

    assert contrast(tokens["edge"], tokens[ground]) >= 3
    assert contrast(tokens["accent"], tokens[ground]) >= 3


def test_everything_bootstrap_changes_in_the_dark_follows_our_tokens() -> None:
    # With "auto" Bootstrap's own dark block does not apply, so each of its variables must be ours.
    vendored = (STATIC / "vendor/bootstrap.min.css").read_text()
    dark = re.search(r"\[data-bs-theme=dark\]\{color-scheme:dark;([^}]*)\}", vendored)
    assert dark
    bootstraps = set(re.findall(r"(--bs-[a-z-]+):", dark[1]))

    ours = set(re.findall(r"(--bs-[a-z-]+):", CSS["seatgate.css"]))

    assert len(bootstraps) > 30
    assert bootstraps - ours == set()


def test_every_colour_token_used_is_defined() -> None:
    used = {name for text in CSS.values() for name in re.findall(r"var\(--sg-([a-z-]+)\)", text)}
    defined = set(re.findall(r"--sg-([a-z-]+):", CSS["seatgate.css"]))

    assert used - defined == set()


def test_static_files_name_no_other_host_and_no_missing_map() -> None:
    ours = [*STATIC.glob("*.css"), *STATIC.glob("*.js"), *STATIC.glob("vendor/*.css"), *STATIC.glob("vendor/*.js")]

    assert len(ours) == 7
    assert [file.name for file in ours if "sourceMappingURL" in file.read_text()] == []
    assert [file.name for file in ours if re.search(r"url\([\"']?(?:https?:)?//", file.read_text())] == []
