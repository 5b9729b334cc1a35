"""Colours can be read in both themes, and the stylesheets name only what is there."""

import re

import pytest

from tests.look.drawing import CSS, STATIC


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

    assert len(ours) >= 8
    assert [file.name for file in ours if "sourceMappingURL" in file.read_text()] == []
    assert [file.name for file in ours if re.search(r"url\([\"']?(?:https?:)?//", file.read_text())] == []
