"""The guides tell the truth: their links lead somewhere, and their commands and settings exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.servers import ROOT

GUIDES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
every_guide = pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: str(guide.relative_to(ROOT)))
SETTINGS = set(re.findall(r"^#?([A-Z][A-Z_]*)=", (ROOT / ".env.example").read_text(), re.M))
OTHERS = {"POSTGRES_PASSWORD", "SEATGATE_PORT", "SEATGATE_IDP_PORT", "COLLECTED_STATIC"}


def missing(guide: Path) -> Iterator[str]:
    """Name what a guide speaks of and is not there."""
    text = guide.read_text()
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path = target.partition("#")[0]
        if path and "://" not in path and not path.startswith("mailto:") and not (guide.parent / path).exists():
            yield f"link {target}"
    for command in re.findall(r"(?:\./dev manage|manage\.py) ([a-z][a-z_]+)", text):
        if command not in get_commands() and command != "help":
            yield f"command {command}"
    for command in re.findall(r"\./dev ([a-z]+)", text):
        if f"do_{command}()" not in (ROOT / "dev").read_text():
            yield f"./dev {command}"
    for name in re.findall(r"`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`", text):
        if name not in SETTINGS | OTHERS and guide.parent.name != "decisions":
            yield f"setting {name}"


@every_guide
def test_what_a_guide_speaks_of_is_there(guide: Path) -> None:
    assert list(missing(guide)) == []


def test_a_wrong_link_command_and_setting_are_seen(tmp_path: Path) -> None:
    guide = tmp_path / "guide.md"
    guide.write_text("[a](b.md) `./dev manage nonsense` ./dev nonsense `NO_SUCH_THING=1` [w](https://x.test)")

    assert list(missing(guide)) == ["link b.md", "command nonsense", "./dev nonsense", "setting NO_SUCH_THING"]
