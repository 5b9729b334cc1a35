"""Takes the pictures: for docs/screens by default, of every page in every width and theme (var/screens) with --all."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import tour
from tests.browser.conftest import FLAGS, chromium

ROOT = Path(__file__).resolve().parent.parent
DOCS, REVIEW = ROOT / "docs" / "screens", ROOT / "var" / "screens"
# What the documentation shows, and the most it may weigh: a README is read over slow lines too.
SHOWN = ("overview", "provisioning")
MOST_BYTES, TALLEST = 220_000, 1250
SIZES = {1360: 900, 390: 844}


def for_documentation(demo: tour.Demo) -> Iterator[Path]:
    """Take each page that the documentation shows, as one sees it on a laptop in the light theme."""
    for stop in tour.TOUR:
        if stop.name in SHOWN:
            yield _take(demo, stop, DOCS / f"{stop.name}.png", width=1360, theme="light", tallest=TALLEST)
    page = demo.open()
    page.goto(demo.idp_url)
    page.get_by_role("button", name="Push Ben Ferro").click()
    page.evaluate("document.fonts.ready")
    yield _keep(page.screenshot(), DOCS / "practice-idp.png")


def for_review(demo: tour.Demo, only: set[str]) -> Iterator[Path]:
    """Take every page of the tour, or only those named, whole, in both widths and both themes."""
    for stop in (stop for stop in tour.TOUR if not only or stop.name in only):
        for width in SIZES:
            for theme in ("light", "dark"):
                yield _take(demo, stop, REVIEW / f"{stop.name}-{width}-{theme}.png", width=width, theme=theme)


def _take(demo: tour.Demo, stop: tour.Stop, file: Path, *, width: int, theme: str, tallest: int = 0) -> Path:
    page = demo.open(stop.who, width, SIZES[width], theme)
    demo.visit(page, stop)
    tall = page.evaluate("document.documentElement.scrollHeight")
    # As tall as the page rather than a full-page picture, which would draw what is fixed in the wrong place.
    page.set_viewport_size({"width": width, "height": min(max(tall, SIZES[width]), tallest or 8_000)})
    picture = page.screenshot()
    page.context.close()
    return _keep(picture, file)


def _keep(picture: bytes, file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(picture)
    return file


def take(browser: Browser, every: bool, only: set[str]) -> list[Path]:
    """Start the demo, let something happen in it, and take the pictures."""
    port, idp_port = (int(os.environ.get(name, "0")) for name in ("SEATGATE_PORT", "SEATGATE_IDP_PORT"))
    with tempfile.TemporaryDirectory() as folder, tour.demo(browser, Path(folder), port, idp_port) as demo:
        tour.live(demo)
        return list(for_review(demo, only) if every else for_documentation(demo))


def main() -> None:
    """Take what is asked for; fail where a picture for the documentation is too heavy."""
    parser = argparse.ArgumentParser(prog="./dev screens", description=__doc__)
    parser.add_argument("--all", action="store_true", help="every page, 1360 and 390 px, light and dark: var/screens")
    parser.add_argument("--only", default="", metavar="NAMES", help="of --all, the stops of the tour named (a,b,c)")
    asked = parser.parse_args()
    only = set(filter(None, asked.only.split(",")))
    every = asked.all or bool(only)
    found = chromium() or sys.exit("No Chromium here: apt-get install chromium, or set CHROMIUM to its path.")
    with sync_playwright() as playwright:
        taken = take(playwright.chromium.launch(executable_path=found, args=FLAGS), every, only)
    heavy = [file.name for file in taken if not every and file.stat().st_size > MOST_BYTES]
    if heavy:
        sys.exit(f"Over {MOST_BYTES // 1000} kB: {', '.join(heavy)}")
    sys.stderr.write(f"{len(taken)} pictures in {taken[0].parent.relative_to(ROOT)}/\n")


if __name__ == "__main__":
    main()
